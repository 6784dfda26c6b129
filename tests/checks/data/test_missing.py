from pathlib import Path

import pytest

from mlgate.errors import UserError
from mlgate.questions import CountIf, IsNull, Question
from tests.checks.asked import counting, gate_table, judged, only, params_of, statuses, table


@pytest.mark.parametrize(("count", "status"), [(0, "pass"), (2, "pass"), (3, "fail"), (100, "fail")])
def test_a_share_at_the_limit_is_allowed_and_one_row_more_is_not(count: int, status: str) -> None:
    finding = only(judged("missing", "{columns: {a: {max: 0.02}}}", counting(rows=100, count=count)))
    assert (finding.status, finding.value, finding.limit) == (status, count / 100, 0.02)


@pytest.mark.parametrize(("count", "status"), [(5, "pass"), (6, "fail")])
def test_a_number_of_rows_is_a_limit_too(count: int, status: str) -> None:
    finding = only(judged("missing", "{columns: {a: {rows: 5}}}", counting(rows=100, count=count)))
    assert (finding.status, finding.value, finding.limit) == (status, count, 5)


@pytest.mark.parametrize(("count", "status"), [(0, "pass"), (1, "fail")])
def test_without_a_limit_none_may_be_missing(count: int, status: str) -> None:
    assert only(judged("missing", "{columns: {a: {}}}", counting(rows=100, count=count))).status == status


@pytest.mark.parametrize(("count", "status"), [(0, "pass"), (1, "fail")])
def test_a_limit_of_zero_percent_means_none(count: int, status: str) -> None:
    assert only(judged("missing", "{columns: {a: {max: 0}}}", counting(rows=10**7, count=count))).status == status


def test_the_message_has_count_rows_share_and_limit() -> None:
    finding = only(judged("missing", "{columns: {a: {max: 0.02}}}", counting(rows=714, count=34)))
    assert finding.message == "34 of 714 values of 'a' in data/test.csv are missing (4.8 %); at most 2 % allowed"
    assert finding.n == 714


def test_a_finding_points_at_its_column_in_the_configuration() -> None:
    finding = only(judged("missing", "{columns: {a/b: {}}}", counting(rows=1, count=0)))
    assert finding.location is not None
    assert finding.location.key == "columns/a~1b"


def test_each_column_is_counted_by_itself() -> None:
    def answer(question: Question) -> int:
        return 7 if question == CountIf("test", IsNull("b")) else 0 if isinstance(question, CountIf) else 10

    found = judged("missing", "{columns: {a: {}, b: {}}}", answer)
    assert statuses(found) == {"a": "pass", "b": "fail"}


def test_an_empty_table_never_passes() -> None:
    finding = only(judged("missing", "{columns: {a: {max: 0.5}}}", counting(rows=0, count=0)))
    assert (finding.status, finding.subject) == ("not-measured", "a")
    assert finding.message == "data/test.csv has no rows, so there is nothing to judge"


@pytest.mark.parametrize("limit", ["{max: 1.1}", "{max: -0.1}", "{rows: -1}", "{rows: 0.5}", "{maxi: 0.1}"])
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(UserError):
        params_of("missing", f"{{columns: {{a: {limit}}}}}")


def test_in_a_file_empty_fields_and_the_usual_words_and_nan_are_missing(tmp_path: Path) -> None:
    csv = "id,a,b,c\n1,,x,1.5\n2,NA,NaN,nan\n3,1,null,2\n4,2,none,\n"
    result = gate_table(tmp_path, "missing: {columns: {a: {rows: 2}, b: {rows: 1}, c: {rows: 2}}}", csv)
    found = {f.subject: (f.value, f.status) for f in result.verdict.findings}
    assert found == {"a": (2, "pass"), "b": (2, "fail"), "c": (2, "pass")}
    assert result.verdict.exit_code == 1


def test_severity_warn_does_not_block(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "missing: {severity: warn, columns: {a: {}}}", "id,a\n1,\n2,3\n")
    assert only(result.verdict.findings).status == "fail"
    assert result.verdict.exit_code == 0


def test_a_file_without_rows_blocks(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "missing: {columns: {a: {}}}", "id,a\n")
    assert (only(result.verdict.findings).status, result.verdict.exit_code) == ("not-measured", 1)


def test_a_column_that_is_not_there_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="agee"):
        gate_table(tmp_path, "missing: {columns: {agee: {}}}", "id,age\n1,2\n")


def test_the_same_check_of_two_tables_says_which_is_which() -> None:
    tables, answer = (table("test", a="float"), table("train", a="float")), counting(rows=10, count=1)
    said = [
        only(judged("missing", f"{{table: {t}, columns: {{a: {{}}}}}}", answer, *tables)) for t in ("test", "train")
    ]
    assert [finding.message.split(" are ")[0] for finding in said] == [
        "1 of 10 values of 'a' in data/test.csv",
        "1 of 10 values of 'a' in data/train.csv",
    ]
