"""Metrics of weighted or clustered rows: values, intervals and comparisons by each row's influence."""

import numpy as np

from mlgate.measuring.joint import Floats, Joint, Side
from mlgate.measuring.metrics import LEVEL, LOSSES, METRICS, Compared, Measured, losses, positive_of, score_of, support
from mlgate.statistics import influence
from mlgate.statistics.interval import Interval
from mlgate.statistics.means import normal_interval, p_below_zero
from mlgate.verdict import IDENTICAL


def measure_weighted(metric: str, joint: Joint, side: Side) -> Measured:
    """The metric of one side, every row with its weight; rows of one cluster count as one draw."""
    weight = _weight(joint)
    found = _estimate(metric, joint, side)
    if _has_a_single_row_of_a_class(metric, joint):
        return Measured(found.value, None, _method(joint))
    se = influence.standard_error(found.influence, weight, joint.cluster)
    rows = influence.effective_rows(weight, joint.cluster)
    return Measured(found.value, normal_interval(found.value, se, rows, LEVEL, support(metric)), _method(joint))


def compare_weighted(metric: str, joint: Joint, baseline: Side, absolute: float, relative: float) -> Compared:
    """The metric of both sides, paired row by row; `absolute` or `relative` is the margin, the other 0."""
    weight = _weight(joint)
    ours, theirs = (_estimate(metric, joint, side) for side in (joint.candidate, baseline))
    sign = 1.0 if METRICS[metric].better == "up" else -1.0
    value = sign * (ours.value - theirs.value)
    margin = absolute or relative * abs(theirs.value)
    if _has_a_single_row_of_a_class(metric, joint):
        return Compared(ours.value, theirs.value, value, 0.0, None, None, margin, _method(joint))
    if metric == "auc" and value == 0 and np.array_equal(ours.influence, theirs.influence):
        return Compared(ours.value, theirs.value, value, 0.0, None, None, margin, IDENTICAL)  # the same ranks
    rows = influence.effective_rows(weight, joint.cluster)
    se = influence.standard_error(ours.influence - theirs.influence, weight, joint.cluster)
    reach = Interval(-support(metric).high, support(metric).high)
    interval = normal_interval(value, se, rows, LEVEL, reach)
    if relative:
        scale = 1 - sign * relative
        contrast = influence.standard_error(ours.influence - scale * theirs.influence, weight, joint.cluster)
        interval = Interval(normal_interval(value, contrast, rows, LEVEL, reach).low, interval.high)
    p = p_below_zero(value, se, rows, reach)
    return Compared(ours.value, theirs.value, value, se, interval, p, margin, _method(joint))


def contrast_errors(metric: str, joint: Joint, scale: float) -> tuple[float, float]:
    """The standard errors of candidate − baseline and of candidate − scale · baseline, both by influence functions."""
    baseline = joint.paired()
    assert baseline is not None
    weight = _weight(joint)
    ours, theirs = (_estimate(metric, joint, side).influence for side in (joint.candidate, baseline))
    change, contrast = (
        influence.standard_error(ours - factor * theirs, weight, joint.cluster) for factor in (1.0, scale)
    )
    return change, contrast


def _estimate(metric: str, joint: Joint, side: Side) -> influence.Estimate:
    weight, truth, one = _weight(joint), joint.truth.astype(np.float64), np.ones(joint.n)
    if metric == "auc":
        return influence.area(joint.truth, score_of(side), weight)
    if metric in LOSSES:
        return influence.ratio(losses(metric, joint.truth, score_of(side)), one, weight)
    positive = positive_of(side).astype(np.float64)
    numerator, denominator = {
        "accuracy": ((positive == truth).astype(np.float64), one),
        "precision": (truth * positive, positive),
        "recall": (truth * positive, truth),
        "f1": (2 * truth * positive, truth + positive),
    }[metric]
    return influence.ratio(numerator, denominator, weight)


def _has_a_single_row_of_a_class(metric: str, joint: Joint) -> bool:
    """Whether an area has no variance to speak of: one row says nothing of the scatter of its class."""
    positives = int(joint.truth.sum())
    return metric == "auc" and min(positives, joint.n - positives) == 1


def _weight(joint: Joint) -> Floats:
    return np.ones(joint.n) if joint.weight is None else joint.weight


def _method(joint: Joint) -> str:
    how = " and ".join(w for w, used in (("weighted", joint.weight), ("clustered", joint.cluster)) if used is not None)
    return f"influence function, {how}"
