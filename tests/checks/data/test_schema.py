from pathlib import Path

import pytest

from tests.checks.asked import counting, gate_table, judged, only, statuses, table

ROWS = counting(rows=10, count=0)


@pytest.mark.parametrize(
    ("wanted", "family", "status"),
    [
        ("integer", "integer", "pass"), ("integer", "float", "fail"), ("integer", "decimal", "fail"),
        ("float", "float", "pass"), ("float", "integer", "pass"), ("float", "decimal", "pass"),
        ("float", "string", "fail"), ("number", "integer", "pass"), ("number", "float", "pass"),
        ("number", "decimal", "pass"), ("number", "string", "fail"), ("string", "string", "pass"),
        ("string", "integer", "fail"), ("boolean", "boolean", "pass"), ("boolean", "string", "fail"),
        ("date", "date", "pass"), ("date", "timestamp", "fail"), ("timestamp", "date", "pass"),
        ("timestamp", "timestamp", "pass"), ("any", "other", "pass"),
    ],
)  # fmt: skip
def test_a_column_has_the_type_asked_for_or_one_that_is_as_good(wanted: str, family: str, status: str) -> None:
    finding = only(judged("schema", f"{{columns: {{a: {wanted}}}}}", ROWS, table(a=family)))
    assert finding.status == status
    assert finding.message == f"column 'a' of data/test.csv is {family}, {wanted} expected"


def test_a_column_that_is_gone_fails_and_the_new_one_that_it_may_be_is_named() -> None:
    finding = only(judged("schema", "{columns: {income: float}}", ROWS, table(incomes="float")))
    assert finding.status == "fail"
    assert finding.message == "data/test.csv has no column 'income'; 'incomes' is new there"


def test_a_listed_column_is_never_taken_for_the_new_name() -> None:
    found = judged("schema", "{columns: {income: float, incomes: float}}", ROWS, table(incomes="float"))
    assert found[0].message == "data/test.csv has no column 'income'"
    assert statuses(found) == {"income": "fail", "incomes": "pass"}


def test_other_columns_are_allowed_unless_refused() -> None:
    facts = table(a="float", b="string", c="string")
    assert statuses(judged("schema", "{columns: {a: float}}", ROWS, facts)) == {"a": "pass"}
    found = judged("schema", "{columns: {a: float}, extra: refuse}", ROWS, facts)
    assert statuses(found) == {"a": "pass", "other columns": "fail"}
    assert found[1].message == "data/test.csv has 2 columns that are not listed: 'b', 'c'"


def test_of_many_other_columns_eight_are_named() -> None:
    facts = table(a="float", **{f"c{i}": "float" for i in range(10)})
    message = judged("schema", "{columns: {a: float}, extra: refuse}", ROWS, facts)[1].message
    assert message.startswith("data/test.csv has 10 columns that are not listed: 'c0', ")
    assert message.endswith("'c7'")


def test_a_table_of_only_the_listed_columns_passes_where_others_are_refused() -> None:
    found = judged("schema", "{columns: {a: float}, extra: refuse}", ROWS, table(a="float"))
    assert statuses(found) == {"a": "pass", "other columns": "pass"}


def test_in_a_file_text_among_numbers_makes_the_column_text(tmp_path: Path) -> None:
    csv = "id,a,b\n1,1.5,yes\n2,abc,no\n"
    result = gate_table(tmp_path, "schema: {columns: {id: integer, a: float, b: string}}", csv)
    assert statuses(result.verdict.findings) == {"id": "pass", "a": "fail", "b": "pass"}
    failed = result.verdict.blocking[0]
    assert failed.message == "column 'a' of data/test.csv is string, float expected"


def test_a_column_that_is_gone_from_the_file_is_a_finding_with_the_line_that_asks_for_it(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "schema:\n  columns:\n    id: integer\n    age: integer", "id,aged\n1,2\n")
    gone = result.verdict.blocking[0]
    assert (gone.subject, gone.status) == ("age", "fail")
    assert gone.location is not None
    assert gone.location.line == 8
