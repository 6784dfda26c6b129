from pathlib import Path

import pytest

from tests.checks.asked import counting, gate_table, judged, only, statuses


@pytest.mark.parametrize(("rows", "status"), [(499, "fail"), (500, "pass"), (501, "pass")])
def test_there_are_at_least_min_rows(rows: int, status: str) -> None:
    finding = only(judged("row-count", "{min: 500}", counting(rows=rows, count=0)))
    assert (finding.status, finding.direction) == (status, "up")


@pytest.mark.parametrize(("rows", "status"), [(499, "pass"), (500, "pass"), (501, "fail")])
def test_there_are_at_most_max_rows(rows: int, status: str) -> None:
    finding = only(judged("row-count", "{max: 500}", counting(rows=rows, count=0)))
    assert (finding.status, finding.direction) == (status, "down")


def test_both_limits_are_judged_and_said() -> None:
    found = judged("row-count", "{min: 500, max: 5000}", counting(rows=12_345, count=0))
    assert statuses(found) == {"test: at least": "pass", "test: at most": "fail"}
    assert [f.message for f in found] == [
        "data/test.csv has 12,345 rows; at least 500 expected",
        "data/test.csv has 12,345 rows; at most 5,000 expected",
    ]
    assert [f.location.key for f in found if f.location] == ["min", "max"]


def test_without_any_limit_nothing_passes() -> None:
    finding = only(judged("row-count", "{}", counting(rows=500, count=0)))
    assert (finding.status, finding.message) == ("not-measured", "neither 'min' nor 'max' is given")


@pytest.mark.parametrize(("csv", "status"), [("id,a\n", "fail"), ("id,a\n1,2\n", "pass")])
def test_an_empty_file_has_no_rows(tmp_path: Path, csv: str, status: str) -> None:
    assert only(gate_table(tmp_path, "row-count: {min: 1}", csv).verdict.findings).status == status
