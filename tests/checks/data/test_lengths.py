from pathlib import Path

import pytest

from mlgate.errors import UserError
from tests.checks.asked import params_of, values

CSV = "id,a\n1,x\n2,åß🙂\n3,\n4,abcdef\n"


@pytest.mark.parametrize(
    ("rule", "wrong"), [("max: 3", 1), ("min: 2", 1), ("min: 1, max: 6", 0), ("min: 4, max: 5", 3)]
)
def test_texts_that_are_too_short_or_too_long_are_counted_in_characters(rule: str, wrong: int, tmp_path: Path) -> None:
    assert values(tmp_path, f"lengths: {{columns: {{a: {{{rule}}}}}}}", CSV) == {"a": wrong}


def test_numbers_have_the_length_that_they_are_printed_with(tmp_path: Path) -> None:
    assert values(tmp_path, "lengths: {columns: {id: {max: 1}}}", "id\n1\n10\n-1\n") == {"id": 2}


def test_ends_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(UserError, match="above"):
        params_of("lengths", "{columns: {a: {min: 3, max: 2}}}")
