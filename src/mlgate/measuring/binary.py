"""The metrics of a binary task, and of both kinds of classification where they are the same."""

import math

import numpy as np

from mlgate.measuring.joint import Bools, Floats, Joint, Side
from mlgate.measuring.mean_methods import Mean
from mlgate.measuring.methods import Area, Counts, Proportion, score_of
from mlgate.measuring.metric import Metric
from mlgate.measuring.multiclass import class_log_loss, class_squares
from mlgate.measuring.table_methods import BY_TABLE
from mlgate.statistics.interval import Interval

MIN_PROBABILITY = float(np.finfo(np.float64).eps)  # scikit-learn clips log loss here
MOST_LOG_LOSS = Interval(0.0, -math.log(MIN_PROBABILITY))


def correct(joint: Joint, side: Side) -> tuple[Bools, Bools]:
    """Which rows are predicted right, of all."""
    assert side.predicted is not None
    return joint.truth == side.predicted, np.ones(joint.n, np.bool_)


def _found(joint: Joint, side: Side) -> tuple[Bools, Bools]:
    assert side.predicted is not None
    return side.predicted, joint.truth


def _log_loss(joint: Joint, side: Side) -> Floats:
    of_label = np.where(joint.truth, score_of(side), 1 - score_of(side))
    return np.asarray(-np.log(np.maximum(of_label, MIN_PROBABILITY)))


def _squares(joint: Joint, side: Side) -> Floats:
    return np.asarray((score_of(side) - joint.truth) ** 2)


METRICS = (
    Metric("accuracy", "up", "class", 0.01, {"binary": Proportion(correct), "multiclass": Proportion(correct)}),
    Metric("precision", "up", "class", 0.01, {"binary": Counts("precision")}),
    Metric("recall", "up", "class", 0.01, {"binary": Proportion(_found, "no row has the positive label")}),
    Metric("f1", "up", "class", 0.01, {"binary": Counts("f1")}),
    Metric("auc", "up", "score", 0.005, {"binary": Area()}),
    Metric(
        "log-loss", "down", "probability", "1%",
        {"binary": Mean(_log_loss, MOST_LOG_LOSS), "multiclass": Mean(class_log_loss, MOST_LOG_LOSS)},
    ),
    Metric(
        "brier", "down", "probability", "1%",
        {"binary": Mean(_squares, Interval(0.0, 1.0)), "multiclass": Mean(class_squares, Interval(0.0, 2.0))},
    ),
    *(Metric(id_, "up", "class", 0.01, {"binary": table, "multiclass": table}) for id_, table in BY_TABLE.items()),
)  # fmt: skip
