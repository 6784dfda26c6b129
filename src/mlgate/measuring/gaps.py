"""Gaps between the groups of a column, as a difference or as a ratio, and whether they grew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from mlgate.measuring.groups import Groups
from mlgate.measuring.joint import Floats
from mlgate.measuring.metric import LEVEL, Basis
from mlgate.statistics.gap_growth import GapGrowth, PairedGroups, growth_of
from mlgate.statistics.gaps import GapInterval, gap_interval, gap_of
from mlgate.statistics.interval import Interval
from mlgate.statistics.ratios import log_rate

MOST_NUMBERS = 64  # in the evidence of one finding


@dataclass(frozen=True)
class Gap:
    """A gap with its interval and the indexes of its two groups; a ratio is at most 1, which is equality."""

    value: float
    interval: Interval
    high_group: int
    low_group: int
    basis: Basis = field(default_factory=dict)


@dataclass(frozen=True)
class Growth:
    """The change of a gap, positive = better, in the gap's unit; `p_worse` is one-sided."""

    candidate: float
    baseline: float
    value: float
    interval: Interval
    p_worse: float
    se: float
    pair: tuple[int, int]
    basis: Basis = field(default_factory=dict)


def gap(
    groups: Groups, side: Literal["candidate", "baseline"], reference: int | None = None, *, as_ratio: bool = False
) -> Gap:
    """The largest difference, or the smallest ratio, of one model's metric between two groups."""
    if not as_ratio:
        found = _difference(groups, side, reference)
        basis = _basis(_difference_basis(groups, side), reference)
        return Gap(found.value, found.interval, found.high_group, found.low_group, basis)
    logs, variances = _logs(getattr(groups.paired, side), groups.rows)
    found = gap_of(logs, logs, variances, LEVEL, reference)
    ends = Interval(float(np.exp(-found.interval.high)), float(np.exp(-found.interval.low)))
    basis = _basis({"log": logs, "variance": variances}, reference)
    return Gap(float(np.exp(-found.value)), ends, found.high_group, found.low_group, basis)


def growth(groups: Groups, reference: int | None = None, *, as_ratio: bool = False) -> Growth:
    """How the gap changed, on the same rows; a ratio's change is found on the log scale."""
    if not as_ratio:
        found = growth_of(groups.paired, LEVEL, reference)
        ends = Interval(-found.interval.high, -found.interval.low)
        of = _basis(vars(groups.paired), reference)
        return _as_growth(found, found.candidate_gap, found.baseline_gap, -found.value, ends, found.se, of)
    logs = _of_logs(groups)
    found = growth_of(logs, LEVEL, reference)
    ours, theirs = float(np.exp(-found.candidate_gap)), float(np.exp(-found.baseline_gap))
    low, high = (theirs * float(np.expm1(-end)) for end in (found.interval.high, found.interval.low))
    of = _basis(vars(logs), reference)
    if of:
        of["ratio_before"] = theirs
    return _as_growth(found, ours, theirs, ours - theirs, Interval(low, high), found.se * theirs, of)


def _as_growth(
    found: GapGrowth, ours: float, theirs: float, value: float, interval: Interval, se: float, basis: Basis
) -> Growth:
    return Growth(ours, theirs, value, interval, found.p_grew, se, found.candidate_pair, basis)


def _basis(arrays: Mapping[str, Floats], reference: int | None) -> dict[str, float]:
    """The arrays (groups,) number by number, and the reference group; nothing where that is more than evidence has."""
    found = {f"{name}_{at}": float(value) for name, of in arrays.items() for at, value in enumerate(of)}
    if reference is not None:
        found["reference"] = reference
    return found if len(found) < MOST_NUMBERS else {}


def _difference_basis(groups: Groups, side: Literal["candidate", "baseline"]) -> dict[str, Floats]:
    if groups.cells is not None:
        hits = groups.cells.sum(axis=1 if side == "candidate" else 2)[:, 1]
        return {"hits": hits, "rows": groups.cells.sum(axis=(1, 2))}
    of: dict[str, Any] = vars(groups.paired)
    return {"shrunk": of[f"shrunk_{side}"], "variance": of[f"{side}_variance"]}


def _difference(groups: Groups, side: Literal["candidate", "baseline"], reference: int | None) -> GapInterval:
    if groups.cells is not None:
        hits = groups.cells.sum(axis=1 if side == "candidate" else 2)[:, 1]
        return gap_interval(hits, groups.cells.sum(axis=(1, 2)), LEVEL, reference)
    of: dict[str, Any] = vars(groups.paired)
    return gap_of(of[side], of[f"shrunk_{side}"], of[f"{side}_variance"], LEVEL, reference)


def _logs(rates: Floats, rows: Floats) -> tuple[Floats, Floats]:
    found = [log_rate(rate * n, n) for rate, n in zip(rates.clip(0, 1).tolist(), rows.tolist(), strict=True)]
    return np.array([value for value, _ in found]), np.array([variance for _, variance in found])


def _of_logs(groups: Groups) -> PairedGroups:
    """The same on the log scale, the models' errors as correlated as they are there."""
    of = groups.paired
    (ours, our_errors), (theirs, their_errors) = (_logs(rates, groups.rows) for rates in (of.candidate, of.baseline))
    correlation = of.covariance / np.sqrt(of.candidate_variance * of.baseline_variance)
    covariance = np.clip(correlation, -1, 1) * np.sqrt(our_errors * their_errors)
    return PairedGroups(ours, theirs, ours, theirs, our_errors, their_errors, covariance)
