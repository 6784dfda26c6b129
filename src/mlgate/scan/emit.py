"""SQL for questions: typed conditions in, quoted DuckDB SQL out."""

from collections.abc import Sequence

from mlgate.questions import (
    Aggregate,
    Condition,
    CountIf,
    Duplicates,
    IsNull,
    NotIn,
    Outside,
    Pass,
    Scalar,
    TableFacts,
)
from mlgate.scan.dialect import literal, quote

NUMERIC = ("integer", "float", "decimal")


def fused(questions: Sequence[Aggregate], facts: TableFacts) -> str:
    """One query that answers all `questions` on a table: a single row, a column for each question in order."""
    return f"SELECT {', '.join(_aggregate(q, facts) for q in questions)} FROM {quote(facts.name)}"


def single(question: Pass) -> str:
    """The query of an extra pass: a single row with a single number."""
    columns = ", ".join(map(quote, question.columns))
    if isinstance(question, Duplicates):
        distinct = f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM {quote(question.table)})"
        return f"SELECT count(*) - ({distinct}) FROM {quote(question.table)}"
    same = " AND ".join(f"a.{quote(c)} IS NOT DISTINCT FROM b.{quote(c)}" for c in question.columns)
    return (
        f"SELECT count(*) FROM {quote(question.table)} a WHERE EXISTS "
        f"(SELECT 1 FROM {quote(question.other)} b WHERE {same})"
    )


def _aggregate(question: Aggregate, facts: TableFacts) -> str:
    if isinstance(question, CountIf):
        return f"count(*) FILTER (WHERE {condition(question.condition, facts)})"
    return "count(*)"


def condition(asked: Condition, facts: TableFacts) -> str:
    """The SQL of a condition on one row; never null, never a conversion error."""
    column = quote(asked.column)
    family = facts.columns[asked.column]
    if isinstance(asked, IsNull):
        return f"({column} IS NULL OR isnan({column}))" if family == "float" else f"{column} IS NULL"
    if isinstance(asked, Outside):
        return _outside(asked, column, family)
    return _not_in(asked, column, family)


def _outside(asked: Outside, column: str, family: str) -> str:
    number = column if family in NUMERIC else f"TRY_CAST({column} AS DOUBLE)"
    wrong = [] if family in ("integer", "decimal") else [f"{number} IS NULL", f"isnan({number})"]
    if asked.low is not None:
        wrong.append(f"{number} < {literal(asked.low)}")
    if asked.high is not None:
        wrong.append(f"{number} > {literal(asked.high)}")
    present = f"({column} IS NOT NULL AND NOT isnan({column}))" if family == "float" else f"{column} IS NOT NULL"
    return f"({present} AND coalesce({' OR '.join(wrong) or 'false'}, false))"


def _not_in(asked: NotIn, column: str, family: str) -> str:
    numbers = [v for v in asked.values if isinstance(v, int | float) and not isinstance(v, bool)]
    if family in NUMERIC and len(numbers) == len(asked.values):
        return f"({column} IS NOT NULL AND {column} NOT IN ({', '.join(map(literal, asked.values))}))"
    texts = ", ".join(literal(as_text(v)) for v in asked.values)
    return f"({column} IS NOT NULL AND CAST({column} AS VARCHAR) NOT IN ({texts}))"


def as_text(value: Scalar) -> str:
    """`value` as DuckDB would print it.

    >>> as_text(True), as_text(1), as_text("x")
    ('true', '1', 'x')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
