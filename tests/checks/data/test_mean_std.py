from pathlib import Path

import pytest

from tests.checks.asked import gate_table, statuses

CSV = "id,a,b\n1,1,x\n2,2,y\n3,3,z\n4,,\n"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("mean: {min: 2, max: 2}", {"a: mean at least": "pass", "a: mean at most": "pass"}),
     ("mean: {min: 2.1}", {"a: mean at least": "fail"}), ("std: {max: 0.9}", {"a: std at most": "fail"}),
     ("std: {min: 1, max: 1}, where: id < 4", {"a: std at least": "pass", "a: std at most": "pass"})],
)  # fmt: skip
def test_mean_and_standard_deviation_keep_their_limits(rule: str, expected: dict[str, str], tmp_path: Path) -> None:
    result = gate_table(tmp_path, f"mean-std: {{columns: {{a: {{{rule}}}}}}}", CSV)
    assert statuses(result.verdict.findings) == expected


def test_without_numbers_nothing_is_measured(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "mean-std: {columns: {b: {mean: {min: 0}}}}", CSV)
    assert statuses(result.verdict.findings) == {"b: mean at least": "not-measured"}
