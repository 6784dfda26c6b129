"""How often the check `drift` alarms on splits of one table, and how often it finds a shift.

`.venv/bin/python benchmarks/drift_quality.py` prints the second table on drift of docs/statistics.md: a table of 20
columns (numbers with light and heavy tails, some related, counts, times, categories, missing values) is split at
random, both halves are counted as the engine counts them and judged by the check with its documented defaults. Then
one column of one half is shifted by a quarter standard deviation.
"""

import argparse
import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlgate.config import Config, Policy, Table
from mlgate.drift.comparing import distance
from mlgate.drift.grid import Grid, choose_grid
from mlgate.drift.profile import RARE, ColumnProfile, Profile
from mlgate.evidence import Evidence, Finding, Predicate
from mlgate.plugins import Answers, Check, Facts, find_checks
from mlgate.questions import TableFacts
from mlgate.verdict import settle

ROWS = 2_000  # of each half
SHIFTED, SHIFT = "n3", 0.25  # the column that is shifted, by so many standard deviations
PSI = 0.1  # the customary limit
TODAY = datetime.date(2026, 1, 1)
TABLES = ("test", "train")
Columns = Mapping[str, NDArray[np.float64]]  # of categories, their numbers


class Split(NamedTuple):
    """Of one split: whether any column alarms, whether the shifted one does; and the same by PSI."""

    any: bool
    found: bool
    psi_any: bool
    psi_found: bool


def main() -> None:
    """The table is printed."""
    parser = argparse.ArgumentParser(description="Measure false alarms and power of the check `drift` on splits.")
    parser.add_argument("--splits", type=int, default=1_000, help="splits of each kind (default 1,000)")
    splits = parser.parse_args().splits
    still, moved = ([*simulate(splits, shift)] for shift in (0.0, SHIFT))
    print(f"| {splits:,} splits into halves of {ROWS:,} rows | `drift` | PSI > {PSI} |\n|---|--:|--:|")
    print(f"| alarms where nothing drifts | {share(still, 'any')} | {share(still, 'psi_any')} |")
    found, by_psi = share(moved, "found"), share(moved, "psi_found")
    print(f"| a shift of {SHIFT} in one of 20 columns is found | {found} | {by_psi} |")


def share(splits: list[Split], field: str) -> str:
    """In how many splits it is so."""
    return f"{100 * sum(getattr(split, field) for split in splits) / len(splits):.1f} %"


def simulate(splits: int, shift: float, seed: int = 17) -> Iterator[Split]:
    """So many random splits of one table, with the column of one half shifted."""
    generator = np.random.default_rng(seed)
    whole, check = draw(generator), find_checks()["drift"].load()
    for _ in range(splits):
        order = generator.permutation(2 * ROWS)
        train, test = ({name: cells[half] for name, cells in whole.items()} for half in (order[:ROWS], order[ROWS:]))
        test[SHIFTED] = test[SHIFTED] + shift
        yield judged(check, profile(train), profile(test, profile(train)))


def draw(generator: np.random.Generator) -> Columns:
    """The one table, of 16 columns of numbers and 4 of categories, whose names begin with `c`."""
    n, u = generator.normal(size=(8, 2 * ROWS)), generator.uniform(1e-9, 1, size=(10, 2 * ROWS))
    found = {f"n{i}": n[i] for i in range(6)}
    found |= {"related": n[0] + n[1], "product": n[2] * n[3], "income": np.exp(n[6]), "amount": np.exp(2 * n[7])}
    found |= {"gaps": np.where(u[0] < 0.3, np.nan, n[6] + n[7]), "spend": np.where(u[1] < 0.6, 0.0, np.exp(n[5]))}
    found |= {"visits": np.floor(-np.log(u[2]) * 3), "age": np.floor(u[3] * 80)}
    found |= {"day": 1.7e9 + 86_400 * np.floor(u[8] * 365), "moment": 1.7e9 + 3e7 * u[9]}
    found |= {"c-new": np.floor(u[4] + 0.2), "c-kind": np.floor(u[5] ** 2 * 5), "c-answer": np.floor(2 * u[7])}
    return found | {"c-code": np.floor(-np.log(u[6]) * 8)}


def profile(columns: Columns, like: Profile | None = None) -> Profile:
    """The columns counted as the engine counts them: by the grids and categories of `like`, if it is given."""
    found = {}
    for name, cells in columns.items():
        before = like.columns[name] if like else None
        found[name] = categories(cells, before) if name.startswith("c") else numbers(cells, before)
    return Profile(rows=ROWS, columns=found)


def numbers(cells: NDArray[np.float64], before: ColumnProfile | None) -> ColumnProfile:
    """A column of numbers by cells of its grid."""
    there = cells[~np.isnan(cells)]
    grid = (before.grid if before else choose_grid(there)) or Grid(0, 0, 1)
    numbered, rows = np.unique(grid.cells_of(there), return_counts=True)
    counts = {str(cell): int(n) for cell, n in zip(numbered, rows, strict=True)}
    return ColumnProfile(kind="number", grid=grid, cells=counts, missing=len(cells) - len(there))


def categories(cells: NDArray[np.float64], before: ColumnProfile | None) -> ColumnProfile:
    """A column of categories, rare ones together."""
    values, rows = np.unique(cells, return_counts=True)
    counts = {f"{value:g}": int(n) for value, n in zip(values, rows, strict=True)}
    kept = {name: n for name, n in counts.items() if (name in before.categories if before else n >= RARE)}
    return ColumnProfile(kind="category", categories=kept, other=len(cells) - sum(kept.values()))


def judged(check: Check, reference: Profile, current: Profile) -> Split:
    """What the check says of the two, with the statuses that the verdict gives; and what the customary rule says."""
    families = {name: "string" if column.kind == "category" else "float" for name, column in current.columns.items()}
    facts = Facts(
        Config(version=1, tables={name: Table(path=name) for name in TABLES}),
        {name: TableFacts(name, name, families, families) for name in TABLES},
    )
    params = check.Params()
    (asked,) = check.plan(params, facts)
    failing = failed(check.judge(params, Answers(facts, {asked: (reference, current)})))
    psi = {name: distance(reference.columns[name], column, "psi").value for name, column in current.columns.items()}
    return Split(bool(failing), SHIFTED in failing, max(psi.values()) > PSI, psi[SHIFTED] > PSI)


def failed(findings: Iterable[Finding]) -> set[str]:
    """The columns that fail."""
    evidence = Evidence(predicate=Predicate(kit="0", policy_sha256="0" * 64, findings=tuple(findings)))
    return {finding.subject for finding in settle(evidence, Policy(), TODAY) if finding.status == "fail"}


if __name__ == "__main__":
    main()
