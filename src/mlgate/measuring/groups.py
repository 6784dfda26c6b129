"""What both models do in each group: a rate or a mean, its error, and how the two models' errors go together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlgate.measuring.by_influence import weight_of
from mlgate.measuring.cells import effective_cells
from mlgate.measuring.joint import Bools, Floats, Joint, Side, Task
from mlgate.measuring.metric import NotMeasurable
from mlgate.measuring.numeric import error
from mlgate.statistics import influence
from mlgate.statistics.gap_growth import PairedGroups, rates_of
from mlgate.statistics.influence import effective_rows

GroupMetric = Literal[
    "selection-rate", "tpr", "fpr", "fnr", "ppv", "accuracy", "mean-error", "mean-score", "calibration"
]
RATES = ("selection-rate", "tpr", "fpr", "fnr", "ppv", "accuracy")  # shares of rows, of which there are ratios
_TASKS: dict[GroupMetric, tuple[Task, ...]] = {
    "accuracy": ("binary", "multiclass"), "mean-error": ("regression",), "mean-score": ("score",),
}  # fmt: skip
_COUNTED = {"tpr": "positive rows", "fpr": "negative rows", "fnr": "positive rows", "ppv": "rows predicted positive"}


@dataclass(frozen=True)
class Groups:
    """One metric in the groups of a column: how many rows it counts in each (groups,), and both models' values."""

    labels: tuple[str, ...]
    rows: Floats  # effective ones; of the model with fewer, where the models decide which count
    paired: PairedGroups
    cells: Floats | None = None  # (groups, 2, 2) by baseline and candidate, of a share of rows that the labels fix

    def of(self, chosen: np.ndarray) -> "Groups":
        """The groups of these indexes."""
        parts = {name: value[chosen] for name, value in vars(self.paired).items()}
        labels = tuple(self.labels[at] for at in chosen.tolist())
        cells = None if self.cells is None else self.cells[chosen]
        return Groups(labels, self.rows[chosen], PairedGroups(**parts), cells)


def counted_rows(metric: GroupMetric) -> str:
    """The rows that the metric counts, in words."""
    return _COUNTED.get(metric, "rows")


def in_groups(metric: GroupMetric, joint: Joint, column: str) -> Groups:
    """The metric in each group of the column; without a baseline the candidate stands for both.

    Raises `NotMeasurable` where the task or the predictions do not have it.
    """
    _require(metric, joint)
    joint = joint if joint.paired() is not None else replace(joint, baseline=joint.candidate)
    if metric in ("ppv", "mean-error", "mean-score", "calibration"):
        return _by_ratio(metric, joint, column)
    cells = _of_cube(metric, joint.cells_by(column)) if _is_plain(joint) else _of_rows(metric, joint, column)
    rows = cells.sum(axis=(1, 2))
    with_rows = np.where((rows > 0)[:, None, None], cells, 1.0)  # a group without rows is left out by its caller
    return Groups(joint.columns[column].labels, rows, rates_of(with_rows), cells)


def _require(metric: GroupMetric, joint: Joint) -> None:
    tasks = _TASKS.get(metric, ("binary",))
    if joint.task not in tasks:
        raise NotMeasurable(f"{metric} is no metric of groups for the task {joint.task}")
    for side in (joint.candidate, joint.paired()):
        if side is None:
            continue
        if metric == "calibration" and (side.score is None or not side.is_probability):
            raise NotMeasurable("calibration needs scores in [0, 1]")
        if metric not in ("calibration", "mean-score") and side.predicted is None:
            raise NotMeasurable("fairness needs predicted classes, or scores in [0, 1]")


def _is_plain(joint: Joint) -> bool:
    return joint.is_simple and joint.task == "binary"


def _of_cube(metric: GroupMetric, cube: NDArray[np.int64]) -> Floats:
    """Counts by (group, baseline succeeds, candidate succeeds) from the joint counts (groups, 2, 2, 2) of a column."""
    negative, positive = cube[:, 0], cube[:, 1]  # each by what both models predict
    found = {
        "selection-rate": negative + positive,
        "tpr": positive,
        "fpr": negative,
        "fnr": positive[:, ::-1, ::-1],
        "accuracy": positive + negative[:, ::-1, ::-1],
    }
    return np.asarray(found[metric], np.float64)


def _of_rows(metric: GroupMetric, joint: Joint, column: str) -> Floats:
    """The same of weighted or clustered rows, or of several classes."""
    counted, success = _shares(metric, joint)
    baseline = joint.paired()
    assert baseline is not None
    unlabelled = np.zeros(joint.n, np.bool_)  # what counts is said by `counted`
    told = replace(joint, truth=unlabelled, candidate=success(joint.candidate), baseline=success(baseline))
    return effective_cells(told, column, counted)


def _shares(metric: GroupMetric, joint: Joint) -> tuple[Bools, Callable[[Side], Side]]:
    """The rows that count, and what of a model's predictions is a success."""
    every = np.ones(joint.n, np.bool_)
    if metric == "accuracy":
        return every, lambda side: replace(side, predicted=side.predicted == joint.truth)
    if metric == "fnr":
        return joint.truth, lambda side: replace(side, predicted=~_positive(side))
    counted = {"selection-rate": every, "tpr": joint.truth, "fpr": ~joint.truth.astype(bool)}[metric]
    return counted, lambda side: side


def _positive(side: Side) -> Bools:
    assert side.predicted is not None
    return np.asarray(side.predicted, np.bool_)


def _parts(metric: GroupMetric, joint: Joint, side: Side) -> tuple[Floats, Floats]:
    """Numerator and denominator of each row, shape (n,)."""
    if metric == "ppv":
        return (joint.truth & _positive(side)).astype(float), _positive(side).astype(float)
    if metric == "mean-error":
        return error(joint, side), np.ones(joint.n)
    assert side.score is not None
    return side.score - (0 if metric == "mean-score" else joint.truth), np.ones(joint.n)


def _by_ratio(metric: GroupMetric, joint: Joint, column: str) -> Groups:
    """Ratios of sums by their influence, group by group; a share of 0 or 1 has the variance of one row more."""
    groups = joint.columns[column]
    found, rows = np.zeros((7, len(groups.labels))), np.zeros(len(groups.labels))
    for at, (_, part) in enumerate(joint.parts(column)):
        ours, theirs = part.candidate, part.paired()
        assert theirs is not None
        if part.n:
            found[:, at], rows[at] = _one_group(metric, part, ours, theirs)
    return Groups(groups.labels, rows, PairedGroups(*found))


def _one_group(metric: GroupMetric, part: Joint, ours: Side, theirs: Side) -> tuple[list[float], float]:
    weight = weight_of(part)
    estimates, counts = [], []
    for side in (ours, theirs):
        numerator, denominator = _parts(metric, part, side)
        estimates.append(influence.ratio(numerator, denominator, weight))
        of_denominator = weight * denominator
        counts.append(effective_rows(of_denominator, part.cluster) if of_denominator.any() else 0.0)
    n = min(counts)
    if n == 0:
        return [0.0] * 7, 0.0
    (mine, other) = estimates
    errors = [_variance(e.influence, weight, part) for e in (mine, other)]
    change = _variance(mine.influence - other.influence, weight, part)
    change = max(change, (errors[0] + errors[1]) / 2 / n)  # one row on which the models differ, though none is seen
    shrunk = [e.value for e in estimates]
    if metric == "ppv":  # Agresti and Caffo: a success and a failure more
        shrunk = [(e.value * rows + 1) / (rows + 2) for e, rows in zip(estimates, counts, strict=True)]
        floor = [s * (1 - s) / (rows + 2) for s, rows in zip(shrunk, counts, strict=True)]
        errors = [max(e, f) for e, f in zip(errors, floor, strict=True)]
        change = max(change, 2 / (n + 2) ** 2)
    covariance = (errors[0] + errors[1] - change) / 2
    return [mine.value, other.value, *shrunk, *errors, covariance], n


def _variance(rows: Floats, weight: Floats, part: Joint) -> float:
    found = influence.standard_error(rows, weight, part.cluster) ** 2
    return found if np.isfinite(found) else 1e6  # a single row or cluster shows no scatter
