"""Bootstraps of rows and of clusters, for what has neither a formula nor few enough cells.

All draw from a seeded generator, so the same data give the same answer, and none holds more than a block in memory.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BLOCK_BYTES = 64 * 2**20


def poisson_bootstrap(
    statistic: Callable[[Floats], float],
    n: int,
    draws: int = 400,
    seed: int = 17,
    cluster: NDArray[np.int64] | None = None,
) -> Floats:
    """Values of a statistic of weights (n,) → number when each row, or each cluster, counts Poisson(1) times; (draws,).

    The number of rows then varies too, which for 100 rows and more makes no difference to speak of.
    Two models are compared by one statistic that gives their difference, so that both see the same weights.
    Source: Hanley and MacGibbon 2006, Comput. Methods Programs Biomed. 83:57; Chamandy et al. 2012.
    Raises ValueError for no rows or draws.
    """
    _check(n, draws)
    generator = np.random.default_rng(seed)
    groups = n if cluster is None else int(cluster.max()) + 1
    found = np.empty(draws)
    for at in range(draws):
        counts = generator.poisson(1.0, groups).astype(np.float64)
        found[at] = statistic(counts if cluster is None else counts[cluster])
    return found


def row_bootstrap(statistic: Callable[[NDArray[np.int64]], Floats], n: int, draws: int = 400, seed: int = 17) -> Floats:
    """Values of a statistic of drawn rows, indexes (k, n) → (k,), with k so small that a block stays within 64 MiB.

    Source: Efron 1979, Annals of Statistics 7:1.
    Raises ValueError for no rows or draws.
    """
    _check(n, draws)
    generator = np.random.default_rng(seed)
    block = max(1, min(draws, BLOCK_BYTES // (8 * n)))
    found = [
        np.asarray(statistic(generator.integers(0, n, (min(block, draws - begun), n))), np.float64)
        for begun in range(0, draws, block)
    ]
    return np.concatenate(found)


def cluster_bootstrap(sums: Floats, draws: int = 2_000, seed: int = 17) -> Floats:
    """Sums over clusters drawn with replacement: from each cluster's own sums (clusters, k) to (draws, k).

    A mean or ratio of drawn rows is the ratio of two of the k columns, such as Σ loss and the number of rows.
    Assumes that clusters are independent and many: with fewer than 30 its percentiles lie too close together.
    Source: Davison and Hinkley 1997, section 3.8, resampling whole clusters.
    Raises ValueError for no clusters or draws.
    """
    _check(len(sums), draws)
    generator = np.random.default_rng(seed)
    groups = len(sums)
    block = max(1, min(draws, BLOCK_BYTES // (8 * groups)))
    shares = np.full(groups, 1.0 / groups)
    found = [
        generator.multinomial(groups, shares, size=min(block, draws - begun)) @ sums for begun in range(0, draws, block)
    ]
    return np.concatenate(found)


def _check(n: int, draws: int) -> None:
    if n < 1 or draws < 1:
        raise ValueError(f"rows and draws are needed, got {n!r} and {draws!r}")
