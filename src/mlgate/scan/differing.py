"""Two tables paired by key in DuckDB: rows added, removed and changed, and cells by column, as counts and no value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from mlgate.questions import TableFacts
from mlgate.scan.dialect import quote
from mlgate.type_families import fits

MOST_COLUMNS = 200  # that are compared in one query


@dataclass(frozen=True)
class RowChanges:
    """What became of rows; those whose key is missing or occurs twice on a side are paired with none, and counted."""

    key: tuple[str, ...]
    added: int
    removed: int
    changed: int
    same: int
    unpaired: tuple[int, int] = (0, 0)  # before, now
    cells: Mapping[str, int] = field(default_factory=dict)  # column of both tables → changed cells


def pair_rows(
    connection: duckdb.DuckDBPyConnection, before: TableFacts, now: TableFacts, key: Sequence[str]
) -> RowChanges:
    """The changes between two tables that both have the `key` columns.

    Numbers are compared as numbers and missing values are equal; columns of different kinds are compared as text.
    """
    shared = [name for name in now.columns if name in before.columns and name not in key]
    names = [_keyed(connection, facts, key, f"mlgate {side}") for side, facts in (("before", before), ("now", now))]
    same = _same_key(before, now, key)
    added, removed = (
        _count(connection, f"SELECT count(*) FROM {quote(one)} k WHERE NOT EXISTS (SELECT 1 FROM {quote(other)} o "
                           f"WHERE {same.format('k', 'o') if forward else same.format('o', 'k')})")
        for one, other, forward in ((names[1], names[0], False), (names[0], names[1], True))
    )  # fmt: skip
    joined = f"{quote(names[0])} b JOIN {quote(names[1])} n ON {same.format('b', 'n')}"
    pairs, changed, cells = _cells(connection, before, now, shared, joined)
    unpaired = tuple(
        _count(connection, f"SELECT (SELECT count(*) FROM {quote(facts.name)}) - (SELECT count(*) FROM {quote(name)})")
        for facts, name in ((before, names[0]), (now, names[1]))
    )
    for name in names:
        connection.execute(f"DROP VIEW {quote(name)}")
    return RowChanges(tuple(key), added, removed, changed, pairs - changed, (unpaired[0], unpaired[1]), cells)


def _keyed(connection: duckdb.DuckDBPyConnection, facts: TableFacts, key: Sequence[str], name: str) -> str:
    """A view of the rows that have a key of their own."""
    columns = ", ".join(map(quote, key))
    there = " AND ".join(f"{quote(column)} IS NOT NULL" for column in key)
    twice = f"SELECT {columns} FROM {quote(facts.name)} GROUP BY {columns} HAVING count(*) > 1"
    same = " AND ".join(f"t.{quote(column)} = d.{quote(column)}" for column in key)
    connection.execute(
        f"CREATE OR REPLACE VIEW {quote(name)} AS SELECT * FROM {quote(facts.name)} t WHERE {there} "
        f"AND NOT EXISTS (SELECT 1 FROM ({twice}) d WHERE {same})"
    )
    return name


def _same_key(before: TableFacts, now: TableFacts, key: Sequence[str]) -> str:
    """That two rows, `{0}` of before and `{1}` of now, have one key."""
    pairs = [("{0}." + _escaped(column), "{1}." + _escaped(column)) for column in key]
    return " AND ".join(
        f"{one} = {other}" if _comparable(before.columns[column], now.columns[column])
        else f"CAST({one} AS VARCHAR) = CAST({other} AS VARCHAR)"
        for column, (one, other) in zip(key, pairs, strict=True)
    )  # fmt: skip


def _escaped(column: str) -> str:
    return quote(column).replace("{", "{{").replace("}", "}}")


def _cells(
    connection: duckdb.DuckDBPyConnection, before: TableFacts, now: TableFacts, shared: Sequence[str], joined: str
) -> tuple[int, int, dict[str, int]]:
    """The pairs, those of them that differ, and the cells that do in each column that both have."""
    differs = [_differs(column, before, now) for column in shared]
    anywhere = " OR ".join(differs) or "false"
    row = connection.execute(f"SELECT count(*), count_if({anywhere}) FROM {joined}").fetchone() or (0, 0)
    cells: dict[str, int] = {}
    for start in range(0, len(shared), MOST_COLUMNS):
        part = range(start, min(start + MOST_COLUMNS, len(shared)))
        asked = ", ".join(f"count_if({differs[at]})" for at in part)
        found = connection.execute(f"SELECT {asked} FROM {joined}").fetchone() or ()
        cells |= {shared[at]: int(n or 0) for at, n in zip(part, found, strict=True)}
    return int(row[0]), int(row[1] or 0), cells


def _differs(column: str, before: TableFacts, now: TableFacts) -> str:
    one, other = f"b.{quote(column)}", f"n.{quote(column)}"
    if _comparable(before.columns[column], now.columns[column], before.types[column], now.types[column]):
        return f"({one} IS DISTINCT FROM {other})"
    return f"(CAST({one} AS VARCHAR) IS DISTINCT FROM CAST({other} AS VARCHAR))"


def _comparable(one: str, other: str, *types: str) -> bool:
    """Whether values of both families are compared as they are."""
    return (
        (one == other and one != "other")
        or (fits(one, "number") and fits(other, "number"))
        or (len(types) == 2 and types[0] == types[1])
    )


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int((connection.execute(sql).fetchone() or (0,))[0])
