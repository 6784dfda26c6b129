import numpy as np
import pytest

from mlgate.statistics import resampling
from mlgate.statistics.resampling import cluster_bootstrap, poisson_bootstrap, row_bootstrap

X = np.random.default_rng(1).exponential(size=800)
CLUSTER = np.repeat(np.arange(100), 8)


def mean_of(weight: np.ndarray) -> float:
    return float(weight @ X / weight.sum())


def test_the_error_of_a_mean_is_found_by_both_bootstraps_of_rows() -> None:
    known = X.std(ddof=1) / 800**0.5
    assert poisson_bootstrap(mean_of, 800, 1_500).std() == pytest.approx(known, rel=0.06)
    assert row_bootstrap(lambda rows: X[rows].mean(axis=1), 800, 1_500).std() == pytest.approx(known, rel=0.06)


def test_draws_are_the_same_each_time_and_others_for_another_seed() -> None:
    assert poisson_bootstrap(mean_of, 800, 5).tolist() == poisson_bootstrap(mean_of, 800, 5).tolist()
    assert poisson_bootstrap(mean_of, 800, 5).tolist() != poisson_bootstrap(mean_of, 800, 5, seed=3).tolist()


def test_whole_clusters_are_drawn() -> None:
    effect = np.repeat(np.random.default_rng(2).normal(size=100), 8)
    known = effect[::8].std(ddof=1) / 10
    sums = np.column_stack([np.bincount(CLUSTER, effect), np.full(100, 8.0)])
    total, rows = cluster_bootstrap(sums, 2_000).T
    assert (total / rows).std() == pytest.approx(known, rel=0.08)
    weighted = poisson_bootstrap(lambda w: float(w @ effect / w.sum()), 800, 1_500, cluster=CLUSTER)
    assert weighted.std() == pytest.approx(known, rel=0.08)


def test_a_block_stays_within_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def statistic(rows: np.ndarray) -> np.ndarray:
        seen.append(rows.shape)
        return rows.mean(axis=1)

    monkeypatch.setattr(resampling, "BLOCK_BYTES", 8 * 800 * 3)
    assert len(row_bootstrap(statistic, 800, 10)) == 10
    assert seen == [(3, 800), (3, 800), (3, 800), (1, 800)]


def test_nothing_to_draw_from_is_refused() -> None:
    with pytest.raises(ValueError, match="rows and draws are needed"):
        poisson_bootstrap(mean_of, 0)
    with pytest.raises(ValueError, match="rows and draws are needed"):
        cluster_bootstrap(np.zeros((0, 2)))
