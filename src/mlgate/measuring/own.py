"""Metrics of a user's own: numbers that came with the predictions, of each row or of all rows with resampled ones."""

from dataclasses import dataclass, replace

import numpy as np

from mlgate.measuring.by_influence import compare_by_influence, measure_by_influence
from mlgate.measuring.joint import Floats, Joint, Side, Whole
from mlgate.measuring.mean_methods import Mean
from mlgate.measuring.metric import LEVEL, Change, Compared, Measured, NotMeasurable
from mlgate.statistics.bootstrap import p_worse, percentile_interval
from mlgate.statistics.influence import Estimate
from mlgate.statistics.interval import Interval
from mlgate.statistics.means import UNBOUNDED

HOW = "Poisson bootstrap"


@dataclass(frozen=True)
class Own:
    """A user's metric: the mean of its numbers of rows, or its one number with percentiles of resampled ones."""

    name: str
    reach: Interval = UNBOUNDED

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """Why the worker gave no numbers, or none for these rows."""
        found = side.own.get(self.name, f"there is no number of '{self.name}'")
        return found if isinstance(found, str) else None

    def takes_any_rows(self, side: Side) -> bool:
        """Whether weights and clusters are in the numbers already."""
        return isinstance(side.own.get(self.name), Whole)

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """The mean of the rows' numbers; one number for all has no influence of a row."""
        if self.takes_any_rows(side):
            raise NotMeasurable(f"{self.name} gives one number for all rows, so there is none of a row")
        return self._mean().estimate(joint, side, weight)

    def alone(self, joint: Joint, side: Side) -> Measured:
        """One model's number with its interval."""
        found = side.own[self.name]
        if not isinstance(found, Whole):
            simple = joint.is_simple
            return self._mean().alone(joint, side) if simple else measure_by_influence(self, joint, side)
        return Measured(found.value, _interval(found.draws, found.value), HOW)

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """Both models' numbers, their resampled ones paired draw by draw."""
        mine, other = ours.own[self.name], theirs.own[self.name]
        if not isinstance(mine, Whole) or not isinstance(other, Whole):
            if joint.is_simple:
                return self._mean().paired(joint, ours, theirs, asked)
            return compare_by_influence(self, joint, ours, theirs, asked)
        value, draws = asked.sign * (mine.value - other.value), asked.sign * (mine.draws - other.draws)
        interval, margin = _interval(draws, value), asked.absolute or asked.relative * abs(other.value)
        se, p = float(draws.std(ddof=1)), p_worse(draws) if interval else None
        found = Compared(mine.value, other.value, value, se, interval, p, margin, HOW)
        if not asked.relative or interval is None:
            return found
        contrast = draws + asked.relative * np.abs(other.draws)
        low = _interval(contrast, value + margin)
        return replace(found, interval=Interval(low.low - margin, interval.high)) if low else found

    def _mean(self) -> Mean:
        def rows(joint: Joint, side: Side) -> Floats:
            found = side.own[self.name]
            assert isinstance(found, np.ndarray)
            return found

        return Mean(rows, self.reach)


def _interval(draws: Floats, value: float) -> Interval | None:
    """The percentiles, held around the value; none where no draw differs, which proves nothing."""
    if np.ptp(draws) == 0:
        return None
    low, high = percentile_interval(draws, LEVEL)
    return Interval(min(low, value), max(high, value))
