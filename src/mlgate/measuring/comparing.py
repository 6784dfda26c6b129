"""Measuring a metric of one model, and comparing it between two models on the same rows."""

import math
from dataclasses import replace

from mlgate.measuring.joint import Joint, Side
from mlgate.measuring.metrics import (
    LEVEL,
    LOSSES,
    Compared,
    Measured,
    NotMeasurable,
    losses,
    positive_of,
    require,
    score_of,
    support,
)
from mlgate.measuring.weighted import compare_weighted, contrast_errors, measure_weighted
from mlgate.statistics.auc import auc, auc_interval, delong
from mlgate.statistics.count_metrics import confusion_metric, count_metric_interval, paired_count_metric
from mlgate.statistics.interval import Interval, two_sided_z
from mlgate.statistics.means import PairedSums, difference_of_means, mean_interval, relative_margin
from mlgate.verdict import IDENTICAL

_LEAST_MARGIN = 1e-12  # a share of a baseline's 0 is no margin; this is one that only what is no worse can keep


def measure(metric: str, joint: Joint, side: Side) -> Measured:
    """The metric of one side with its interval: Wilson's, Newcombe's of 2006, or the mean's own.

    Weighted or clustered rows have their influence functions' interval.
    Raises `NotMeasurable` where predictions lack what it needs or the rows lack a class.
    """
    joint, side = joint.counted(), side.where(joint.has_weight())
    require(metric, side, joint)
    if not joint.is_simple:
        return measure_weighted(metric, joint, side)
    if metric == "auc":
        value = auc(joint.truth, score_of(side))
        positives = int(joint.truth.sum())
        return Measured(value, auc_interval(value, positives, joint.n - positives, LEVEL), "Newcombe 2006, method 5")
    if metric in LOSSES:
        loss = losses(metric, joint.truth, score_of(side))
        total, squares = float(loss.sum()), float(loss @ loss)
        interval = mean_interval(total, squares, joint.n, LEVEL, support(metric))
        return Measured(total / joint.n, interval, "normal, from sums")
    return _measure_count(metric, joint, side)


def compare(metric: str, joint: Joint, margin: float | str) -> Compared:
    """The metric of both sides on the same rows, paired; a margin such as "1%" is relative to the baseline.

    Raises `NotMeasurable` as `measure` does, and if there is no baseline.
    """
    joint = joint.counted()
    baseline = joint.paired()
    if baseline is None:
        raise NotMeasurable("there is no baseline")
    require(metric, joint.candidate, joint)
    require(metric, baseline, joint)
    absolute, relative = _split(margin)
    if not joint.is_simple:
        found = compare_weighted(metric, joint, baseline, absolute, relative)
    elif metric in LOSSES:
        found = _compare_loss(metric, joint, baseline, absolute, relative)
    else:
        paired = _compare_auc(joint, baseline) if metric == "auc" else _compare_count(metric, joint)
        found = _with_relative(paired, metric, joint, relative) if relative else replace(paired, margin=absolute)
    return replace(found, margin=max(found.margin, _LEAST_MARGIN))


def _measure_count(metric: str, joint: Joint, side: Side) -> Measured:
    truth, positive = joint.truth, positive_of(side)
    tp, fp = int((truth & positive).sum()), int((~truth & positive).sum())
    fn, tn = int((truth & ~positive).sum()), int((~truth & ~positive).sum())
    value = float(confusion_metric(metric, tp, fp, fn, tn))
    interval = count_metric_interval(metric, tp, fp, fn, tn, LEVEL)
    return Measured(value, interval, "Wilson, by Jaccard" if metric == "f1" else "Wilson")


def _compare_auc(joint: Joint, baseline: Side) -> Compared:
    found = delong(joint.truth, score_of(joint.candidate), score_of(baseline), LEVEL)
    # No variance and no difference: every row has the same placement, as after a monotone recalibration.
    how = IDENTICAL if found.se == 0 and found.difference == 0 else "DeLong, paired"
    return Compared(
        found.candidate, found.baseline, found.difference, found.se, found.interval, found.p_worse, 0.0, how
    )


def _compare_count(metric: str, joint: Joint) -> Compared:
    found = paired_count_metric(joint.cells(), metric, LEVEL)
    how = "delta method, paired" if metric in ("precision", "f1") else "Tango score, paired"
    return Compared(
        found.candidate, found.baseline, found.difference, found.se, found.interval, found.p_worse, 0.0, how
    )


def _compare_loss(metric: str, joint: Joint, baseline: Side, absolute: float, relative: float) -> Compared:
    ours = losses(metric, joint.truth, score_of(joint.candidate))
    theirs = losses(metric, joint.truth, score_of(baseline))
    gain, n, most = theirs - ours, joint.n, support(metric).high
    found = difference_of_means(float(gain.sum()), float(gain @ gain), n, LEVEL, Interval(-most, most))
    result = Compared(
        float(ours.mean()), float(theirs.mean()), found.value, found.se, found.interval, found.p_worse, absolute,
        "mean difference, paired",
    )  # fmt: skip
    if not relative:
        return result
    sums = PairedSums(
        n, float(ours.sum()), float(theirs.sum()), float(ours @ ours), float(theirs @ theirs), float(ours @ theirs)
    )
    contrast = relative_margin(sums, relative, LEVEL, Interval(-math.inf, most))
    low = -contrast.interval.high - contrast.margin
    return replace(result, interval=Interval(low, found.interval.high), margin=contrast.margin)


def _with_relative(found: Compared, metric: str, joint: Joint, relative: float) -> Compared:
    """The margin as a share of the baseline's value, whose own error widens the lower end that is held against it."""
    margin = relative * abs(found.baseline)
    if found.interval is None:
        return replace(found, margin=margin)
    if joint.n == 1:
        low = -support(metric).high  # one row shows no scatter
    else:
        of_change, of_contrast = contrast_errors(metric, joint, 1 - relative)
        z = two_sided_z(LEVEL)
        half = (found.value - found.interval.low) ** 2 + z * z * (of_contrast**2 - of_change**2)
        low = found.value - math.sqrt(max(half, 0.0))
    return replace(found, interval=Interval(low, found.interval.high), margin=margin)


def _split(margin: float | str) -> tuple[float, float]:
    """The margin as (absolute, relative), one of them 0."""
    if isinstance(margin, str):
        return 0.0, float(margin.rstrip("% ")) / 100
    return float(margin), 0.0
