"""Regression: on the same test rows, no metric is worse than the baseline by more than its margin.

Candidate and baseline are compared row by row. The 95 % interval of the difference decides: it passes when it lies
above −margin, fails when it lies below 0 (and not above −margin), and otherwise cannot tell and says how many rows
would.
The primary metric is tested alone; the others share Holm's correction with the slices.
A margin is a number, or a share of the baseline's value such as 1%. A metrics file gives bare differences, which never
block.
With `training-noise` a drop that is no larger than what training the same code again does is no fail.
Limits: the same test rows judged many times are slowly learnt; noise of retraining is not part of the interval.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta

from mlgate.config import CheckParams
from mlgate.evidence import Finding, Location
from mlgate.judging import MIN_ROWS, at, change, not_measurable, some, without_baseline
from mlgate.measuring.comparing import compare
from mlgate.measuring.joint import Absent, Joint, MetricValues
from mlgate.measuring.metric import Margin, Metric, NotMeasurable
from mlgate.measuring.metrics import PRIMARY, MetricName
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question

FAMILY = "secondary"


class Params(CheckParams, frozen=True, kw_only=True):
    primary: Annotated[
        MetricName | None,
        Meta(description="the metric that is tested alone; of the task if not given: auc, log-loss, rmse or score"),
    ] = None
    margins: Annotated[
        Mapping[MetricName, Margin],
        Meta(description="metric → largest drop that does no harm, as a number or a share such as 1%"),
    ] = {}
    training_noise: Annotated[
        Mapping[MetricName, Annotated[float, Meta(gt=0)]],
        Meta(description="metric → how far two trainings of the same code lie apart, from `mlgate selftest --retrain`"),
    ] = {}
    min_rows: Annotated[int, Meta(ge=1, description="fewer rows than this cannot tell")] = MIN_ROWS


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Predictions()


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows = answers[Predictions()]
    model = answers.facts.config.model
    primary = params.primary or PRIMARY[model.task if model else "binary"]
    margins: dict[MetricName, float | str] = {primary: answers.facts.metric(primary).margin} | dict(params.margins)
    if isinstance(rows, MetricValues):
        for metric in margins:
            yield _difference(answers.facts.metric(metric), rows, _place(metric, params))
        return
    if rows.paired() is None:
        yield without_baseline(answers.baseline, subject="baseline")
        return
    identical = rows.is_identical()
    for metric, margin in margins.items():
        yield _compared(answers.facts.metric(metric), margin, rows, params, identical, metric == primary)


def _compared(
    metric: Metric, margin: float | str, rows: Joint, params: Params, identical: bool, is_primary: bool
) -> Finding:
    where = _place(metric.id, params)
    try:
        found = compare(metric, rows, margin)
    except NotMeasurable as why:
        return not_measurable(why, subject=metric.id, metric=metric.id, location=where)
    family = None if is_primary else FAMILY
    return change(
        metric,
        found,
        rows.effective_n,
        identical=identical,
        subject=metric.id,
        family=family,
        noise=params.training_noise.get(metric.id),
        min_rows=params.min_rows,
        location=where,
    )


def _difference(metric: Metric, values: MetricValues, where: Location) -> Finding:
    """The bare difference of two metrics files: said, never judged; a metric that the candidate's file lacks blocks."""
    fields: dict[str, Any] = {"subject": metric.id, "metric": metric.id, "location": where}
    ours = values.candidate.get(metric.id)
    if ours is None:
        return not_measurable(f"the metrics file has no '{metric.id}'; it has {some(values.candidate)}", **fields)
    if not isinstance(values.baseline, Mapping):
        return without_baseline(values.baseline, **fields)
    theirs = values.baseline.get(metric.id)
    if theirs is None:
        return without_baseline(Absent("no-baseline", f"the baseline's metrics file has no '{metric.id}'"), **fields)
    sign = metric.sign
    said = (
        f"{metric.id} went from {theirs:.4g} to {ours:.4g}; without predictions nobody can tell whether that is noise"
    )
    return Finding(
        severity="info", status="inconclusive", direction=metric.better, baseline_value=theirs,
        candidate_value=ours, value=sign * (ours - theirs), method="bare difference", message=said, **fields,
    )  # fmt: skip


def _place(metric: MetricName, params: Params) -> Location:
    return at("margins", metric) if metric in params.margins else at("primary")
