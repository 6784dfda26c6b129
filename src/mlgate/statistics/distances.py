"""Distances between two distributions that were counted in the same cells, and the p-values of no difference."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlgate.statistics.chi_square import chi_square_tail

Counts = NDArray[np.float64]
BINS = 10  # of about equal mass in the reference, for distances that many cells would make large by chance
LEAST_EXPECTED = 5.0  # rows of a cell of the chi-square test


class Distance(NamedTuple):
    """How far apart two distributions are, and the probability of that or more if they are one."""

    value: float
    p: float


def kolmogorov_smirnov(reference: Counts, current: Counts) -> Distance:
    """Return the largest difference of the cumulative shares of ordered cells.

    p by Kolmogorov's limit with Stephens' correction; in cells it is conservative.
    Source: Stephens 1970, JRSS B 32:115.

    >>> kolmogorov_smirnov(np.array([10.0, 10.0]), np.array([20.0, 0.0])).value
    0.5
    """
    n, m = reference.sum(), current.sum()
    value = float(np.abs(np.cumsum(reference) / n - np.cumsum(current) / m).max())
    root = math.sqrt(n * m / (n + m))
    x = (root + 0.12 + 0.11 / root) * value
    if x < 0.2:
        return Distance(value, 1.0)
    p = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return Distance(value, min(max(p, 0.0), 1.0))


def total_variation(reference: Counts, current: Counts) -> Distance:
    """Return half the summed differences of the shares: the share of rows that lie elsewhere; p by chi-square."""
    p, q = reference / reference.sum(), current / current.sum()
    return Distance(float(np.abs(p - q).sum() / 2), chi_square(reference, current).p)


def jensen_shannon(reference: Counts, current: Counts) -> Distance:
    """Return the Jensen–Shannon distance to base 2, from 0 to 1 (the root of the divergence); p by chi-square.

    Source: Endres and Schindelin 2003, IEEE Trans. Inf. Theory 49:1858.
    """
    p, q = reference / reference.sum(), current / current.sum()
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return Distance(math.sqrt(max(divergence, 0.0)), chi_square(reference, current).p)


def population_stability(reference: Counts, current: Counts) -> Distance:
    """Return the population stability index, Σ (q − p) ln(q / p), half a row added to each cell; p by chi-square."""
    p, q = ((counts + 0.5) / (counts + 0.5).sum() for counts in (reference, current))
    return Distance(float(((q - p) * np.log(q / p)).sum()), chi_square(reference, current).p)


def chi_square(reference: Counts, current: Counts) -> Distance:
    """Return Cramér's V of the table of both, and the p of Pearson's test of homogeneity.

    Neighbouring cells are joined until each expects five rows in the smaller table.
    """
    total = reference.sum() + current.sum()
    joined = _join(np.vstack([reference, current]), LEAST_EXPECTED * total / min(reference.sum(), current.sum()))
    expected = np.outer(joined.sum(axis=1), joined.sum(axis=0)) / total
    statistic = float(((joined - expected) ** 2 / expected).sum())
    return Distance(math.sqrt(statistic / total), chi_square_tail(statistic, joined.shape[1] - 1))


def wasserstein(reference: Counts, current: Counts, starts: NDArray[np.float64]) -> float:
    """Return the mean distance that values have to move, in standard deviations of the reference.

    `starts` are the numbers at which the cells begin; values stand at the start of their cells.
    """
    p, q = reference / reference.sum(), current / current.sum()
    moved = float((np.abs(np.cumsum(p) - np.cumsum(q))[:-1] * np.diff(starts)).sum())
    mean = float((p * starts).sum())
    deviation = math.sqrt(float((p * (starts - mean) ** 2).sum()))
    return moved / deviation if deviation else (0.0 if moved == 0 else math.inf)


def equal_mass(reference: Counts, current: Counts, bins: int = BINS) -> tuple[Counts, Counts]:
    """The counts in at most `bins` runs of cells that have about equal mass in the reference."""
    groups = np.minimum((np.cumsum(reference) - reference / 2) / reference.sum() * bins, bins - 1).astype(int)
    before, now = (np.bincount(groups, counts, bins).astype(np.float64) for counts in (reference, current))
    return before, now


def _relative_entropy(p: Counts, q: Counts) -> float:
    there = p > 0
    return float((p[there] * np.log2(p[there] / q[there])).sum())


def _join(counts: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Columns joined from the left until each holds at least `least` rows of both tables together."""
    columns: list[NDArray[np.float64]] = []
    held = np.zeros(2)
    for column in counts.T:
        held = held + column
        if held.sum() >= least:
            columns.append(held)
            held = np.zeros(2)
    if held.sum() or not columns:
        columns = [*columns[:-1], columns[-1] + held] if columns else [held]
    return np.array(columns).T


ORDERED: Mapping[str, Callable[[Counts, Counts], Distance]] = {"ks": kolmogorov_smirnov}
BINNED: Mapping[str, Callable[[Counts, Counts], Distance]] = {
    "total-variation": total_variation, "jensen-shannon": jensen_shannon, "psi": population_stability,
    "chi-square": chi_square,
}  # fmt: skip
