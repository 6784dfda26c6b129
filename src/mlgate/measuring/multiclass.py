"""The metrics of a multiclass task: averages over classes, top-k, one class against the rest, pairs of classes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlgate.measuring.by_influence import compare_by_influence, measure_by_influence, weight_of
from mlgate.measuring.joint import Bools, Floats, Joint, Side
from mlgate.measuring.methods import SHARE, Proportion, Smooth, score_of
from mlgate.measuring.metric import LEVEL, Change, Compared, Measured, Metric
from mlgate.statistics import influence
from mlgate.statistics.agreement import (
    Average,
    OfTable,
    Part,
    averaged,
    balanced_accuracy,
    cohen_kappa,
    matthews,
    shares_of,
)
from mlgate.statistics.influence import Estimate
from mlgate.statistics.interval import Interval, normal_cdf, two_sided_z

MIN_PROBABILITY = float(np.finfo(np.float64).eps)
PSEUDO_ROWS = 2.0
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """A function of the confusion table: its gradient is each cell's influence, with pseudo-rows for errors not seen.

    As ½ in each discordant cell does for two classes (Agresti and Min 2005), two rows are added that the models predict
    differently, spread over the classes as the labels are, each between its label and the other classes alike.
    """

    of: OfTable
    reach: Interval = SHARE

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """A second class, without which the metric is 0/0."""
        return None if np.isfinite(self.estimate(joint, side, weight_of(joint)).value) else "all rows have one label"

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """The value, and each row's influence by its label and prediction."""
        truth, predicted, classes = _codes(joint, side)
        value, table = self.of(shares_of(truth, predicted, classes, weight))
        return Estimate(value, table[truth, predicted])

    def alone(self, joint: Joint, side: Side) -> Measured:
        """A normal interval, two wrong rows added to its variance."""
        truth, predicted, classes = _codes(joint, side)
        value, table = self.of(shares_of(truth, predicted, classes, weight_of(joint)))
        rows = table[truth, predicted]
        se = float(np.sqrt(rows @ rows + _pseudo(table, np.bincount(truth, minlength=classes))) / (joint.n + 2.0))
        if se <= influence.ROUNDING:
            return measure_by_influence(self, joint, side)
        z = two_sided_z(LEVEL)
        interval = Interval(max(self.reach.low, value - z * se), min(self.reach.high, value + z * se))
        return Measured(value, interval, "delta method", {"se": se, "least": self.reach.low, "most": self.reach.high})

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """A normal interval of the difference, two discordant rows added to its variance."""
        found = compare_by_influence(self, joint, ours, theirs, asked)
        if found.interval is None:
            return found
        truth, _, classes = _codes(joint, ours)
        table = self.of(shares_of(truth, _codes(joint, theirs)[1], classes, weight_of(joint)))[1]
        extra = _pseudo(table, np.bincount(truth, minlength=classes))
        n = joint.n
        scale = n / (n + 2.0)
        se = float(np.sqrt((found.se * n) ** 2 * max(n - 1, 1) / n + extra) / n * scale)
        if not (se > influence.ROUNDING and np.isfinite(se)):
            return found
        z, most = two_sided_z(LEVEL), self.reach.high - self.reach.low
        low_half = np.sqrt(max((found.value - found.interval.low) ** 2, (z * se) ** 2)) if asked.relative else z * se
        interval = Interval(max(-most, found.value - low_half), min(most, found.value + z * se))
        return Compared(
            found.candidate, found.baseline, found.value, se, interval, normal_cdf(found.value / se), found.margin,
            "delta method, paired", {"se": se, "least": -most, "most": most, "low_half": float(low_half)},
        )  # fmt: skip


def _pseudo(table: Floats, sizes: Codes) -> float:
    """Two rows' squared influence of being predicted wrong instead of right, over the labels as they come."""
    classes = len(table)
    if classes < 2:
        return 0.0
    change = (table - np.diag(table)[:, None]) ** 2
    return PSEUDO_ROWS * float((sizes / sizes.sum()) @ change.sum(axis=1)) / (classes - 1)


def _codes(joint: Joint, side: Side) -> tuple[Codes, Codes, int]:
    assert side.predicted is not None
    classes = 2 if joint.task == "binary" else len(joint.classes)
    return joint.truth.astype(np.int64), side.predicted.astype(np.int64), classes


BY_TABLE = {
    "balanced-accuracy": Table(balanced_accuracy),
    "kappa": Table(cohen_kappa, Interval(-1.0, 1.0)),
    "mcc": Table(matthews, Interval(-1.0, 1.0)),
}


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
