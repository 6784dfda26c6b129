"""Planting: pairs of predictions of which it is known how much the one is worse than the other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlgate.errors import user_error
from mlgate.measuring.comparing import measure
from mlgate.measuring.joint import Bools, Floats, Joint, Side
from mlgate.measuring.metrics import metric_named

DISCORDANT = 0.06  # the share of rows on which two versions of one model typically differ
TOO_ALIKE = 0.01  # below this the two predictions at hand differ too little to be exchanged
MOST_NOISE = 32.0  # standard deviations on the logit
STEPS = 12  # of a bisection
LEAST_EXCHANGES, MOST_EXCHANGES = 8, 200  # over which a true drop is averaged: one exchange of few rows is all chance
EXCHANGED_ROWS = 200_000  # in all of them


@dataclass(frozen=True)
class Pair:
    """Two predictions of the same rows, and whether the second was made by noise because the two at hand agree."""

    joint: Joint
    is_noise: bool

    @property
    def discordant(self) -> float:
        """The share of rows on which the two differ."""
        return discordant(self.joint.candidate, baseline_of(self.joint))


def pair_of(joint: Joint, rng: np.random.Generator) -> Pair:
    """The two models' own predictions, or where they agree the candidate's and the same with noise."""
    if discordant(joint.candidate, baseline_of(joint)) >= TOO_ALIKE:
        return Pair(joint, False)
    return Pair(replace(joint, baseline=_noisy(joint.candidate, rng)), True)


def discordant(one: Side, other: Side) -> float:
    """The share of rows on which two sides decide otherwise; without decisions, on which their scores differ."""
    a, b = (one.predicted, other.predicted) if one.predicted is not None else (one.score, other.score)
    if a is None or b is None:
        return 0.0
    return float((a != b).reshape(len(a), -1).any(axis=1).mean())


def unchanged(joint: Joint, rng: np.random.Generator) -> Joint:
    """The rows drawn anew, and the two predictions of each exchanged by a coin: nothing differs by construction.

    Rows of one cluster are drawn and exchanged together.
    """
    if joint.cluster is None:
        rows = joint.where(rng.integers(0, joint.n, joint.n))
        unit = np.arange(joint.n)
    else:
        order = np.argsort(joint.cluster, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(joint.cluster[order])) + 1)
        drawn = [parts[at] for at in rng.integers(0, len(parts), len(parts))]
        unit = np.repeat(np.arange(len(drawn)), [len(part) for part in drawn])
        rows = replace(joint.where(np.concatenate(drawn)), cluster=unit)
    coin = (rng.random(int(unit.max()) + 1) < 0.5)[unit]
    ours, theirs = rows.candidate, baseline_of(rows)
    return replace(rows, candidate=_merged(ours, theirs, coin), baseline=_merged(theirs, ours, coin))


def worse(joint: Joint, share: float, rng: np.random.Generator) -> Joint:
    """The candidate's predictions of a random share of the rows, exchanged among these rows."""
    return replace(joint, candidate=_exchanged(joint.candidate, joint.n, share, rng))


def share_for(joint: Joint, metric: str, drop: float, seed: int) -> float:
    """The share of rows whose exchange makes the metric worse by `drop` on average over exchanges and both models.

    A `UserError` if no share does: the model is hardly better than chance then.
    """
    sides, sign = (joint.candidate, baseline_of(joint)), metric_named(metric).sign
    exchanges = min(MOST_EXCHANGES, max(LEAST_EXCHANGES, EXCHANGED_ROWS // joint.n))
    known = [measure(metric, joint, side).value for side in sides]

    def lost(share: float) -> float:
        found = []
        for at in range(exchanges):
            side = _exchanged(sides[at % 2], joint.n, share, np.random.default_rng(seed + at))
            found.append(sign * (known[at % 2] - measure(metric, joint, side).value))
        return float(np.mean(found))

    if lost(1.0) < drop:
        raise user_error(f"no exchange of predictions makes {metric} worse by {drop:.3g}: the model says too little")
    return _least(lambda share: lost(share) >= drop, 1.0)


def baseline_of(joint: Joint) -> Side:
    """The baseline's predictions, where they are known to be there."""
    found = joint.paired()
    assert found is not None
    return found


def _exchanged(side: Side, n: int, share: float, rng: np.random.Generator) -> Side:
    order = np.arange(n)
    chosen = np.flatnonzero(rng.random(n) < share)
    order[chosen] = rng.permutation(chosen)
    return side.where(order)


def _merged(ours: Side, theirs: Side, coin: Bools) -> Side:
    """Each row as `theirs` has it where the coin says so, else as `ours`."""
    return replace(
        ours,
        predicted=_chosen(coin, theirs.predicted, ours.predicted),
        score=_chosen(coin, theirs.score, ours.score),
    )


def _chosen(coin: Bools, yes: NDArray[Any] | None, no: NDArray[Any] | None) -> NDArray[Any] | None:
    if yes is None or no is None:
        return None
    return np.where(coin.reshape(-1, *[1] * (yes.ndim - 1)), yes, no)


def _noisy(side: Side, rng: np.random.Generator) -> Side:
    """The side with noise on the logit of its scores; without probabilities of two classes, some rows exchanged."""
    score, predicted = side.score, side.predicted
    if score is None or score.ndim > 1 or not side.is_probability or predicted is None or predicted.dtype != np.bool_:
        rows = len(predicted) if predicted is not None else len(score) if score is not None else 0
        return _exchanged(side, rows, DISCORDANT, rng)
    clipped = np.clip(score, 1e-6, 1 - 1e-6)
    logit, noise = np.log(clipped / (1 - clipped)), rng.normal(size=len(score))
    threshold = float(score[predicted].min()) if predicted.any() else 0.5

    def moved(by: float) -> Side:
        found: Floats = 1 / (1 + np.exp(-(logit + by * noise)))
        return replace(side, predicted=found >= threshold, score=found)

    return moved(_least(lambda by: discordant(side, moved(by)) >= DISCORDANT, MOST_NOISE))


def _least(is_enough: Callable[[float], bool], high: float) -> float:
    """About the smallest number up to `high` that is enough."""
    low = 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
