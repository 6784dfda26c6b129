"""Grids: how the numbers of a column are counted in cells, the same in every table that is compared."""

import math
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

CELLS = 512  # between the ends, at most
TAIL = 0.001  # the share of the sample beyond each end; what lies there is only counted as beyond
HEAVY = 32  # a range of so many distances from the middle to the nearer decile is counted in cells that grow
LARGEST = 710.0  # whose hyperbolic sine is still a number


class Grid(Struct, frozen=True, omit_defaults=True):
    """Cells of width 2^`width`, from number `low` to `high`, and one beyond each end.

    On a `growing` grid the cells are those of asinh((x − `center`·2^`unit`) / 2^`unit`): even near the center, growing
    away from it. Widths are powers of two, so that cells of two grids of one scale nest.
    """

    width: int
    low: int
    high: int
    scale: Literal["even", "growing"] = "even"
    unit: int = 0
    center: int = 0

    def cells_of(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """The cell of each finite number."""
        if self.scale == "growing":
            values = np.arcsinh(values / 2.0**self.unit - self.center)
        cells: NDArray[np.int64] = np.clip(np.floor(values / 2.0**self.width), self.low - 1, self.high + 1).astype(int)
        return cells

    def start_of(self, cell: int) -> float:
        """The number at which a cell begins."""
        edge = cell * 2.0**self.width
        if self.scale == "even":
            return edge
        if abs(edge) > LARGEST:
            return math.copysign(math.inf, edge)
        return (math.sinh(edge) + self.center) * 2.0**self.unit


def choose_grid(sample: NDArray[np.float64]) -> Grid:
    """A grid that suits the sample: at most 512 cells over all but its tails, with as much room again beyond.

    >>> choose_grid(np.arange(100.0)).cells_of(np.array([0.0, 50.0]))
    array([  0, 100])
    """
    finite = sample[np.isfinite(sample)]
    if not len(finite):
        return Grid(0, 0, 1)
    least, low, middle, high, largest = np.quantile(finite, [TAIL, 0.1, 0.5, 0.9, 1 - TAIL])
    nearer = float(min(middle - low, high - middle))
    if nearer > 0 and largest - least > HEAVY * nearer:
        unit = round(math.log2(nearer))
        center = math.floor(middle / 2.0**unit)
        ends = np.arcsinh(np.array([least, largest]) / 2.0**unit - center)
        return _covering(float(ends[0]), float(ends[1]), "growing", unit, center)
    return _covering(float(least), float(largest), "even", 0, 0)


def _covering(least: float, largest: float, scale: Literal["even", "growing"], unit: int, center: int) -> Grid:
    room = (largest - least) / 2
    least, largest = least - room, largest + room
    span = largest - least or max(abs(least), 1.0) * 2
    width = math.ceil(math.log2(span / CELLS))
    low, high = math.floor(least / 2.0**width), math.floor(largest / 2.0**width)
    return Grid(width, low, high, scale, unit, center)
