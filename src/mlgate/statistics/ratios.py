"""The ratio of two rates, on the log scale, where it is nearly normal and never below 0."""

import math

from mlgate.statistics.interval import Interval, two_sided_z


def log_rate(successes: float, n: float) -> tuple[float, float]:
    """The logarithm of a rate and its variance, ½ added to both counts so that neither is infinite.

    Source: Walter 1975, Biometrika 62:371; Pettigrew, Gart and Thomas 1986.
    Raises ValueError unless 0 ≤ successes ≤ n and n > 0.
    """
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError(f"0 ≤ successes ≤ n and n > 0 are needed, got {successes!r} of {n!r}")
    value = math.log((successes + 0.5) / (n + 0.5))
    variance = 1.0 / (successes + 0.5) - 1.0 / (n + 0.5)
    return value, max(variance, 1.0 / (n + 0.5) ** 2)  # all of n: one unseen failure's worth


def ratio_interval(x1: float, n1: float, x2: float, n2: float, level: float = 0.95) -> Interval:
    """The adjusted log interval of (x1/n1)/(x2/n2) of two independent groups.

    Source: Fagerland, Lydersen and Laake 2015, Stat. Methods Med. Res. 24:224, section 3.3, "adjusted log".
    Raises as `log_rate` does.

    >>> low, high = ratio_interval(7, 34, 1, 34)   # Perondi 2004, as R's contingencytables prints it
    >>> round(low, 4), round(high, 4)
    (0.9241, 27.0523)
    """
    (one, v1), (other, v2) = log_rate(x1, n1), log_rate(x2, n2)
    half = two_sided_z(level) * math.sqrt(v1 + v2)
    return Interval(math.exp(one - other - half), math.exp(one - other + half))
