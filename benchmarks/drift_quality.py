"""How often the check `drift`, as it runs in a gate, alarms on splits of one table, and how often it finds a shift.

`.venv/bin/python benchmarks/drift_quality.py` prints the second table on drift of docs/statistics.md: a table of 20
columns (numbers with light and heavy tails, some related, counts, categories, a date and a text, missing values) is
split at random, both halves are counted by the engine and judged by the check with its documented defaults. Then one
column of one half is shifted by a quarter standard deviation.
"""

import argparse
import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from mlgate.config import Config, Policy, Table
from mlgate.drift.comparing import distance
from mlgate.evidence import Evidence, Finding, Predicate
from mlgate.plugins import Answers, Facts, find_checks
from mlgate.questions import Compared, TableFacts
from mlgate.scan.comparing import compare
from mlgate.scan.tables import connect, family
from mlgate.verdict import settle

ROWS = 2_000  # of each half
SHIFTED, SHIFT = "n3", 0.25  # the column that is shifted, by so many standard deviations
PSI = 0.1  # the customary limit
TODAY = datetime.date(2026, 1, 1)
TABLE = """
CREATE TABLE whole AS SELECT
  n0, n1, n2, n3, n4, n5, n0 + n1 AS related, n2 * n3 AS product, exp(n6) AS income, exp(2 * n7) AS amount,
  CASE WHEN u0 < 0.3 THEN NULL ELSE n6 + n7 END AS gaps, CASE WHEN u1 < 0.6 THEN 0 ELSE exp(n5) END AS spend,
  CAST(floor(-ln(u2) * 3) AS INTEGER) AS visits, CAST(floor(u3 * 80) AS INTEGER) AS age, u4 < 0.2 AS is_new,
  list_element(['a', 'b', 'c', 'd', 'e'], 1 + CAST(floor(u5 * u5 * 5) AS INTEGER)) AS kind,
  'k' || CAST(floor(-ln(u6) * 8) AS INTEGER) AS code, CASE WHEN u7 < 0.5 THEN 'yes' ELSE 'no' END AS answer,
  DATE '2024-01-01' + CAST(floor(u8 * 365) AS INTEGER) AS day,
  repeat('word' || CAST(floor(u9 * 40) AS INTEGER) || ' ', 1 + CAST(floor(u1 * 9) AS INTEGER)) || u9 AS note
FROM drawn
"""


class Split(NamedTuple):
    """Of one split: whether any column alarms, whether the shifted one does, and whether its PSI is above the limit."""

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
    print(
        f"| a shift of {SHIFT} in one of 20 columns is found | {share(moved, 'found')} | {share(moved, 'psi_found')} |"
    )


def share(splits: list[Split], field: str) -> str:
    """In how many splits it is so."""
    return f"{100 * sum(getattr(split, field) for split in splits) / len(splits):.1f} %"


def simulate(splits: int, shift: float, seed: int = 17) -> Iterator[Split]:
    """So many random splits of one table, with the column of one half shifted."""
    generator = np.random.default_rng(seed)
    with connect() as connection:
        draw(connection, generator)
        for _ in range(splits):
            yield split(connection, generator, shift)


def draw(connection: duckdb.DuckDBPyConnection, generator: np.random.Generator) -> None:
    """The one table."""
    drawn = {f"n{i}": generator.normal(size=2 * ROWS) for i in range(8)}
    drawn |= {f"u{i}": generator.uniform(1e-9, 1, size=2 * ROWS) for i in range(10)}
    names = ", ".join(f"{name} DOUBLE" for name in drawn)
    connection.execute(f"CREATE TABLE drawn ({names})")
    columns = ", ".join(["unnest(?)"] * len(drawn))
    connection.execute(f"INSERT INTO drawn SELECT {columns}", [values.tolist() for values in drawn.values()])
    connection.execute(TABLE)


def split(connection: duckdb.DuckDBPyConnection, generator: np.random.Generator, shift: float) -> Split:
    """One split, judged by the check."""
    order = generator.permutation(2 * ROWS)
    for name, rows, moved in (("train", order[:ROWS], 0.0), ("test", order[ROWS:], shift)):
        listed = ", ".join(map(str, rows.tolist()))
        connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT * REPLACE ({SHIFTED} + {moved} AS {SHIFTED}) "
            f"FROM whole WHERE rowid IN ({listed})"
        )
    config = Config(version=1, tables={name: Table(path=name) for name in ("test", "train")})
    facts = Facts(config, {name: described(connection, name) for name in ("test", "train")})
    check = find_checks()["drift"].load()
    params = check.Params()
    (asked,) = check.plan(params, facts)
    assert isinstance(asked, Compared)
    reference, current = compare(connection, asked, facts.tables, Path())
    failing = {f.subject for f in judged(check.judge(params, Answers(facts, {asked: (reference, current)})))}
    high = {
        name for name, column in current.columns.items()
        if distance(reference.columns[name], column, "psi").value > PSI
    }  # fmt: skip
    return Split(bool(failing), SHIFTED in failing, bool(high), SHIFTED in high)


def judged(findings: Iterable[Finding]) -> list[Finding]:
    """Those that fail, with the statuses that the verdict gives."""
    numbered = tuple(findings)
    evidence = Evidence(predicate=Predicate(kit="0", policy_sha256="0" * 64, findings=numbered))
    return [f for f in settle(evidence, Policy(), TODAY) if f.status == "fail"]


def described(connection: duckdb.DuckDBPyConnection, name: str) -> TableFacts:
    """The table's columns and types."""
    types = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE {name}").fetchall()}
    return TableFacts(name, name, {column: family(kind) for column, kind in types.items()}, types)


if __name__ == "__main__":
    main()
