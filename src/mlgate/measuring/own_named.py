"""A metric by its name in a configuration, which may have metrics of its own."""

from mlgate.config import Model
from mlgate.measuring.metric import Metric
from mlgate.measuring.metrics import metric_named
from mlgate.measuring.own import Own


def metric_of(model: Model | None, name: str) -> Metric:
    """The repository's own metric of that name, else the kit's; raises `UnknownMetric`."""
    if model is None or name not in model.own_metrics:
        return metric_named(name)
    own = model.own_metrics[name]
    return Metric(name, own.better, "own", own.margin, {model.task: Own(name)})
