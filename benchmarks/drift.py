"""How often `drift` cries wolf, and how often it finds a shift, beside the customary PSI > 0.1.

`.venv/bin/python benchmarks/drift.py` prints the table of docs/statistics.md: 1,000 splits and 1,000 shifts of tables
with 20 columns, decided by the check's own functions and defaults.
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlgate.drift.comparing import LIMITS, Measure, distance
from mlgate.drift.grid import choose_grid
from mlgate.drift.profile import ColumnProfile
from mlgate.statistics.multiplicity import holm

COLUMNS = 20
Floats = NDArray[np.float64]


class Alarms(NamedTuple):
    """The shares of tables in which any column alarms, and in which the first does."""

    any: float
    first: float


def main() -> None:
    """The table is printed."""
    parser = argparse.ArgumentParser(description="Simulate false alarms and power of the check `drift`.")
    parser.add_argument("--tables", type=int, default=1_000, help="tables of each kind (default 1,000)")
    tables = parser.parse_args().tables
    print(f"{tables:,} tables of {COLUMNS} columns each\n")
    print("| rows in each table | shift of one column | `drift` | PSI > 0.1 |\n|--:|--:|--:|--:|")
    for rows in (500, 2_000, 10_000):
        for shift in (0.0, 0.25):
            found = {rule: simulate(rule, rows, shift, tables) for rule in ("drift", "psi")}
            shown = [f"{(f.first if shift else f.any) * 100:.1f} %" for f in found.values()]
            print(f"| {rows:,} | {shift or 'none'} | {' | '.join(shown)} |")


def simulate(rule: str, rows: int, shift: float, tables: int, seed: int = 17) -> Alarms:
    """The alarms over so many pairs of tables, whose first column is shifted by so many standard deviations."""
    generator = np.random.default_rng(seed)
    found = np.array([list(alarms(rule, rows, shift, generator)) for _ in range(tables)])
    return Alarms(float(found.any(axis=1).mean()), float(found[:, 0].mean()))


def alarms(rule: str, rows: int, shift: float, generator: np.random.Generator) -> Iterator[bool]:
    """Whether each column alarms; half of the columns have heavy tails."""
    measure: Measure = "psi" if rule == "psi" else "ks"
    found = []
    for column in range(COLUMNS):
        both = generator.normal(size=(2, rows))
        both[1] += shift if column == 0 else 0.0
        reference, current = np.exp(both) if column % 2 else both
        found.append(distance(*counted(reference, current), measure))
    rejected = holm([f.p for f in found]) if rule == "drift" else [True] * COLUMNS
    yield from (f.value > LIMITS[measure] and r for f, r in zip(found, rejected, strict=True))


def counted(reference: Floats, current: Floats) -> tuple[ColumnProfile, ColumnProfile]:
    """Both columns counted on the grid that suits the reference."""
    grid = choose_grid(reference)
    profiles = []
    for values in (reference, current):
        cells, rows = np.unique(grid.cells_of(values), return_counts=True)
        counts = {str(cell): int(n) for cell, n in zip(cells, rows, strict=True)}
        profiles.append(ColumnProfile(kind="number", grid=grid, cells=counts))
    return profiles[0], profiles[1]


if __name__ == "__main__":
    main()
