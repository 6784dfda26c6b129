"""What data checks count is what a naive pandas reference counts, on generated tables with all that tables can hold."""

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.conditions import Condition, Holds, IsNull, NotIn, Outside, call, text_of
from mlgate.expressions.syntax import ColumnRef
from mlgate.questions import Conflicts, CountIf, Duplicates, Overlap, Question, Rows, Statistic, Unmatched
from mlgate.scan.answering import answer
from mlgate.scan.dialect import quote
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.planning import plan
from mlgate.scan.tables import connect, open_table

NAMES = st.sampled_from(["a", 'a "b"', "it's", "select", "naïve 🙂", "x; DROP TABLE t", " ", "{0}", "a.b", "%s"])
INTEGERS = st.none() | st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)])
FLOATS = st.none() | st.floats(-3, 3, width=16) | st.sampled_from([math.nan, math.inf, -math.inf, 1e300, 5e-324])
TEXTS = st.none() | st.text(alphabet="aB1 é🙂'\\\\\"-", max_size=4)
DECIMALS = st.none() | st.decimals(-3, 3, places=3) | st.just(Decimal("123456789012345.678"))
ZONES = [timezone(timedelta(hours=hours)) for hours in (0, 2, -8)]
MOMENTS = st.none() | st.builds(
    lambda moment, zone: moment.replace(tzinfo=zone),
    st.sampled_from([datetime(2024, 3, 31, hour) for hour in (0, 1, 2, 10)]), st.sampled_from(ZONES),
)  # fmt: skip
LISTS = st.none() | st.lists(st.none() | st.integers(0, 2), max_size=2)
NUMBERS = {"BIGINT": INTEGERS, "DOUBLE": FLOATS, "DECIMAL(18,3)": DECIMALS}
COLUMNS = {**NUMBERS, "VARCHAR": TEXTS, "TIMESTAMPTZ": MOMENTS, "INTEGER[]": LISTS}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, str, list[Any]]:
    """A column's name, its type and its values, none of them perhaps."""
    kind = draw(st.sampled_from(list(COLUMNS)))
    return draw(NAMES), kind, draw(st.lists(COLUMNS[kind], max_size=12))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as opened:
        yield opened


@given(tables(), st.integers(-2, 2), st.integers(0, 3))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_counts_are_those_of_pandas(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, table: tuple[str, str, list[Any]], low: int, width: int
) -> None:
    name, kind, cells = table
    file = tmp_path / "t.parquet"
    write(connection, file, name, kind, cells)
    opened = open_table(connection, "t", file.name, (file,))
    asked = questions(name, kind, low, low + width)
    planned = plan(asked, {"t": opened.facts}, {"t": opened.footer} if opened.footer else {})
    found: dict[Question, Any] = dict(planned.settled)
    for query in planned.queries:
        found |= answer(DuckDB(connection), query, {"t": opened.facts}, 60, tmp_path)
    series = pd.Series(cells, dtype=object)
    for question, expected in asked.items():
        assert same(found[question], expected(series)), question


def write(connection: duckdb.DuckDBPyConnection, file: Path, name: str, kind: str, cells: list[Any]) -> None:
    """One column in a Parquet file, written by DuckDB from bound values."""
    connection.execute(f"CREATE OR REPLACE TABLE written ({quote(name)} {kind})")
    if cells:
        connection.execute(f"INSERT INTO written VALUES {', '.join(['(?)'] * len(cells))}", cells)
    connection.execute(f"COPY written TO '{file}' (FORMAT parquet)")


def questions(name: str, kind: str, low: int, high: int) -> dict[Question, Any]:
    """Questions with what pandas says of the column."""

    def count(condition: Condition, holds: Any) -> dict[Question, Any]:
        return {CountIf("t", condition): lambda s: int(sum(holds(x) for x in present(s)))}

    found: dict[Question, Any] = {
        Rows("t"): len,
        CountIf("t", IsNull(name)): lambda s: int(s.isna().sum()),
        Duplicates("t", (name,)): lambda s: int(pd.Series([key(x) for x in s], dtype=object).duplicated().sum()),
        Overlap("t", "t", (name,)): len,
        Unmatched("t", (name,), "t", (name,)): lambda s: 0,
        Conflicts("t", (name,), name): lambda s: 0,
        Statistic("t", name, "varies"): lambda s: int(len({key(x) for x in s if x is not None}) > 1),
    }
    if kind == "VARCHAR":
        pattern = call("regexp_matches", text_of(name), "[a-zA-Z]1")
        found |= count(NotIn(name, ("a", "it's")), lambda x: x not in ("a", "it's"))
        found |= count(Holds(call(">", call("length", ColumnRef(name)), 2)), lambda x: len(x) > 2)
        found |= count(Holds(pattern), lambda x: re.search("[a-zA-Z]1", x) is not None)
    elif kind in NUMBERS:
        found |= count(Outside(name, low, high), lambda x: x < low or x > high)
        found |= count(Outside(name, low, high, strict=True), lambda x: x <= low or x >= high)
        found |= count(NotIn(name, (low, high)), lambda x: x not in (low, high))
        found |= count(Holds(call("<=", ColumnRef(name), low)), lambda x: x <= low)
        found[Statistic("t", name, "mean")] = lambda s: mean(list(present(s)))
    return found


def present(series: "pd.Series[Any]") -> list[Any]:
    return list(series[~series.isna()])


def key(x: Any) -> Any:
    if isinstance(x, list):
        return tuple(x)
    return "NaN" if isinstance(x, float) and math.isnan(x) else x


def mean(cells: list[Any]) -> float | None:
    finite = [float(x) for x in cells if math.isfinite(x)]
    return float(pd.Series(finite).mean()) if finite else None


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        return found is not None and (found == pytest.approx(expected, rel=1e-9, abs=1e-3))
    return bool(found == expected)


def test_a_table_without_rows_and_one_of_2000_columns_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "wide.parquet"
    columns = ", ".join(f"range + {i} AS c{i}" for i in range(2_000))
    duckdb.connect().execute(f"COPY (SELECT {columns} FROM range(5)) TO '{file}' (FORMAT parquet)")
    with connect() as connection:
        opened = open_table(connection, "t", file.name, (file,))
        asked: list[Question] = [CountIf("t", NotIn(f"c{i}", (i,))) for i in range(2_000)]
        planned = plan(asked, {"t": opened.facts})
        found: dict[Question, Any] = {}
        for query in planned.queries:
            found |= answer(DuckDB(connection), query, {"t": opened.facts}, 60, tmp_path)
    assert len(planned.queries) == 2
    assert set(found.values()) == {4}
