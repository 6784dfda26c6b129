"""Labels of any type are the same labels however they are spelled, and predictions are read against them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from mlgate.config import Model
from mlgate.inputs.labels import Categories, find_labels, of_the_same_classes
from mlgate.inputs.spelling import Unusable, spell_one

MODEL = Model(id="m", task="multiclass", predictions="p.csv")
KINDS: list[list[Any]] = [
    ["cat", "dog", "eel"],
    [0, 1, 2],
    [0.0, 1.0, 2.0],
    [True, False],
    ["1", "0"],
    ["a b", "ä", ""],
]


def array(values: list[Any]) -> Any:
    return np.array(values, dtype=object if any(isinstance(v, str) for v in values) else None)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_labels_of_any_type_and_classes_that_no_label_has_are_read_as_they_are_spelled(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    truth = data.draw(st.lists(st.sampled_from(kind), min_size=1, max_size=12))
    unseen = ["yak"] if isinstance(kind[0], str) else [] if isinstance(kind[0], bool) else [7]
    predicted = data.draw(st.lists(st.sampled_from([*kind, *unseen]), min_size=len(truth), max_size=len(truth)))
    labels = find_labels("multiclass", array(truth), None, "t")
    spelled = [[spell_one(v) for v in values] for values in (truth, predicted)]
    if not set(spelled[0]) & set(spelled[1]):
        with pytest.raises(Unusable, match="no prediction is a label"):
            labels.side({"y_pred": array(predicted)}, MODEL)
        return
    side = labels.side({"y_pred": array(predicted)}, MODEL)
    codes = labels.read(array(truth))
    assert np.mean(codes == side.predicted) == pytest.approx(accuracy_score(*spelled))
    assert [side.classes[code] for code in side.predicted] == spelled[1]


def test_two_models_that_know_different_classes_are_put_on_one_list() -> None:
    labels = Categories(("a", "b"))
    one = labels.side({"score_a": np.array([0.2, 0.5]), "score_z": np.array([0.8, 0.5])}, MODEL)
    other = labels.side({"y_pred": np.array(["b", "y"], dtype=object)}, MODEL)
    (ours, theirs), names = of_the_same_classes([one, other])
    assert names == ("a", "b", "z", "y")
    assert ours.score is not None
    assert ours.score.tolist() == [[0.2, 0.0, 0.8, 0.0], [0.5, 0.0, 0.5, 0.0]]
    assert [names[code] for code in theirs.predicted] == ["b", "y"]


def test_scores_that_do_not_sum_to_one_are_no_probabilities() -> None:
    labels = Categories(("a", "b"))
    for total, expected in ((1.0, True), (1.2, False)):
        scores = {"score_a": np.array([0.5]), "score_b": np.array([total - 0.5])}
        assert labels.side(scores, MODEL).is_probability is expected


@pytest.mark.parametrize(
    ("values", "why"),
    [(np.array(["x"], dtype=object), "no numbers"), (np.array([np.inf]), "row 1"), (np.array([np.nan]), "row 1")],
)
def test_numbers_that_are_none_are_named(values: Any, why: str) -> None:
    labels = find_labels("regression", np.array([1.0]), None, "t")
    with pytest.raises(Unusable, match=why):
        labels.side({"y_pred": values}, MODEL)
