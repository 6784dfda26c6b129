"""Metrics of weighted or clustered rows, and their standard errors, by influence functions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlgate.statistics.skewness import skewness_of_mean

Floats = NDArray[np.float64]
ROUNDING = 1e-12  # a smaller standard error of a metric is the rounding of sums, not information


@dataclass(frozen=True)
class Estimate:
    """A metric and each row's influence on it (shape n; its weighted mean is 0)."""

    value: float
    influence: Floats
    by_rank: bool = False  # an area, which a change of scores that keeps their order does not touch


def ratio(numerator: Floats, denominator: Floats, weight: Floats) -> Estimate:
    """The weighted ratio Σw·num / Σw·den, which accuracy, precision, recall, F1, rates and mean losses all are.

    All arrays have shape (n,). The influence of row i is (num_i − θ·den_i) / mean_w(den): the delta method, see
    Hampel (1974), "The influence curve and its role in robust estimation", section 4.
    NaN where the weighted denominator is 0.
    """
    total = float(weight @ denominator)
    if total == 0:
        return Estimate(float("nan"), np.full(len(weight), np.nan))
    value = float(weight @ numerator) / total
    return Estimate(value, (numerator - value * denominator) * (float(weight.sum()) / total))


def area(positive: NDArray[np.bool_], score: Floats, weight: Floats) -> Estimate:
    """The weighted area under the ROC curve, ties counted half, with DeLong's placements as influences.

    Shapes (n,). The placement of a positive row is the weighted share of negative rows that it outranks; the weights
    enter DeLong et al. (1988), equations 2 to 4, as row counts would. NaN when a class has no weight.
    """
    of_positives, of_negatives = weight * positive, weight * ~positive
    share = float(of_positives.sum() / weight.sum())
    if share in (0.0, 1.0):
        return Estimate(float("nan"), np.full(len(weight), np.nan))
    below_negative = _share_below(score, of_negatives)
    below_positive = _share_below(score, of_positives)
    value = float(of_positives @ below_negative / of_positives.sum())
    influence = np.where(positive, (below_negative - value) / share, (1 - below_positive - value) / (1 - share))
    return Estimate(value, influence, by_rank=True)


def root_mean(squares: Floats, weight: Floats) -> Estimate:
    """The weighted root of a mean, √(Σw·x/Σw), of squared errors the RMSE; both shapes (n,).

    The influence is (x_i − θ²)/(2θ), by the chain rule on the mean. At θ = 0, where a root has no slope, it is 0.
    """
    mean = float(weight @ squares) / float(weight.sum())
    value = float(np.sqrt(mean))
    return Estimate(value, (squares - mean) / (2 * value) if value else np.zeros(len(squares)))


def explained(truth: Floats, error: Floats, weight: Floats) -> Estimate:
    """The weighted R² = 1 − Σw·e²/Σw·(y − ȳ)²; all shapes (n,).

    The influence is ((1 − R²)·(y_i − ȳ)² − e_i²)/V with V the variance of y; ȳ, though estimated, adds none.
    NaN where all labels are equal.
    """
    total = float(weight.sum())
    spread = (truth - float(weight @ truth) / total) ** 2
    variance = float(weight @ spread) / total
    if not variance > 0:
        return Estimate(float("nan"), np.full(len(weight), np.nan))
    left = float(weight @ error**2) / total / variance
    return Estimate(1 - left, (left * spread - error**2) / variance)


def standard_error(influence: Floats, weight: Floats, cluster: NDArray[np.int64] | None) -> float:
    """√Σ_g(Σ_{i∈g} w_i·IF_i)² / Σw with the factor G/(G−1) for G clusters (each row its own where there are none).

    Infinite for a single row or cluster, which shows no scatter; 0 where rounding alone makes it differ from that.
    Liang & Zeger (1986), the robust variance of an estimating equation.
    """
    parts = weight * influence
    sums = parts if cluster is None else np.bincount(cluster, weights=parts)
    groups = len(weight) if cluster is None else len(np.unique(cluster))
    if groups == 1:
        return float("inf")
    error = float(np.sqrt(groups / (groups - 1) * (sums @ sums)) / weight.sum())
    return error if error > ROUNDING else 0.0


def skewness(influence: Floats, weight: Floats, cluster: NDArray[np.int64] | None) -> float:
    """The skewness of the metric's estimate, of rows or clusters; shapes (n,).

    To first order, Hall 1992, The Bootstrap and Edgeworth Expansion, section 2.6.
    """
    parts = weight * influence
    return skewness_of_mean(parts if cluster is None else np.asarray(np.bincount(cluster, weights=parts), np.float64))


def effective_rows(weight: Floats, cluster: NDArray[np.int64] | None) -> float:
    """Kish's effective number of rows, (Σw)²/Σw², over clusters where there are any."""
    sums = weight if cluster is None else np.bincount(cluster, weights=weight)
    return float(sums.sum() ** 2 / (sums @ sums))


def _share_below(score: Floats, weight: Floats) -> Floats:
    """For each row the weighted share of the weighted rows that score less, equal scores counted half."""
    levels, place = np.unique(score, return_inverse=True)
    at_level = np.bincount(place, weights=weight, minlength=len(levels))
    return np.asarray((np.cumsum(at_level) - at_level / 2)[place] / at_level.sum())
