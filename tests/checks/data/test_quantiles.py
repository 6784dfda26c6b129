from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.conditions import Outside
from mlgate.questions import CountIf, Question
from tests.checks.asked import gate_table, judged, only, statuses, table

CSV = "id,a\n" + "".join(f"{i},{i}\n" for i in range(1, 101)) + "101,\n"


@pytest.mark.parametrize(
    ("rule", "status"),
    [("q: 0.5, min: 50, max: 50", "pass"), ("q: 0.5, min: 51", "fail"), ("q: 0.5, max: 49", "fail"),
     ("q: 0.9, min: 90, max: 90", "pass"), ("q: 1, max: 100", "pass"), ("q: 1, max: 99", "fail")],
)  # fmt: skip
def test_the_quantile_lies_in_its_range_or_not(rule: str, status: str, tmp_path: Path) -> None:
    result = gate_table(tmp_path, f"quantiles: {{columns: {{a: [{{{rule}}}]}}}}", CSV)
    assert only(result.verdict.findings).status == status


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9, 1.0]),
       st.integers(-5, 5), st.integers(0, 5))  # fmt: skip
@settings(max_examples=200)
def test_two_counts_say_what_sorting_says(numbers: list[int], q: float, low: int, width: int) -> None:
    def answer(question: Question) -> int:
        if not isinstance(question, CountIf):
            return len(numbers)
        asked = question.condition
        if not isinstance(asked, Outside):
            return 0
        return (
            sum(x < asked.low for x in numbers)
            if asked.low is not None
            else sum(x > (asked.high or 0) for x in numbers)
        )

    expected = low <= np.quantile(numbers, q, method="inverted_cdf") <= low + width
    found = judged(
        "quantiles", f"{{columns: {{a: [{{q: {q}, min: {low}, max: {low + width}}}]}}}}", answer, table(a="integer")
    )
    assert statuses(found) == {f"a: q{q:g}": "pass" if expected else "fail"}


def test_the_message_says_on_which_side_it_lies(tmp_path: Path) -> None:
    finding = only(gate_table(tmp_path, "quantiles: {columns: {a: [{q: 0.5, min: 60}]}}", CSV).verdict.findings)
    said = "the 0.5 quantile of 'a' in data/test.csv is below 60: 59 % of 100 values are smaller"
    assert finding.message == said
