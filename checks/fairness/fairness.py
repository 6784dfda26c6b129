"""Fairness: the gap between groups stays within `tolerance`, and does not grow against the baseline.

For each sensitive column the gap of a metric is its largest difference between two groups, or, with `reference`,
between any group and that one.
Metrics: selection rate (the share predicted positive, "demographic parity"), true-positive rate (tpr, "equal
opportunity"; with fpr "equalized odds"), fpr, fnr, ppv, accuracy; calibration (mean score − share that is positive); of
a regression the mean error, of scored rows the mean score.
0 means that all groups are treated alike. With `ratio` the smallest ratio of two groups is judged instead, of which 1
means that, on the log scale.
Two questions: is the gap within `tolerance`? and, on the same rows, did it grow by more than `growth`? With a baseline
the second blocks and the first informs, since a change can only answer for what it changes. Without one the first
blocks.
`intersections` judges the groups of several columns together, `control` asks within each value of another column, and
`bins` cuts a column of numbers. A missing value is the group `(missing)`.
Groups with fewer than `min-rows` rows that the metric counts are listed as undecided, never passed in silence; where
they leave no two groups to compare, the gap is undecided too. A column with a single group cannot be judged at all.
Limits: which gap is fair is not a statistical question; a gap within tolerance does not make a model fair.
Vocabulary as in fairlearn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from mlgate.config import CheckParams, Column
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, finite, known, more_than, not_measurable, some, without_baseline
from mlgate.measuring.gaps import gap, growth
from mlgate.measuring.grouping import with_bins, with_crossed
from mlgate.measuring.groups import RATES, GroupMetric, Groups, counted_rows, in_groups
from mlgate.measuring.joint import Absent, Joint, MetricValues
from mlgate.measuring.metric import LEVEL, NotMeasurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question
from mlgate.statistics.gaps import rows_needed_per_group
from mlgate.statistics.power import mde, rows_needed
from mlgate.verdict import IDENTICAL

ROUNDING = 1e-9  # effective rows are sums of fractions
MOST_GROUPS = 100
CONTROLLED = " where "
Edges = Annotated[tuple[float, ...], Meta(min_length=1)]


class Params(CheckParams, frozen=True, kw_only=True):
    columns: Annotated[
        tuple[Column, ...] | None, Meta(description="sensitive columns; the table's `sensitive` if not given")
    ] = None
    metrics: Annotated[
        Annotated[tuple[GroupMetric, ...], Meta(min_length=1)] | None,
        Meta(description="what is compared between groups"),
    ] = None
    tolerance: Annotated[float, Meta(gt=0, description="largest gap allowed")] = 0.1
    growth: Annotated[float, Meta(gt=0, description="largest growth of a gap that does no harm")] = 0.05
    ratio: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None,
        Meta(description="smallest ratio of two groups allowed, judged instead of the difference"),
    ] = None
    intersections: Annotated[
        tuple[Annotated[tuple[Column, ...], Meta(min_length=2)], ...],
        Meta(description="lists of columns whose groups are judged together"),
    ] = ()
    control: Annotated[tuple[Column, ...], Meta(description="columns within each value of which gaps are judged")] = ()
    bins: Annotated[Mapping[Column, Edges], Meta(description="column of numbers → the edges that cut it")] = {}
    reference: Annotated[
        Mapping[Column, str], Meta(description="column → the group that all others are compared with")
    ] = {}
    min_rows: Annotated[int, Meta(ge=2, description="a group with fewer rows cannot tell")] = MIN_ROWS

    def __post_init__(self) -> None:
        for column, edges in self.bins.items():
            if list(edges) != sorted(set(edges)):
                raise ValueError(f"the bins of '{column}' do not rise")


@dataclass(frozen=True)
class Asked:
    """One gap that is asked for: the metric, the column, and where it is asked."""

    metric: GroupMetric
    column: str
    params: Params
    where: str = ""  # " where income=low"

    @property
    def name(self) -> str:
        """The column, and where."""
        return self.column + self.where

    @property
    def is_ratio(self) -> bool:
        """Whether the ratio is judged, and not the difference."""
        return self.params.ratio is not None

    @property
    def what(self) -> str:
        """The metric's gap or ratio."""
        return f"{self.metric} {'ratio' if self.is_ratio else 'gap'}"

    def fields(self, place: str) -> dict[str, Any]:
        """What every finding on it says."""
        return {"subject": f"{self.name}: {self.what}", "metric": self.metric, "location": at(place)}


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield _question(params, facts)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    columns = _columns(params, answers.facts)
    rows = answers[_question(params, answers.facts)]
    if isinstance(rows, MetricValues):
        yield not_measurable("fairness needs predictions, not a metrics file", subject="fairness")
    elif not columns and not params.intersections:
        yield not_measurable("no columns: name some under the table's 'sensitive' or here", subject="fairness")
    else:
        yield from _judged(
            with_crossed(with_bins(rows, dict(params.bins)), params.intersections), columns, params, answers
        )


def _judged(rows: Joint, columns: tuple[str, ...], params: Params, answers: Answers) -> Iterable[Finding]:
    usual: dict[str, tuple[GroupMetric, ...]] = {
        "multiclass": ("accuracy",), "regression": ("mean-error",), "score": ("mean-score",),
    }  # fmt: skip
    metrics = params.metrics or usual.get(rows.task, ("selection-rate", "tpr", "fpr"))
    if why := _unpredicted(rows.candidate, metrics):
        yield not_measurable(f"fairness needs {why}", subject="fairness")
        return
    baseline = rows.paired()
    if baseline is None:
        yield without_baseline(answers.baseline, subject="gap growth")
    elif why := _unpredicted(baseline, metrics):
        message = f"the baseline has no {why.replace(', or', ', nor')}"
        yield not_measurable(message, subject="gap growth")
        rows = replace(rows, baseline=Absent("baseline-crashed", message))
    for column in (*columns, *(" & ".join(names) for names in params.intersections)):
        if column not in rows.columns:
            message = f"the rows have no column '{column}'"
            yield Finding(subject=column, status="error", message=message, location=at("columns"))
            continue
        for metric in metrics:
            yield from _gap(Asked(metric, column, params), rows)
            for name, part in _controlled(rows, params):
                yield from _gap(Asked(metric, column, params, name), part)


def _unpredicted(side: Any, metrics: tuple[GroupMetric, ...]) -> str | None:
    needs_class = any(metric not in ("calibration", "mean-score") for metric in metrics)
    return "predicted classes, or scores in [0, 1]" if needs_class and side.predicted is None else None


def _controlled(rows: Joint, params: Params) -> Iterable[tuple[str, Joint]]:
    """The rows of each value of each control column."""
    for control in params.control:
        for code, label in enumerate(rows.columns[control].labels if control in rows.columns else ()):
            yield f"{CONTROLLED}{control}={label}", rows.where(rows.columns[control].codes == code)


def _gap(asked: Asked, rows: Joint) -> Iterable[Finding]:
    labels = rows.columns[asked.column].labels
    if len(labels) > MOST_GROUPS:
        message = (
            f"'{asked.column}' has {len(labels):,} values; at most {MOST_GROUPS} are groups, and 'bins' cuts numbers"
        )
        yield not_measurable(message, **asked.fields("columns"))
        return
    if asked.is_ratio and asked.metric not in RATES:
        yield not_measurable(f"{asked.metric} is no rate, so there is no ratio of it", **asked.fields("metrics"))
        return
    try:
        found = in_groups(asked.metric, rows, asked.column)
    except NotMeasurable as why:
        yield not_measurable(why, **asked.fields("metrics"))
        return
    is_large = found.rows + ROUNDING >= asked.params.min_rows
    present = np.bincount(rows.columns[asked.column].codes, minlength=len(labels)) > 0
    for small in np.flatnonzero(~is_large & (present | (not asked.where))):
        yield _too_small(asked, labels[small], _whole(found.rows[small]))
    large = np.flatnonzero(is_large)
    groups, wanted = found.of(large), asked.params.reference.get(asked.column)
    if len(large) < 2 or (wanted is not None and wanted not in groups.labels):
        yield _no_pair(asked, labels, groups.labels)
        return
    reference = None if wanted is None else groups.labels.index(wanted)
    yield _absolute(asked, groups, rows, reference)
    if rows.paired() is not None:
        yield _growth(asked, groups, rows, reference)


def _absolute(asked: Asked, groups: Groups, rows: Joint, reference: int | None) -> Finding:
    """The candidate's gap against the tolerance: information where there is a baseline to answer for."""
    params, paired, n = asked.params, rows.paired() is not None, _whole(groups.rows.sum())
    found = gap(groups, "candidate", reference, as_ratio=asked.is_ratio)
    before = gap(groups, "baseline", reference, as_ratio=asked.is_ratio).value if paired else None
    extra: dict[str, Any] = {"severity": "info"} if paired else {}
    return Finding(
        **asked.fields("ratio" if asked.is_ratio else "tolerance"),
        group=_pair(asked.column, groups.labels, found.high_group, found.low_group),
        direction="up" if asked.is_ratio else "down", value=found.value, candidate_value=found.value,
        baseline_value=before, interval=finite(found.interval), level=LEVEL,
        limit=params.tolerance if params.ratio is None else params.ratio, n=n,
        rows_needed=_rows_needed(asked, groups, n), method="simultaneous lower end, intersection-union upper end",
        basis=known(found.basis),
        **extra,
    )  # fmt: skip


def _rows_needed(asked: Asked, groups: Groups, n: int) -> int | None:
    if asked.metric not in RATES or asked.is_ratio or asked.params.tolerance >= 1:
        return None
    hits = float((groups.paired.candidate * groups.rows).sum())
    rate = (hits + 1) / (float(groups.rows.sum()) + 2)  # never 0 or 1
    count = len(groups.labels)
    return more_than(n, rows_needed_per_group(rate, asked.params.tolerance, count) * count)


def _growth(asked: Asked, groups: Groups, rows: Joint, reference: int | None) -> Finding:
    """The growth of the gap on the same rows, signed so that positive is better."""
    found, n = growth(groups, reference, as_ratio=asked.is_ratio), _whole(groups.rows.sum())
    fields = asked.fields("growth") | {"subject": f"{asked.name}: {asked.what} growth"}
    return Finding(
        **fields, group=_pair(asked.column, groups.labels, *found.pair), direction="up" if asked.is_ratio else "down",
        baseline_value=found.baseline, candidate_value=found.candidate, value=found.value,
        interval=finite(found.interval), level=LEVEL, p=found.p_worse, margin=asked.params.growth, family="fairness",
        n=n, mde=mde(found.se), rows_needed=more_than(n, rows_needed(found.se, n, asked.params.growth)),
        method=IDENTICAL if rows.is_identical() else "paired gap growth", basis=known(found.basis),
    )  # fmt: skip


def _no_pair(asked: Asked, labels: tuple[str, ...], large: tuple[str, ...]) -> Finding:
    """That no two groups can be compared: undecided for want of rows, or not measurable with a single group."""
    fields, wanted = asked.fields("columns"), asked.params.reference.get(asked.column)
    if wanted is not None and wanted not in labels:
        return not_measurable(f"'{asked.column}' has no group '{wanted}'; it has {some(labels)}", **fields)
    if len(labels) < 2:
        return not_measurable(f"'{asked.name}' has the single group {some(labels)}, so there is no gap", **fields)
    said = (
        f"'{asked.name}' has {len(large)} group{'s' * (len(large) != 1)} with rows enough for a gap of {asked.metric}"
    )
    said += "; two are needed" if len(large) < 2 else f", and '{wanted}' is none of them"
    return Finding(status="inconclusive", reason="underpowered", message=said, **fields)


def _too_small(asked: Asked, label: str, size: int) -> Finding:
    metric, least = asked.metric, asked.params.min_rows
    counted = f"{size:,} {counted_rows(metric)}"
    message = f"group '{label}' of '{asked.name}' has {counted}; {least} are needed to judge its {metric}"
    return Finding(
        subject=f"{asked.name}: {metric} of {label}", metric=metric, group=f"{asked.column}: {label}",
        status="inconclusive", reason="underpowered", n=size, min_rows=least, rows_needed=least, message=message,
        location=at("min-rows"),
    )  # fmt: skip


def _whole(rows: float) -> int:
    return int(rows + ROUNDING)


def _pair(column: str, names: tuple[str, ...], high: int, low: int) -> str:
    return f"{column}: {names[high]} − {names[low]}"


def _columns(params: Params, facts: Facts) -> tuple[str, ...]:
    model = facts.config.model
    table = facts.config.tables.get(model.table) if model else None
    return params.columns if params.columns is not None else table.sensitive if table else ()


def _question(params: Params, facts: Facts) -> Predictions:
    named = (*_columns(params, facts), *params.control, *(name for names in params.intersections for name in names))
    plain = tuple(name for name in dict.fromkeys(named) if name not in params.bins)
    return Predictions(plain, tuple(params.bins))
