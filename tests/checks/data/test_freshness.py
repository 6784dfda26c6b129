from pathlib import Path

import pytest

from mlgate.errors import UserError
from mlgate.questions import Question, Statistic
from tests.checks.asked import gate_table, judged, only, params_of, table

DAY = 86_400.0


@pytest.mark.parametrize(
    ("age", "status", "said"),
    [(DAY, "pass", "is 1.0 days old"), (2 * DAY, "pass", "2.0 days"), (2 * DAY + 1, "fail", "at most 2 days allowed"),
     (-3_600, "pass", "old"), (-2 * DAY, "fail", "lies 2.0 days in the future")],
)  # fmt: skip
def test_the_latest_time_is_neither_too_old_nor_in_the_future(age: float, status: str, said: str) -> None:
    def answer(question: Question) -> float:
        return age if isinstance(question, Statistic) else 10

    finding = only(judged("freshness", "{columns: {a: {max-age: 2 days}}}", answer, table(a="timestamp")))
    assert (finding.status, said in finding.message) == (status, True)


def test_a_column_without_times_is_not_measured(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "freshness: {columns: {a: {max-age: 1 week}}}", "id,a\n1,x\n")
    assert only(result.verdict.findings).status == "not-measured"


def test_the_latest_row_of_a_file_counts(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "freshness: {columns: {a: {max-age: 1 week}}}", "id,a\n1,1999-01-01\n2,2000-01-01\n")
    finding = only(result.verdict.findings)
    assert finding.status == "fail"
    assert finding.value is not None
    assert finding.value > 9_000 * DAY


@pytest.mark.parametrize("age", ["2", "two days", "2 years", "-1 day"])
def test_what_is_no_age_is_refused(age: str) -> None:
    with pytest.raises(UserError, match="no age"):
        params_of("freshness", f"{{columns: {{a: {{max-age: '{age}'}}}}}}")
