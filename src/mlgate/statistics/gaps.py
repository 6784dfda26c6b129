"""The gap of a rate over groups, the largest difference between any two of them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgate.statistics.gap_growth import GapGrowth, gap_growth
from mlgate.statistics.interval import Interval, two_sided_z
from mlgate.statistics.normal_range import range_quantile

__all__ = ["GapGrowth", "GapInterval", "gap", "gap_growth", "gap_interval", "rows_needed_per_group"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GapInterval:
    """A gap, its interval, the indexes of the groups with the highest and lowest rate, and that pair's error."""

    value: float
    interval: Interval
    high_group: int
    low_group: int
    se: float


def gap(successes: ArrayLike, n: ArrayLike) -> float:
    """Return the largest difference between the rates successes/n of any two groups; 0 is equality.

    Both are (groups,).
    Raises ValueError below two groups, for a group without rows, or unless 0 ≤ successes ≤ n.

    >>> round(gap([40, 30, 35], [100, 100, 100]), 6)
    0.1
    """
    x, rows = _checked(successes, n)
    return float(np.ptp(x / rows))


def gap_interval(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> GapInterval:
    """Return the gap and an interval for it that does not mistake chance differences for a gap.

    Lower end: the largest |d| − c·S over all pairs, simultaneous, c from the studentised range; at least 0.
    Upper end: the largest |d| + z·S over all pairs; the pair with the true gap covers itself, so no correction is
    needed (intersection–union).
    d and S come after adding one success and one failure to each group (Agresti and Caffo 2000).
    Simulated on 21 cells (2–24 groups, 30 to 5,000 rows a group, rates .02–.95): coverage ≥ .962 at a nominal .95,
    and at a gap of exactly the tolerance the upper end is below it at most .026 and the lower above it .018 of times.
    Source: Tukey 1953 and Kramer 1956 for c (conservative at unequal sizes, Hayter 1984); Berger 1982 for the upper.
    Raises as `gap` does.
    """
    x, rows = _checked(successes, n)
    rates = x / rows
    shrunk = (x + 1.0) / (rows + 2.0)
    variance = shrunk * (1.0 - shrunk) / (rows + 2.0)
    first, second = np.triu_indices(x.size, k=1)
    distance = np.abs(shrunk[first] - shrunk[second])
    spread = np.sqrt(variance[first] + variance[second])
    value = float(np.ptp(rates))
    simultaneous = range_quantile(0.5 + level / 2.0, x.size) * math.sqrt(0.5)
    low = float((distance - simultaneous * spread).max())
    high = float((distance + two_sided_z(level) * spread).max())
    top, bottom = int(rates.argmax()), int(rates.argmin())
    if top == bottom:  # all rates are equal
        top, bottom = 0, 1
    interval = Interval(max(0.0, low), min(1.0, high))
    return GapInterval(value, interval, top, bottom, math.sqrt(variance[top] + variance[bottom]))


def rows_needed_per_group(rate: float, tolerance: float, groups: int, level: float = 0.95, power: float = 0.80) -> int:
    """Return the rows a group at which groups without any gap keep their interval below the tolerance.

    With probability `power`, at a common rate and equal sizes; only rows that the metric counts are rows here
    (positives for TPR, negatives for FPR).
    Raises ValueError unless 0 < rate < 1 and tolerance > 0.

    >>> [rows_needed_per_group(0.4, 0.1, groups) for groups in (2, 6, 24)]
    [504, 865, 1260]
    """
    if not (0.0 < rate < 1.0 and tolerance > 0.0):
        raise ValueError(f"0 < rate < 1 and tolerance > 0 are needed, got {rate!r} and {tolerance!r}")
    spread = tolerance / (two_sided_z(level) + range_quantile(power, groups) * math.sqrt(0.5))
    return round(2.0 * rate * (1.0 - rate) / spread**2)


def _checked(successes: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    x, rows = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if x.ndim != 1 or x.shape != rows.shape or x.size < 2:
        raise ValueError(f"one count and one size for each of two or more groups, got {x.shape} and {rows.shape}")
    if not ((rows > 0) & (x >= 0) & (x <= rows)).all():
        raise ValueError("0 ≤ successes ≤ n and n > 0 are needed in every group; a group without rows has no rate")
    return x, rows
