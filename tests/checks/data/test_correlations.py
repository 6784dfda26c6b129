import math
from pathlib import Path

from mlgate.questions import Correlation, Question
from tests.checks.asked import gate_table, judged, only, table

TABLES = table("test", a="float", b="integer", c="string"), table("train", a="float", b="integer")


def changed(now: float, before: float, rows: int) -> str:
    def answer(question: Question) -> float:
        return rows if not isinstance(question, Correlation) else now if question.table == "test" else before

    return only(judged("correlations", "{}", answer, *TABLES)).status


def test_a_change_passes_fails_or_cannot_be_told_by_its_interval() -> None:
    assert changed(0.5, 0.52, 10_000) == "pass"
    assert changed(0.5, -0.2, 10_000) == "fail"
    assert changed(0.5, 0.1, 30) == "inconclusive"


def test_columns_that_do_not_vary_are_not_measured(tmp_path: Path) -> None:
    csv = "id,a,b\n" + "".join(f"{i},{i},5\n" for i in range(9))
    assert only(gate_table(tmp_path, "correlations: {}", csv, train=csv).verdict.findings).status == "not-measured"


def test_the_correlations_of_both_files_are_compared(tmp_path: Path) -> None:
    one = "id,a,b\n" + "".join(f"{i},{i},{i + math.sin(i)}\n" for i in range(400))
    other = "id,a,b\n" + "".join(f"{i},{i},{-i + math.sin(i)}\n" for i in range(400))
    finding = only(gate_table(tmp_path, "correlations: {}", one, train=other).verdict.findings)
    assert (finding.status, finding.subject) == ("fail", "a ~ b")
    assert finding.message.endswith("a change of 2.00; at most 0.2 allowed")
