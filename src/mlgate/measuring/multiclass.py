"""The metrics of a multiclass task: averages over classes, top-k, one class against the rest, pairs of classes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mlgate.measuring.joint import Bools, Floats, Joint, Side
from mlgate.measuring.mean_methods import Smooth
from mlgate.measuring.methods import SHARE, Proportion, score_of
from mlgate.measuring.metric import Metric
from mlgate.measuring.table_methods import Table
from mlgate.statistics import influence
from mlgate.statistics.agreement import (
    Average,
    Part,
    averaged,
)
from mlgate.statistics.influence import Estimate

MIN_PROBABILITY = float(np.finfo(np.float64).eps)
Codes = NDArray[np.int64]


def class_log_loss(joint: Joint, side: Side) -> Floats:
    """−log of the probability given to the row's label, shape (n,)."""
    of_label = score_of(side)[np.arange(joint.n), joint.truth]
    return np.asarray(-np.log(np.maximum(of_label, MIN_PROBABILITY)))


def class_squares(joint: Joint, side: Side) -> Floats:
    """The squared error of all classes' probabilities, from 0 to 2, shape (n,)."""
    score = score_of(side)
    of_label = score[np.arange(joint.n), joint.truth]
    return np.asarray((score**2).sum(axis=1) - 2 * of_label + 1)


def _area(weighted: bool) -> Callable[[Joint, Side, Floats], Estimate]:
    def estimate(joint: Joint, side: Side, weight: Floats) -> Estimate:
        present = np.unique(joint.truth)
        shares = np.array([weight[joint.truth == k].sum() for k in present]) / weight.sum()
        areas = [influence.area(joint.truth == k, score_of(side)[:, k], weight) for k in present]
        by = shares if weighted else np.full(len(present), 1 / len(present))
        value = float(sum(share * area.value for share, area in zip(by, areas, strict=True)))
        rows = np.sum([share * area.influence for share, area in zip(by, areas, strict=True)], axis=0)
        if weighted:  # the shares are estimated from the same rows
            of_class = np.array([area.value for area in areas])
            rows = rows + of_class[np.searchsorted(present, joint.truth)] - value
        return Estimate(value, np.asarray(rows), by_rank=True)

    return estimate


def _two_classes(joint: Joint, side: Side) -> str | None:
    return None if len(np.unique(joint.truth)) > 1 else "all rows have one label"


def top_k(argument: str) -> Metric:
    """The share of rows whose label is among the k highest scores."""
    k = int(argument) if argument.isdecimal() else 0
    if not 1 <= k <= 1_000:
        raise ValueError("k is a whole number from 1 on, as in top-k-accuracy:3")

    def hits(joint: Joint, side: Side) -> tuple[Bools, Bools]:
        score = score_of(side)
        of_label = score[np.arange(joint.n), joint.truth][:, None]
        later = np.arange(score.shape[1]) > joint.truth[:, None]  # of equal scores the last class comes first
        above = ((score > of_label) | ((score == of_label) & later)).sum(axis=1)
        return np.asarray(above < k), np.ones(joint.n, np.bool_)

    return Metric(f"top-k-accuracy:{k}", "up", "score", 0.01, {"multiclass": Proportion(hits)})


def _class(joint: Joint, name: str) -> int:
    return joint.classes.index(name) if name in joint.classes else -1


def class_recall(name: str) -> Metric:
    """The share of a class's rows that are predicted so."""

    def found(joint: Joint, side: Side) -> tuple[Bools, Bools]:
        assert side.predicted is not None
        is_class = joint.truth == _class(joint, name)
        return is_class & (side.predicted == joint.truth), is_class

    method = Proportion(found, f"no row has the label '{name[:80]}'")
    return Metric(f"recall:{name}", "up", "class", 0.01, {"multiclass": method})


def confusion(pair: str) -> Metric:
    """The share of one class's rows that are predicted as another class."""
    true, arrow, wrong = pair.partition(">")
    if not (true and arrow and wrong):
        raise ValueError("two classes are needed, as in confusion:cat>dog")

    def confused(joint: Joint, side: Side) -> tuple[Bools, Bools]:
        assert side.predicted is not None
        is_class = joint.truth == _class(joint, true)
        return is_class & (side.predicted == _class(joint, wrong)), is_class

    method = Proportion(confused, f"no row has the label '{true[:80]}'")
    return Metric(f"confusion:{pair}", "down", "class", 0.01, {"multiclass": method})


def class_area(name: str) -> Metric:
    """The area under the ROC curve of one class against the rest."""

    def estimate(joint: Joint, side: Side, weight: Floats) -> Estimate:
        class_ = _class(joint, name)
        found = influence.area(joint.truth == class_, score_of(side)[:, class_], weight)
        return Estimate(found.value, found.influence, by_rank=True)

    def lacks(joint: Joint, side: Side) -> str | None:
        rows = int((joint.truth == _class(joint, name)).sum())
        if not rows:
            return f"no row has the label '{name[:80]}'"
        return None if rows < joint.n else "all rows have one label"

    return Metric(f"auc-ovr:{name}", "up", "score", 0.005, {"multiclass": Smooth(estimate, SHARE, lacks)})


def _of_correct(joint: Joint, side: Side) -> tuple[Bools, Bools]:
    assert side.predicted is not None
    return joint.truth == side.predicted, np.ones(joint.n, np.bool_)


PARTS: tuple[Part, ...] = ("precision", "recall", "f1")
AVERAGES: tuple[Average, ...] = ("macro", "weighted")
METRICS = (
    *(
        Metric(f"{name}-{average}", "up", "class", 0.01, {"multiclass": Table(averaged(name, average))})
        for name in PARTS
        for average in AVERAGES
    ),
    *(
        Metric(f"{name}-micro", "up", "class", 0.01, {"multiclass": Proportion(_of_correct)})
        for name in PARTS  # with one label a row all three are the accuracy
    ),
    Metric("auc-ovr", "up", "score", 0.005, {"multiclass": Smooth(_area(False), SHARE, _two_classes)}),
    Metric("auc-ovr-weighted", "up", "score", 0.005, {"multiclass": Smooth(_area(True), SHARE, _two_classes)}),
)
FAMILIES = {
    "top-k-accuracy": top_k, "recall": class_recall, "confusion": confusion, "auc-ovr": class_area,
}  # fmt: skip
