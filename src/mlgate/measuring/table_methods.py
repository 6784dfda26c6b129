"""The method of metrics that are functions of the confusion table: averages over classes, kappa, MCC."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlgate.measuring.by_influence import compare_by_influence, measure_by_influence, weight_of
from mlgate.measuring.joint import Floats, Joint, Side
from mlgate.measuring.methods import SHARE
from mlgate.measuring.metric import LEVEL, Change, Compared, Measured
from mlgate.statistics import influence
from mlgate.statistics.agreement import OfTable, balanced_accuracy, cohen_kappa, matthews, shares_of
from mlgate.statistics.influence import Estimate
from mlgate.statistics.interval import Interval, normal_cdf, two_sided_z

PSEUDO_ROWS = 2.0
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """A function of the confusion table: its gradient is each cell's influence, with pseudo-rows for errors not seen.

    As ½ in each discordant cell does for two classes (Agresti and Min 2005), two rows are added that the models predict
    differently, spread over the classes as the labels are, each between its label and the other classes alike.
    """

    of: OfTable
    reach: Interval = SHARE

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """A second class, without which the metric is 0/0."""
        return None if np.isfinite(self.estimate(joint, side, weight_of(joint)).value) else "all rows have one label"

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """The value, and each row's influence by its label and prediction."""
        truth, predicted, classes = _codes(joint, side)
        value, table = self.of(shares_of(truth, predicted, classes, weight))
        return Estimate(value, table[truth, predicted])

    def alone(self, joint: Joint, side: Side) -> Measured:
        """A normal interval, two wrong rows added to its variance."""
        truth, predicted, classes = _codes(joint, side)
        value, table = self.of(shares_of(truth, predicted, classes, weight_of(joint)))
        rows = table[truth, predicted]
        se = float(np.sqrt(rows @ rows + _pseudo(table, np.bincount(truth, minlength=classes))) / (joint.n + 2.0))
        if se <= influence.ROUNDING:
            return measure_by_influence(self, joint, side)
        z = two_sided_z(LEVEL)
        interval = Interval(max(self.reach.low, value - z * se), min(self.reach.high, value + z * se))
        return Measured(value, interval, "delta method", {"se": se, "least": self.reach.low, "most": self.reach.high})

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """A normal interval of the difference, two discordant rows added to its variance."""
        found = compare_by_influence(self, joint, ours, theirs, asked)
        if found.interval is None:
            return found
        truth, _, classes = _codes(joint, ours)
        table = self.of(shares_of(truth, _codes(joint, theirs)[1], classes, weight_of(joint)))[1]
        extra = _pseudo(table, np.bincount(truth, minlength=classes))
        n = joint.n
        scale = n / (n + 2.0)
        se = float(np.sqrt((found.se * n) ** 2 * max(n - 1, 1) / n + extra) / n * scale)
        if not (se > influence.ROUNDING and np.isfinite(se)):
            return found
        z, most = two_sided_z(LEVEL), self.reach.high - self.reach.low
        low_half = np.sqrt(max((found.value - found.interval.low) ** 2, (z * se) ** 2)) if asked.relative else z * se
        interval = Interval(max(-most, found.value - low_half), min(most, found.value + z * se))
        return Compared(
            found.candidate, found.baseline, found.value, se, interval, normal_cdf(found.value / se), found.margin,
            "delta method, paired", {"se": se, "least": -most, "most": most, "low_half": float(low_half)},
        )  # fmt: skip


def _pseudo(table: Floats, sizes: Codes) -> float:
    """Two rows' squared influence of being predicted wrong instead of right, over the labels as they come."""
    classes = len(table)
    if classes < 2:
        return 0.0
    change = (table - np.diag(table)[:, None]) ** 2
    return PSEUDO_ROWS * float((sizes / sizes.sum()) @ change.sum(axis=1)) / (classes - 1)


def _codes(joint: Joint, side: Side) -> tuple[Codes, Codes, int]:
    assert side.predicted is not None
    classes = 2 if joint.task == "binary" else len(joint.classes)
    return joint.truth.astype(np.int64), side.predicted.astype(np.int64), classes


BY_TABLE = {
    "balanced-accuracy": Table(balanced_accuracy),
    "kappa": Table(cohen_kappa, Interval(-1.0, 1.0)),
    "mcc": Table(matthews, Interval(-1.0, 1.0)),
}
