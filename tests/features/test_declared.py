from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.errors import UserError
from mlgate.features.declared import parse_features

SOUND = """
version: 1
features:
  - name: sums
    versions:
      - {version: 1, schema: {amount: float}, transform: [sums.py], table: t.parquet, updated: at, fresh-within: 36h}
      - {version: 2, schema: {amount: float, count: integer}, transform: [sums2.py, lib]}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(UserError) as caught:
        parse_features(text.encode(), "features.yml")
    return [str(problem) for problem in caught.value.problems]


def test_a_sound_file_is_read() -> None:
    declared = parse_features(SOUND.encode(), "features.yml")
    found = declared.find("sums", 2)
    assert found is not None
    assert found.transform == ("sums2.py", "lib")
    assert declared.find("sums", 3) is None


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("version: 2,", "version: 1,", "sums@1 is declared twice"),
        ("fresh-within: 36h", "fresh-within: soon", "fresh-within"),
        (", fresh-within: 36h", "", "only a part of how fresh"),
        ("[sums.py]", "[../sums.py]", "lies elsewhere"),
        ("[sums.py]", "[/etc/passwd]", "lies elsewhere"),
        ("[sums.py]", "[.]", "lies elsewhere"),
        ("{amount: float},", "{amount: text},", "text"),
        ("name: sums", "nam: sums", "unknown key 'nam'"),
        ("version: 1\n", "version: 7\n", "version"),
    ],
)
def test_a_fault_is_told_with_its_line(good: str, bad: str, said: str) -> None:
    (first, *_) = faults(SOUND.replace(good, bad, 1))
    assert first.startswith("features.yml:")
    assert said in "\n".join(faults(SOUND.replace(good, bad, 1)))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{SOUND}{text}".encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(UserError):
        parse_features(data, "features.yml")
