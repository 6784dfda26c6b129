"""SQL for the questions that need a query of their own."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mlgate.questions import (
    Beyond,
    Compared,
    Conflicts,
    Crossed,
    Domain,
    Duplicates,
    Examples,
    Later,
    Overlap,
    Pass,
    TableFacts,
    Unmatched,
    Unordered,
)
from mlgate.scan.dialect import DUCKDB, Dialect
from mlgate.scan.emit import condition, number
from mlgate.scan.expression_sql import expression_sql

Facts = Mapping[str, TableFacts]
FILE_ORDER = "mlgate file order"  # the column that numbers the rows of a file
THIS, THAT = "this row", "that row"  # of two tables; a shorter name might be a column's, and would hide the table
WHY = {
    Duplicates: "rows are told apart by hashes of their values, and those with equal hashes compared as below",
    Overlap: "two tables are compared",
    Unmatched: "two tables are compared",
    Conflicts: "rows are compared with each other",
    Unordered: "each row is compared with the one before it",
    Later: "two tables are compared",
    Beyond: "the middle has to be known before rows are counted",
    Crossed: "two columns are counted together",
    Compared: "cells are chosen by the reference, then counted: numbers in one query, categories in another",
    Domain: "a sample of rows of both tables is learnt from",
    Examples: "the rows themselves are asked for",
}


def single(question: Pass, facts: Facts, dialect: Dialect = DUCKDB) -> str:
    """The query of an extra pass: a single number, and of `Crossed` and `Examples` rows."""
    return _BY_QUESTION[type(question)](question, facts, dialect)


def _duplicates(asked: Duplicates, facts: Facts, dialect: Dialect) -> str:
    columns = ", ".join(map(dialect.quote, asked.columns))
    rows = dialect.quote(asked.table)
    if asked.where is not None:
        where = expression_sql(asked.where, facts[asked.table].columns, dialect)
        rows = f"(SELECT {columns} FROM {rows} WHERE {where}) t"
    return f"SELECT (SELECT count(*) FROM {rows}) - (SELECT count(*) FROM (SELECT DISTINCT {columns} FROM {rows}) d)"


def _overlap(asked: Overlap, facts: Facts, dialect: Dialect) -> str:
    def value(name: str, table: str) -> str:
        column = f"{table}.{dialect.quote(name)}"
        if asked.digits is None or facts[asked.table].columns[name] != "float":
            return column
        return dialect.functions["significant"].format(column, asked.digits)

    this, that = dialect.quote(THIS), dialect.quote(THAT)
    same = " AND ".join(f"{value(c, this)} IS NOT DISTINCT FROM {value(c, that)}" for c in asked.columns)
    return (
        f"SELECT count(*) FROM {dialect.quote(asked.table)} {this} WHERE EXISTS "
        f"(SELECT 1 FROM {dialect.quote(asked.other)} {that} WHERE {same})"
    )


def _unmatched(asked: Unmatched, facts: Facts, dialect: Dialect) -> str:
    this, that = dialect.quote(THIS), dialect.quote(THAT)
    pairs = [
        (f"{this}.{dialect.quote(c)}", f"{that}.{dialect.quote(o)}")
        for c, o in zip(asked.columns, asked.others, strict=True)
    ]
    families = [
        (facts[asked.table].columns[c], facts[asked.other].columns[o])
        for c, o in zip(asked.columns, asked.others, strict=True)
    ]
    if any(one != other for one, other in families):
        cast = [(dialect.call("cast-text", one), dialect.call("cast-text", other)) for one, other in families]
        pairs = [(f.format(a), g.format(b)) for (f, g), (a, b) in zip(cast, pairs, strict=True)]
    there = " AND ".join(f"{a} IS NOT NULL" for a, _ in pairs)
    same = " AND ".join(f"{a} = {b}" for a, b in pairs)
    return (
        f"SELECT count(*) FROM {dialect.quote(asked.table)} {this} WHERE {there} AND NOT EXISTS "
        f"(SELECT 1 FROM {dialect.quote(asked.other)} {that} WHERE {same})"
    )


def _conflicts(asked: Conflicts, facts: Facts, dialect: Dialect) -> str:
    columns = ", ".join(map(dialect.quote, asked.columns))
    target = dialect.quote(asked.target)
    groups = (
        f"SELECT count(*) AS n, min({target}) AS low, max({target}) AS high "
        f"FROM {dialect.quote(asked.table)} GROUP BY {columns}"
    )
    return f"SELECT coalesce(sum(n), 0) FROM ({groups}) g WHERE low <> high"


def _unordered(asked: Unordered, facts: Facts, dialect: Dialect) -> str:
    column, *within = map(dialect.quote, asked.columns)
    by = dialect.quote(asked.by or FILE_ORDER)
    inside = f"PARTITION BY {', '.join(within)} " if within else ""
    before = f"lag({column}) OVER ({inside}ORDER BY {by} NULLS LAST)"
    wrong = {(True, False): "<", (True, True): "<=", (False, False): ">", (False, True): ">="}
    rows = dialect.quote(asked.table)
    if not asked.by:
        rows = dialect.functions["numbered"].format(rows, by, asked.table)
    ordered = f"SELECT {column} AS now, {before} AS before FROM {rows}"
    return f"SELECT count(*) FROM ({ordered}) o WHERE now {wrong[asked.rising, asked.strict]} before"


def _later(asked: Later, facts: Facts, dialect: Dialect) -> str:
    column = dialect.quote(asked.columns[0])
    latest = f"SELECT max({column}) FROM {dialect.quote(asked.other)}"
    return f"SELECT count(*) FROM {dialect.quote(asked.table)} WHERE {column} <= ({latest})"


def _beyond(asked: Beyond, facts: Facts, dialect: Dialect) -> str:
    value = number(asked.columns[0], facts[asked.table], dialect)
    rows, factor = dialect.quote(asked.table), dialect.literal(float(asked.factor))
    if asked.method == "std":
        middle, spread = f"avg({value})", f"stddev_samp({value})"
        ends = f"SELECT {middle} - {factor} * {spread} AS low, {middle} + {factor} * {spread} AS high FROM {rows}"
    else:
        first, third = (dialect.functions["quantile"].format(value, q) for q in (0.25, 0.75))
        quartiles = f"SELECT {first} AS q1, {third} AS q3 FROM {rows}"
        ends = f"SELECT q1 - {factor} * (q3 - q1) AS low, q3 + {factor} * (q3 - q1) AS high FROM ({quartiles}) q"
    return f"SELECT count(*) FROM (SELECT {value} AS x FROM {rows}) t, ({ends}) e WHERE x < low OR x > high"


def _crossed(asked: Crossed, facts: Facts, dialect: Dialect) -> str:
    table, (feature, target) = facts[asked.table], asked.columns
    columns = dialect.quote(feature), dialect.functions["digest"].format(dialect.quote(target))
    group = dialect.functions["digest"].format(columns[0])
    source = f"SELECT {group} AS g, {columns[1]} AS y FROM {dialect.quote(asked.table)}"
    if table.columns[feature] in ("float", "decimal", "integer", "timestamp", "date"):
        rank = f"(rank() OVER (ORDER BY {columns[0]} NULLS LAST) - 1)"  # so that equal values stay together
        part = f"floor(CAST({rank} AS {dialect.double}) * {asked.groups} / n)"
        source = (
            f"SELECT CASE WHEN {columns[0]} IS NULL THEN -1 ELSE {part} END AS g, {columns[1]} AS y "
            f"FROM {dialect.quote(asked.table)}, (SELECT count(*) AS n FROM {dialect.quote(asked.table)}) c"
        )
    return f"SELECT g, y, count(*) FROM ({source}) c GROUP BY g, y ORDER BY count(*) DESC, g, y LIMIT 20000"


def _compared(asked: Compared, facts: Facts, dialect: Dialect) -> str:
    """The form of the queries: their cells are known only when the reference has been looked at."""
    columns = ", ".join(map(dialect.quote, asked.columns))
    tables = [asked.table, *([asked.other] if asked.other else [])]
    return ";\n".join(f"SELECT histogram(cell of each of {columns}) FROM {dialect.quote(table)}" for table in tables)


def _domain(asked: Domain, facts: Facts, dialect: Dialect) -> str:
    return ";\n".join(domain_sample(facts[table], asked.columns, dialect) for table in (asked.table, asked.other))


def domain_sample(table: TableFacts, columns: tuple[str, ...], dialect: Dialect = DUCKDB, most: int = 5_000) -> str:
    """Rows for the domain classifier, the same in each run: those with the smallest digests.

    Numbers are finite or null; categories are digests, the same ones in every engine.
    """
    names = ", ".join(map(dialect.quote, columns))
    order = dialect.functions["digest"].format(names)
    drawn = f"SELECT {names} FROM {dialect.quote(table.name)} ORDER BY {order} LIMIT {most}"
    shown = (_shown(c, table, dialect) for c in columns)
    return f"SELECT {', '.join(shown)} FROM ({drawn}) d"


def _shown(column: str, table: TableFacts, dialect: Dialect) -> str:
    if table.columns[column] not in ("string", "boolean"):
        return number(column, table, dialect)
    text = dialect.call("cast-text", table.columns[column]).format(dialect.quote(column))
    return dialect.functions["text-digest"].format(text)


def _examples(asked: Examples, facts: Facts, dialect: Dialect) -> str:
    table = facts[asked.table]
    shown = ", ".join(dialect.call("cast-text", table.columns[c]).format(dialect.quote(c)) for c in asked.columns)
    where = condition(asked.condition, table, dialect)
    if asked.where is not None:
        where += f" AND {expression_sql(asked.where, table.columns, dialect)}"
    return f"SELECT {shown} FROM {dialect.quote(asked.table)} WHERE {where} LIMIT {asked.most}"


_BY_QUESTION: Mapping[type, Callable[[Any, Facts, Dialect], str]] = {
    Duplicates: _duplicates, Overlap: _overlap, Unmatched: _unmatched, Conflicts: _conflicts, Unordered: _unordered,
    Later: _later, Beyond: _beyond, Crossed: _crossed, Compared: _compared, Domain: _domain, Examples: _examples,
}  # fmt: skip


def other_tables(question: Pass) -> Iterable[str]:
    """The tables that the question reads beside its own."""
    other = getattr(question, "other", None)
    return () if other is None else (other,)
