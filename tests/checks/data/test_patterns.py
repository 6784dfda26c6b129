from pathlib import Path

import pytest

from mlgate.errors import UserError
from tests.checks.asked import gate_table, only, params_of, values

CSV = "id,a\n1,AB-1\n2,ab-2\n3,\n4,AB-33 \n"


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [("matches: '^[A-Z]{2}-[0-9]+$'", 2), ("matches: '[0-9]'", 0), ("never: ' $'", 1), ("matches: AB, never: ' '", 2)],
)
def test_texts_that_do_not_match_or_must_not_are_counted(rule: str, wrong: int, tmp_path: Path) -> None:
    assert values(tmp_path, f"patterns: {{columns: {{a: {{{rule}}}}}}}", CSV) == {"a": wrong}


def test_the_message_says_the_pattern(tmp_path: Path) -> None:
    finding = only(gate_table(tmp_path, "patterns: {columns: {a: {matches: '^AB', rows: 9}}}", CSV).verdict.findings)
    assert finding.message == "1 of 4 values of 'a' in data/test.csv do not match ^AB (25 %); at most 9 allowed"


@pytest.mark.parametrize("rule", ["{}", "{matches: '('}", "{matches: '(?=a)'}", "{never: '(a)\\1'}"])
def test_what_is_no_pattern_is_refused(rule: str) -> None:
    with pytest.raises(UserError):
        params_of("patterns", f"{{columns: {{a: {rule}}}}}")
