from pathlib import Path

import pytest

from mlgate.questions import Duplicates, Question
from tests.checks.asked import counting, gate_table, judged, only, statuses


@pytest.mark.parametrize(("rows", "count", "status"), [(0, 0, "pass"), (0, 1, "fail"), (3, 3, "pass"), (3, 4, "fail")])
def test_as_many_rows_as_allowed_may_repeat(rows: int, count: int, status: str) -> None:
    found = only(judged("unique", f"{{columns: [a], rows: {rows}}}", counting(rows=10, count=count)))
    assert (found.status, found.limit) == (status, rows)


def test_columns_in_a_list_are_unique_together() -> None:
    def answer(question: Question) -> int:
        return {("a",): 1, ("b", "c"): 0}[question.columns] if isinstance(question, Duplicates) else 10

    found = judged("unique", "{columns: [a, [b, c]]}", answer)
    assert statuses(found) == {"a": "fail", "b+c": "pass"}
    assert found[1].message == "0 of 10 rows of data/test.csv repeat the 'b' + 'c' of another row; none allowed"
    assert [f.location.key for f in found if f.location] == ["columns/0", "columns/1"]


def test_in_a_file_each_row_after_the_first_is_a_repeat_and_missing_values_are_equal(tmp_path: Path) -> None:
    csv = "id,a,b\n1,x,1\n2,x,1\n3,x,2\n4,,1\n5,,1\n"
    result = gate_table(tmp_path, "unique: {columns: [id, a, [a, b]]}", csv)
    assert {f.subject: f.value for f in result.verdict.findings} == {"id": 0, "a": 3, "a+b": 2}


def test_an_empty_table_never_passes(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "unique: {columns: [id]}", "id,a\n")
    assert only(result.verdict.findings).status == "not-measured"
