from pathlib import Path

import pytest

from mlgate.errors import UserError
from tests.checks.asked import gate_table, only, values

CSV = "id,a,b,c\n1,1,2,x\n2,3,2,x\n3,,2,y\n4,5,4,y\n"


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [("a <= b", 2), ("{holds: a <= b, where: c = 'x', rows: 9}", 1), ("a <= b OR a IS NULL OR c = 'y'", 1),
     ("a IS NOT NULL", 1), ('\'"a" * 2 > b\'', 1)],
)  # fmt: skip
def test_rows_for_which_the_rule_is_false_are_counted(rule: str, wrong: int, tmp_path: Path) -> None:
    assert values(tmp_path, f"cross-column: {{rules: {{r: {rule}}}}}", CSV) == {"r": wrong}


def test_the_message_says_the_rule(tmp_path: Path) -> None:
    finding = only(gate_table(tmp_path, "cross-column: {rules: {r: a <= b}}", CSV).verdict.findings)
    assert finding.message == "2 of 4 rows of data/test.csv break the rule 'a <= b' (50 %); none allowed"


def test_the_finding_points_to_the_rules_own_line(tmp_path: Path) -> None:
    finding = only(gate_table(tmp_path, "cross-column:\n    rules:\n      one: a <= b", CSV).verdict.findings)
    assert finding.location is not None
    assert (finding.location.key, finding.location.line) == ("checks.cross-column.rules.one", 7)


@pytest.mark.parametrize(
    ("rule", "said"),
    [("read_csv('x') = 1", "read_csv"), ("a <= bb", "'bb'"), ("a < c", "number and text"), ("a +", "early")],
)
def test_a_rule_that_cannot_be_used_is_a_fault_with_its_line(rule: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said) as caught:
        gate_table(tmp_path, f'cross-column: {{rules: {{r: "{rule}"}}}}', CSV)
    assert "mlgate.yml:" in str(caught.value)


def test_where_no_row_is_meant_nothing_was_measured(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "cross-column: {rules: {r: {holds: a < b, where: c = 'z'}}}", CSV)
    assert only(result.verdict.findings).status == "not-measured"


def test_examples_are_the_keys_of_failing_rows(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "cross-column: {rules: {r: {holds: a <= b, examples: true}}}", CSV)
    assert only(result.verdict.findings).message.endswith("none allowed; for example 2, 4")
