"""Profiles of tables: types, missing shares, ranges and few values, by two aggregate queries of DuckDB."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from mlgate.config import Kind, Table
from mlgate.inputs.spelling import spell_one
from mlgate.personal import is_personal_name, is_personal_text
from mlgate.questions import IsNull, TableFacts
from mlgate.scan import emit
from mlgate.scan.dialect import quote
from mlgate.scan.tables import open_table

FEW = 50  # values that a configuration lists
EXACT = 300_000  # rows up to which quantiles are exact, and so the same in every run
MOST_COLUMNS = 60  # that are looked at closely
Telling = Callable[[Sequence[str]], Sequence[str]]
ID_LIKE = ("id", "key", "uuid", "guid", "uid", "identifier")


@dataclass(frozen=True)
class Column:
    """A column: its type family, and what was seen in it."""

    name: str
    family: str
    missing: int = 0
    distinct: int = 0  # about
    is_unique: bool = False
    low: float | None = None
    high: float | None = None
    quantiles: tuple[float, float, float] | None = None  # 1 %, 50 %, 99 %
    values: Mapping[str, int] | None = None  # value as a label is spelled → rows; None if there are many
    kind: Kind | None = None  # as somebody said it

    @property
    def is_binary(self) -> bool:
        """Whether it has exactly two values and no gap."""
        return self.values is not None and len(self.values) == 2 and not self.missing


@dataclass(frozen=True)
class Profile:
    """A table: its rows, the columns that were looked at, and the names of all."""

    path: str
    rows: int
    columns: Mapping[str, Column]
    names: tuple[str, ...]
    families: Mapping[str, str]

    @property
    def unseen(self) -> tuple[str, ...]:
        """The columns that were not looked at."""
        return tuple(n for n in self.names if n not in self.columns)


def profile(
    connection: duckdb.DuckDBPyConnection, path: str, files: tuple[Path, ...], telling: Telling = list,
    how: Table | None = None,
) -> Profile:  # fmt: skip
    """The table's profile; a `UserError` if it cannot be read. Of a wide table the `telling` columns come first."""
    facts = open_table(connection, f"profile of {path}", path, files, how).facts
    rows = _one(connection, f"SELECT count(*) FROM {quote(facts.name)}")[0]
    names = tuple(facts.columns)
    first = (*names[-2:], *telling(names))
    usual = [n for n in names if n.isprintable()]
    chosen = set(list(dict.fromkeys([*(n for n in first if n.isprintable()), *usual]))[:MOST_COLUMNS])
    order = [n for n in names if n in chosen]
    columns = _columns(connection, facts, order, int(rows)) if rows and order else _unread(facts, order)
    return Profile(path, int(rows), columns, names, facts.columns)


def tokens(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case.

    >>> tokens("customerID"), tokens("Age Group")
    (('customer', 'id'), ('age', 'group'))
    """
    spaced = "".join(
        f" {c}" if c.isupper() and at and name[at - 1].islower() else c if c.isalnum() else " "
        for at, c in enumerate(name)
    )
    return tuple(spaced.lower().split())


def _unread(facts: TableFacts, order: Sequence[str]) -> dict[str, Column]:
    return {name: Column(name, facts.columns[name]) for name in order}


def _columns(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, order: Sequence[str], rows: int
) -> dict[str, Column]:
    quantile = "quantile_disc" if rows <= EXACT else "approx_quantile"
    asked = [sql for name in order for sql in _aggregates(name, facts, quantile)]
    found = _one(connection, f"SELECT {', '.join(asked)} FROM {quote(facts.name)}")
    first = {name: found[at * 5 : at * 5 + 5] for at, name in enumerate(order)}
    few = [n for n in order if first[n][1] <= 2 * FEW and facts.columns[n] not in ("other", "date", "timestamp")]
    keys = [n for n in order if not first[n][0] and first[n][1] > 0.8 * rows and set(tokens(n)) & set(ID_LIKE)]
    second = [f"histogram(CAST({quote(n)} AS VARCHAR))" for n in few]
    second += [f"count(DISTINCT {quote(n)})" for n in keys]
    answers = _one(connection, f"SELECT {', '.join(second)} FROM {quote(facts.name)}") if second else ()
    values = {n: _spelled(answers[at], facts.columns[n]) for at, n in enumerate(few)}
    unique = {n for n, count in zip(keys, answers[len(few) :], strict=True) if count == rows}
    return {
        name: without_people(Column(
            name, facts.columns[name], int(missing), int(distinct), name in unique, low, high,
            tuple(quantiles) if quantiles and None not in quantiles else None,
            values[name] if name in values and len(values[name]) <= FEW else None,
        ))
        for name, (missing, distinct, low, high, quantiles) in first.items()
    }  # fmt: skip


def without_people(column: Column) -> Column:
    """The column without values and ends, if its name or one of its few values is personal: a proposal would list them.

    >>> without_people(Column("contact", "string", values={"ada@example.org": 9})).values is None
    True
    """
    if is_personal_name(column.name) or any(map(is_personal_text, column.values or ())):
        return replace(column, low=None, high=None, quantiles=None, values=None)
    return column


def _aggregates(name: str, facts: TableFacts, quantile: str) -> list[str]:
    column, family = quote(name), facts.columns[name]
    found = [f"count(*) FILTER (WHERE {emit.condition(IsNull(name), facts)})"]
    countable = column if family != "other" else f"CAST({column} AS VARCHAR)"
    found.append(f"approx_count_distinct({countable})")
    if family not in emit.NUMERIC:
        return [*found, "NULL", "NULL", "NULL"]
    number = f"CAST({column} AS DOUBLE)"
    finite = f"FILTER (WHERE isfinite({number}))"
    return [
        *found,
        *(f"CASE WHEN NOT bool_or(isinf({number})) THEN {end}({number}) {finite} END" for end in ("min", "max")),
        f"{quantile}({number}, [0.01, 0.5, 0.99]) {finite}",
    ]


def _spelled(histogram: Mapping[Any, int] | None, family: str) -> dict[str, int]:
    """The values as a label is spelled: 1.0 is `1`."""
    if family in ("float", "decimal"):
        return {spell_one(float(v)): n for v, n in (histogram or {}).items() if v not in (None, "nan")}
    return {str(v): n for v, n in (histogram or {}).items() if v is not None}


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    return connection.execute(sql).fetchone() or ()
