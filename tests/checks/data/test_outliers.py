from pathlib import Path

import pytest

from mlgate.errors import UserError
from tests.checks.asked import params_of, values

CSV = "id,a\n" + "".join(f"{i},{i % 10}\n" for i in range(100)) + "100,1000\n101,\n"


@pytest.mark.parametrize(("rule", "found"), [("{rows: 9}", 1), ("{method: std, rows: 9}", 1), ("{factor: 500}", 0)])
def test_values_far_from_the_middle_are_counted(rule: str, found: int, tmp_path: Path) -> None:
    assert values(tmp_path, f"outliers: {{columns: {{a: {rule}}}}}", CSV) == {"a": found}


def test_a_row_condition_is_refused_since_the_middle_is_that_of_all_rows() -> None:
    with pytest.raises(UserError, match="mean nothing"):
        params_of("outliers", "{columns: {a: {where: b > 1}}}")
