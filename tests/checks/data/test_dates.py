from pathlib import Path

import pytest

from mlgate.errors import UserError
from tests.checks.asked import gate_table, params_of, statuses, values


@pytest.mark.parametrize(
    ("cells", "rule", "wrong"),
    [("2024-01-31 1899-12-31 2999-01-01", "{rows: 9}", 2), ("2024-01-31 2999-01-01", "{future: allow}", 0),
     ("2024-01-31 2024-02-31 x", "{rows: 9}", 2), ("2024-01-31 2024-03-01", "{max: 2024-02-01}", 1),
     ("2024-01-31 2024-03-01", "{min: 2024-02-01}", 1)],
)  # fmt: skip
def test_impossible_early_and_future_dates_are_counted(cells: str, rule: str, wrong: int, tmp_path: Path) -> None:
    csv = "id,a\n" + "".join(f"{at},{cell}\n" for at, cell in enumerate(cells.split())) + "9,\n"
    quoted = rule.replace("2024-02-01", "'2024-02-01'")
    assert values(tmp_path, f"dates: {{columns: {{a: {quoted}}}}}", csv) == {"a": wrong}


@pytest.mark.parametrize(("wanted", "status"), [("required", "fail"), ("none", "pass")])
def test_a_time_zone_is_there_or_not(wanted: str, status: str, tmp_path: Path) -> None:
    result = gate_table(
        tmp_path, f"dates: {{columns: {{a: {{time-zone: {wanted}}}}}}}", "id,a\n1,2024-01-31 10:00:00\n"
    )
    assert statuses(result.verdict.findings) == {"a": "pass", "a: time zone": status}


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(UserError, match="no date"):
        params_of("dates", "{columns: {a: {min: yesterday}}}")
