"""Cells: the settings in which a kind of interval is simulated."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlgate.statistics.interval import Interval

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Interval | None]
SIZES = (50, 200, 1_000, 10_000)


@dataclass(frozen=True)
class Cell:
    """One setting: its words, the truth, the expected rows of the rarest event that counts, and a draw."""

    words: str
    truth: float
    expected: float
    draw: Draw


@dataclass(frozen=True)
class Family:
    """One kind of interval, with the expected rows from which it must cover, and the most draws of a setting."""

    name: str
    least: int
    cells: Callable[[], Iterator[Cell]]
    most: int = 100_000
