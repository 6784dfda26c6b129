"""Means of a per-row loss, their change, and a margin relative to the baseline, from sums alone.

The sums come out of one scan, so none of these functions sees a row.
Intervals are Student's, wider where the rows are skewed (`mlgate.statistics.skewness`); `skewness` is the mean's own,
and 0 where a caller does not know it.
Where all rows have the same value the sample has no variance, and the interval is instead what it can be if an unseen
share of rows, at most z²/(n + z²), lies at the ends of `support`, the range that one row's value can take
(the score bound; "rule of three"). Without a known support it is then unbounded.
"""

import math
from dataclasses import dataclass

from mlgate.statistics.interval import Interval, normal_cdf, two_sided_z
from mlgate.statistics.skewness import p_low, tails

UNBOUNDED = Interval(-math.inf, math.inf)
# A variance below this share of the mean square is the rounding error of sums of doubles, not information.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class MeanDifference:
    """A mean paired difference, positive is better, and the one-sided p-value of "the candidate is worse"."""

    value: float
    se: float
    interval: Interval
    p_worse: float


@dataclass(frozen=True)
class RelativeMargin:
    """How far a loss lies above (1 + r) times the baseline's; below 0 is within the margin.

    `p_within` is small when the sums prove that it is; `margin` is the r·baseline that the contrast allows here.
    """

    value: float
    se: float
    interval: Interval
    p_within: float
    margin: float


@dataclass(frozen=True)
class PairedSums:
    """Sums over n rows of a candidate's loss c and a baseline's loss b: Σc, Σb, Σc², Σb² and Σcb."""

    n: float
    candidate: float
    baseline: float
    candidate_squares: float
    baseline_squares: float
    products: float


def mean_interval(
    total: float,
    total_squares: float,
    n: float,
    level: float = 0.95,
    support: Interval = UNBOUNDED,
    skewness: float = 0.0,
) -> Interval:
    """Return the interval of a mean, from Σx and Σx² over n rows.

    `support` is the range of one row's x: (0, 1) for Brier, (0, −log ε) for a log loss clipped at ε.
    Raises ValueError unless n > 0 and Σx² ≥ 0.

    >>> low, high = mean_interval(total=50.0, total_squares=50.0, n=100)   # fifty ones, fifty zeros
    >>> round(low, 4), round(high, 4)
    (0.4003, 0.5997)
    """
    return mean_around(_mean(total, n), _standard_error(total, total_squares, n), n, level, support, skewness)


def difference_of_means(
    total: float,
    total_squares: float,
    n: float,
    level: float = 0.95,
    support: Interval = UNBOUNDED,
    skewness: float = 0.0,
) -> MeanDifference:
    """Return the mean paired difference from Σd and Σd², where d is signed so that positive is better.

    For a loss d = baseline − candidate, row by row.
    `support` is the range of one row's d: (−1, 1) for Brier.
    Raises as `mean_interval` does.
    """
    value, se = _mean(total, n), _standard_error(total, total_squares, n)
    interval = mean_around(value, se, n, level, support, skewness)
    return MeanDifference(value, se, interval, p_below_zero(value, se, n, support, skewness))


def relative_margin(
    sums: PairedSums, relative: float, level: float = 0.95, support: Interval = UNBOUNDED, skewness: float = 0.0
) -> RelativeMargin:
    """Return mean(c − (1 + relative)·b), whose upper end below 0 means "within the margin".

    Exact for the margin: the baseline's mean is not taken as known, it comes from the same rows.
    `support` is the range of one row's c − (1 + relative)·b.
    Raises ValueError unless n > 0 and relative ≥ 0.

    >>> sums = PairedSums(n=400, candidate=80, baseline=81, candidate_squares=40, baseline_squares=41, products=40)
    >>> round(relative_margin(sums, 0.01).value, 6)
    -0.004525
    """
    _check_relative(relative)
    weight = -(1.0 + relative)
    value = (sums.candidate + weight * sums.baseline) / _positive(sums.n)
    se = _contrast_se(sums, 1.0, weight)
    interval = mean_around(value, se, sums.n, level, support, skewness)
    p_within = p_below_zero(value, se, sums.n, support, skewness)
    return RelativeMargin(value, se, interval, p_within, relative * sums.baseline / sums.n)


def relative_root_margin(sums: PairedSums, relative: float, level: float = 0.95) -> RelativeMargin:
    """Return √mean(c) − (1 + relative)·√mean(b) by the delta method, for RMSE when c and b are squared errors.

    Raises ValueError unless n > 0, relative ≥ 0 and both sums are positive (a root has no slope at 0).
    """
    _check_relative(relative)
    candidate, baseline = _root(sums.candidate, sums.n), _root(sums.baseline, sums.n)
    factor = 1.0 + relative
    value = candidate - factor * baseline
    se = _contrast_se(sums, 0.5 / candidate, -0.5 * factor / baseline)
    interval = mean_around(value, se, sums.n, level, UNBOUNDED)
    return RelativeMargin(value, se, interval, p_below_zero(value, se, sums.n, UNBOUNDED), relative * baseline)


def difference_of_roots(sums: PairedSums, level: float = 0.95) -> MeanDifference:
    """Return √mean(b) − √mean(c), positive is better, by the delta method: the change of RMSE.

    Raises as `relative_root_margin` does.
    """
    contrast = relative_root_margin(sums, 0.0, level)
    interval = Interval(-contrast.interval.high, -contrast.interval.low)
    p_worse = p_below_zero(-contrast.value, contrast.se, sums.n, UNBOUNDED)
    return MeanDifference(-contrast.value, contrast.se, interval, p_worse)


def mean_around(value: float, se: float, n: float, level: float, support: Interval, skewness: float = 0.0) -> Interval:
    """The interval of a mean of n (effective) rows within `support`, by its standard error and skewness.

    With no variance it is what an unseen share of rows could make of the mean.
    """
    if se > 0.0:
        below, above = tails(level, n - 1.0, skewness)
        return Interval(max(support.low, value - below * se), min(support.high, value + above * se))
    z = two_sided_z(level)
    unseen = z * z / (n + z * z)
    return Interval(value - unseen * (value - support.low), value + unseen * (support.high - value))


def p_below_zero(value: float, se: float, n: float, support: Interval, skewness: float = 0.0) -> float:
    """The one-sided p-value against "the mean is 0 or more", of the test that `mean_around` inverts."""
    if se > 0.0:
        return p_low(value / se, n - 1.0, skewness)
    if value == 0.0:
        return 0.5
    far_end = support.high if value < 0.0 else support.low
    share = value / (value - far_end)  # the unseen share at the far end that would bring the mean to 0
    return normal_cdf(math.copysign(math.sqrt(n * share / (1.0 - share)) if share < 1.0 else math.inf, value))


def _standard_error(total: float, total_squares: float, n: float) -> float:
    if total_squares < 0.0:
        raise ValueError(f"a sum of squares is never negative, got {total_squares!r}")
    scatter = total_squares - total * total / n
    return math.sqrt(scatter / (n - 1.0) / n) if n > 1 and scatter > _ROUNDING * total_squares else 0.0


def _contrast_se(sums: PairedSums, candidate_weight: float, baseline_weight: float) -> float:
    """The standard error of the mean of wc·c + wb·b."""
    wc, wb = candidate_weight, baseline_weight
    total = wc * sums.candidate + wb * sums.baseline
    pure = wc * wc * sums.candidate_squares + wb * wb * sums.baseline_squares
    squares = pure + 2.0 * wc * wb * sums.products
    scatter = squares - total * total / sums.n
    # The products cancel, so rounding is measured against the terms before they do.
    return math.sqrt(scatter / (sums.n - 1.0) / sums.n) if sums.n > 1 and scatter > _ROUNDING * pure else 0.0


def _mean(total: float, n: float) -> float:
    return total / _positive(n)


def _root(total: float, n: float) -> float:
    return math.sqrt(_positive(_mean(total, n)))


def _check_relative(relative: float) -> None:
    if not relative >= 0.0:
        raise ValueError(f"a relative margin ≥ 0 is needed, got {relative!r}")


def _positive(number: float) -> float:
    if not number > 0.0:
        raise ValueError(f"a number > 0 is needed, got {number!r}")
    return number
