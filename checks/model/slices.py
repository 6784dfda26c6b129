"""Slices: in no slice of the test rows is a metric worse than the baseline by more than its margin.

A slice is the rows with one value of a column; the columns are the table's `slices` unless `columns` names others.
Compared as in `regression`; all slices and the secondary metrics there share Holm's correction, so that ten slices do
not raise ten alarms. A slice with too few rows, or too few to see its margin, cannot tell and never counts as passed.
A slice in which the metric does not exist for the baseline either, such as recall without a positive row, is listed for
information.
Limits: one bad slice of 200 rows is hard to find under any honest rule, a drop of 5 points about half of the time.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta

from mlgate.config import CheckParams, Column
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, change, not_measurable, without_baseline
from mlgate.measuring.comparing import compare, measure
from mlgate.measuring.joint import Joint, MetricValues
from mlgate.measuring.metric import Margin, NotMeasurable
from mlgate.measuring.metrics import MetricName, metric_named
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question

FAMILY = "secondary"  # shared with the secondary metrics of `regression`
MAX_GROUPS = 200


class Params(CheckParams, frozen=True, kw_only=True):
    columns: Annotated[
        tuple[Column, ...] | None, Meta(description="the columns; the table's `slices` if not given")
    ] = None
    metrics: Annotated[tuple[MetricName, ...], Meta(description="the metrics compared in each slice", min_length=1)] = (
        "accuracy",
    )
    margins: Annotated[
        Mapping[MetricName, Margin], Meta(description="metric → largest drop in a slice that does no harm")
    ] = {}
    min_rows: Annotated[int, Meta(ge=1, description="a slice of fewer rows cannot tell")] = MIN_ROWS


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Predictions(_columns(params, facts))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    columns = _columns(params, answers.facts)
    rows = answers[Predictions(columns)]
    if isinstance(rows, MetricValues):
        yield not_measurable("slices need predictions, not a metrics file", subject="slices")
    elif not columns:
        yield not_measurable("no columns: name some under the table's 'slices' or here", subject="slices")
    elif rows.paired() is None:
        yield without_baseline(answers.baseline, subject="baseline")
    else:
        metrics = []
        for metric in params.metrics:
            try:
                compare(metric, rows, _margin(metric, params))
                metrics.append(metric)
            except NotMeasurable as why:
                yield not_measurable(why, subject=metric, metric=metric, location=at("metrics"))
        for column in columns:
            yield from _slices(column, rows, metrics, params)


def _slices(column: str, rows: Joint, metrics: list[MetricName], params: Params) -> Iterable[Finding]:
    groups = rows.columns.get(column)
    if groups is None:
        yield Finding(
            subject=column, status="error", message=f"the rows have no column '{column}'", location=at("columns")
        )
        return
    if len(groups.labels) > MAX_GROUPS:
        message = f"column '{column}' has {len(groups.labels):,} values; at most {MAX_GROUPS} make slices"
        yield not_measurable(message, subject=column, location=at("columns"))
        return
    identical = rows.is_identical()
    for label, part in rows.parts(column):
        for metric in metrics:
            yield _compared(metric, f"{column}={label}", part, params, identical)


def _compared(metric: MetricName, name: str, part: Joint, params: Params, identical: bool) -> Finding:
    fields: dict[str, Any] = {"subject": f"{name}: {metric}", "slice": name}
    fields["location"] = at("margins", metric) if metric in params.margins else at("metrics")
    n = part.effective_n
    try:
        found = compare(metric, part, _margin(metric, params))
    except NotMeasurable as why:
        if not _baseline_has(metric, part):
            fields["severity"] = "info"  # the rows lack it, whatever the candidate does
        return not_measurable(why, metric=metric, n=n, **fields)
    return change(metric, found, n, identical=identical, family=FAMILY, min_rows=params.min_rows, **fields)


def _baseline_has(metric: str, part: Joint) -> bool:
    baseline = part.paired()
    try:
        return baseline is not None and bool(measure(metric, part, baseline))
    except NotMeasurable:
        return False


def _margin(metric: MetricName, params: Params) -> float | str:
    return params.margins.get(metric, metric_named(metric).margin)


def _columns(params: Params, facts: Facts) -> tuple[str, ...]:
    model = facts.config.model
    table = facts.config.tables.get(model.table) if model else None
    return params.columns if params.columns is not None else table.slices if table else ()
