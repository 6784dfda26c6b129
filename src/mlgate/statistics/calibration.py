"""Calibration: whether what happens agrees with the predicted probabilities.

A raw calibration error is never 0: a perfect model has .08 at 200 rows and .025 at 2,000, for chance alone.
So the error here has that noise taken off, and an interval that may reach 0.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlgate.statistics.interval import Interval, normal_cdf, two_sided_z

Floats = NDArray[np.float64]
_BISECTIONS = 60
_LEAST_OF_A_BIN = 20


@dataclass(frozen=True)
class ReliabilityCurve:
    """Bins of equal size by predicted probability, all of shape (bins,): mean prediction, share that happened, rows."""

    predicted: Floats
    happened: Floats
    rows: Floats  # effective ones where rows are weighted
    share: Floats  # of all weight


@dataclass(frozen=True)
class CalibrationError:
    """The root mean square distance of prediction and rate over bins, its noise taken off, with its interval."""

    value: float
    interval: Interval
    curve: ReliabilityCurve


@dataclass(frozen=True)
class BrierParts:
    """Brier = reliability − resolution + uncertainty + the rest within bins; calibration is in `reliability`."""

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def reliability_curve(
    positive: NDArray[np.bool_], probability: Floats, weight: Floats | None = None, bins: int = 15
) -> ReliabilityCurve:
    """The curve over at most `bins` bins of equal size with at least 20 rows each; equal probabilities stay together.

    `positive` and `probability` have shape (n,), `weight` too where rows are weighted.
    Source: Nixon et al. 2019 for bins of equal size; a bin's effective rows are Kish's.
    """
    weight = np.ones(len(probability)) if weight is None else weight
    count = max(1, min(bins, len(probability) // _LEAST_OF_A_BIN))
    edges = np.unique(np.quantile(probability, np.arange(1, count) / count)) if count > 1 else np.zeros(0)
    place = np.searchsorted(edges, probability, side="right")
    size = np.bincount(place, weights=weight)
    squares = np.bincount(place, weights=weight**2)
    used = size > 0
    sums = (np.bincount(place, weights=weight * x, minlength=len(size)) for x in (probability, positive))
    predicted, happened = (total[used] / size[used] for total in sums)
    return ReliabilityCurve(predicted, happened, size[used] ** 2 / squares[used], size[used] / size.sum())


def calibration_error(
    positive: NDArray[np.bool_],
    probability: Floats,
    weight: Floats | None = None,
    level: float = 0.95,
    bins: int = 15,
) -> CalibrationError:
    """The debiased calibration error (L2 over bins of equal size) and its interval.

    Value: √max(0, Σ p_b·[(ȳ_b − s̄_b)² − v_b]) with v_b = ȳ_b(1 − ȳ_b)/(n_b − 1), Kumar, Liang and Ma 2019, "Verified
    uncertainty calibration", definition 4.1.
    Interval: the squared error θ that the distribution of Σ p_b(ȳ_b − s̄_b)² does not reject, a sum of squares around
    Σ p_b·v_b + θ with variance 2Σ(p_b·v_b)² + 4θ·max(p_b·v_b), by the cube root of Wilson and Hilferty 1931.
    It covers calibration within bins only: what differs inside of a bin is not seen.
    Simulated, 50 to 5,000 rows, calibrated and not: each end misses at most .026, and less the larger the error is.
    """
    curve = reliability_curve(positive, probability, weight, bins)
    rows = np.maximum(curve.rows, 2.0)
    smoothed = (curve.happened * curve.rows + 0.5) / (curve.rows + 1.0)  # a rate of 0 or 1 has noise too
    noise = curve.share * smoothed * (1.0 - smoothed) / (rows - 1.0)
    seen = float(curve.share @ (curve.happened - curve.predicted) ** 2)
    bias = float((curve.share * curve.happened * (1.0 - curve.happened) / (rows - 1.0)).sum())
    z = two_sided_z(level)
    ends = (_squared_error(seen, noise, z), _squared_error(seen, noise, -z))
    value = math.sqrt(max(0.0, seen - bias))
    low, high = (math.sqrt(end) for end in ends)
    least = (2.0 * float(noise @ noise)) ** 0.25  # one standard deviation of chance, where the bins agree too well
    return CalibrationError(value, Interval(min(low, value), max(high, value, least)), curve)


def spiegelhalter(
    positive: NDArray[np.bool_], probability: Floats, weight: Floats | None = None
) -> tuple[float, float]:
    """The z statistic of "all probabilities are right" and its two-sided p-value.

    z = Σ(y − p)(1 − 2p) / √Σ(1 − 2p)²p(1 − p); 0 and p = 1 where every probability is 0, ½ or 1 and right.
    Simulated: false alarms .043–.051 at 50 to 5,000 rows.
    Source: Spiegelhalter 1986, Statistics in Medicine 5:421, equation (6).
    """
    weight = np.ones(len(probability)) if weight is None else weight
    lean = weight * (1.0 - 2.0 * probability)
    distance = float(lean @ (positive - probability))
    spread = float((lean**2) @ (probability * (1.0 - probability)))
    if spread == 0.0:
        return (0.0, 1.0) if distance == 0.0 else (math.copysign(math.inf, distance), 0.0)
    z = distance / math.sqrt(spread)
    return z, 2.0 * normal_cdf(-abs(z))


def brier_parts(positive: NDArray[np.bool_], probability: Floats, weight: Floats | None = None) -> BrierParts:
    """The Brier score in parts over the bins of `reliability_curve`, which sum to it.

    Source: Murphy 1973, J. Appl. Meteor. 12:595; the part within bins after Stephenson, Coelho and Jolliffe 2008.
    """
    weight = np.ones(len(probability)) if weight is None else weight
    curve = reliability_curve(positive, probability, weight)
    rate = float(weight @ positive) / float(weight.sum())
    reliability = float(curve.share @ (curve.predicted - curve.happened) ** 2)
    resolution = float(curve.share @ (curve.happened - rate) ** 2)
    brier = float(weight @ (probability - positive) ** 2) / float(weight.sum())
    uncertainty = rate * (1.0 - rate)
    return BrierParts(reliability, resolution, uncertainty, brier - reliability + resolution - uncertainty)


def _squared_error(seen: float, noise: Floats, z: float) -> float:
    """The θ ≥ 0 at which `seen` is the z-quantile of the statistic; 0 where it is below that for every θ."""

    def quantile(theta: float) -> float:
        mean = float(noise.sum()) + theta
        variance = 2.0 * float(noise @ noise) + 4.0 * theta * float(noise.max())
        if mean <= 0.0 or variance <= 0.0:
            return mean
        spread = 2.0 / (9.0 * 2.0 * mean * mean / variance)
        return float(mean * max(0.0, 1.0 - spread + z * math.sqrt(spread)) ** 3)

    if quantile(0.0) >= seen:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if quantile(middle) < seen else (low, middle)
    return high
