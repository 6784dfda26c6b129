"""Distributions of a table's columns in DuckDB: a layout that suits the reference, then counts by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from mlgate.drift.grid import Grid, choose_grid
from mlgate.drift.profile import MOST_CATEGORIES, RARE, ColumnProfile, Kind, Profile
from mlgate.personal import is_personal_name
from mlgate.questions import TableFacts
from mlgate.scan.dialect import DUCKDB, literal, quote
from mlgate.scan.emit import number
from mlgate.scan.texts import MEASURES, UNKNOWN, unknown_words
from mlgate.type_families import fits

SAMPLE = 100_000  # rows by which grids are chosen
FEW = 1_000  # different texts that are categories; with more, texts are measured instead


@dataclass(frozen=True)
class Counted:
    """What is counted under one name: its kind and SQL, and the grid or the categories that it is counted by."""

    kind: Kind
    sql: str
    grid: Grid | None = None
    categories: tuple[str, ...] = ()


def profile_of(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, columns: Sequence[str], like: Profile | None = None,
    measured: Collection[str] = (),
) -> Profile:  # fmt: skip
    """The profile of these columns; counted as in `like`, if it is given, for what both have in one kind.

    The `measured` are texts that are never named as categories.
    """
    names = _countable(connection, facts, columns, like, measured)
    found = _numbers(connection, facts, {n: c for n, c in names.items() if c.kind != "category"})
    found |= _categories(connection, facts, {n: c for n, c in names.items() if c.kind == "category"}, like is not None)
    rows = connection.execute(f"SELECT count(*) FROM {quote(facts.name)}").fetchone()
    texts = [column for column in columns if any(f"{column}: {measure}" in names for measure in MEASURES)]
    return Profile(
        rows=int((rows or (0,))[0]),
        columns={name: found[name] for name in names} | _words(connection, facts, texts, like),
    )


def _words(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, texts: Sequence[str], like: Profile | None
) -> dict[str, ColumnProfile]:
    """Of each text, the rows by their share of unknown words."""
    found: dict[str, ColumnProfile] = {}
    for column in texts:
        name = f"{column}: {UNKNOWN}"
        if like is None or name in like.columns:
            counted = unknown_words(connection, facts, column, like.columns[name].words if like else None)
            found |= {name: counted} if counted else {}
    return found


def _countable(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, columns: Sequence[str], like: Profile | None,
    measured: Collection[str],
) -> dict[str, Counted]:  # fmt: skip
    texts = [c for c in columns if facts.columns[c] == "string"]
    many = {c for c in texts if c not in like.columns} if like else _many(connection, facts, texts) | set(measured)
    found: dict[str, Counted] = {}
    for column in columns:
        family = facts.columns[column]
        if fits(family, "number") or family in ("date", "timestamp"):
            kind: Kind = "number" if fits(family, "number") else "time"
            found[column] = Counted(kind, number(column, facts))
        elif family == "boolean" or (column in texts and column not in many):
            found[column] = Counted("category", DUCKDB.functions["cast-text"].format(quote(column)))
        elif column in texts:
            measures = {f"{column}: {name}": sql.format(quote(column)) for name, sql in MEASURES.items()}
            found |= {name: Counted("number", sql) for name, sql in measures.items()}
    if like is not None:
        before = like.columns
        same = {n: c for n, c in found.items() if n in before and before[n].kind == c.kind}
        return {name: _as_before(c, before[name]) for name, c in same.items()}
    return found | _with_grids(connection, facts, {n: c for n, c in found.items() if c.kind != "category"})


def _as_before(counted: Counted, before: ColumnProfile) -> Counted:
    return Counted(before.kind, counted.sql, before.grid, tuple(before.categories))


def _many(connection: duckdb.DuckDBPyConnection, facts: TableFacts, texts: Sequence[str]) -> set[str]:
    """The columns with too many different texts to be categories, and those that look personal by their names."""
    if not texts:
        return set()
    larger = _larger(connection, facts, [quote(column) for column in texts], FEW)
    return {column for column in texts if quote(column) in larger or is_personal_name(column)}


def _with_grids(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, names: Mapping[str, Counted]
) -> dict[str, Counted]:
    if not names:
        return {}
    rows = int((connection.execute(f"SELECT count(*) FROM {quote(facts.name)}").fetchone() or (0,))[0])
    asked = ", ".join(f"{c.sql} AS c{at}" for at, c in enumerate(names.values()))
    some = f" USING SAMPLE system({100 * SAMPLE / rows:.4f} PERCENT) REPEATABLE (17)" if rows > 4 * SAMPLE else ""
    connection.execute("SET threads = 1")  # which rows are drawn depends on the number of threads
    sample = connection.execute(f"SELECT {asked} FROM {quote(facts.name)}{some}").fetchnumpy()
    connection.execute("SET threads = 2")
    grids = [choose_grid(_floats(sample[f"c{at}"])) for at in range(len(names))]
    return {name: Counted(c.kind, c.sql, grid) for (name, c), grid in zip(names.items(), grids, strict=True)}


def _floats(values: object) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The present values of a fetched column."""
    present = values.compressed() if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    return np.asarray(present, dtype=np.float64)


def cell_sql(grid: Grid, value: str) -> str:
    """The cell of a number as a small integer: 0 for a missing one, then from the one below the grid."""
    scaled = f"asinh({value} / {literal(2.0**grid.unit)} - {grid.center})" if grid.scale == "growing" else value
    shifted = f"floor({scaled} / {literal(2.0**grid.width)}) - {grid.low - 2}"
    clipped = f"CAST(greatest(least({shifted}, {grid.high - grid.low + 3}), 1) AS SMALLINT)"
    return f"CASE WHEN {value} IS NULL THEN 0::SMALLINT ELSE {clipped} END"


def _numbers(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, names: Mapping[str, Counted]
) -> dict[str, ColumnProfile]:
    """All numbers and times in one query: a histogram of cells each."""
    if not names:
        return {}
    grids = {name: c.grid or Grid(0, 0, 1) for name, c in names.items()}
    asked = ", ".join(f"histogram({cell_sql(grids[name], c.sql)})" for name, c in names.items())
    row = connection.execute(f"SELECT {asked} FROM {quote(facts.name)}").fetchone() or ()
    found = {}
    for (name, counted), counts in zip(names.items(), row, strict=True):
        cells = dict(sorted((counts or {}).items()))
        missing, grid = cells.pop(0, 0), grids[name]
        kept = {str(cell + grid.low - 2): n for cell, n in cells.items()}
        found[name] = ColumnProfile(kind=counted.kind, missing=missing, grid=grid, cells=kept)
    return found


def _categories(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, names: Mapping[str, Counted], known: bool
) -> dict[str, ColumnProfile]:
    """All categories in another query; where they are `known`, everything else is one of the others."""
    if not names:
        return {}
    many = _larger(connection, facts, [c.sql for c in names.values()]) if known else set()

    def asked(counted: Counted) -> str:
        if not known or counted.sql not in many:
            return f"histogram({counted.sql})"
        listed = ", ".join(map(literal, counted.categories)) or "NULL"
        return f"histogram(CASE WHEN {counted.sql} IN ({listed}) THEN {counted.sql} END)"

    queries = ", ".join(f"{asked(c)}, count(*) - count({c.sql})" for c in names.values())
    row = connection.execute(f"SELECT {queries}, count(*) FROM {quote(facts.name)}").fetchone() or (0,)
    rows = int(row[-1])
    found = {}
    for at, (name, counted) in enumerate(names.items()):
        counts, missing = dict(row[2 * at] or {}), int(row[2 * at + 1])
        by_size = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        kept = {n: counts[n] for n in counted.categories if n in counts} if known else _common(by_size)
        other = rows - missing - sum(kept.values())
        found[name] = ColumnProfile(
            kind=counted.kind, missing=missing, categories=dict(sorted(kept.items())), other=other
        )
    return found


def _common(by_size: Sequence[tuple[str, int]]) -> dict[str, int]:
    """The categories that are named: not the rare ones, and not more than are worth it."""
    return {name: n for name, n in by_size[:MOST_CATEGORIES] if n >= RARE}


def _larger(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, values: Sequence[str], most: int = 10 * FEW
) -> set[str]:
    """Those of the `values` that are so many that they are not counted one by one."""
    asked = ", ".join(f"approx_count_distinct({value})" for value in values)
    counts = connection.execute(f"SELECT {asked} FROM {quote(facts.name)}").fetchone() or ()
    return {value for value, n in zip(values, counts, strict=True) if n > most}
