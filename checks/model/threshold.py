"""Threshold: the model's decision threshold, chosen on other rows, stays as good as any within `tolerance`.

The best threshold is chosen on one half of the rows and held against the model's own on the other half, and the other
way round, so that no row judges a threshold that it helped to choose; the two are compared as two models are.
Passes when the interval of what the model's own threshold loses is at most `tolerance`, fails when all of it is above,
and cannot tell between the two.
Mend: choose the threshold anew on validation rows, and set `model.threshold`.
Limits: only of scores that `model.threshold` cuts; a model that gives classes has a threshold of its own.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from mlgate.config import CheckParams
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, finite, more_than, not_measurable
from mlgate.measuring.by_influence import weight_of
from mlgate.measuring.comparing import compare
from mlgate.measuring.joint import Joint, MetricValues, Side
from mlgate.measuring.metric import LEVEL, Compared, NotMeasurable
from mlgate.measuring.searching import halves
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question
from mlgate.statistics.power import rows_needed

CANDIDATES = 200  # thresholds that are tried


class Params(CheckParams, frozen=True, kw_only=True):
    metric: Annotated[
        Literal["accuracy", "f1", "balanced-accuracy"], Meta(description="what the threshold is to make large")
    ] = "f1"
    tolerance: Annotated[float, Meta(gt=0, description="how much better another threshold may be")] = 0.02
    min_rows: Annotated[int, Meta(ge=1, description="fewer rows than this cannot tell")] = 2 * MIN_ROWS


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Predictions()


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows, model = answers[Predictions()], answers.facts.config.model
    fields: dict[str, Any] = {"subject": params.metric, "metric": "threshold-loss", "location": at("tolerance")}
    if isinstance(rows, MetricValues):
        yield not_measurable("a threshold needs predictions, not a metrics file", **fields)
        return
    rows = rows.counted()
    side, own = rows.candidate, model.threshold if model else 0.5
    if rows.task != "binary" or side.score is None or side.predicted is None or not side.is_probability:
        yield not_measurable("a threshold needs a binary task and scores in [0, 1]", **fields)
        return
    if not _is_cut(side, own):
        yield not_measurable(f"the model gives classes that are not its scores cut at {own:g}", **fields)
        return
    yield _judged(rows, own, params, fields)


def _judged(rows: Joint, own: float, params: Params, fields: dict[str, Any]) -> Finding:
    if rows.n < 2:
        return not_measurable("there are too few rows to choose a threshold", **fields)
    try:
        found = _loss(rows, rows.candidate, params)
        before = _loss(rows, baseline, params) if (baseline := rows.paired()) and _is_cut(baseline, own) else None
    except NotMeasurable as why:
        return not_measurable(why, **fields)
    ends = None if found.interval is None else (-found.interval[1], -found.interval[0])
    se = found.se if found.se > 0 and np.isfinite(found.se) else None
    return Finding(
        **fields, direction="down", value=-found.value, candidate_value=-found.value,
        baseline_value=None if before is None else -before.value, interval=finite(ends), level=LEVEL,
        limit=params.tolerance, n=rows.effective_n, min_rows=params.min_rows, method="best of the other half, paired",
        rows_needed=None if se is None else more_than(rows.n, rows_needed(se, rows.n, params.tolerance)),
    )  # fmt: skip


def _loss(rows: Joint, side: Side, params: Params) -> Compared:
    """The model's own threshold against the best of the other half of the rows, row by row."""
    assert side.score is not None
    cut = np.empty(rows.n)
    for choosing, judging in (halves(rows), halves(rows)[::-1]):
        cut[judging] = _best(rows.where(choosing), side.where(choosing), params.metric)
    best = replace(side, predicted=side.score >= cut)
    return compare(params.metric, replace(rows, candidate=side, baseline=best), params.tolerance)


def _is_cut(side: Side, own: float) -> bool:
    return side.score is not None and side.predicted is not None and np.array_equal(side.score >= own, side.predicted)


def _best(rows: Joint, side: Side, metric: str) -> float:
    """The threshold with the largest value of the metric on these rows; of equal ones the middle one."""
    score = side.score
    assert score is not None
    weight, truth = weight_of(rows), rows.truth
    cuts = np.unique(np.quantile(score, np.linspace(0, 1, CANDIDATES)))
    order = np.argsort(score)
    place = np.searchsorted(score[order], cuts, side="left")
    above = [np.concatenate([np.cumsum((weight * of)[order][::-1])[::-1], [0.0]])[place] for of in (truth, ~truth)]
    tp, fp = above
    positives, negatives = float(weight @ truth), float(weight @ ~truth)
    value = {
        "accuracy": (tp + negatives - fp) / (positives + negatives),
        "f1": 2 * tp / np.maximum(tp + fp + positives, 1e-300),
        "balanced-accuracy": (tp / max(positives, 1e-300) + (negatives - fp) / max(negatives, 1e-300)) / 2,
    }[metric]
    best = np.flatnonzero(value >= value.max() - 1e-12)
    return float(cuts[best[len(best) // 2]])
