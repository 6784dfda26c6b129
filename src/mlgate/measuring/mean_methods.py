"""The methods of metrics that are means over rows, and of those that only have influence functions."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mlgate.measuring.by_influence import compare_by_influence, measure_by_influence
from mlgate.measuring.joint import Floats, Joint, Side
from mlgate.measuring.methods import SHARE, with_relative
from mlgate.measuring.metric import LEVEL, Change, Compared, Measured
from mlgate.statistics import influence
from mlgate.statistics.influence import Estimate
from mlgate.statistics.interval import Interval
from mlgate.statistics.means import PairedSums, difference_of_means, mean_interval, relative_margin
from mlgate.statistics.skewness import skewness_of_mean

Rows = Callable[[Joint, Side], Floats]


@dataclass(frozen=True)
class Mean:
    """The mean of a number of each row, a loss or a gain: normal intervals from sums."""

    of: Rows
    reach: Interval  # of one row's number

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """Nothing: any row has a number."""
        return None

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """The mean as a ratio."""
        return influence.ratio(self.of(joint, side), np.ones(joint.n), weight)

    def alone(self, joint: Joint, side: Side) -> Measured:
        """The central limit theorem."""
        rows = self.of(joint, side)
        total, squares = float(rows.sum()), float(rows @ rows)
        skewness = skewness_of_mean(rows - total / joint.n)
        interval = mean_interval(total, squares, joint.n, LEVEL, self.reach, skewness)
        return Measured(total / joint.n, interval, "mean", _of_sums(total, squares, joint.n, self.reach, skewness))

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """The mean difference; a relative margin is a linear contrast of the same rows."""
        mine, other = self.of(joint, ours), self.of(joint, theirs)
        gain, most = asked.sign * (mine - other), self.reach.high - self.reach.low
        total, squares, reach = float(gain.sum()), float(gain @ gain), Interval(-most, most)
        skewness = skewness_of_mean(gain - total / joint.n)
        found = difference_of_means(total, squares, joint.n, LEVEL, reach, skewness)
        compared = Compared(
            float(mine.mean()), float(other.mean()), found.value, found.se, found.interval, found.p_worse,
            asked.absolute, "mean difference, paired", _of_sums(total, squares, joint.n, reach, skewness),
        )  # fmt: skip
        if not asked.relative:
            return compared
        if asked.sign > 0 or self.reach.low < 0:
            return with_relative(self, compared, joint, ours, theirs, asked)
        return self._relative_loss(compared, mine, other, asked.relative)

    def _relative_loss(self, found: Compared, mine: Floats, other: Floats, relative: float) -> Compared:
        sums = PairedSums(
            len(mine), float(mine.sum()), float(other.sum()), float(mine @ mine), float(other @ other),
            float(mine @ other),
        )  # fmt: skip
        against = mine - (1 + relative) * other
        skewness = skewness_of_mean(against - against.mean())
        contrast = relative_margin(sums, relative, LEVEL, Interval(-math.inf, self.reach.high), skewness)
        low = -contrast.interval.high - contrast.margin
        assert found.interval is not None
        basis = {
            **found.basis, "contrast": contrast.value, "contrast_se": contrast.se, "contrast_skewness": skewness,
        }  # fmt: skip
        return replace(found, interval=Interval(low, found.interval.high), margin=contrast.margin, basis=basis)


@dataclass(frozen=True)
class Smooth:
    """Any other metric that has influence functions: the normal interval that they give."""

    of: Callable[[Joint, Side, Floats], Estimate]
    reach: Interval = SHARE
    needs_rows: Callable[[Joint, Side], str | None] = lambda joint, side: None

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """What the metric says that it lacks."""
        return self.needs_rows(joint, side)

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """As the metric gives it."""
        return self.of(joint, side, weight)

    def alone(self, joint: Joint, side: Side) -> Measured:
        """By influence."""
        return measure_by_influence(self, joint, side)

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """By the difference of influences."""
        return compare_by_influence(self, joint, ours, theirs, asked)


def _of_sums(total: float, squares: float, n: int, reach: Interval, skewness: float) -> dict[str, float]:
    basis = {"total": total, "squares": squares, "n": n, "least": reach.low, "most": reach.high}
    return {**basis, "skewness": skewness}
