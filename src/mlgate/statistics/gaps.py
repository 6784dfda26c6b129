"""The gap of a rate over groups, the largest difference between any two of them."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgate.statistics.gap_growth import GapGrowth, contrasts, gap_growth, pairs_of
from mlgate.statistics.interval import Interval, two_sided_z
from mlgate.statistics.max_t import max_t_quantile
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


def gap_interval(successes: ArrayLike, n: ArrayLike, level: float = 0.95, reference: int | None = None) -> GapInterval:
    """Return the gap of the rates successes/n and an interval that does not mistake chance differences for a gap.

    As `gap_of`, the rates after adding one success and one failure to each group (Agresti and Caffo 2000).
    Raises as `gap` does.
    """
    x, rows = _checked(successes, n)
    shrunk = (x + 1.0) / (rows + 2.0)
    found = gap_of(x / rows, shrunk, shrunk * (1.0 - shrunk) / (rows + 2.0), level, reference)
    return replace(found, interval=Interval(found.interval.low, min(1.0, found.interval.high)))


def gap_of(
    values: Floats, shrunk: Floats, variance: Floats, level: float = 0.95, reference: int | None = None
) -> GapInterval:
    """Return the largest difference of a quantity between two groups, or between any and the reference group.

    All are (groups,): the quantity, what the interval is made of (the same, or shrunk to the middle), its variance.
    Lower end: the largest |d| − c·S over all pairs, simultaneous; c is from the studentised range, with a reference
    from the studentised max-|t|; at least 0.
    Upper end: the largest |d| + z·S over all pairs; the pair with the true gap covers itself, so no correction is
    needed (intersection–union).
    Simulated on 21 cells of rates (2–24 groups, 30 to 5,000 rows a group, rates .02–.95): coverage ≥ .962 at a nominal
    .95; at a gap of exactly the tolerance the upper end is below it at most .026 and the lower above it .018 of times.
    Source: Tukey 1953 and Kramer 1956 for c (conservative at unequal sizes, Hayter 1984); Dunnett 1955 with a
    reference; Berger 1982 for the upper end.
    """
    pairs = pairs_of(values.size, reference)
    first, second = pairs.T
    distance = np.abs(shrunk[first] - shrunk[second])
    spread = np.sqrt(variance[first] + variance[second])
    if reference is None:
        simultaneous = range_quantile(0.5 + level / 2.0, values.size) * math.sqrt(0.5)
    else:
        simultaneous = max_t_quantile(0.5 + level / 2.0, contrasts(pairs, values.size), variance)
    low = float((distance - simultaneous * spread).max())
    high = float((distance + two_sided_z(level) * spread).max())
    at = int(np.abs(values[first] - values[second]).argmax())
    top, bottom = int(first[at]), int(second[at])
    if values[top] < values[bottom]:
        top, bottom = bottom, top
    interval = Interval(max(0.0, low), high)
    value = float(abs(values[top] - values[bottom]))
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
