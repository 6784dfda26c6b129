from pathlib import Path

from tests.checks.asked import gate_table, statuses

CSV = "id,a,b,c\n1,x,,1\n2,x,,2\n3,,,1\n"


def test_columns_with_one_value_or_none_are_found(tmp_path: Path) -> None:
    found = gate_table(tmp_path, "constant: {}", CSV).verdict.findings
    assert statuses(found) == {"id": "pass", "a": "fail", "b": "fail", "c": "pass"}
    assert found[1].message == "'a' in data/test.csv has the same value, or none, in all 3 rows"


def test_among_the_rows_asked_for(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "constant: {columns: {c: {where: c = 1}}}", CSV)
    assert statuses(result.verdict.findings) == {"c": "fail"}


def test_of_one_row_nothing_can_be_said(tmp_path: Path) -> None:
    assert statuses(gate_table(tmp_path, "constant: {}", "id\n1\n").verdict.findings) == {"id": "not-measured"}
