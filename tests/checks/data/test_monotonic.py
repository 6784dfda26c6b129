from pathlib import Path

import pytest

from mlgate.errors import UserError
from tests.checks.asked import params_of, values

CSV = "id,a,b,g\n4,1,9,x\n3,2,8,y\n2,2,7,x\n1,1,8,y\n"


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [("a: {rows: 9}", 1), ("a: {strict: true, rows: 9}", 2), ("b: {direction: falling, rows: 9}", 1),
     ("b: {by: id, rows: 9}", 1), ("a: {within: [g], rows: 9}", 1), ("b: {direction: falling, within: [g]}", 0)],
)  # fmt: skip
def test_rows_out_of_order_are_counted(rule: str, wrong: int, tmp_path: Path) -> None:
    column = rule[0]
    assert values(tmp_path, f"monotonic: {{columns: {{{rule}}}}}", CSV) == {column: wrong}


def test_a_row_condition_is_refused_since_rows_are_compared() -> None:
    with pytest.raises(UserError, match="mean nothing"):
        params_of("monotonic", "{columns: {a: {where: b > 1}}}")
