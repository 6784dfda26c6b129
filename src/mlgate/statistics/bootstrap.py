"""The bootstrap on counts: drawing rows with replacement is drawing their joint cell counts from a multinomial."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgate.statistics.count_metrics import confusion_metric, paired_count_metric
from mlgate.statistics.interval import Interval, normal_cdf

__all__ = ["confusion_metric", "multinomial_draws", "p_worse", "paired_count_metric", "percentile_interval"]


def multinomial_draws(counts: ArrayLike, draws: int = 9_999, seed: int = 17) -> NDArray[np.int64]:
    """Return resampled cell counts: exactly the law of a row bootstrap, at a cost free of the number of rows.

    `counts` is (..., k) of whole numbers ≥ 0, each leading index an independent sample with its own total;
    the result is (draws, ..., k) and the same for the same counts, draws and seed.
    Source: Efron 1979; rows that share a cell are exchangeable.
    Raises ValueError for counts that are negative or not whole, or for draws < 1.

    >>> multinomial_draws([3, 0, 7], draws=2).sum(axis=-1)
    array([10, 10])
    """
    cells = np.asarray(counts)
    whole = cells.astype(np.int64)
    if cells.ndim < 1 or (whole != cells).any() or (whole < 0).any():
        raise ValueError("whole counts ≥ 0 are needed; round weighted counts to effective ones first")
    if draws < 1:
        raise ValueError(f"at least one draw is needed, got {draws!r}")
    totals = whole.sum(axis=-1)
    shares = whole / np.maximum(totals, 1)[..., None]
    shares[..., -1] = np.where(totals == 0, 1.0, shares[..., -1])
    generator = np.random.default_rng(seed)
    return generator.multinomial(totals, shares, size=(draws, *totals.shape))


def percentile_interval(draws: ArrayLike, level: float = 0.95) -> Interval:
    """Return the percentile interval of a bootstrapped quantity, from its draws (draws,).

    Draws in which the quantity is undefined (nan) are left out.
    It is a point when all draws agree, which is no evidence: `paired_count_metric` gives an interval with width there.
    Source: Efron and Tibshirani 1993, chapter 13.
    Raises ValueError when no draw is defined.
    """
    defined = _defined(draws)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(defined, (tail, 1.0 - tail))
    return Interval(float(low), float(high))


def p_worse(draws: ArrayLike) -> float:
    """Return the one-sided p-value of "the candidate is worse", from draws of a difference, positive is better.

    The share of draws at or above 0, counting one more for the data themselves (Davison and Hinkley 1997, (4.11)).
    Where not one draw reaches 0 that share only says "below 1/(draws + 1)", too coarse for a family of hundreds, and
    the normal tail at mean/SD of the draws is returned if it is smaller.
    Raises ValueError when no draw is defined.
    """
    defined = _defined(draws)
    reaching = int(np.count_nonzero(defined >= 0.0))
    share = (1.0 + reaching) / (1.0 + defined.size)
    if reaching or np.ptp(defined) == 0.0:
        return share
    return min(share, normal_cdf(float(defined.mean() / defined.std())))


def _defined(draws: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(draws, dtype=np.float64)
    defined = values[~np.isnan(values)]
    if defined.size == 0:
        raise ValueError("the quantity is undefined (0/0) in every draw")
    return defined
