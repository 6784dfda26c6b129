"""Measuring a metric of one model, and comparing it between two models on the same rows."""

from dataclasses import replace

from mlgate.measuring.by_influence import compare_by_influence, measure_by_influence
from mlgate.measuring.joint import Joint, Side
from mlgate.measuring.metric import Change, Compared, Measured, Method, Metric, NotMeasurable
from mlgate.measuring.metrics import metric_named
from mlgate.measuring.own import Own

_LEAST_MARGIN = 1e-12  # a share of a baseline's 0 is no margin; this is one that only what is no worse can keep


def measure(metric: str | Metric, joint: Joint, side: Side) -> Measured:
    """The metric of one side with its interval, by the metric's own method.

    Weighted or clustered rows have their influence functions' interval.
    Raises `NotMeasurable` where predictions lack what it needs or the rows lack a class.
    """
    joint, side = joint.counted(), side.where(joint.has_weight())
    method = require(metric_named(metric), side, joint)
    is_own = isinstance(method, Own)  # which knows of weights and clusters itself
    return method.alone(joint, side) if joint.is_simple or is_own else measure_by_influence(method, joint, side)


def compare(metric: str | Metric, joint: Joint, margin: float | str) -> Compared:
    """The metric of both sides on the same rows, paired; a margin such as "1%" is relative to the baseline.

    Raises `NotMeasurable` as `measure` does, and if there is no baseline.
    """
    asked = metric_named(metric)
    joint = joint.counted()
    baseline = joint.paired()
    if baseline is None:
        raise NotMeasurable("there is no baseline")
    method = require(asked, joint.candidate, joint)
    require(asked, baseline, joint)
    absolute, relative = _split(margin)
    change = Change(asked.sign, absolute, relative)
    if joint.is_simple or isinstance(method, Own):
        found = method.paired(joint, joint.candidate, baseline, change)
    else:
        found = compare_by_influence(method, joint, joint.candidate, baseline, change)
    return replace(found, margin=max(found.margin, _LEAST_MARGIN))


def is_measurable(metric: str | Metric, side: Side) -> bool:
    """Whether the predictions have what the metric needs, whatever the rows."""
    metric = metric_named(metric)
    needs = metric.needs
    if needs == "own":
        return True  # whether there are numbers, the method says
    if needs in ("class", "number"):
        return side.predicted is not None
    return side.score is not None and (needs == "score" or side.is_probability)


def require(metric: Metric, side: Side, joint: Joint) -> Method:
    """The metric's method for these rows; raises `NotMeasurable` where predictions or rows lack what it needs."""
    method = metric.methods.get(joint.task)
    if method is None:
        raise NotMeasurable(f"{metric.id} is no metric of the task {joint.task}")
    if not is_measurable(metric, side):
        of_one = joint.task == "binary"
        lacks = {
            "class": "predicted classes (y_pred), or scores in [0, 1] for the threshold"
            if of_one
            else "predicted classes (y_pred), or a score for each class",
            "score": "scores" if of_one or joint.task == "score" else "a score for each class (score_<class>)",
            "probability": "scores in [0, 1]" if of_one else "probabilities, a score_<class> for each class",
            "number": "predicted numbers (y_pred)",
            "own": "numbers",
        }[metric.needs]
        raise NotMeasurable(f"{metric.id} needs {lacks}")
    if joint.n == 0:
        raise NotMeasurable("there are no rows")
    if why := method.lacks(joint, side):
        raise NotMeasurable(why)
    return method


def _split(margin: float | str) -> tuple[float, float]:
    """The margin as (absolute, relative), one of them 0."""
    if isinstance(margin, str):
        return 0.0, float(margin.rstrip("% ")) / 100
    return float(margin), 0.0
