"""An interval, and the normal distribution that most intervals here are built on."""

import math
from statistics import NormalDist
from typing import NamedTuple

_STANDARD_NORMAL = NormalDist()


class Interval(NamedTuple):
    """The two ends of a confidence interval, in the unit of the quantity that it encloses.

    >>> Interval(-0.02, 0.01)
    Interval(low=-0.02, high=0.01)
    """

    low: float
    high: float


def normal_cdf(x: float) -> float:
    """Return P(Z ≤ x) for a standard normal Z, with full relative accuracy in the lower tail.

    >>> normal_cdf(0.0)
    0.5
    >>> f"{normal_cdf(-10.0):.6e}"
    '7.619853e-24'
    """
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def normal_quantile(p: float) -> float:
    """Return the x with P(Z ≤ x) = p, accurate to about 1e-15 relative (Wichura 1988, algorithm AS 241).

    Raises ValueError unless 0 < p < 1.

    >>> round(normal_quantile(0.975), 9)
    1.959963985
    """
    if not 0.0 < p < 1.0:
        raise ValueError(f"a probability strictly between 0 and 1 is needed, got {p!r}")
    return _STANDARD_NORMAL.inv_cdf(p)


def two_sided_z(level: float) -> float:
    """Return the half-width, in standard errors, of a normal interval of this confidence level.

    A level of .95 leaves .025 on each side.
    Raises ValueError unless 0 < level < 1.

    >>> round(two_sided_z(0.95), 6)
    1.959964
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"a confidence level strictly between 0 and 1 is needed, got {level!r}")
    return normal_quantile(0.5 + level / 2.0)
