"""The quick ways of coding and pairing give what the slow and obvious ones give, on any table."""

from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlgate.inputs.pairing import plain_order
from mlgate.inputs.rows import code_column
from mlgate.inputs.spelling import spell, spell_one
from mlgate.measuring.joint import MISSING
from mlgate.questions import TableFacts

WHOLE = st.integers(-(2**62), 2**62)
KEYS = st.lists(st.one_of(st.integers(-20, 20), WHOLE), max_size=30)


@given(KEYS, KEYS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_an_order_is_that_of_looking_each_key_up(ours: list[int], other: list[int], random: Any) -> None:
    shuffled = ours.copy()
    random.shuffle(shuffled)
    for theirs in (other, shuffled, ours):
        found = plain_order(np.array(ours, np.int64), np.array(theirs, np.int64))
        is_plain = len(set(ours)) == len(ours) and sorted(ours) == sorted(theirs)
        assert (found is not None) == is_plain
        if found is not None:
            assert found.tolist() == [theirs.index(key) for key in ours]


@pytest.mark.parametrize(
    ("ours", "theirs", "is_plain"),
    [
        (["a", "b"], ["a", "b"], True), (["a", "b"], ["b", "a"], False), (["a", "a"], ["a", "a"], False),
        (["1", 1.0], ["1", 1.0], False), ([None, "a"], [None, "a"], False),
    ],
)  # fmt: skip
def test_texts_are_plain_where_they_stand_in_the_same_order(ours: list[Any], theirs: list[Any], is_plain: bool) -> None:
    assert (plain_order(np.array(ours, object), np.array(theirs, object)) is not None) == is_plain


@given(st.lists(st.one_of(st.integers(-300, 300), WHOLE), max_size=40), st.sampled_from([np.int64, np.int16, bool]))
@settings(max_examples=200, deadline=None)
def test_whole_numbers_are_spelled_as_if_they_were_sorted(values: list[int], kind: type) -> None:
    array: NDArray[Any] = np.array([v % 30_000 for v in values] if kind is np.int16 else values).astype(kind)
    spelled, place = spell(array)
    assert [spelled[at] for at in place] == [spell_one(v) for v in array.tolist()]
    assert spelled == [spell_one(v) for v in sorted(set(array.tolist()))]


@given(st.lists(st.one_of(st.none(), st.integers(-15, 15), st.just(2**40)), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_whole_numbers_are_coded_as_their_texts_are(values: list[int | None]) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (v BIGINT)")
    connection.executemany("INSERT INTO t VALUES (?)", [[v] for v in values])
    coded = [
        code_column(connection, TableFacts("t", "t", {"v": family}, {"v": "BIGINT"}), "v")
        for family in ("integer", "other")
    ]
    for column in coded:
        assert [column.labels[c] for c in column.codes] == [MISSING if v is None else str(v) for v in values]
    assert coded[0].labels == coded[1].labels


def test_texts_are_coded_whatever_they_hold() -> None:
    values = ["a'b", 'c"d', "", "é", "a'b"]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (v VARCHAR)")
    connection.executemany("INSERT INTO t VALUES (?)", [[v] for v in values])
    column = code_column(connection, TableFacts("t", "t", {"v": "string"}, {"v": "VARCHAR"}), "v")
    assert [column.labels[c] for c in column.codes] == values
