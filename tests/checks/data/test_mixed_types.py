from pathlib import Path

import pytest

from tests.checks.asked import gate_table, only, values


@pytest.mark.parametrize(
    ("cells", "smaller"),
    [("1 2 x", 1), ("x y 3", 1), ("x y z", 0), ("2024-01-01 x y", 1), ("1 x 2 y", 2)],
)
def test_the_smaller_part_of_a_mixed_column_is_counted(cells: str, smaller: int, tmp_path: Path) -> None:
    csv = "id,a\n" + "".join(f"{at},{cell}\n" for at, cell in enumerate(cells.split())) + "9,\n"
    assert values(tmp_path, "mixed-types: {}", csv) == {"a": smaller}


def test_a_table_without_text_has_nothing_mixed(tmp_path: Path) -> None:
    assert only(gate_table(tmp_path, "mixed-types: {}", "id\n1\n").verdict.findings).status == "pass"
