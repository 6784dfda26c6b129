"""Whether a gap over groups grew against the baseline, measured on the same rows.

With c and b the differences of the candidate's and the baseline's rates over all ordered pairs of groups, the growth is
max c − max b, which has a kink wherever two pairs tie, and always where there is no gap.
Two lower bounds hold in spite of it (an upper bound is a lower one with the models exchanged, its sign turned):

* `pair by pair`: the growth is at least c − b at the baseline's own widest pair, so the smallest c − b − z·S over the
  pairs that may be that one; tight, since each term is paired.
* `largest above all`: the growth is the largest c over q, less the largest b over r, so the max over q of the min over
  r of c_q − b_r − z·S_qr; needed where the baseline's widest pair is unknown, as when it has no gap.

"May be" is: within 3 standard errors of the largest.
Where one q may be the widest, both bounds err on the same event and take all of α; where several, α is shared between
the bounds (`_MAIN_SHARE` to the one that decides) and, in the second, among them by Bonferroni.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgate.statistics.interval import Interval, normal_cdf, normal_quantile

Floats = NDArray[np.float64]
_SEPARATION = 3.0
_MAIN_SHARE = 0.8
_MOST_ROWS = 64  # of the pairs-by-pairs table; leaving out others only loosens a bound


@dataclass(frozen=True)
class GapGrowth:
    """`value` = candidate_gap − baseline_gap; pairs are (high, low) group indexes; `p_grew` is one-sided.

    `se` is the standard error of the candidate's widest pair less the baseline's.
    """

    value: float
    interval: Interval
    p_grew: float
    candidate_gap: float
    baseline_gap: float
    candidate_pair: tuple[int, int]
    baseline_pair: tuple[int, int]
    se: float


@dataclass(frozen=True)
class _Model:
    """One model's shrunk differences over the ordered pairs of groups, and its variances by group."""

    difference: Floats
    variance: Floats


@dataclass(frozen=True)
class _Bound:
    """One of the two lower bounds: terms T and their errors S as a table, folded by `fold`, at `share` of α."""

    terms: Floats
    errors: Floats
    share: float

    def at(self, alpha: float) -> float:
        """Max over rows of the min over columns of T − z·S."""
        z = normal_quantile(1.0 - self.share * alpha)
        return float((self.terms - z * self.errors).min(axis=1).max())

    def p_positive(self) -> float:
        """The smallest α at which the bound is above 0."""
        weakest = (self.terms / self.errors).min(axis=1).max()
        return min(1.0, normal_cdf(-float(weakest)) / self.share)


def gap_growth(cells: ArrayLike, level: float = 0.95) -> GapGrowth:
    """Return how much the gap grew, its interval, and the one-sided p-value of "it grew".

    `cells` is (groups, 2, 2), [group, baseline positive, candidate positive], of the rows that the metric counts: all
    for selection rate, positives for TPR, negatives for FPR; ½ is added to each cell (Agresti and Min 2005), so the
    interval has width also when no row is discordant.
    Its lower end is above 0 exactly when `p_grew` is below (1 − level)/2.
    Assumes independent rows and normal rates.
    Simulated on 204 cells: coverage at least .940 at a nominal .95; on the 156 of them without growth the lower end is
    above 0 at most .034 of times, .005 on average (docs/statistics.md).
    Source: intersection–union (Berger 1982) over pairs; the docstring of this module.
    Raises ValueError for another shape, below two groups, negative counts, or a group without rows.
    """
    counts = _checked(cells)
    smoothed = counts + 0.5
    rows = smoothed.sum(axis=(1, 2))
    candidate_rate, baseline_rate = smoothed[:, :, 1].sum(axis=1) / rows, smoothed[:, 1, :].sum(axis=1) / rows
    covariance = (smoothed[:, 1, 1] / rows - candidate_rate * baseline_rate) / rows
    pairs = _ordered_pairs(rows.size)
    candidate = _Model(pairs @ candidate_rate, candidate_rate * (1.0 - candidate_rate) / rows)
    baseline = _Model(pairs @ baseline_rate, baseline_rate * (1.0 - baseline_rate) / rows)
    grew = _bounds(candidate, baseline, covariance, pairs, main="largest above all")
    shrank = _bounds(baseline, candidate, covariance, pairs, main="pair by pair")
    tail = 1.0 - (0.5 + level / 2.0)
    low, high = max(bound.at(tail) for bound in grew), -max(bound.at(tail) for bound in shrank)
    return _described(
        counts, Interval(low, high), min(bound.p_positive() for bound in grew), candidate, baseline, covariance
    )


def _bounds(over: _Model, under: _Model, covariance: Floats, pairs: Floats, *, main: str) -> tuple[_Bound, _Bound]:
    """The two lower bounds of max(over) − max(under)."""
    widest_over, widest_under = _may_be_widest(over, pairs), _may_be_widest(under, pairs)
    several = widest_over.size > 1
    main_share, other_share = (_MAIN_SHARE, 1.0 - _MAIN_SHARE) if several else (1.0, 1.0)
    pairwise_share = main_share if main == "pair by pair" else other_share
    table_share = (main_share if main == "largest above all" else other_share) / widest_over.size
    same = pairs[widest_under]
    pairwise = _Bound(
        (over.difference - under.difference)[widest_under][None, :],
        np.sqrt(same**2 @ (over.variance + under.variance - 2.0 * covariance))[None, :],
        pairwise_share,
    )
    rows = widest_over[np.argsort(-over.difference[widest_over], kind="stable")[:_MOST_ROWS]]
    left = pairs[rows]
    variance = (left**2 @ over.variance)[:, None] + pairs**2 @ under.variance - 2.0 * (left * covariance) @ pairs.T
    table = _Bound(over.difference[rows][:, None] - under.difference, np.sqrt(variance), table_share)
    return pairwise, table


def _may_be_widest(model: _Model, pairs: Floats) -> NDArray[np.intp]:
    widest = int(model.difference.argmax())
    error = np.sqrt((pairs - pairs[widest]) ** 2 @ model.variance)
    return np.flatnonzero(model.difference >= model.difference[widest] - _SEPARATION * error)


def _described(
    counts: Floats, interval: Interval, p_grew: float, candidate: _Model, baseline: _Model, covariance: Floats
) -> GapGrowth:
    rows = counts.sum(axis=(1, 2))
    candidate_rate, baseline_rate = counts[:, :, 1].sum(axis=1) / rows, counts[:, 1, :].sum(axis=1) / rows
    candidate_gap, baseline_gap = float(np.ptp(candidate_rate)), float(np.ptp(baseline_rate))
    value = candidate_gap - baseline_gap
    candidate_pair, baseline_pair = _widest(candidate_rate), _widest(baseline_rate)
    left, right = np.zeros(rows.size), np.zeros(rows.size)
    left[list(candidate_pair)], right[list(baseline_pair)] = (1.0, -1.0), (1.0, -1.0)
    variance = left**2 @ candidate.variance + right**2 @ baseline.variance - 2.0 * (left * right) @ covariance
    clipped = Interval(max(-1.0, interval.low), min(1.0, interval.high))
    return GapGrowth(
        value, clipped, p_grew, candidate_gap, baseline_gap, candidate_pair, baseline_pair, math.sqrt(variance)
    )


def _widest(rates: Floats) -> tuple[int, int]:
    top, bottom = int(rates.argmax()), int(rates.argmin())
    return (top, bottom) if top != bottom else (0, 1)


def _ordered_pairs(groups: int) -> Floats:
    """(groups·(groups − 1), groups): a row a pair, +1 at its first group and −1 at its second."""
    first, second = np.nonzero(~np.eye(groups, dtype=np.bool_))
    pairs = np.zeros((first.size, groups))
    pairs[np.arange(first.size), first], pairs[np.arange(first.size), second] = 1.0, -1.0
    return pairs


def _checked(cells: ArrayLike) -> Floats:
    counts = np.asarray(cells, dtype=np.float64)
    if counts.ndim != 3 or counts.shape[1:] != (2, 2) or counts.shape[0] < 2:
        raise ValueError(f"counts of shape (two or more groups, 2, 2) are needed, got {counts.shape}")
    if not (counts >= 0).all() or not (counts.sum(axis=(1, 2)) > 0).all():
        raise ValueError("counts ≥ 0 and rows in every group are needed; a group without rows has no rate")
    return counts
