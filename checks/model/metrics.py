"""Metrics against limits: each metric of the model, with its 95 % interval, keeps its `min` or `max`.

Passes when the whole interval keeps the limit, fails when all of it breaks the limit, and cannot tell between the two.
A metric without a limit is shown for information; one with a limit that cannot be measured is never a pass.
From a metrics file, without rows, the bare value decides.
Mend: improve the model, collect rows where it cannot tell, or set another limit in a change of its own.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mlgate.config import Between, CheckParams
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, finite, known, not_measurable, some
from mlgate.measuring.comparing import measure
from mlgate.measuring.joint import Joint, MetricValues
from mlgate.measuring.metric import LEVEL, Metric, NotMeasurable
from mlgate.measuring.metrics import MetricName
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question


class Limits(Between, frozen=True, kw_only=True):
    """At least `min`, at most `max`; shown for information where neither is given."""


class Params(CheckParams, frozen=True, kw_only=True):
    limits: Annotated[Mapping[MetricName, Limits], Meta(description="metric → `min` and `max`", min_length=1)]
    min_rows: Annotated[int, Meta(ge=1, description="fewer rows than this cannot tell")] = MIN_ROWS


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Predictions()


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows = answers[Predictions()]
    for metric, limits in params.limits.items():
        try:
            known = answers.facts.metric(metric)
            found = _bare(known, rows) if isinstance(rows, MetricValues) else _measured(known, rows, params)
        except NotMeasurable as why:
            fields: dict[str, Any] = {"severity": "info"} if not _given(limits) else {}
            yield not_measurable(why, subject=metric, metric=metric, location=at("limits", metric), **fields)
            continue
        yield from _judged(found, metric, limits)


def _judged(found: Finding, metric: str, limits: Limits) -> Iterable[Finding]:
    """The finding once for each limit."""
    given = _given(limits)
    for side, limit in given:
        subject = metric if len(given) == 1 else f"{metric}: {side}"
        yield msgspec.structs.replace(
            found, subject=subject, limit=limit, direction="up" if side == "min" else "down",
            location=at("limits", metric, side),
        )  # fmt: skip
    if not given:
        yield msgspec.structs.replace(found, severity="info", location=at("limits", metric))


def _given(limits: Limits) -> list[tuple[str, float]]:
    return [(side, value) for side, value in (("min", limits.min), ("max", limits.max)) if value is not None]


def _measured(metric: Metric, joint: Joint, params: Params) -> Finding:
    found = measure(metric, joint, joint.candidate)
    return Finding(
        subject=metric.id, metric=metric.id, direction=metric.better, value=found.value,
        candidate_value=found.value,
        baseline_value=_baseline_value(metric, joint), interval=finite(found.interval), level=LEVEL,
        n=joint.effective_n, min_rows=params.min_rows, method=found.method,
        basis=known(found.basis),
    )  # fmt: skip


def _baseline_value(metric: Metric, joint: Joint) -> float | None:
    """The baseline's value, by which a broken limit may be known to be an old one; None where it has none."""
    baseline = joint.paired()
    try:
        return None if baseline is None else measure(metric, joint, baseline).value
    except NotMeasurable:
        return None


def _bare(metric: Metric, values: MetricValues) -> Finding:
    if metric.id not in values.candidate:
        raise NotMeasurable(f"the metrics file has no '{metric.id}'; it has {some(values.candidate)}")
    value = values.candidate[metric.id]
    baseline = values.baseline.get(metric.id) if isinstance(values.baseline, Mapping) else None
    return Finding(
        subject=metric.id, metric=metric.id, direction=metric.better, value=value, candidate_value=value,
        baseline_value=baseline, method="bare value, no interval",
    )  # fmt: skip
