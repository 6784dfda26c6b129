import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlgate.statistics.auc import auc, delong
from mlgate.statistics.influence import area, effective_rows, ratio, standard_error


def drawn(n: int, seed: int = 1) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(seed)
    return rng.random(n) < 0.4, rng.random(n), rng.integers(1, 5, n).astype(float)


def test_the_influences_of_a_ratio_have_a_weighted_mean_of_zero() -> None:
    positive, score, weight = drawn(50)
    found = ratio(score, positive + 0.5, weight)
    assert found.value == pytest.approx((weight @ score) / (weight @ (positive + 0.5)))
    assert weight @ found.influence == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("metric", ["ratio", "area"])
def test_an_influence_is_the_derivative_in_a_rows_weight(metric: str) -> None:
    positive, score, weight = drawn(40)

    def estimate(w: NDArray[Any]) -> float:
        return (area(positive, score, w) if metric == "area" else ratio(score, positive + 0.2, w)).value

    found = area(positive, score, weight) if metric == "area" else ratio(score, positive + 0.2, weight)
    for row in (0, 7, 39):
        step = 1e-6 * weight.sum()
        moved = weight.copy()
        moved[row] += step
        slope = (estimate(moved) - estimate(weight)) / (step / weight.sum())
        assert found.influence[row] == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_a_ratio_over_nothing_is_not_a_number() -> None:
    found = ratio(np.ones(3), np.zeros(3), np.ones(3))
    assert math.isnan(found.value)
    assert np.isnan(found.influence).all()


def test_an_area_of_one_class_is_not_a_number() -> None:
    for positive in (np.zeros(3, bool), np.ones(3, bool)):
        assert math.isnan(area(positive, np.arange(3.0), np.ones(3)).value)


@given(st.integers(2, 40), st.integers(0, 500), st.booleans())
def test_a_weighted_area_is_that_of_duplicated_rows(n: int, seed: int, ties: bool) -> None:
    positive, score, weight = drawn(n, seed)
    score = np.round(score, 1) if ties else score
    if positive.all() or not positive.any():
        return
    times = weight.astype(int)
    assert area(positive, score, weight).value == pytest.approx(auc(positive.repeat(times), score.repeat(times)))


def test_the_error_of_an_area_change_is_delongs() -> None:
    positive, score, _ = drawn(3_000)
    other = score + np.random.default_rng(2).normal(size=3_000) * 0.1
    one = np.ones(3_000)
    influence = area(positive, score, one).influence - area(positive, other, one).influence
    assert standard_error(influence, one, None) == pytest.approx(delong(positive, score, other).se, rel=2e-3)


def test_the_error_of_a_mean_is_the_textbooks() -> None:
    _, score, _ = drawn(100)
    found = ratio(score, np.ones(100), np.ones(100))
    assert standard_error(found.influence, np.ones(100), None) == pytest.approx(score.std(ddof=1) / 10)


def test_the_errors_of_a_weighted_mean_are_those_of_statsmodels() -> None:
    """statsmodels 0.15.0, `WLS(x, 1, weights)` with `cov_type` "cluster" and "HC0", times √(G/(G − 1))."""
    x = np.array([3.1, 2.4, 5.0, 4.4, 1.2, 0.7, 2.2, 3.8, 3.3, 2.9, 4.1, 0.4])
    weight = np.array([1.0, 2, 1, 1, 3, 1, 2, 2, 1, 1, 1, 4])
    cluster = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4])
    found = ratio(x, np.ones(12), weight)
    assert found.value == pytest.approx(2.275)
    assert standard_error(found.influence, weight, cluster) == pytest.approx(0.36171035 * math.sqrt(5 / 4), rel=1e-7)
    assert standard_error(found.influence, weight, None) == pytest.approx(0.48967464 * math.sqrt(12 / 11), rel=1e-7)


def test_clusters_of_single_rows_change_nothing() -> None:
    _, score, weight = drawn(100)
    influence = ratio(score, np.ones(100), weight).influence
    assert standard_error(influence, weight, np.arange(100)) == pytest.approx(standard_error(influence, weight, None))


def test_the_error_of_clustered_rows_is_found_by_resampling_clusters() -> None:
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(200), 5)
    value = rng.normal(size=200)[cluster] + rng.normal(size=1_000)
    one = np.ones(1_000)
    found = standard_error(ratio(value, one, one).influence, one, cluster)
    means = value.reshape(200, 5).mean(axis=1)
    draws = means[rng.integers(0, 200, (2_000, 200))].mean(axis=1)
    assert found == pytest.approx(float(draws.std()), rel=0.05)
    assert found > 1.5 * standard_error(ratio(value, one, one).influence, one, None)


def test_a_single_row_or_cluster_shows_no_scatter() -> None:
    assert math.isinf(standard_error(np.zeros(1), np.ones(1), None))
    assert math.isinf(standard_error(np.zeros(5), np.ones(5), np.full(5, 3)))
    assert math.isfinite(standard_error(np.ones(5), np.ones(5), np.array([0, 0, 0, 0, 1])))


def test_rounding_is_no_scatter() -> None:
    assert standard_error(np.full(50, 1e-16), np.ones(50), None) == 0


def test_effective_rows_are_kishs() -> None:
    assert effective_rows(np.full(7, 0.3), None) == pytest.approx(7)
    assert effective_rows(np.array([4.0, 1.0, 1.0]), None) == pytest.approx(2)
    assert effective_rows(np.ones(6), np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(2)
