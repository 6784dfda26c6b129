"""SQL for questions that one fused query answers: typed conditions in, quoted SQL out."""

from collections.abc import Sequence

from mlgate.expressions.syntax import Expression
from mlgate.questions import (
    Aggregate,
    Breaks,
    Condition,
    Correlation,
    CountIf,
    Holds,
    IsNull,
    NotIn,
    Outside,
    Scalar,
    Statistic,
    TableFacts,
)
from mlgate.scan.dialect import DUCKDB, Dialect
from mlgate.scan.expression_sql import expression_sql

NUMERIC = ("integer", "float", "decimal")
_ENDS = {"min": "min", "earliest": "min", "max": "max", "latest": "max"}


def fused(questions: Sequence[Aggregate], facts: TableFacts, dialect: Dialect = DUCKDB) -> str:
    """One query that answers all `questions` on a table: a single row, a column for each question in order."""
    asked = ", ".join(aggregate(q, facts, dialect) for q in questions)
    return f"SELECT {asked} FROM {dialect.quote(facts.name)}"


def aggregate(question: Aggregate, facts: TableFacts, dialect: Dialect = DUCKDB) -> str:
    """The SQL of one number."""
    if isinstance(question, CountIf):
        return f"count_if({condition(question.condition, facts, dialect)}{_and(question.where, facts, dialect)})"
    if isinstance(question, Statistic):
        return _statistic(question, facts, dialect)
    if isinstance(question, Correlation):
        a, b = (number(c, facts, dialect) for c in question.columns)
        return f"corr({a}, {b})"
    if question.where is None:
        return "count(*)"
    return f"count_if({expression_sql(question.where, facts.columns, dialect)})"


def condition(asked: Condition, facts: TableFacts, dialect: Dialect = DUCKDB) -> str:
    """The SQL of a condition on one row; never a conversion error, and null only where it does not hold."""
    if isinstance(asked, Holds | Breaks):
        sql = expression_sql(asked.expression, facts.columns, dialect)
        return f"({sql})" if isinstance(asked, Holds) else f"NOT ({sql})"
    column, family = dialect.quote(asked.column), facts.columns[asked.column]
    if isinstance(asked, IsNull):
        return f"({column} IS NULL OR isnan({column}))" if family == "float" else f"{column} IS NULL"
    if isinstance(asked, Outside):
        return _outside(asked, column, family, dialect)
    return _not_in(asked, column, family, dialect)


def number(name: str, facts: TableFacts, dialect: Dialect = DUCKDB) -> str:
    """The column as a finite floating-point number, null where it is missing, NaN or infinite."""
    column, family = dialect.quote(name), facts.columns[name]
    if family == "float":
        return f"CASE WHEN {dialect.functions['finite'].format(column)} THEN {column} END"
    if family in ("date", "timestamp"):
        return dialect.functions["epoch"].format(column)
    value = dialect.call("cast-number", family).format(column)
    if family in (*NUMERIC, "boolean"):
        return value
    return f"CASE WHEN {dialect.functions['finite'].format(value)} THEN {value} END"


def _statistic(question: Statistic, facts: TableFacts, dialect: Dialect) -> str:
    column = dialect.quote(question.column)
    where = question.where and expression_sql(question.where, facts.columns, dialect)
    kept = f" FILTER (WHERE {where})" if where else ""
    if question.kind == "varies":
        return f"CASE WHEN min({column}){kept} <> max({column}){kept} THEN 1 ELSE 0 END"
    if question.kind == "distinct":
        return f"{dialect.functions['about-distinct'].format(column)}{kept}"
    if question.kind == "age":
        latest = dialect.functions["epoch"].format(f"max({column}){kept}")
        return f"{dialect.functions['epoch'].format(dialect.functions['now'])} - {latest}"
    if question.kind in ("earliest", "latest"):
        return dialect.functions["epoch"].format(f"{_ENDS[question.kind]}({column}){kept}")
    value = number(question.column, facts, dialect)
    functions = {"mean": "avg", "std": "stddev_samp"} | _ENDS
    return f"{functions[question.kind]}({value}){kept}"


def _and(where: Expression | None, facts: TableFacts, dialect: Dialect) -> str:
    return f" AND {expression_sql(where, facts.columns, dialect)}" if where else ""


def _outside(asked: Outside, column: str, family: str, dialect: Dialect) -> str:
    value = column if family in NUMERIC else dialect.call("cast-number", family).format(column)
    below, above = ("<=", ">=") if asked.strict else ("<", ">")
    wrong = [] if family in NUMERIC else [f"{value} IS NULL", f"isnan({value})"]
    if asked.low is not None:
        wrong.append(f"{value} {below} {dialect.literal(asked.low)}")
    if asked.high is not None:
        wrong.append(f"{value} {above} {dialect.literal(asked.high)}")
    if family == "float":
        return f"(({' OR '.join(wrong) or 'false'}) AND NOT isnan({column}))"
    return f"({column} IS NOT NULL AND ({' OR '.join(wrong) or 'false'}))"


def _not_in(asked: NotIn, column: str, family: str, dialect: Dialect) -> str:
    numbers = [v for v in asked.values if isinstance(v, int | float) and not isinstance(v, bool)]
    present = f"{column} IS NOT NULL" + (f" AND NOT isnan({column})" if family == "float" else "")
    if family in NUMERIC and len(numbers) == len(asked.values):
        listed = ", ".join(map(dialect.literal, asked.values)) or "NULL"
        return f"({present} AND NOT coalesce({column} IN ({listed}), false))"
    texts = ", ".join(dialect.literal(as_text(v)) for v in asked.values) or "NULL"
    value = dialect.call("cast-text", family).format(column)
    return f"({present} AND NOT coalesce({value} IN ({texts}), false))"


def as_text(value: Scalar) -> str:
    """`value` as the engine would print it.

    >>> as_text(True), as_text(1), as_text("x")
    ('true', '1', 'x')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
