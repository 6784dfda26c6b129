"""Whatever bytes a configuration is, reading it gives plain data or says what is wrong; nothing is built or run."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.configuring.yaml_source import LARGEST, MAX_BYTES, read_yaml
from mlgate.errors import UserError

PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="\ufeff"), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE
)
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE, inner, max_size=4), max_leaves=25
)
TOKENS = (
    ": ", "- ", "? ", "\n", "  ", "\t", "{", "}", "[", "]", ",", "#", "&a ", "*a", "!", "!!python/name:os.system ",
    "!!binary ", "|", ">", "'", '"', "%YAML 1.2", "---", "...", "<<", "~", ".inf", ".NaN", "1e999", "0x1F", "0o9",
    "2026-02-30", "yes", "true", "\\x00", "\\ud800", "\ufeff", "\x85", "\u2028", "é", "a", "version", "1",
)  # fmt: skip


def is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or type(value) in (str, int, float, bool)


def read_or_refuse(data: bytes) -> Any:
    """The data; None where it is refused, which must be by a `UserError` that names the file."""
    try:
        return read_yaml(data, "mlgate.yml").data
    except UserError as error:
        refused = error
    assert refused.problems
    assert all((p.where or "").startswith("mlgate.yml") for p in refused.problems)
    return None


@given(st.binary(max_size=400))
@settings(max_examples=150)
def test_any_bytes_are_plain_data_or_refused(data: bytes) -> None:
    assert is_plain(read_or_refuse(data))


@given(st.lists(st.sampled_from(TOKENS), max_size=30).map("".join))
@settings(max_examples=150)
def test_anything_that_looks_like_yaml_is_plain_data_or_refused(text: str) -> None:
    assert is_plain(read_or_refuse(text.encode()))


@given(PLAIN)
@settings(max_examples=80)
def test_json_reads_as_what_it_says(value: Any) -> None:
    assert read_yaml(json.dumps(value, ensure_ascii=False).encode(), "mlgate.yml").data == value


@given(st.lists(PRINTABLE.filter(bool), min_size=1, max_size=12, unique=True), st.integers(0, 3))
@settings(max_examples=40)
def test_every_key_knows_its_line(keys: list[str], blank: int) -> None:
    text = "".join("\n" * blank + f"{json.dumps(key, ensure_ascii=False)}:\n  inner: 1\n" for key in keys)
    source = read_yaml(text.encode(), "mlgate.yml")
    for index, key in enumerate(keys):
        first = index * (blank + 2) + blank + 1
        assert source.where((key,)) == f"mlgate.yml:{first}"
        assert source.where((key, "inner")) == f"mlgate.yml:{first + 1}"
        assert source.where((key, "inner", "not there", 3)) == f"mlgate.yml:{first + 1}"


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:pathlib.Path.touch [pwned]",
        "!!python/object/new:os.system [touch pwned]",
        "!!python/name:os.system",
        "!!python/module:antigravity",
        "!<tag:yaml.org,2002:python/object/apply:os.system> [touch pwned]",
        "!!binary aGk=",
        "!!set {a, b}",
        "!mine x",
    ],
)
def test_a_tag_is_refused_before_anything_is_built(tag: str) -> None:
    with pytest.raises(UserError, match=r"the tag '!.*' is not read"):
        read_yaml(f"a: {tag}\n".encode(), "mlgate.yml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("12:30:00", "12:30:00"), ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"), ("0x1F", 31), ("0o17", 15), ("017", 17), ("1.5e3", 1500.0), ("~", None), ("", None),
        ("null", None), ("True", True), ("'1'", "1"), ("=", "="),
    ],
)  # fmt: skip
def test_scalars_are_read_by_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    found = read_yaml(f"a: {text}\n".encode(), "mlgate.yml").data["a"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("unit", ["a\n", "\n", "%a\n", "[", "{", "- ", "? ", "a, ", '"\\x41', "k: ", "&a ", "!", "'"])
def test_the_worst_files_are_answered_soon(unit: str) -> None:
    began = time.perf_counter()
    read_or_refuse(unit.encode() * (MAX_BYTES // len(unit)))
    assert time.perf_counter() - began < 10  # it takes less than one second where nothing else runs
