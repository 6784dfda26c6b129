"""The search for weak slices: conditions of columns that together hold the rows on which the candidate lost most.

Searched on half of the rows, so that the other half can confirm what was found: of so many slices the worst one looks
bad for chance alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlgate.measuring.by_influence import weight_of
from mlgate.measuring.comparing import require
from mlgate.measuring.joint import MISSING, Bools, Floats, Joint
from mlgate.measuring.metric import Metric

MOST_ROWS = 50_000  # of the half that is searched; what more rows would find is found on these too
MOST_VALUES = 30
CUTS = 10
WIDTH = 20
SEED = 17


@dataclass(frozen=True)
class Condition:
    """A condition on a row: a column has a value, a number lies on one side of a cut, or is missing."""

    column: str
    sign: Literal["=", "<", "≥"]
    value: str | float

    @property
    def words(self) -> str:
        """The condition as a report shows it, "age≥40"."""
        return f"{self.column}{self.sign}{self.value if isinstance(self.value, str) else format(self.value, 'g')}"

    def holds(self, joint: Joint) -> Bools:
        """The rows that meet it, shape (n,)."""
        if isinstance(self.value, float):
            values = joint.numbers[self.column]
            return np.asarray(values >= self.value if self.sign == "≥" else values < self.value)
        if self.column in joint.numbers:
            return np.isnan(joint.numbers[self.column])
        column = joint.columns[self.column]
        return np.asarray(column.codes == column.labels.index(self.value))


@dataclass(frozen=True)
class Slice:
    """Rows that meet all conditions, and how many standard errors the candidate is worse there."""

    conditions: tuple[Condition, ...]
    z: float

    @property
    def words(self) -> str:
        """The conditions, "age≥40 & region=north"."""
        return " & ".join(condition.words for condition in self.conditions)

    def holds(self, joint: Joint) -> Bools:
        """The rows that meet them all, shape (n,)."""
        met: Bools = np.all([condition.holds(joint) for condition in self.conditions], axis=0)
        return met


def halves(joint: Joint) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indexes of two random halves of the rows, the same each time; rows of one cluster stay together."""
    rng = np.random.default_rng(SEED)
    if joint.cluster is None:
        order = rng.permutation(joint.n)
        return np.sort(order[: joint.n // 2]), np.sort(order[joint.n // 2 :])
    first = rng.random(int(joint.cluster.max(initial=0)) + 1) < 0.5
    return np.flatnonzero(first[joint.cluster]), np.flatnonzero(~first[joint.cluster])


def conditions(joint: Joint) -> Iterator[Condition]:
    """Each value of a column that has at most 30, and both sides of each tenth of a column of numbers."""
    for name, column in joint.columns.items():
        present = np.unique(column.codes)
        if len(present) <= MOST_VALUES:
            for code in present.tolist():
                yield Condition(name, "=", column.labels[code])
    for name, values in joint.numbers.items():
        known = values[~np.isnan(values)]
        for cut in np.unique(np.quantile(known, np.arange(1, CUTS) / CUTS)).tolist() if known.size else ():
            yield Condition(name, "<", cut)
            yield Condition(name, "≥", cut)
        if known.size < values.size:
            yield Condition(name, "=", MISSING)


def gains(metric: Metric, joint: Joint) -> Floats:
    """What each row adds to candidate − baseline, positive is better, shape (n,): the difference and its influence."""
    baseline, weight = joint.paired(), weight_of(joint)
    assert baseline is not None
    found = [require(metric, side, joint).estimate(joint, side, weight) for side in (joint.candidate, baseline)]
    rows = found[0].influence + found[0].value - found[1].influence - found[1].value
    return metric.sign * weight * rows


def weak_slices(metric: Metric, joint: Joint, depth: int, most: int, least: int) -> list[Slice]:
    """The `most` slices of at most `depth` conditions and at least `least` rows in which the candidate lost most.

    A beam search, 20 slices wide, by mean/standard error of what the rows gain; a slice that holds nearly the rows of a
    worse one is left out.
    Source: Chung et al. 2020, "Automated data slicing for model validation", IEEE TKDE 32:2284, with a beam in place of
    their lattice.
    """
    rng = np.random.default_rng(SEED)
    if joint.n > MOST_ROWS:
        joint = joint.where(np.sort(rng.choice(joint.n, MOST_ROWS, replace=False)))
    gain = gains(metric, joint)
    known = list(conditions(joint))
    if not known:
        return []
    table = np.stack([condition.holds(joint) for condition in known])
    weights = table.astype(np.float32)
    found: dict[frozenset[int], float] = {}
    beam: list[frozenset[int]] = [frozenset()]
    for _ in range(depth):
        grown = {}
        for chosen in beam:
            inside = np.all(table[sorted(chosen)], axis=0)  # of no condition: every row
            for at, z in enumerate(_scores(weights, gain, inside, least).tolist()):
                if z < 0 and at not in chosen and _adds(known, chosen, at):
                    grown[chosen | {at}] = z
        beam = sorted(grown, key=lambda key: (grown[key], sorted(key)))[:WIDTH]
        found.update((key, grown[key]) for key in beam)
    ordered = sorted(found, key=lambda key: (found[key], len(key), sorted(key)))
    kept = _distinct(ordered, table, most)
    return [Slice(tuple(sorted((known[at] for at in key), key=lambda c: c.words)), found[key]) for key in kept]


def _adds(known: Sequence[Condition], chosen: frozenset[int], at: int) -> bool:
    """Whether the condition says something new: of a column there is one value, or one range."""
    same = [known[other].sign for other in chosen if known[other].column == known[at].column]
    return not same or (len(same) == 1 and {same[0], known[at].sign} == {"<", "≥"})


def _scores(table: NDArray[np.float32], gain: Floats, inside: Bools, least: int) -> Floats:
    """Mean/standard error of the gain in each condition's rows among those inside; 0 for too few rows."""
    within = np.stack([inside, gain * inside, gain**2 * inside], axis=1).astype(np.float32)
    rows, sums, squares = np.asarray(table @ within, np.float64).T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / rows
        unseen = (gain.std() / np.maximum(rows, 1)) ** 2  # so that a handful of equal rows are no certainty
        spread = np.sqrt(np.maximum(squares / rows - mean**2, 0) / rows + unseen)
        score = np.where((rows >= least) & (spread > 0), mean / spread, 0.0)
    return np.nan_to_num(score)


def _distinct(ordered: Sequence[frozenset[int]], table: Bools, most: int) -> list[frozenset[int]]:
    kept: list[frozenset[int]] = []
    rows: list[Bools] = []
    for key in ordered:
        holds = np.all(table[sorted(key)], axis=0)
        if all((holds & other).sum() < 0.5 * max(int((holds | other).sum()), 1) for other in rows):
            kept.append(key)
            rows.append(holds)
        if len(kept) == most:
            break
    return kept
