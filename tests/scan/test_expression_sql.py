"""An expression's SQL means in DuckDB what the expression says, whatever the columns are called."""

from typing import Any

import duckdb
import pytest

from mlgate.expressions.grammar import parse
from mlgate.expressions.kinds import check_rule
from mlgate.scan.dialect import DUCKDB, quote
from mlgate.scan.expression_sql import expression_sql
from mlgate.scan.tables import family

INJECTIONS = ('a"; DROP TABLE t; --', "select", "it's", "{0}", "x -- y", "/*", "🙂", " ", "%s", "a.b", "$1")


def truth(text: str, **columns: str) -> Any:
    """What the expression is for a row of these SQL values."""
    connection = duckdb.connect()
    row = ", ".join(f"{sql} AS {quote(name)}" for name, sql in columns.items())
    connection.execute(f"CREATE TABLE t AS SELECT {row}")
    families = {str(r[0]): family(str(r[1])) for r in connection.execute("DESCRIBE t").fetchall()}
    expression = parse(text)
    check_rule(expression, families)
    found = connection.execute(f"SELECT {expression_sql(expression, families, DUCKDB)} FROM t").fetchone()
    return found and found[0]


@pytest.mark.parametrize("name", INJECTIONS)
def test_a_column_named_like_an_injection_is_only_a_column(name: str) -> None:
    assert truth(f"{quote(name)} + 1 = 3", **{name: "2"}) is True


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("a + b > 0", {"a": "9223372036854775807", "b": "9223372036854775807"}, True),
        ("a / b = 1", {"a": "1", "b": "0"}, None),
        ("a % b = 1", {"a": "1", "b": "0"}, None),
        ("a <= 1", {"a": "'nan'::DOUBLE"}, None),
        ("a IS NULL", {"a": "'nan'::DOUBLE"}, True),
        ("a > b", {"a": "NULL::INTEGER", "b": "1"}, None),
        ("a BETWEEN '2020-01-01' AND '2020-01-31'", {"a": "DATE '2020-01-31'"}, True),
        ("days_between(a, b) = 30", {"a": "DATE '2020-01-01'", "b": "TIMESTAMP '2020-01-31 01:00'"}, True),
        ("a LIKE '50%'", {"a": "'50 %'"}, True),
        ("CAST(a AS double) IS NULL", {"a": "'x'"}, True),
        ("CASE WHEN a > 1 THEN 'big' ELSE 'small' END = 'small'", {"a": "1"}, True),
        ("coalesce(a, b) = 2", {"a": "NULL::INTEGER", "b": "2"}, True),
        ("a IN ('it''s', 'x')", {"a": "'it''s'"}, True),
        ("regexp_matches(upper(a), '^[A-Z]+$')", {"a": "'abc'"}, True),
        ("weekday(a) = 3 AND year(a) = 2020", {"a": "DATE '2020-01-01'"}, True),
        ("-a < -1 AND abs(-a) = 2 AND round(a / 3, 1) = 0.7", {"a": "2"}, True),
    ],
)
def test_it_is_true_false_or_unknown_as_in_sql(text: str, columns: dict[str, str], expected: bool | None) -> None:
    assert truth(text, **columns) is expected
