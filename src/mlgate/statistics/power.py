"""What a test set of this size can see, and how many rows would settle the question."""

import math

from mlgate.statistics.interval import normal_cdf, normal_quantile, two_sided_z


def mde(se: float, level: float = 0.95, power: float = 0.80) -> float:
    """Return the smallest true effect that the interval would exclude from 0 with this power.

    In the unit of `se`, the standard error of the effect; 2.80·se at the defaults.
    Raises ValueError for a negative or non-finite standard error.

    >>> round(mde(0.01), 4)
    0.028
    """
    if not (se >= 0.0 and math.isfinite(se)):
        raise ValueError(f"a finite standard error ≥ 0 is needed, got {se!r}")
    return (two_sided_z(level) + normal_quantile(power)) * se


def rows_needed(se: float, n: float, margin: float, level: float = 0.95, power: float = 0.80) -> int:
    """Return the rows at which a candidate with no true change passes a margin with this power.

    `se` is the standard error found at `n` rows and is taken to fall as 1/√rows; `margin` is in its unit.
    Assumes that the rows to come are like the rows at hand.
    Raises ValueError unless n > 0, margin > 0 and se ≥ 0.

    >>> rows_needed(se=(0.06 / 1_000) ** 0.5, n=1_000, margin=0.01)   # accuracy, 6 % discordant rows
    4710
    """
    if not (n > 0 and margin > 0):
        raise ValueError(f"n > 0 and margin > 0 are needed, got {n!r} and {margin!r}")
    return max(1, math.ceil(n * (mde(se, level, power) / margin) ** 2))


def chance(margin: float, se: float, level: float = 0.95) -> float:
    """Return the chance that a candidate with no true change passes the margin, at this standard error.

    It is also the chance that one whose true loss is the margin is found worse: both are Φ(margin/se − z).
    Raises ValueError unless margin > 0 and se > 0.

    >>> round(chance(0.01, se=0.01 / 2.802), 2)
    0.8
    """
    if not (margin > 0 and se > 0):
        raise ValueError(f"margin > 0 and se > 0 are needed, got {margin!r} and {se!r}")
    return normal_cdf(margin / se - two_sided_z(level))
