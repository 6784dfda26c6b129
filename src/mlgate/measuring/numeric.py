"""The metrics of regression, and the one of a task that gives each row a score."""

import math

import numpy as np

from mlgate.measuring.joint import Floats, Joint, Side
from mlgate.measuring.mean_methods import Mean, Smooth
from mlgate.measuring.methods import score_of
from mlgate.measuring.metric import Metric
from mlgate.statistics import influence
from mlgate.statistics.influence import Estimate
from mlgate.statistics.interval import Interval
from mlgate.statistics.means import UNBOUNDED

FROM_ZERO = Interval(0.0, math.inf)


def error(joint: Joint, side: Side) -> Floats:
    """Prediction − label, shape (n,)."""
    assert side.predicted is not None
    return np.asarray(side.predicted - joint.truth, np.float64)


def _absolute(joint: Joint, side: Side) -> Floats:
    return np.abs(error(joint, side))


def _root(joint: Joint, side: Side, weight: Floats) -> Estimate:
    return influence.root_mean(error(joint, side) ** 2, weight)


def _explained(joint: Joint, side: Side, weight: Floats) -> Estimate:
    return influence.explained(joint.truth, error(joint, side), weight)


def _percentage(joint: Joint, side: Side, weight: Floats) -> Estimate:
    """Over the rows whose label is not 0, of which alone a share can be taken."""
    known = joint.truth != 0
    share = np.where(known, np.abs(error(joint, side)) / np.where(known, np.abs(joint.truth), 1), 0)
    return influence.ratio(share, known.astype(float), weight)


def _has_no_label_but_zero(joint: Joint, side: Side) -> str | None:
    return None if (joint.truth != 0).any() else "every label is 0, of which no share can be taken"


def _is_constant(joint: Joint, side: Side) -> str | None:
    return None if np.ptp(joint.truth) > 0 else "all labels are equal, so there is no variance to explain"


def pinball(argument: str) -> Metric:
    """The quantile loss: of a prediction that should lie above the label with this probability."""
    try:
        quantile = float(argument)
    except ValueError:
        quantile = -1.0
    if not 0 < quantile < 1:
        raise ValueError("a quantile between 0 and 1 is needed, as in pinball:0.9")

    def loss(joint: Joint, side: Side) -> Floats:
        short = -error(joint, side)
        return np.maximum(quantile * short, (quantile - 1) * short)

    return Metric(f"pinball:{argument}", "down", "number", "1%", {"regression": Mean(loss, FROM_ZERO)})


METRICS = (
    Metric("rmse", "down", "number", "1%", {"regression": Smooth(_root, FROM_ZERO)}),
    Metric("mae", "down", "number", "1%", {"regression": Mean(_absolute, FROM_ZERO)}),
    Metric("mape", "down", "number", "1%", {"regression": Smooth(_percentage, FROM_ZERO, _has_no_label_but_zero)}),
    Metric("r2", "up", "number", 0.01, {"regression": Smooth(_explained, Interval(-math.inf, 1.0), _is_constant)}),
    Metric("score", "up", "score", "1%", {"score": Mean(lambda joint, side: score_of(side), UNBOUNDED)}),
)
FAMILIES = {"pinball": pinball}
