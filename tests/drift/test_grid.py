"""Grids cover what they were chosen by, keep their resolution in heavy tails, and count each number once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.drift.grid import CELLS, choose_grid

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)


@given(st.lists(NUMBERS, max_size=50))
@settings(deadline=None)
def test_any_numbers_have_a_grid_of_bounded_size(numbers: list[float]) -> None:
    grid = choose_grid(np.array(numbers))
    assert 0 < grid.high - grid.low + 1 <= CELLS + 2
    cells = grid.cells_of(np.array(numbers))
    assert ((cells >= grid.low - 1) & (cells <= grid.high + 1)).all()
    order = np.argsort(numbers)
    assert (np.diff(cells[order]) >= 0).all()


@pytest.mark.parametrize(
    "sample",
    [np.random.default_rng(1).normal(size=5_000), np.random.default_rng(1).lognormal(0, 2, size=5_000),
     1.7e9 + np.random.default_rng(1).uniform(0, 1e7, size=5_000)],
    ids=["normal", "heavy", "times"],
)  # fmt: skip
def test_no_cell_holds_more_than_a_few_percent(sample: np.ndarray) -> None:
    _, counts = np.unique(choose_grid(sample).cells_of(sample), return_counts=True)
    assert counts.max() / len(sample) < 0.05


def test_a_cell_begins_at_its_start() -> None:
    for sample in (np.arange(100.0), np.exp(np.arange(0, 20, 0.01))):
        grid = choose_grid(sample)
        for cell in range(grid.low, grid.high, 17):
            start = grid.start_of(cell)
            assert grid.cells_of(np.array([start + 1e-9 * abs(start) + 1e-12]))[0] == cell
