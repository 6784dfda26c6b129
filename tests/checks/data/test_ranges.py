from pathlib import Path

import pytest

from tests.checks.asked import counting, gate_table, judged, only


@pytest.mark.parametrize(
    ("allowed", "count", "status"),
    [("{min: 0, max: 3}", 0, "pass"), ("{min: 0, max: 3}", 1, "fail"), ("{min: 0, rows: 2}", 2, "pass"),
     ("{min: 0, rows: 2}", 3, "fail"), ("{max: 3, share: 0.01}", 1, "pass"), ("{max: 3, share: 0.01}", 2, "fail")],
)  # fmt: skip
def test_as_many_rows_as_allowed_may_lie_outside(allowed: str, count: int, status: str) -> None:
    assert only(judged("ranges", f"{{columns: {{a: {allowed}}}}}", counting(rows=100, count=count))).status == status


@pytest.mark.parametrize(
    ("allowed", "said"), [("{min: 0, max: 3.5}", "0 to 3.5"), ("{min: 1}", "1 to ∞"), ("{max: 2}", "−∞ to 2")]
)
def test_the_message_says_the_range(allowed: str, said: str) -> None:
    finding = only(judged("ranges", f"{{columns: {{a: {allowed}}}}}", counting(rows=714, count=2)))
    assert finding.message == f"2 of 714 values of 'a' in data/test.csv lie outside {said} (0.3 %); none allowed"


def outside(folder: Path, csv: str, allowed: str = "{min: 0, max: 3}") -> float | None:
    result = gate_table(folder, f"ranges: {{columns: {{a: {allowed}}}}}", csv)
    return only(result.verdict.findings).value


def test_both_ends_are_allowed(tmp_path: Path) -> None:
    assert outside(tmp_path, "id,a\n1,0\n2,3\n3,1.5\n") == 0


def test_beyond_either_end_is_not(tmp_path: Path) -> None:
    assert outside(tmp_path, "id,a\n1,-0.0001\n2,3.0001\n3,1\n") == 2


def test_missing_values_are_left_to_another_check(tmp_path: Path) -> None:
    assert outside(tmp_path, "id,a\n1,\n2,nan\n3,1.0\n") == 0


def test_text_among_numbers_counts_as_outside(tmp_path: Path) -> None:
    assert outside(tmp_path, "id,a\n1,abc\n2,2\n3,4\n4,\n") == 2


def test_infinity_lies_outside_of_a_range_with_that_end(tmp_path: Path) -> None:
    assert outside(tmp_path, "id,a\n1,inf\n2,-inf\n3,1.0\n", "{max: 3}") == 1


def test_a_whole_number_column_has_a_range_too(tmp_path: Path) -> None:
    assert outside(tmp_path, "id,a\n1,7\n2,2\n", "{min: 1, max: 6}") == 1
