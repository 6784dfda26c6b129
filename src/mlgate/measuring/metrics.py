"""The metrics: what each is, which way is better, what it needs, and what measuring or comparing one gives."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from mlgate.measuring.joint import Bools, Floats, Joint, Side
from mlgate.statistics.interval import Interval

LEVEL = 0.95
MIN_PROBABILITY = float(np.finfo(np.float64).eps)  # scikit-learn clips log loss here
LOSSES = ("log-loss", "brier")  # means of a loss of each row


@dataclass(frozen=True)
class Metric:
    """A metric by its id: which way is better, what it needs of a model, and the margin where none is given."""

    id: str
    title: str
    better: Literal["up", "down"]
    needs: Literal["class", "score", "probability"]
    margin: float | str


METRICS = {
    metric.id: metric
    for metric in (
        Metric("accuracy", "Accuracy", "up", "class", 0.01),
        Metric("precision", "Precision", "up", "class", 0.01),
        Metric("recall", "Recall", "up", "class", 0.01),
        Metric("f1", "F1", "up", "class", 0.01),
        Metric("auc", "AUC", "up", "score", 0.005),
        Metric("log-loss", "Log loss", "down", "probability", "1%"),
        Metric("brier", "Brier score", "down", "probability", "1%"),
    )
}
MetricName = Literal["accuracy", "precision", "recall", "f1", "auc", "log-loss", "brier"]
Margin = (
    Annotated[float, Meta(gt=0)]
    | Annotated[
        str,
        Meta(
            pattern=r"^(?=.*[1-9])[0-9]+(\.[0-9]+)? ?%$", description="a number above 0, or a share above 0 such as 1%"
        ),
    ]
)


@dataclass(frozen=True)
class Measured:
    """A metric of one model with its 95 % interval; no interval where the method cannot give one."""

    value: float
    interval: Interval | None
    method: str


@dataclass(frozen=True)
class Compared:
    """A metric of two models on the same rows; `value` is candidate − baseline, signed so that positive is better.

    `margin` is the margin as a number; where it is a share of the baseline's value, the lower end of the interval is
    such that it lies above −margin exactly when candidate − (1 ∓ share) · baseline is proven to be on the good side.
    """

    candidate: float
    baseline: float
    value: float
    se: float
    interval: Interval | None
    p_worse: float | None
    margin: float
    method: str


class NotMeasurable(Exception):
    """The metric cannot be had from these predictions; the text says why and what would help."""


def is_measurable(metric: str, side: Side) -> bool:
    """Whether the predictions have what the metric needs, whatever the rows."""
    needs = METRICS[metric].needs
    if needs == "class":
        return side.positive is not None
    return side.score is not None and (needs == "score" or side.is_probability)


def require(metric: str, side: Side, joint: Joint) -> None:
    """Raises `NotMeasurable` where the predictions lack what the metric needs, or the rows a class."""
    if not is_measurable(metric, side):
        lacks = {
            "class": "predicted classes (y_pred), or scores in [0, 1] for the threshold",
            "score": "scores",
            "probability": "scores in [0, 1]",
        }[METRICS[metric].needs]
        raise NotMeasurable(f"{metric} needs {lacks}")
    if joint.n == 0:
        raise NotMeasurable("there are no rows")
    if metric in ("auc", "recall", "f1") and not joint.truth.any():
        raise NotMeasurable("no row has the positive label")
    if metric == "auc" and joint.truth.all():
        raise NotMeasurable("no row has the negative label")
    if metric == "precision" and not positive_of(side).any():
        raise NotMeasurable("no row is predicted positive")


def losses(metric: str, truth: Bools, score: Floats) -> Floats:
    """Each row's log loss (natural logarithm) or squared error, shape (n,)."""
    if metric == "brier":
        return np.asarray((score - truth) ** 2)
    of_label = np.where(truth, score, 1 - score)
    return np.asarray(-np.log(np.maximum(of_label, MIN_PROBABILITY)))


def support(metric: str) -> Interval:
    """The range of the metric, and of one row's loss."""
    return Interval(0.0, -math.log(MIN_PROBABILITY) if metric == "log-loss" else 1.0)


def score_of(side: Side) -> Floats:
    """The scores, where `require` has found them, shape (n,)."""
    assert side.score is not None
    return side.score


def positive_of(side: Side) -> NDArray[np.bool_]:
    """The predicted classes, where `require` has found them, shape (n,)."""
    assert side.positive is not None
    return side.positive
