"""Fairness: the gap between groups stays within `tolerance`, and does not grow against the baseline.

For each sensitive column the gap of a metric is its largest difference between two groups: of the selection rate (the
share predicted positive), of the true-positive rate (tpr, "equal opportunity"), of the false-positive rate (fpr).
0 means that all groups are treated alike, 1 is the most a gap can be.
Two questions: is the gap within `tolerance`? and, on the same rows, did it grow by more than `growth`? With a baseline
the second blocks and the first informs, since a change can only answer for what it changes. Without one the first
blocks.
Groups with fewer than `min-rows` rows that the metric counts are listed as undecided, never passed in silence; where
they leave no two groups to compare, the gap is undecided too. A column with a single group cannot be judged at all.
Limits: which gap is fair is not a statistical question; a gap within tolerance does not make a model fair.
Vocabulary as in fairlearn.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from mlgate.config import CheckParams, Column
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, finite, more_than, not_measurable, some, without_baseline
from mlgate.measuring.joint import Absent, Bools, Floats, Joint, MetricValues, effective_cells
from mlgate.measuring.metric import LEVEL
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question
from mlgate.statistics.gap_growth import gap_growth
from mlgate.statistics.gaps import GapInterval, gap_interval, rows_needed_per_group
from mlgate.statistics.power import mde, rows_needed
from mlgate.verdict import IDENTICAL

ROUNDING = 1e-9  # effective rows are sums of fractions
Rate = Literal["selection-rate", "tpr", "fpr"]


class Params(CheckParams, frozen=True, kw_only=True):
    columns: Annotated[
        tuple[Column, ...] | None, Meta(description="sensitive columns; the table's `sensitive` if not given")
    ] = None
    metrics: Annotated[tuple[Rate, ...], Meta(description="the rates whose gaps are judged", min_length=1)] = (
        "selection-rate",
        "tpr",
        "fpr",
    )
    tolerance: Annotated[float, Meta(gt=0, le=1, description="largest gap allowed")] = 0.1
    growth: Annotated[float, Meta(gt=0, le=1, description="largest growth of a gap that does no harm")] = 0.05
    min_rows: Annotated[int, Meta(ge=2, description="a group with fewer rows cannot tell")] = MIN_ROWS


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Predictions(_columns(params, facts))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    columns = _columns(params, answers.facts)
    rows = answers[Predictions(columns)]
    if isinstance(rows, MetricValues):
        yield not_measurable("fairness needs predictions, not a metrics file", subject="fairness")
    elif not columns:
        yield not_measurable("no columns: name some under the table's 'sensitive' or here", subject="fairness")
    elif rows.candidate.predicted is None:
        yield not_measurable("fairness needs predicted classes, or scores in [0, 1]", subject="fairness")
    else:
        baseline = rows.paired()
        if baseline is None:
            yield without_baseline(answers.baseline, subject="gap growth")
        elif baseline.predicted is None:
            message = "the baseline has no predicted classes, nor scores in [0, 1]"
            yield not_measurable(message, subject="gap growth")
            rows = replace(rows, baseline=Absent("baseline-crashed", message))
        for column in columns:
            if column in rows.columns:
                for metric in params.metrics:
                    yield from _gap(column, metric, rows, params)
            else:
                message = f"the rows have no column '{column}'"
                yield Finding(subject=column, status="error", message=message, location=at("columns"))


def _gap(column: str, metric: Rate, rows: Joint, params: Params) -> Iterable[Finding]:
    cells = effective_cells(rows, column, _counted(metric, rows))
    labels = rows.columns[column].labels
    sizes = cells.sum(axis=(1, 2))
    is_large = sizes + ROUNDING >= params.min_rows
    for small in np.flatnonzero(~is_large):
        yield _too_small(column, metric, labels[small], _whole(sizes[small]), params)
    large = np.flatnonzero(is_large)
    if len(large) < 2:
        yield _no_pair(column, metric, labels, len(large))
        return
    names = [labels[group] for group in large]
    yield _absolute(column, metric, cells[large], names, rows, params)
    if rows.paired() is not None:
        yield _growth(column, metric, cells[large], names, rows, params)


def _absolute(column: str, metric: Rate, cells: Floats, names: list[str], rows: Joint, params: Params) -> Finding:
    """The candidate's gap against the tolerance: information where there is a baseline to answer for."""
    sizes, chosen = cells.sum(axis=(1, 2)), cells.sum(axis=1)[:, 1]
    n = _whole(cells.sum())
    found = gap_interval(chosen, sizes, LEVEL)
    paired = rows.paired() is not None
    before: GapInterval | None = gap_interval(cells.sum(axis=2)[:, 1], sizes, LEVEL) if paired else None
    rate = float((chosen.sum() + 1) / (sizes.sum() + 2))  # never 0 or 1
    needed = rows_needed_per_group(rate, params.tolerance, len(names))
    extra: dict[str, Any] = {"severity": "info"} if paired else {}
    return Finding(
        subject=f"{column}: {metric} gap", metric=metric, group=_pair(column, names, found.high_group, found.low_group),
        direction="down", value=found.value, candidate_value=found.value,
        baseline_value=before.value if before else None, interval=finite(found.interval), level=LEVEL,
        limit=params.tolerance, n=n, rows_needed=more_than(n, needed * len(names)),
        method="simultaneous lower end, intersection-union upper end", location=at("tolerance"), **extra,
    )  # fmt: skip


def _growth(column: str, metric: Rate, cells: Floats, names: list[str], rows: Joint, params: Params) -> Finding:
    """The growth of the gap on the same rows, signed so that positive is better."""
    found = gap_growth(cells, LEVEL)
    n = _whole(cells.sum())
    return Finding(
        subject=f"{column}: {metric} gap growth", metric=metric, group=_pair(column, names, *found.candidate_pair),
        direction="down", baseline_value=found.baseline_gap, candidate_value=found.candidate_gap, value=-found.value,
        interval=finite((-found.interval.high, -found.interval.low)), level=LEVEL, p=found.p_grew, margin=params.growth,
        family="fairness", n=n, mde=mde(found.se), rows_needed=more_than(n, rows_needed(found.se, n, params.growth)),
        method=IDENTICAL if rows.is_identical() else "paired gap growth", location=at("growth"),
    )  # fmt: skip


def _no_pair(column: str, metric: Rate, labels: tuple[str, ...], large: int) -> Finding:
    """That no two groups can be compared: undecided for want of rows, or not measurable with a single group."""
    fields: dict[str, Any] = {"subject": f"{column}: {metric} gap", "metric": metric, "location": at("columns")}
    if len(labels) < 2:
        return not_measurable(f"'{column}' has the single group {some(labels)}, so there is no gap", **fields)
    said = f"'{column}' has {large} group{'s' * (large != 1)} with rows enough for a gap of {metric}; two are needed"
    return Finding(status="inconclusive", reason="underpowered", message=said, **fields)


def _too_small(column: str, metric: Rate, label: str, size: int, params: Params) -> Finding:
    of = {"selection-rate": "rows", "tpr": "positive rows", "fpr": "negative rows"}[metric]
    message = f"group '{label}' of '{column}' has {size:,} {of}; {params.min_rows} are needed to judge its {metric}"
    return Finding(
        subject=f"{column}: {metric} of {label}", metric=metric, group=f"{column}: {label}", status="inconclusive",
        reason="underpowered", n=size, min_rows=params.min_rows, rows_needed=params.min_rows, message=message,
        location=at("min-rows"),
    )  # fmt: skip


def _counted(metric: Rate, rows: Joint) -> Bools:
    """The rows that the metric counts, shape (n,): all, the positive ones, the negative ones."""
    return {"selection-rate": np.ones(rows.n, bool), "tpr": rows.truth, "fpr": ~rows.truth}[metric]


def _whole(rows: float) -> int:
    return int(rows + ROUNDING)


def _pair(column: str, names: list[str], high: int, low: int) -> str:
    return f"{column}: {names[high]} − {names[low]}"


def _columns(params: Params, facts: Facts) -> tuple[str, ...]:
    model = facts.config.model
    table = facts.config.tables.get(model.table) if model else None
    return params.columns if params.columns is not None else table.sensitive if table else ()
