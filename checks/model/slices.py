"""Slices: in no slice of the test rows is a metric worse than the baseline by more than its margin.

A slice is the rows with one value of a column (`columns`, or the table's `slices`), with a number in one of the
`ranges`, with one value of each of several columns (`intersections`), or that meet a condition (`where`).
Compared as in `regression`; all slices and the secondary metrics there share Holm's correction, so that ten slices do
not raise ten alarms. A slice with too few rows, or too few to see its margin, cannot tell and never counts as passed.
A slice in which the metric does not exist for the baseline either, such as recall without a positive row, is listed for
information.
`search` looks for weak slices that nobody named: up to three conditions, found on half of the rows, and reported only
if the other half, which had no part in finding them, confirms them by Holm's correction.
Limits: one bad slice of 200 rows is hard to find under any honest rule, a drop of 5 points about half of the time.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta

from mlgate.config import CheckParams, Column, Rule, Section
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, change, not_measurable, without_baseline
from mlgate.measuring.comparing import compare, measure
from mlgate.measuring.confirming import search
from mlgate.measuring.grouping import with_bins, with_crossed
from mlgate.measuring.joint import Joint, MetricValues
from mlgate.measuring.metric import Margin, Metric, NotMeasurable
from mlgate.measuring.metrics import MetricName
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question

FAMILY = "secondary"  # shared with the secondary metrics of `regression`
MAX_GROUPS = 200
NUMBERS = ("integer", "float", "decimal")
Edges = Annotated[tuple[float, ...], Meta(min_length=1)]


class Search(Section, frozen=True, kw_only=True):
    """Where weak slices are looked for, and how many are confirmed at most."""

    columns: Annotated[
        tuple[Column, ...] | None,
        Meta(description="the columns; all of the table's but its key and target if not given"),
    ] = None
    conditions: Annotated[int, Meta(ge=1, le=3, description="how many conditions a slice may have")] = 2
    slices: Annotated[int, Meta(ge=1, le=20, description="how many slices the other half is asked about")] = 5


class Params(CheckParams, frozen=True, kw_only=True):
    columns: Annotated[
        tuple[Column, ...] | None, Meta(description="the columns; the table's `slices` if not given")
    ] = None
    ranges: Annotated[Mapping[Column, Edges], Meta(description="column of numbers → the edges between its slices")] = {}
    intersections: Annotated[
        tuple[Annotated[tuple[Column, ...], Meta(min_length=2, max_length=3)], ...],
        Meta(description="lists of columns, of whose values together each is a slice"),
    ] = ()
    where: Annotated[
        Mapping[str, Rule], Meta(description="name → condition on a row, in SQL; the rows that meet it are a slice")
    ] = {}
    search: Annotated[Search | None, Meta(description="look for weak slices: `{}`, or where and how many")] = None
    metrics: Annotated[tuple[MetricName, ...], Meta(description="the metrics compared in each slice", min_length=1)] = (
        "accuracy",
    )
    margins: Annotated[
        Mapping[MetricName, Margin], Meta(description="metric → largest drop in a slice that does no harm")
    ] = {}
    min_rows: Annotated[int, Meta(ge=1, description="a slice of fewer rows cannot tell")] = MIN_ROWS


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield _question(params, facts)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    facts = answers.facts
    rows = answers[_question(params, facts)]
    columns = (*_columns(params, facts), *params.ranges, *(" & ".join(names) for names in params.intersections))
    if isinstance(rows, MetricValues):
        yield not_measurable("slices need predictions, not a metrics file", subject="slices")
    elif not columns and not params.where and params.search is None:
        yield not_measurable("no columns: name some under the table's 'slices' or here", subject="slices")
    elif rows.paired() is None:
        yield without_baseline(answers.baseline, subject="baseline")
    else:
        metrics = []
        for metric in map(facts.metric, params.metrics):
            try:
                compare(metric, rows, _margin(metric, params))
                metrics.append(metric)
            except NotMeasurable as why:
                yield not_measurable(why, subject=metric.id, metric=metric.id, location=at("metrics"))
        cut = with_crossed(with_bins(rows, dict(params.ranges)), params.intersections, named=True)
        for column in dict.fromkeys(columns):
            yield from _slices(column, cut, metrics, params)
        for name, rule in params.where.items():
            part = rows.where(rows.columns[rule].codes == 1)
            for metric in metrics:
                yield _compared(metric, name, part, params, rows.is_identical())
        if params.search is not None and metrics:
            yield from _searched(metrics[0], rows, params, facts)


def _slices(column: str, rows: Joint, metrics: list[Metric], params: Params) -> Iterable[Finding]:
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
    identical, is_crossed = rows.is_identical(), " & " in column
    for label, part in rows.parts(column):
        for metric in metrics:
            yield _compared(metric, label if is_crossed else f"{column}={label}", part, params, identical)


def _compared(metric: Metric, name: str, part: Joint, params: Params, identical: bool) -> Finding:
    fields: dict[str, Any] = {"subject": f"{name}: {metric.id}", "slice": name}
    fields["location"] = at("margins", metric.id) if metric.id in params.margins else at("metrics")
    n = part.effective_n
    try:
        found = compare(metric, part, _margin(metric, params))
    except NotMeasurable as why:
        if not _baseline_has(metric, part):
            fields["severity"] = "info"  # the rows lack it, whatever the candidate does
        return not_measurable(why, metric=metric.id, n=n, **fields)
    return change(metric, found, n, identical=identical, family=FAMILY, min_rows=params.min_rows, **fields)


def _searched(metric: Metric, rows: Joint, params: Params, facts: Facts) -> Iterable[Finding]:
    """The slices that one half of the rows suspects and the other half confirms; else that there is none."""
    asked = params.search
    assert asked is not None
    columns, numbers = _of_search(params, facts)
    names = {name: column for name, column in rows.columns.items() if name in columns}
    wanted = rows.with_columns(names, {name: v for name, v in rows.numbers.items() if name in numbers})
    found = search(metric, wanted, _margin(metric, params), asked.conditions, asked.slices, params.min_rows)
    for one in found.confirmed:
        yield change(
            metric, one.compared, one.part.effective_n, subject=f"{one.slice.words}: {metric.id}",
            slice=one.slice.words, family=FAMILY, min_rows=params.min_rows, location=at("search"),
        )  # fmt: skip
    if not found.confirmed:
        n = found.suspected
        what = f"{n} suspected on half of the rows, none confirmed on the other" if n else "none suspected"
        message = f"weak slices by {metric.id}: {what}, among {len(columns) + len(numbers)} columns"
        yield Finding(subject="search", status="pass", severity="info", message=message, location=at("search"))


def _baseline_has(metric: Metric, part: Joint) -> bool:
    baseline = part.paired()
    try:
        return baseline is not None and bool(measure(metric, part, baseline))
    except NotMeasurable:
        return False


def _margin(metric: Metric, params: Params) -> float | str:
    return params.margins.get(metric.id, metric.margin)


def _columns(params: Params, facts: Facts) -> tuple[str, ...]:
    model = facts.config.model
    table = facts.config.tables.get(model.table) if model else None
    return params.columns if params.columns is not None else table.slices if table else ()


def _of_search(params: Params, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that are searched, those of text and those of numbers."""
    model = facts.config.model
    if params.search is None or model is None or model.table not in facts.tables:
        return (params.search.columns or () if params.search else ()), ()
    known, meaning = facts.tables[model.table].columns, facts.config.tables[model.table]
    hidden = {meaning.key, meaning.target, meaning.weight, meaning.cluster}
    chosen = params.search.columns or tuple(name for name in known if name not in hidden)
    is_number = {name: known.get(name) in NUMBERS for name in chosen}
    return tuple(c for c in chosen if not is_number[c]), tuple(c for c in chosen if is_number[c])


def _question(params: Params, facts: Facts) -> Predictions:
    searched, numbers = _of_search(params, facts)
    crossed = [name for names in params.intersections for name in names if name not in params.ranges]
    columns = [name for name in _columns(params, facts) if name not in params.ranges]
    return Predictions(
        tuple(dict.fromkeys([*columns, *crossed, *searched])),
        tuple(dict.fromkeys([*params.ranges, *numbers])),
        tuple(dict.fromkeys(params.where.values())),
    )
