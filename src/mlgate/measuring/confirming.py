"""Weak slices that are real: suspected on one half of the rows, confirmed on the other."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlgate.measuring.comparing import compare
from mlgate.measuring.joint import Joint
from mlgate.measuring.metric import Compared, Metric, NotMeasurable
from mlgate.measuring.searching import Slice, halves, weak_slices
from mlgate.statistics.multiplicity import holm

ALPHA = 0.025
LEAST_SHARE = 200  # a slice that is suspected has at least one row in so many


@dataclass(frozen=True)
class Confirmed:
    """A slice that the other half of the rows confirms: its rows there, and the comparison on them."""

    slice: Slice
    part: Joint
    compared: Compared


@dataclass(frozen=True)
class Found:
    """What a search found: how many slices one half of the rows suspects, and which the other half confirms."""

    suspected: int
    confirmed: tuple[Confirmed, ...]


def search(metric: Metric, joint: Joint, margin: float | str, depth: int, most: int, least: int) -> Found:
    """The slices of at most `depth` conditions in which the candidate is worse than the baseline.

    The `most` suspects of the first half, of at least `least` rows each, are compared on the second half, which had no
    part in finding them; Holm's correction at one-sided .025 over all of them confirms.
    """
    if joint.is_identical():
        return Found(0, ())
    first, second = (joint.where(half) for half in halves(joint))
    try:
        suspects = weak_slices(metric, first, depth, most, max(least, first.n // LEAST_SHARE))
    except NotMeasurable:
        suspects = []
    compared = list(_compared(metric, suspects, second, margin))
    p = [1.0 if c.compared.p_worse is None or c.part.effective_n < least else c.compared.p_worse for c in compared]
    kept = zip(compared, holm(p, ALPHA), strict=True)
    return Found(len(suspects), tuple(one for one, is_confirmed in kept if is_confirmed))


def _compared(metric: Metric, suspects: list[Slice], joint: Joint, margin: float | str) -> Iterator[Confirmed]:
    for suspect in suspects:
        part = joint.where(np.flatnonzero(suspect.holds(joint)))
        try:
            yield Confirmed(suspect, part, compare(metric, part, margin))
        except NotMeasurable:
            continue
