from pathlib import Path

import pytest

from tests.checks.asked import counting, gate_table, judged, only


@pytest.mark.parametrize(
    ("allowed", "count", "status"),
    [('["yes", "no"]', 0, "pass"), ('["yes", "no"]', 1, "fail"), ("{values: [1], rows: 2}", 2, "pass"),
     ("{values: [1], rows: 2}", 3, "fail"), ("{values: [1], share: 0.5}", 50, "pass"),
     ("{values: [1], share: 0.5}", 51, "fail")],
)  # fmt: skip
def test_as_many_rows_as_allowed_may_hold_other_values(allowed: str, count: int, status: str) -> None:
    found = only(judged("allowed-values", f"{{columns: {{a: {allowed}}}}}", counting(rows=100, count=count)))
    assert found.status == status


def test_the_message_says_how_many_values_are_allowed() -> None:
    finding = only(judged("allowed-values", '{columns: {a: ["yes", "no"]}}', counting(rows=200, count=1)))
    assert finding.message == "1 of 200 values of 'a' in data/test.csv are none of the 2 allowed (0.5 %); none allowed"


def others(folder: Path, csv: str, values: str) -> float | None:
    return only(gate_table(folder, f"allowed-values: {{columns: {{a: {values}}}}}", csv).verdict.findings).value


def test_capitals_and_spaces_make_another_value(tmp_path: Path) -> None:
    assert others(tmp_path, 'id,a\n1,yes\n2,Yes\n3," yes"\n4,no\n', '["yes", "no"]') == 2


def test_missing_values_are_left_to_another_check(tmp_path: Path) -> None:
    assert others(tmp_path, "id,a\n1,\n2,x\n", '["x"]') == 0


@pytest.mark.parametrize("csv", ["id,a\n1,1\n2,2\n3,3\n", "id,a\n1,1.0\n2,2.0\n3,2.5\n"])
def test_numbers_are_compared_as_numbers(tmp_path: Path, csv: str) -> None:
    assert others(tmp_path, csv, "[1, 2]") == 1


def test_true_and_false_are_compared_as_such(tmp_path: Path) -> None:
    assert others(tmp_path, "id,a\n1,true\n2,false\n3,true\n", "[true]") == 1


def test_text_among_numbers_is_none_of_the_allowed(tmp_path: Path) -> None:
    assert others(tmp_path, "id,a\n1,1\n2,one\n3,2\n", "[1, 2]") == 1


def test_quotes_in_a_value_are_only_characters(tmp_path: Path) -> None:
    assert others(tmp_path, "id,a\n1,it's\n2,x\n", '["it\'s"]') == 1


def test_on_an_empty_table_nothing_passes(tmp_path: Path) -> None:
    result = gate_table(tmp_path, 'allowed-values: {columns: {a: ["x"]}}', "id,a\n")
    assert only(result.verdict.findings).status == "not-measured"
