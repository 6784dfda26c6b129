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
from dataclasses import dataclass, replace

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
        weakest = (self.terms / np.maximum(self.errors, 1e-300)).min(axis=1).max()  # groups may have no scatter
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
    found = growth_of(rates_of(_checked(cells)), level)
    return replace(found, interval=Interval(max(-1.0, found.interval.low), min(1.0, found.interval.high)))


@dataclass(frozen=True)
class PairedGroups:
    """A quantity in each group by both models, all (groups,): as it is, and what bounds are made of with its errors."""

    candidate: Floats
    baseline: Floats
    shrunk_candidate: Floats
    shrunk_baseline: Floats
    candidate_variance: Floats
    baseline_variance: Floats
    covariance: Floats


def rates_of(cells: ArrayLike) -> PairedGroups:
    """Rates from counts (groups, 2, 2), [group, baseline positive, candidate positive], ½ added to each for the errors.

    Raises as `gap_growth` does.
    """
    counts = _checked(cells, least=1)
    smoothed = counts + 0.5
    n, rows = counts.sum(axis=(1, 2)), smoothed.sum(axis=(1, 2))
    candidate, baseline = smoothed[:, :, 1].sum(axis=1) / rows, smoothed[:, 1, :].sum(axis=1) / rows
    return PairedGroups(
        counts[:, :, 1].sum(axis=1) / n, counts[:, 1, :].sum(axis=1) / n, candidate, baseline,
        candidate * (1.0 - candidate) / rows, baseline * (1.0 - baseline) / rows,
        (smoothed[:, 1, 1] / rows - candidate * baseline) / rows,
    )  # fmt: skip


def growth_of(groups: PairedGroups, level: float = 0.95, reference: int | None = None) -> GapGrowth:
    """Return how much the gap of any quantity grew, over all pairs of groups or over those with the reference group."""
    pairs = _ordered_pairs(groups.candidate.size, reference)
    candidate = _Model(pairs @ groups.shrunk_candidate, groups.candidate_variance)
    baseline = _Model(pairs @ groups.shrunk_baseline, groups.baseline_variance)
    grew = _bounds(candidate, baseline, groups.covariance, pairs, main="largest above all")
    shrank = _bounds(baseline, candidate, groups.covariance, pairs, main="pair by pair")
    tail = 1.0 - (0.5 + level / 2.0)
    low, high = max(bound.at(tail) for bound in grew), -max(bound.at(tail) for bound in shrank)
    return _described(groups, Interval(low, high), min(bound.p_positive() for bound in grew), pairs)


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


def _described(groups: PairedGroups, interval: Interval, p_grew: float, pairs: Floats) -> GapGrowth:
    of_candidate, of_baseline = pairs @ groups.candidate, pairs @ groups.baseline
    ours, theirs = pairs[int(of_candidate.argmax())], pairs[int(of_baseline.argmax())]
    variance = ours**2 @ groups.candidate_variance + theirs**2 @ groups.baseline_variance
    variance -= 2.0 * float((ours * theirs) @ groups.covariance)
    candidate_gap, baseline_gap = float(of_candidate.max()), float(of_baseline.max())
    return GapGrowth(
        candidate_gap - baseline_gap, interval, p_grew, candidate_gap, baseline_gap, _ends(ours), _ends(theirs),
        math.sqrt(max(0.0, variance)),
    )  # fmt: skip


def _ends(pair: Floats) -> tuple[int, int]:
    return int(pair.argmax()), int(pair.argmin())


def pairs_of(groups: int, reference: int | None = None) -> NDArray[np.intp]:
    """The unordered pairs of groups, (pairs, 2): all, or those with the reference group."""
    if reference is None:
        return np.column_stack(np.triu_indices(groups, k=1))
    others = np.delete(np.arange(groups), reference)
    return np.column_stack([others, np.full(groups - 1, reference)])


def contrasts(pairs: NDArray[np.intp], groups: int) -> Floats:
    """Pairs as rows of (pairs, groups): +1 at the first group and −1 at the second."""
    rows = np.zeros((len(pairs), groups))
    rows[np.arange(len(pairs)), pairs[:, 0]], rows[np.arange(len(pairs)), pairs[:, 1]] = 1.0, -1.0
    return rows


def _ordered_pairs(groups: int, reference: int | None = None) -> Floats:
    rows = contrasts(pairs_of(groups, reference), groups)
    return np.vstack([rows, -rows])


def _checked(cells: ArrayLike, least: int = 2) -> Floats:
    counts = np.asarray(cells, dtype=np.float64)
    if counts.ndim != 3 or counts.shape[1:] != (2, 2) or counts.shape[0] < least:
        raise ValueError(f"counts of shape (two or more groups, 2, 2) are needed, got {counts.shape}")
    if not (counts >= 0).all() or not (counts.sum(axis=(1, 2)) > 0).all():
        raise ValueError("counts ≥ 0 and rows in every group are needed; a group without rows has no rate")
    return counts
