from pathlib import Path

import pytest

from tests.checks.asked import values

CSV = 'id,a,b\n1,-999,ok\n2,5, N/A \n3,9999,unknown\n4,7,""\n5,8,none of these\n'


@pytest.mark.parametrize(
    ("rule", "found"),
    [("{}", {"id": 0, "a": 2, "b": 2}), ("{columns: {a: {values: [5]}}}", {"a": 1}),
     ("{columns: {b: {values: [OK]}}}", {"b": 1}), ("{columns: {'type:number': {rows: 2}}}", {"id": 0, "a": 2})],
)  # fmt: skip
def test_values_that_stand_for_missing_are_counted(rule: str, found: dict[str, float], tmp_path: Path) -> None:
    assert values(tmp_path, f"special-values: {rule}", CSV) == found
