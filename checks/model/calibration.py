"""Calibration: predicted probabilities agree with what happens, within `max`.

The calibration error is the root mean square distance of mean prediction and observed share over bins of equal size,
the noise that a perfect model has too taken off, with its 95 % interval. With several classes it is that of the
probability of the predicted class.
Passes when the whole interval is at most `max`, fails when it lies above, and cannot tell between the two.
Spiegelhalter's test of "all probabilities are right" is shown for information, with the parts of the Brier score.
Mend: recalibrate the model on rows that it was not trained on, or compare Brier scores in `regression`.
Limits: what differs inside of a bin is not seen; a model that always predicts the mean rate is calibrated.
"""

from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from mlgate.config import CheckParams
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, finite, not_measurable
from mlgate.measuring.by_influence import weight_of
from mlgate.measuring.joint import Joint, MetricValues, Side
from mlgate.measuring.metric import LEVEL
from mlgate.plugins import Answers, Facts
from mlgate.questions import Predictions, Question
from mlgate.statistics.calibration import CalibrationError, brier_parts, calibration_error, spiegelhalter

LEAST = 200  # rows; below this a bin holds too few to say anything


class Params(CheckParams, frozen=True, kw_only=True):
    max: Annotated[float, Meta(gt=0, le=1, description="largest calibration error allowed")] = 0.05
    bins: Annotated[int, Meta(ge=2, le=100, description="at most so many bins, of at least 20 rows each")] = 15
    min_rows: Annotated[int, Meta(ge=MIN_ROWS, description="fewer rows than this cannot tell")] = LEAST


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Predictions()


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows = answers[Predictions()]
    if isinstance(rows, MetricValues):
        yield not_measurable(
            "calibration needs predictions, not a metrics file", subject="calibration error", location=at()
        )
        return
    told = _probabilities(rows.counted(), rows.candidate.where(rows.has_weight()))
    if told is None:
        why = "calibration needs scores in [0, 1]; with several classes a probability of each"
        yield not_measurable(why, subject="calibration error", location=at("max"))
        return
    rows = rows.counted()
    if not rows.n:
        yield not_measurable("there are no rows", subject="calibration error", location=at("max"))
        return
    yield _error(rows, told, params)
    yield _test(rows, told)


def _error(rows: Joint, told: tuple[Any, Any], params: Params) -> Finding:
    found = _measured(rows, told, params)
    baseline = rows.paired()
    theirs = _probabilities(rows, baseline) if baseline is not None else None
    before = _measured(rows, theirs, params).value if theirs is not None else None
    return Finding(
        subject="calibration error", metric="ece", direction="down", value=found.value, candidate_value=found.value,
        baseline_value=before, interval=finite(found.interval), level=LEVEL, limit=params.max, n=rows.effective_n,
        min_rows=params.min_rows, method="debiased, inverted", location=at("max"),
    )  # fmt: skip


def _measured(rows: Joint, told: tuple[Any, Any], params: Params) -> CalibrationError:
    happened, probability = told
    return calibration_error(happened, probability, _effective(rows), LEVEL, params.bins)


def _effective(rows: Joint) -> Any:
    """Weights; rows of a cluster, which say the same again, share the weight of one row."""
    weight = weight_of(rows)
    if rows.cluster is None:
        return weight
    return weight / np.bincount(rows.cluster)[rows.cluster]


def _test(rows: Joint, told: tuple[Any, Any]) -> Finding:
    """Spiegelhalter's test and the parts of the Brier score, in words."""
    happened, probability = told
    weight = weight_of(rows)
    z, p = spiegelhalter(happened, probability, weight)
    parts = brier_parts(happened, probability, weight)
    drift = "too low" if float(weight @ (happened - probability)) > 0 else "too high"
    message = (
        f"Spiegelhalter's test that all probabilities are right: z = {z:.2f}, p = {p:.2g}; on average they are "
        f"{drift}; of the Brier score {parts.reliability:.4f} is miscalibration, and {parts.resolution:.4f} of "
        f"{parts.uncertainty:.4f} is resolved"
    )
    return Finding(subject="spiegelhalter", status="pass", severity="info", n=rows.effective_n, message=message,
                   location=at())  # fmt: skip


def _probabilities(rows: Joint, side: Side) -> tuple[Any, Any] | None:
    """What happened, and how probable the model said that it was, both of shape (n,); None where it did not say."""
    if side.score is None or not side.is_probability or rows.task not in ("binary", "multiclass"):
        return None
    if rows.task == "binary":
        return rows.truth, side.score
    best = side.score.argmax(axis=1)
    return best == rows.truth, side.score[np.arange(rows.n), best]
