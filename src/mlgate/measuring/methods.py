"""The methods by which metrics are measured, each with the best interval that is known for it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from mlgate.measuring.by_influence import LEAST_OF_A_CLASS, contrast_errors
from mlgate.measuring.joint import Bools, Floats, Joint, Side
from mlgate.measuring.metric import LEVEL, Change, Compared, Measured, Method
from mlgate.statistics import influence
from mlgate.statistics.auc import auc_interval
from mlgate.statistics.auc_binned import auc_of_many, delong_of_many
from mlgate.statistics.count_metrics import confusion_metric, count_metric_interval, paired_count_metric
from mlgate.statistics.influence import Estimate
from mlgate.statistics.interval import Interval, two_sided_z
from mlgate.statistics.paired_proportions import paired_se, tango, tango_p_worse
from mlgate.statistics.proportions import wilson
from mlgate.verdict import IDENTICAL

SHARE = Interval(0.0, 1.0)


@dataclass(frozen=True)
class Proportion:
    """The share of successes among rows that the labels fix: Wilson, and Tango for the paired change."""

    of: Callable[[Joint, Side], tuple[Bools, Bools]]  # which rows succeed, and which count
    nothing: str = "there are no rows"  # what to say where none counts
    reach: Interval = SHARE

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """That no row counts."""
        return None if self.of(joint, side)[1].any() else self.nothing

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """The share as a ratio."""
        success, among = self.of(joint, side)
        return influence.ratio((success & among).astype(float), among.astype(float), weight)

    def alone(self, joint: Joint, side: Side) -> Measured:
        """Wilson's interval."""
        success, among = self.of(joint, side)
        hits, rows = int((success & among).sum()), int(among.sum())
        return Measured(hits / rows, wilson(hits, rows, LEVEL), "Wilson", {"successes": hits, "n": rows})

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """Tango's score interval of the rows that changed."""
        (mine, among), (other, _) = self.of(joint, ours), self.of(joint, theirs)
        up, down, rows = int((mine & ~other & among).sum()), int((~mine & other & among).sum()), int(among.sum())
        split = (up, down, rows) if asked.sign > 0 else (down, up, rows)
        values = [int((success & among).sum()) / rows for success in (mine, other)]
        found = Compared(
            values[0], values[1], asked.sign * (values[0] - values[1]), paired_se(*split), tango(*split, LEVEL),
            tango_p_worse(*split), asked.absolute, "Tango score, paired",
            {"gained": split[0], "lost": split[1], "n": rows},
        )  # fmt: skip
        return with_relative(self, found, joint, ours, theirs, asked)


@dataclass(frozen=True)
class Counts:
    """Precision or F1 of the positive class: Wilson, for F1 by Jaccard's index; paired an adjusted delta method."""

    name: str
    reach: Interval = SHARE

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """That nothing is predicted positive, or nothing is."""
        if self.name == "f1":
            return None if joint.truth.any() else "no row has the positive label"
        assert side.predicted is not None
        return None if side.predicted.any() else "no row is predicted positive"

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """A ratio whose denominator moves with the predictions."""
        assert side.predicted is not None
        truth, positive = joint.truth.astype(float), side.predicted.astype(float)
        if self.name == "f1":
            return influence.ratio(2 * truth * positive, truth + positive, weight)
        return influence.ratio(truth * positive, positive, weight)

    def alone(self, joint: Joint, side: Side) -> Measured:
        """Wilson's interval, for F1 through Jaccard's index."""
        assert side.predicted is not None
        truth, positive = joint.truth, side.predicted
        counts = (truth & positive, ~truth & positive, truth & ~positive, ~truth & ~positive)
        tp, fp, fn, tn = (int(rows.sum()) for rows in counts)
        interval = count_metric_interval(self.name, tp, fp, fn, tn, LEVEL)
        how = "Wilson, by Jaccard" if self.name == "f1" else "Wilson"
        basis = {"tp": tp, "fp": fp, "fn": fn} if self.name == "f1" else {"successes": tp, "n": tp + fp}
        return Measured(float(confusion_metric(self.name, tp, fp, fn, tn)), interval, how, basis)

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """The delta method on the eight joint cells."""
        cells = replace(joint, candidate=ours, baseline=theirs).cells()
        found = paired_count_metric(cells, self.name, LEVEL)
        compared = Compared(
            found.candidate, found.baseline, found.difference, found.se, found.interval, found.p_worse,
            asked.absolute, "delta method, paired", {f"cell_{at:03b}": int(c) for at, c in enumerate(cells.flat)},
        )  # fmt: skip
        return with_relative(self, compared, joint, ours, theirs, asked)


@dataclass(frozen=True)
class Area:
    """The area under the ROC curve of the positive class: Newcombe's interval, and DeLong for the paired change."""

    reach: Interval = SHARE

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """A class without rows."""
        if not joint.truth.any():
            return "no row has the positive label"
        return "no row has the negative label" if joint.truth.all() else None

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """The weighted area with its placements."""
        return influence.area(joint.truth, score_of(side), weight)

    def alone(self, joint: Joint, side: Side) -> Measured:
        """Newcombe's interval of 2006."""
        value, positives = auc_of_many(joint.truth, score_of(side)), int(joint.truth.sum())
        sizes = positives, joint.n - positives
        basis = {"area": value, "positives": sizes[0], "negatives": sizes[1]}
        return Measured(value, auc_interval(value, *sizes, LEVEL), "Newcombe 2006, method 5", basis)

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """DeLong's interval, none with fewer than 30 rows of a class; the same placement of every row is identical."""
        found = delong_of_many(joint.truth, score_of(ours), score_of(theirs), LEVEL)
        how = IDENTICAL if found.se == 0 and found.difference == 0 else "DeLong, paired"
        positives = int(joint.truth.sum())
        if min(positives, joint.n - positives) < LEAST_OF_A_CLASS:
            found = replace(found, interval=None, p_worse=None)
        compared = Compared(
            found.candidate, found.baseline, found.difference, found.se, found.interval, found.p_worse,
            asked.absolute, how,
            {"difference": found.difference, "se": found.se, "degrees": found.degrees, "skewness": found.skewness},
        )  # fmt: skip
        return with_relative(self, compared, joint, ours, theirs, asked)


def score_of(side: Side) -> Floats:
    """The scores, where they were asked for before, shape (n,) or (n, classes)."""
    assert side.score is not None
    return side.score


def with_relative(method: Method, found: Compared, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
    """The margin as a share of the baseline's value, whose own error widens the lower end that is held against it."""
    if not asked.relative:
        return found
    margin = asked.relative * abs(found.baseline)
    if found.interval is None:
        return replace(found, margin=margin)
    if joint.n == 1:
        return replace(found, interval=Interval(-method.reach.high, found.interval.high), margin=margin)  # no scatter
    scale = 1 - asked.sign * asked.relative * (1 if found.baseline >= 0 else -1)
    of_change, of_contrast = contrast_errors(method, joint, ours, theirs, scale)
    z = two_sided_z(LEVEL)
    half = (found.value - found.interval.low) ** 2 + z * z * (of_contrast**2 - of_change**2)
    basis = {**found.basis, "change_se": of_change, "contrast_se": of_contrast}
    low = found.value - math.sqrt(max(half, 0.0))
    return replace(found, interval=Interval(low, found.interval.high), margin=margin, basis=basis)
