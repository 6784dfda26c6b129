"""The metrics: what each is, which way is better, and how it is measured and compared."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from mlgate.joint import Joint, Side
from mlgate.statistics import influence as weighted
from mlgate.statistics.auc import auc, auc_interval, delong
from mlgate.statistics.count_metrics import count_metric_interval, paired_count_metric
from mlgate.statistics.interval import Interval
from mlgate.statistics.means import PairedSums, difference_of_means, mean_interval, relative_margin
from mlgate.statistics.paired_proportions import tango, tango_p_worse

Floats = NDArray[np.float64]
LEVEL = 0.95
MIN_PROBABILITY = float(np.finfo(np.float64).eps)  # scikit-learn clips log loss here


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
    | Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)? ?%$", description="a number above 0, or a share such as 1%")]
)


@dataclass(frozen=True)
class Measured:
    """A metric of one model on n rows with its 95 % interval."""

    value: float
    interval: Interval | None
    method: str


@dataclass(frozen=True)
class Compared:
    """A metric of two models on the same rows; `value` is candidate − baseline, signed so that positive is better."""

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
    """Whether the predictions have what the metric needs."""
    needs = METRICS[metric].needs
    if needs == "class":
        return side.positive is not None
    return side.score is not None and (needs == "score" or side.is_probability)


def measure(metric: str, joint: Joint, side: Side) -> Measured:
    """The metric of one side with its interval: Wilson, Newcombe 2006, the multinomial bootstrap or the mean's own.

    Raises `NotMeasurable` where predictions lack what it needs or the rows lack a class.
    """
    _require(metric, side, joint)
    if not joint.is_simple:
        return _measure_weighted(metric, joint, side)
    if metric == "auc":
        value = auc(joint.truth, _score(side))
        positives = int(joint.truth.sum())
        return Measured(value, auc_interval(value, positives, joint.n - positives, LEVEL), "Newcombe 2006 method 5")
    if metric in ("log-loss", "brier"):
        loss = losses(metric, joint.truth, _score(side))
        total, squares = float(loss.sum()), float(loss @ loss)
        interval = mean_interval(total, squares, joint.n, LEVEL, _support(metric))
        return Measured(total / joint.n, interval, "normal, from sums")
    return _measure_count(metric, joint.truth, _positive(side))


def compare(metric: str, joint: Joint, margin: float | str) -> Compared:
    """The metric of both sides on the same rows, paired; a margin such as "1%" is relative to the baseline.

    Raises `NotMeasurable` as `measure` does, and if there is no baseline.
    """
    baseline = joint.paired()
    if baseline is None:
        raise NotMeasurable("there is no baseline")
    _require(metric, joint.candidate, joint)
    _require(metric, baseline, joint)
    absolute, relative = _split(margin)
    if not joint.is_simple:
        return _compare_weighted(metric, joint, baseline, absolute, relative)
    if metric == "auc":
        paired = delong(joint.truth, _score(joint.candidate), _score(baseline), LEVEL)
        interval, p = paired.interval, paired.p_worse
        result = Compared(
            paired.candidate, paired.baseline, paired.difference, paired.se, interval, p, absolute, "DeLong, paired"
        )
    elif metric in ("log-loss", "brier"):
        return _compare_loss(metric, joint, baseline, absolute, relative)
    elif metric == "accuracy":
        result = _compare_accuracy(joint, baseline, absolute)
    else:
        found = paired_count_metric(joint.cells(), metric)
        result = Compared(
            found.candidate, found.baseline, found.difference, found.se, found.interval, found.p_worse, absolute,
            "multinomial bootstrap, paired",
        )  # fmt: skip
    return _with_relative(result, relative)


def losses(metric: str, truth: NDArray[np.bool_], score: Floats) -> Floats:
    """Each row's log loss (natural logarithm) or squared error, shape (n,)."""
    if metric == "brier":
        return np.asarray((score - truth) ** 2)
    of_label = np.where(truth, score, 1 - score)
    return np.asarray(-np.log(np.maximum(of_label, MIN_PROBABILITY)))


def _compare_accuracy(joint: Joint, baseline: Side, margin: float) -> Compared:
    right, was_right = _positive(joint.candidate) == joint.truth, _positive(baseline) == joint.truth
    gained, lost = int((right & ~was_right).sum()), int((was_right & ~right).sum())
    n = joint.n
    difference = (gained - lost) / n
    se = math.sqrt(max((gained + lost) / n - difference**2, 0.0) / n)
    return Compared(
        float(right.mean()), float(was_right.mean()), difference, se, tango(gained, lost, n, LEVEL),
        tango_p_worse(gained, lost, n), margin, "Tango score, paired",
    )  # fmt: skip


def _compare_loss(metric: str, joint: Joint, baseline: Side, absolute: float, relative: float) -> Compared:
    ours = losses(metric, joint.truth, _score(joint.candidate))
    theirs = losses(metric, joint.truth, _score(baseline))
    gain = theirs - ours
    n, support = joint.n, _support(metric)
    change = Interval(-support.high, support.high)
    found = difference_of_means(float(gain.sum()), float(gain @ gain), n, LEVEL, change)
    result = Compared(
        float(ours.mean()), float(theirs.mean()), found.value, found.se, found.interval, found.p_worse, absolute,
        "mean difference, paired",
    )  # fmt: skip
    if not relative:
        return result
    sums = PairedSums(
        n, float(ours.sum()), float(theirs.sum()), float(ours @ ours), float(theirs @ theirs), float(ours @ theirs)
    )
    contrast = relative_margin(sums, relative, LEVEL)
    margin = relative * result.baseline
    return _replace(result, Interval(-contrast.interval.high - margin, found.interval.high), margin)


def _with_relative(result: Compared, relative: float) -> Compared:
    return _replace(result, result.interval, relative * abs(result.baseline)) if relative else result


def _replace(result: Compared, interval: Interval | None, margin: float) -> Compared:
    return Compared(
        result.candidate, result.baseline, result.value, result.se, interval, result.p_worse, margin, result.method
    )


def _measure_count(metric: str, truth: NDArray[np.bool_], positive: NDArray[np.bool_]) -> Measured:
    tp, fp = int((truth & positive).sum()), int((~truth & positive).sum())
    fn, tn = int((truth & ~positive).sum()), int((~truth & ~positive).sum())
    value = {
        "accuracy": lambda: (tp + tn) / (tp + fp + fn + tn),
        "precision": lambda: tp / (tp + fp),
        "recall": lambda: tp / (tp + fn),
        "f1": lambda: 2 * tp / (2 * tp + fp + fn),
    }[metric]()
    how = "multinomial bootstrap" if metric == "f1" else "Wilson"
    return Measured(value, count_metric_interval(metric, tp, fp, fn, tn, LEVEL), how)


# --- weighted or clustered rows -----------------------------------------------------------------------------


def _measure_weighted(metric: str, joint: Joint, side: Side) -> Measured:
    weight = _weight(joint)
    found = _estimate(metric, joint, side, weight)
    se = weighted.standard_error(found.influence, weight, joint.cluster)
    interval = weighted.interval(found.value, se, weighted.effective_rows(weight, joint.cluster), LEVEL)
    return Measured(found.value, interval, _weighted_method(joint))


def _compare_weighted(metric: str, joint: Joint, baseline: Side, absolute: float, relative: float) -> Compared:
    weight = _weight(joint)
    ours, theirs = (_estimate(metric, joint, side, weight) for side in (joint.candidate, baseline))
    sign = 1.0 if METRICS[metric].better == "up" else -1.0
    value = sign * (ours.value - theirs.value)
    rows = weighted.effective_rows(weight, joint.cluster)
    se = weighted.standard_error(ours.influence - theirs.influence, weight, joint.cluster)
    interval = weighted.interval(value, se, rows, LEVEL)
    margin = absolute or relative * abs(theirs.value)
    if relative:
        scale = 1 - sign * relative
        contrast = weighted.standard_error(ours.influence - scale * theirs.influence, weight, joint.cluster)
        interval = Interval(weighted.interval(value, contrast, rows, LEVEL).low, interval.high)
    p = weighted.p_worse(value, se)
    return Compared(ours.value, theirs.value, value, se, interval, p, margin, _weighted_method(joint))


def _estimate(metric: str, joint: Joint, side: Side, weight: Floats) -> weighted.Estimate:
    truth = joint.truth.astype(np.float64)
    one = np.ones(joint.n)
    if metric == "auc":
        return weighted.area(joint.truth, _score(side), weight)
    if metric in ("log-loss", "brier"):
        return weighted.ratio(losses(metric, joint.truth, _score(side)), one, weight)
    positive = _positive(side).astype(np.float64)
    numerator, denominator = {
        "accuracy": ((positive == truth).astype(np.float64), one),
        "precision": (truth * positive, positive),
        "recall": (truth * positive, truth),
        "f1": (2 * truth * positive, truth + positive),
    }[metric]
    return weighted.ratio(numerator, denominator, weight)


def _weight(joint: Joint) -> Floats:
    return np.ones(joint.n) if joint.weight is None else joint.weight


def _weighted_method(joint: Joint) -> str:
    how = " and ".join(w for w, used in (("weighted", joint.weight), ("clustered", joint.cluster)) if used is not None)
    return f"influence function, {how}"


# --- small things -------------------------------------------------------------------------------------------


def _split(margin: float | str) -> tuple[float, float]:
    """The margin as (absolute, relative), one of them 0."""
    if isinstance(margin, str):
        return 0.0, float(margin.rstrip("% ")) / 100
    return float(margin), 0.0


def _support(metric: str) -> Interval:
    return Interval(0.0, 1.0 if metric == "brier" else -math.log(MIN_PROBABILITY))


def _require(metric: str, side: Side, joint: Joint) -> None:
    needs = METRICS[metric].needs
    if not is_measurable(metric, side):
        lacks = {
            "class": "predicted classes (y_pred), or scores in [0, 1] for the threshold",
            "score": "scores",
            "probability": "scores in [0, 1]",
        }[needs]
        raise NotMeasurable(f"{metric} needs {lacks}")
    if joint.n == 0:
        raise NotMeasurable("there are no rows")
    if metric in ("auc", "recall", "f1") and not joint.truth.any():
        raise NotMeasurable("no row has the positive label")
    if metric == "auc" and joint.truth.all():
        raise NotMeasurable("no row has the negative label")
    if metric == "precision" and not _positive(side).any():
        raise NotMeasurable("no row is predicted positive")


def _score(side: Side) -> Floats:
    if side.score is None:
        raise NotMeasurable("scores are needed")
    return side.score


def _positive(side: Side) -> NDArray[np.bool_]:
    if side.positive is None:
        raise NotMeasurable("predicted classes are needed")
    return side.positive
