"""Intervals for one proportion and for the difference of two independent ones.

None of them is ever a point: at counts of 0 or n the score bound or the added pseudo-counts keep their width.
"""

import math

from mlgate.statistics.interval import Interval, two_sided_z


def wilson(successes: float, n: float, level: float = 0.95) -> Interval:
    """Return Wilson's score interval for a proportion, without continuity correction.

    `successes` of `n` independent rows; both may be effective (weighted) counts.
    Source: Wilson 1927; Newcombe 1998, Stat. Med. 17:857, method 3.
    Raises ValueError unless 0 ≤ successes ≤ n and n > 0.

    >>> low, high = wilson(15, 148)   # Newcombe 1998, table I
    >>> round(low, 4), round(high, 4)
    (0.0624, 0.1605)
    """
    rate = _rate(successes, n)
    z = two_sided_z(level)
    centre = rate + z * z / (2.0 * n)
    half = z * math.sqrt(rate * (1.0 - rate) / n + z * z / (4.0 * n * n))
    scale = 1.0 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if successes == n else min(1.0, (centre + half) / scale)
    return Interval(low, high)


def newcombe_difference(x1: float, n1: float, x2: float, n2: float, level: float = 0.95) -> Interval:
    """Return the hybrid score interval for x1/n1 − x2/n2 of two independent groups.

    Each side adds in quadrature the distances from the estimates to their Wilson bounds.
    Source: Newcombe 1998, Stat. Med. 17:873, method 10.
    Raises ValueError unless 0 ≤ x ≤ n and n > 0 in both groups.

    >>> low, high = newcombe_difference(56, 70, 48, 80)   # Newcombe 1998, table II (a)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    p1, p2 = _rate(x1, n1), _rate(x2, n2)
    low1, high1 = wilson(x1, n1, level)
    low2, high2 = wilson(x2, n2, level)
    difference = p1 - p2
    return Interval(
        difference - math.hypot(p1 - low1, high2 - p2),
        difference + math.hypot(high1 - p1, p2 - low2),
    )


def agresti_caffo(x1: float, n1: float, x2: float, n2: float, level: float = 0.95) -> Interval:
    """Return the adjusted Wald interval for x1/n1 − x2/n2 of two independent groups.

    One success and one failure are added to each group, so the centre is shrunk towards zero.
    Source: Agresti and Caffo 2000, Am. Stat. 54:280.
    Raises ValueError unless 0 ≤ x ≤ n and n > 0 in both groups.
    """
    _rate(x1, n1), _rate(x2, n2)
    p1, p2 = (x1 + 1.0) / (n1 + 2.0), (x2 + 1.0) / (n2 + 2.0)
    half = two_sided_z(level) * math.sqrt(p1 * (1.0 - p1) / (n1 + 2.0) + p2 * (1.0 - p2) / (n2 + 2.0))
    return Interval(max(-1.0, p1 - p2 - half), min(1.0, p1 - p2 + half))


def _rate(successes: float, n: float) -> float:
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError(f"0 ≤ successes ≤ n and n > 0 are needed, got {successes!r} of {n!r}")
    return successes / n
