from pathlib import Path

import pytest

from tests.checks.asked import gate_table, only, values


@pytest.mark.parametrize(
    ("kind", "cells", "wrong"),
    [("number", "1 x 2.5", 1), ("integer", "1 x 2.5", 2), ("integer", "1 2 3", 0), ("integer", "1.0 2.5 3.0", 1),
     ("date", "2024-01-31 x 2024-02-31", 2), ("boolean", "true yes False", 1), ("string", "1 2 3", 0),
     ("boolean", "1 2 3", 3)],
)  # fmt: skip
def test_the_values_that_cannot_be_read_as_the_type_are_counted(
    kind: str, cells: str, wrong: int, tmp_path: Path
) -> None:
    csv = "id,a\n" + "".join(f"{at},{cell}\n" for at, cell in enumerate(cells.split()))
    assert values(tmp_path, f"types: {{columns: {{a: {kind}}}}}", csv) == {"a": wrong}


def test_missing_values_are_of_every_type(tmp_path: Path) -> None:
    assert values(tmp_path, "types: {columns: {a: number}}", "id,a\n1,\n2,x\n3,4\n") == {"a": 1}


def test_a_share_of_the_values_may_be_of_another_type(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "types: {columns: {a: {type: number, share: 0.5}}}", "id,a\n1,x\n2,4\n")
    assert only(result.verdict.findings).status == "pass"
