"""Tables as people have them: every format, every odd name and value, counted as a plain reading of the file counts."""

import csv
import gzip
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.config import Csv
from mlgate.configuring.setting import Request
from mlgate.errors import UserError
from mlgate.running.runner import Result, check
from tests.user_code.gated import as_csv, findings

Rows = Sequence[dict[str, object]]


def run(folder: Path, checks: dict[str, Any], path: str = "data.csv", **tables: Any) -> Result:
    """A gate without a model on the table `test`."""
    config = {"version": 1, "tables": {"test": {"path": path}} | tables, "checks": checks}
    (folder / "mlgate.yml").write_text(json.dumps(config, ensure_ascii=False))
    return check(Request(folder / "mlgate.yml"), lambda _: None)


def counts(result: Result) -> dict[str, float | None]:
    return {subject: finding.value for subject, finding in findings(result).items()}


def families(folder: Path, text: str | bytes, path: str = "data.csv") -> dict[str, str]:
    """Each column's type family, as the check `schema` tells it."""
    (folder / path).write_bytes(text.encode() if isinstance(text, str) else text)
    result = run(folder, {"schema": {"columns": {"no such column": "any"}, "extra": "refuse"}}, path)
    names = findings(result)["other columns"].message.split(": ", 1)[1]
    columns = [name.strip("'") for name in names.split(", ")]
    asked = run(folder, {"schema": {"columns": dict.fromkeys(columns, "any")}}, path)
    return {subject: f.message.split(" is ")[1].split(",")[0] for subject, f in findings(asked).items()}


# --- what a value is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "family"),
    [
        (("yes", "no"), "string"),
        (("y", "n"), "string"),
        (("t", "f"), "string"),
        (("True", "False"), "boolean"),
        (("true", "NA"), "boolean"),
        (("1", "0"), "integer"),
        (("9223372036854775807", "-9223372036854775808"), "integer"),
        (("18446744073709551615", "1"), "integer"),
        (("0.1", "1e-3"), "float"),
        (("1", "2.5"), "float"),
        (("2024-01-31", "2023-12-01"), "date"),
        (("2024-01-31 10:00:00", "2023-12-01 00:00:01"), "timestamp"),
        (("007", "a1"), "string"),
        (("NA", "3"), "integer"),
        (("nan", "0.5"), "float"),
        (("N/A", "x"), "string"),
    ],
)
def test_a_column_of_a_csv_file_has_the_type_that_its_values_say(
    tmp_path: Path, values: tuple[str, str], family: str
) -> None:
    assert families(tmp_path, f"a,z\n{values[0]},x\n{values[1]},y\n")["a"] == family


def test_what_counts_as_missing_in_a_csv_file(tmp_path: Path) -> None:
    values = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "none", "-", "0", " "]
    (tmp_path / "data.csv").write_text("a,z\n" + "".join(f"{v},x\n" for v in values))
    assert counts(run(tmp_path, {"missing": {"columns": {"a": {}}}}))["a"] == 7


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiters_byte_order_marks_and_line_ends_make_no_difference(
    tmp_path: Path, delimiter: str, mark: str, newline: str
) -> None:
    rows = [{"id": i, "text": ("a, b; c" if i == 3 else 'say "hi"' if i == 4 else "plain")} for i in range(9)]
    text = mark + as_csv(rows, delimiter).replace("\n", newline)
    (tmp_path / "data.csv").write_bytes(text.encode())
    checks = {
        "unique": {"columns": ["id"]},
        "allowed-values": {"columns": {"text": ["plain"]}},
        "row-count": {"min": 9, "max": 9},
    }
    found = counts(run(tmp_path, checks))
    assert found["id"] == 0
    assert found["text"] == 2
    assert found["test: at least"] == 9


def test_a_line_break_inside_of_quotes_is_part_of_the_value(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text('id,text\n1,"two\nlines"\n2,"one"\n')
    assert counts(run(tmp_path, {"row-count": {"min": 2}}))["test: at least"] == 2


ODD_NAMES = [
    "plain", "with space", 'a "quoted" one', "it's", "select", "from", "ünïcödé", "🎯 target", "a.b", "a/b", "a~b", "1",
    "semi;colon", "--", "a\\b", "%s", "{x}", "Plain text",
]  # fmt: skip


def test_columns_may_have_any_name(tmp_path: Path) -> None:
    rows = [{name: ("" if (at + row) % 3 == 0 else row) for at, name in enumerate(ODD_NAMES)} for row in range(10)]
    (tmp_path / "data.csv").write_text(as_csv(rows))
    checks = {
        "missing": {"columns": {name: {} for name in ODD_NAMES}},
        "unique": {"columns": [ODD_NAMES[:2]]},
        "schema": {"columns": dict.fromkeys(ODD_NAMES, "integer"), "extra": "refuse"},
    }
    result = run(tmp_path, checks)
    found = {f.subject: f.value for f in result.verdict.findings if f.id == "missing"}
    assert found == {name: sum((at + row) % 3 == 0 for row in range(10)) for at, name in enumerate(ODD_NAMES)}
    assert all(f.status == "pass" for f in result.verdict.findings if f.id == "schema"), findings(result)


def test_a_table_with_a_header_and_no_rows_has_none_and_nothing_to_measure(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id,x\n")
    checks = {
        "row-count": {"min": 1},
        "missing": {"columns": {"x": {"max": 0.1}}},
        "unique": {"columns": ["id"]},
        "ranges": {"columns": {"x": {"min": 0}}},
    }
    result = run(tmp_path, checks)
    assert findings(result)["test: at least"].status == "fail"
    assert {f.status for f in result.verdict.findings if f.id != "row-count"} == {"not-measured"}


# --- formats ------------------------------------------------------------------------------------------------

ROWS = [{"id": i, "x": i / 4, "word": "ab"[i % 2], "day": f"2024-01-{i + 1:02}"} for i in range(20)]
CHECKS: dict[str, Any] = {
    "row-count": {"min": 20, "max": 20},
    "unique": {"columns": ["id", "word"]},
    "ranges": {"columns": {"x": {"min": 1, "max": 4}}},
    "allowed-values": {"columns": {"word": ["a"], "id": [1, 2, 3.0]}},
    "schema": {"columns": {"id": "integer", "x": "float", "word": "string", "day": "date"}},
}


def as_parquet(folder: Path, name: str, rows: Rows = ROWS) -> None:
    (folder / "in.csv").write_text(as_csv(rows))
    duckdb.sql(f"COPY (FROM read_csv('{folder / 'in.csv'}')) TO '{folder / name}' (FORMAT parquet)")


def write(folder: Path, path: str) -> None:
    """The rows in the format that the path's ending names."""
    file = folder / path.replace("*", "1")
    file.parent.mkdir(exist_ok=True)
    text = as_csv(ROWS)
    match file.name.split(".", 1)[1] if "." in file.name else "folder":
        case "csv" if "*" in path:
            file.write_text(as_csv(ROWS[:11]))
            (folder / path.replace("*", "2")).write_text(as_csv(ROWS[11:]))
        case "csv":
            file.write_text(text)
        case "csv.gz":
            file.write_bytes(gzip.compress(text.encode()))
        case "tsv":
            file.write_text(as_csv(ROWS, "\t"))
        case "jsonl":
            file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        case "json":
            file.write_text(json.dumps(ROWS))
        case "parquet":
            as_parquet(folder, path)
        case "folder":
            file.mkdir()
            as_parquet(folder, f"{path}/part-1.parquet", ROWS[:7])
            as_parquet(folder, f"{path}/part-2.parquet", ROWS[7:])


@pytest.mark.parametrize(
    "path", ["data.csv", "data.csv.gz", "data.tsv", "data.jsonl", "data.json", "data.parquet", "parts-*.csv", "parts"]
)
def test_the_same_rows_give_the_same_counts_in_every_format(tmp_path: Path, path: str) -> None:
    write(tmp_path, path)
    result = run(tmp_path, CHECKS, path)
    found = {(f.id, f.subject): (f.value, f.status) for f in result.verdict.findings}
    assert found == {
        ("row-count", "test: at least"): (20, "pass"),
        ("row-count", "test: at most"): (20, "pass"),
        ("unique", "id"): (0, "pass"),
        ("unique", "word"): (18, "fail"),
        ("ranges", "x"): (7, "fail"),
        ("allowed-values", "word"): (10, "fail"),
        ("allowed-values", "id"): (17, "fail"),
        **{("schema", column): (0, "pass") for column in ("id", "x", "word", "day")},
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data.parquet", b"PAR1 this is not Parquet"),
        ("data.csv.gz", b"not gzip"),
        ("data.jsonl", b'{"a": 1}\n{"a": '),
        ("data.csv", b"a,b\n1,\xff\xfe\n"),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_an_error_with_its_line(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"mlgate\.yml:1: {name} cannot be read as a table"):
        run(tmp_path, {"row-count": {"min": 1}}, name)


def test_a_type_that_changes_far_into_a_json_file_is_seen(tmp_path: Path) -> None:
    lines = [f'{{"a": {i}}}' for i in range(30_000)] + ['{"a": "text"}']
    (tmp_path / "data.jsonl").write_text("\n".join(lines))
    checks = {
        "ranges": {"columns": {"a": {"min": 10}}},
        "allowed-values": {"columns": {"a": ["text"]}},
    }
    found = {f.id: f.value for f in run(tmp_path, checks, "data.jsonl").verdict.findings}
    assert found == {"ranges": 11, "allowed-values": 30_000}


# --- numbers at their limits --------------------------------------------------------------------------------


def test_ids_of_64_bits_are_told_apart(tmp_path: Path) -> None:
    largest = 2**64 - 1
    (tmp_path / "data.csv").write_text(as_csv([{"id": largest - i, "n": 2**53 + i} for i in range(8)]))
    found = counts(run(tmp_path, {"unique": {"columns": ["id", "n"]}}))
    assert found == {"id": 0, "n": 0}


def test_integers_at_their_limits_are_compared_exactly(tmp_path: Path) -> None:
    low, high = -(2**63), 2**63 - 1
    (tmp_path / "data.csv").write_text(as_csv([{"n": n} for n in (low, -1, 0, 1, high)]))
    checks = {
        "ranges": {"columns": {"n": {"min": -1, "max": 1}}},
        "allowed-values": {"columns": {"n": [str(low), str(high)]}},
    }
    assert [f.value for f in run(tmp_path, checks).verdict.findings] == [2, 3]


def test_decimals_are_compared_as_they_are_written(tmp_path: Path) -> None:
    duckdb.sql(
        "COPY (SELECT unnest([0.10::DECIMAL(18, 2), 0.20, 0.30, NULL]) AS price) "
        f"TO '{tmp_path / 'data.parquet'}' (FORMAT parquet)"
    )
    checks = {
        "ranges": {"columns": {"price": {"min": 0.1, "max": 0.3}}},
        "allowed-values": {"columns": {"price": [0.1, 0.3]}},
        "missing": {"columns": {"price": {}}},
    }
    assert [f.value for f in run(tmp_path, checks, "data.parquet").verdict.findings] == [0, 1, 1]


def test_not_a_number_is_missing_and_infinity_is_outside(tmp_path: Path) -> None:
    duckdb.sql(
        "COPY (SELECT unnest(['nan'::DOUBLE, 'inf', '-inf', 1, NULL]) AS x) "
        f"TO '{tmp_path / 'data.parquet'}' (FORMAT parquet)"
    )
    checks = {"missing": {"columns": {"x": {}}}, "ranges": {"columns": {"x": {"min": 0, "max": 10}}}}
    assert [f.value for f in run(tmp_path, checks, "data.parquet").verdict.findings] == [2, 2]


# --- against a plain reading --------------------------------------------------------------------------------

cells = st.one_of(
    st.sampled_from(
        ["", "NA", "null", "nan", "yes", "no", "t", "true", "0", "1", "1.0", "-1", "x", "it's", 'q"q', "a,b"]
    ),
    st.integers(-5, 5).map(str),
    st.floats(-3, 3, allow_nan=False).map(lambda v: f"{v:.2f}"),
    st.sampled_from(["2024-01-01", "1e3", "-0", "héé", "🎯", "9223372036854775807"]),
)
tables = st.lists(st.tuples(cells, cells), min_size=1, max_size=8)


def present(values: Sequence[str]) -> list[str]:
    return [v for v in values if v not in Csv().missing]


def number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(test=tables, train=tables)
def test_data_checks_count_what_a_plain_reading_counts(tmp_path: Path, test: Any, train: Any) -> None:
    for name, rows in (("data.csv", test), ("train.csv", train)):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
            writer.writerows([("a", "b", "end"), *((*row, "|") for row in rows)])
    a = [row[0] for row in test]
    checks = {
        "missing": {"columns": {"a": {}}},
        "ranges": {"columns": {"a": {"min": -1, "max": 1}}},
        "row-count": {"min": 0},
    }
    found = run(tmp_path, checks, train={"path": "train.csv"}).verdict.findings
    value = {f.id: f.value for f in found}
    assert value["missing"] == len(a) - len(present(a))
    assert value["row-count"] == len(test)
    types_are_numbers = all(number(v) is not None for v in present(a))
    if types_are_numbers:
        outside = sum(not -1 <= (number(v) or 0) <= 1 for v in present(a))
        assert value["ranges"] == outside


words = st.sampled_from(["", "a", "b", "c d", "it's", 'q"q', "a,b", "ä", "🎯", "yes", "no", "NA"])
worded = st.lists(st.tuples(words, words), min_size=1, max_size=8)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(test=worded, train=worded)
def test_repeated_listed_and_shared_rows_are_counted_as_a_plain_reading_counts(
    tmp_path: Path, test: Any, train: Any
) -> None:
    for name, rows in (("data.csv", test), ("train.csv", train)):
        (tmp_path / name).write_text(as_csv([{"a": f, "b": s, "end": "|"} for f, s in rows]), encoding="utf-8")
    plain = [tuple(None if v in Csv().missing else v for v in row) for row in test]
    seen = {tuple(None if v in Csv().missing else v for v in row) for row in train}
    checks = {
        "unique": {"columns": ["a", ["a", "b"]]},
        "allowed-values": {"columns": {"a": ["a", "yes", "it's"]}},
        "leakage": {},
    }
    result = run(tmp_path, checks, train={"path": "train.csv"})
    found = {(f.id, f.subject): f.value for f in result.verdict.findings}
    assert found == {
        ("unique", "a"): len(plain) - len({row[0] for row in plain}),
        ("unique", "a+b"): len(plain) - len(set(plain)),
        ("allowed-values", "a"): sum(row[0] not in (None, "a", "yes", "it's") for row in plain),
        ("leakage", "shared rows"): sum(row in seen for row in plain),
    }


# --- without a model ----------------------------------------------------------------------------------------


def test_a_repository_of_data_alone_is_checked(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id,x\n1,2\n1,3\n")
    result = run(tmp_path, {"unique": {"columns": ["id"]}, "missing": {"columns": {"x": {}}}})
    assert result.verdict.exit_code == 1
    message = "1 of 2 rows of data.csv repeat the 'id' of another row (50 %); none allowed"
    assert findings(result)["id"].message == message
    assert [s.name for s in result.evidence.subject] == ["table:test"]
    with pytest.raises(UserError, match="check 'metrics' needs a model"):
        run(tmp_path, {"metrics": {"limits": {"auc": {}}}})
