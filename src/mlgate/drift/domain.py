"""A domain classifier: whether rows of two tables can be told apart by all columns together."""

import numpy as np
from numpy.typing import NDArray

from mlgate.statistics.auc import auc, auc_interval
from mlgate.statistics.interval import Interval

PAIRED = 12  # columns of numbers whose products are features too, by which changed relations show
BUCKETS = 8  # of the digests of categories
RIDGE = 5.0  # keeps the coefficients of rare categories small
Floats = NDArray[np.float64]


def held_out_auc(numbers: Floats, digests: NDArray[np.uint64], is_current: NDArray[np.bool_]) -> tuple[float, Interval]:
    """Return the AUC, with its 95 % interval, by which rows that were not learnt from are told apart; .5 is chance.

    A logistic regression on ranks, their products in pairs, and buckets of categories learns from every other row.
    """
    features = _features(numbers, digests)
    learnt = np.zeros(len(is_current), bool)
    for group in (True, False):
        learnt[np.flatnonzero(is_current == group)[::2]] = True
    weights = _fit(features[learnt], is_current[learnt])
    score, truth = features[~learnt] @ weights, is_current[~learnt]
    found = auc(truth, score)
    return found, auc_interval(found, int(truth.sum()), int((~truth).sum()))


def _features(numbers: Floats, digests: NDArray[np.uint64]) -> Floats:
    missing = np.isnan(numbers)
    ranks = np.argsort(np.argsort(np.where(missing, 0.0, numbers), axis=0), axis=0) / max(len(numbers) - 1, 1)
    even = np.where(missing, 0.0, (ranks - 0.5) * 3.4641)  # mean 0, variance 1
    left, right = np.triu_indices(min(PAIRED, even.shape[1]))
    buckets = (digests[:, :, None] % BUCKETS == np.arange(BUCKETS, dtype=np.uint64)).reshape(len(digests), -1)
    ones = np.ones((len(numbers), 1))
    return np.hstack([ones, even, missing, even[:, left] * even[:, right] - (left == right), buckets]).astype(float)


def _fit(features: Floats, truth: NDArray[np.bool_]) -> Floats:
    """The coefficients, by Newton's method."""
    weights = np.zeros(features.shape[1])
    ridge = np.eye(features.shape[1]) * RIDGE
    for _ in range(12):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (truth - chance) - ridge @ weights
        curve = (features.T * (chance * (1 - chance))) @ features + ridge
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights
