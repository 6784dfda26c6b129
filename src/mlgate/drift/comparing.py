"""Two profiles compared: each column's distance by the measure that was asked for, with its p-value."""

import math
from typing import Literal

import numpy as np

from mlgate.drift.grid import Grid
from mlgate.drift.profile import ColumnProfile
from mlgate.statistics.distances import BINNED, Counts, Distance, equal_mass, kolmogorov_smirnov, wasserstein

Measure = Literal["ks", "total-variation", "jensen-shannon", "psi", "wasserstein", "chi-square"]
LIMITS = {
    "ks": 0.05, "total-variation": 0.05, "jensen-shannon": 0.1, "psi": 0.1, "wasserstein": 0.1, "chi-square": 0.05,
}  # fmt: skip
ORDERED: tuple[Measure, ...] = ("ks", "wasserstein")  # which mean nothing for categories


def default_measure(column: ColumnProfile) -> Measure:
    """The measure of a column for which none is asked."""
    return "total-variation" if column.kind == "category" else "ks"


def distance(reference: ColumnProfile, current: ColumnProfile, measure: Measure) -> Distance:
    """How far the current column is from its reference; missing values are a cell of their own.

    Cells are joined to ten of equal mass in the reference, but for the ordered measures, which need no bins.
    """
    grid = reference.grid
    if grid is None:
        return BINNED[measure](*_by_category(reference, current))
    before, now, starts = _by_cell(reference, current, grid)
    if measure == "ks":
        return kolmogorov_smirnov(before, now)
    if measure == "wasserstein":
        moved = wasserstein(before[1:], now[1:], starts) if before[1:].sum() and now[1:].sum() else math.inf
        return Distance(moved, kolmogorov_smirnov(before, now).p)
    return BINNED[measure](*_binned(before, now))


def _by_category(reference: ColumnProfile, current: ColumnProfile) -> tuple[Counts, Counts]:
    names = list(reference.categories)

    def counts(column: ColumnProfile) -> Counts:
        unknown = sum(n for name, n in column.categories.items() if name not in reference.categories)
        return np.array([*(column.categories.get(n, 0) for n in names), column.other + unknown, column.missing], float)

    before, now = counts(reference), counts(current)
    there = (before + now) > 0
    return before[there], now[there]


def _by_cell(reference: ColumnProfile, current: ColumnProfile, grid: Grid) -> tuple[Counts, Counts, Counts]:
    """Missing rows, then the rows of each cell; and the starts of the cells."""
    cells = range(grid.low - 1, grid.high + 2)
    before, now = (
        np.array([c.missing, *(c.cells.get(str(cell), 0) for cell in cells)], float) for c in (reference, current)
    )
    return before, now, np.array([grid.start_of(cell) for cell in cells])


def _binned(before: Counts, now: Counts) -> tuple[Counts, Counts]:
    """Missing rows, and ten bins of the others."""
    if not before[1:].sum():
        return np.array([before[0], 0.0]), np.array([now[0], now[1:].sum()])
    bins, bins_now = equal_mass(before[1:], now[1:])
    joined, joined_now = np.array([before[0], *bins]), np.array([now[0], *bins_now])
    there = (joined + joined_now) > 0
    return joined[there], joined_now[there]
