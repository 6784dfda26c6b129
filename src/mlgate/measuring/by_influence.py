"""Metrics by each row's influence: weighted or clustered rows, and metrics without a method of their own."""

import numpy as np

from mlgate.measuring.joint import Floats, Joint, Side
from mlgate.measuring.metric import LEVEL, Change, Compared, Measured, Method
from mlgate.statistics import influence
from mlgate.statistics.interval import Interval
from mlgate.statistics.means import mean_around, p_below_zero
from mlgate.verdict import IDENTICAL

LEAST_OF_A_CLASS = 30  # rows of each of two classes, for the change of an area; see docs/coverage.md


def measure_by_influence(method: Method, joint: Joint, side: Side) -> Measured:
    """The metric of one side, every row with its weight; rows of one cluster count as one draw."""
    weight = weight_of(joint)
    found = method.estimate(joint, side, weight)
    if _is_few(joint, found, 2):
        return Measured(found.value, None, how(joint))
    se = influence.standard_error(found.influence, weight, joint.cluster)
    rows = influence.effective_rows(weight, joint.cluster)
    skewness = influence.skewness(found.influence, weight, joint.cluster)
    interval = mean_around(found.value, se, rows, LEVEL, method.reach, skewness)
    return Measured(found.value, interval, how(joint), _basis(se, rows, method.reach, skewness))


def compare_by_influence(method: Method, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
    """The metric of both sides, paired row by row."""
    weight = weight_of(joint)
    mine, other = (method.estimate(joint, side, weight) for side in (ours, theirs))
    value = asked.sign * (mine.value - other.value)
    margin = asked.absolute or asked.relative * abs(other.value)
    if mine.by_rank and value == 0 and np.array_equal(mine.influence, other.influence):
        return Compared(mine.value, other.value, value, 0.0, None, None, margin, IDENTICAL)  # the same ranks
    if _is_few(joint, mine, LEAST_OF_A_CLASS if joint.task == "binary" else 2):
        return Compared(mine.value, other.value, value, 0.0, None, None, margin, how(joint))
    rows = influence.effective_rows(weight, joint.cluster)
    gain = asked.sign * (mine.influence - other.influence)
    se, skewness = (of(gain, weight, joint.cluster) for of in (influence.standard_error, influence.skewness))
    width = method.reach.high - method.reach.low
    reach = Interval(-width, width)
    interval = mean_around(value, se, rows, LEVEL, reach, skewness)
    basis = _basis(se, rows, reach, skewness)
    if asked.relative:
        scale = 1 - asked.sign * asked.relative * (1 if other.value >= 0 else -1)
        against = asked.sign * (mine.influence - scale * other.influence)
        error, skew = (of(against, weight, joint.cluster) for of in (influence.standard_error, influence.skewness))
        interval = Interval(mean_around(value, error, rows, LEVEL, reach, skew).low, interval.high)
        basis |= {"contrast_se": error, "contrast_skewness": skew}
    p = p_below_zero(value, se, rows, reach, skewness)
    return Compared(mine.value, other.value, value, se, interval, p, margin, how(joint), basis)


def contrast_errors(method: Method, joint: Joint, ours: Side, theirs: Side, scale: float) -> tuple[float, float]:
    """The standard errors of candidate − baseline and of candidate − scale · baseline."""
    weight = weight_of(joint)
    mine, other = (method.estimate(joint, side, weight).influence for side in (ours, theirs))
    change, contrast = (
        influence.standard_error(mine - factor * other, weight, joint.cluster) for factor in (1.0, scale)
    )
    return change, contrast


def weight_of(joint: Joint) -> Floats:
    """Each row's weight, 1 where there are none, shape (n,)."""
    return np.ones(joint.n) if joint.weight is None else joint.weight


def how(joint: Joint) -> str:
    """The method in words."""
    words = " and ".join(
        w for w, used in (("weighted", joint.weight), ("clustered", joint.cluster)) if used is not None
    )
    return f"influence function, {words}" if words else "influence function"


def _basis(se: float, rows: float, reach: Interval, skewness: float) -> dict[str, float]:
    return {"se": se, "rows": rows, "least": reach.low, "most": reach.high, "skewness": skewness}


def _is_few(joint: Joint, found: influence.Estimate, least: int) -> bool:
    """Whether an area has no interval that holds: few rows say little of the scatter of their class."""
    if not found.by_rank:
        return False
    return bool(np.unique(joint.truth, return_counts=True)[1].min() < least)
