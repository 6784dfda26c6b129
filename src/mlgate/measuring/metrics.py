"""The registry of metrics: every one by its name, and which a task is judged by first."""

from collections.abc import Callable, Mapping
from typing import Annotated

from mlgate.configuring.parsing import refers
from mlgate.errors import did_you_mean
from mlgate.measuring import binary, multiclass, numeric
from mlgate.measuring.joint import Task
from mlgate.measuring.metric import Metric

MetricName = Annotated[str, refers("metric")]
METRICS: Mapping[str, Metric] = {
    metric.id: metric for metric in (*binary.METRICS, *multiclass.METRICS, *numeric.METRICS)
}
FAMILIES: Mapping[str, Callable[[str], Metric]] = {**multiclass.FAMILIES, **numeric.FAMILIES}  # NAME:ARGUMENT
PRIMARY: Mapping[Task, str] = {"binary": "auc", "multiclass": "log-loss", "regression": "rmse", "score": "score"}


class UnknownMetric(ValueError):
    """There is no metric of that name; the text says so, `mend` what to write."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


def metric_named(name: str | Metric) -> Metric:
    """The metric of that name, `auc` or `pinball:0.9`; raises `UnknownMetric`."""
    if isinstance(name, Metric):
        return name
    if name in METRICS:
        return METRICS[name]
    family, colon, argument = name.partition(":")
    if family in FAMILIES and colon:
        try:
            return FAMILIES[family](argument)
        except ValueError as error:
            raise UnknownMetric(f"metric '{name}': {error}", f"write {family}:VALUE") from None
    raise UnknownMetric(f"there is no metric '{name}'", did_you_mean(name, [*METRICS, *FAMILIES]))


def fits(metric: Metric, task: Task) -> bool:
    """Whether the task has the metric."""
    return task in metric.methods


def metrics_of(task: Task) -> list[str]:
    """The names of a task's metrics, without those that take an argument."""
    return [id_ for id_, metric in METRICS.items() if fits(metric, task)]
