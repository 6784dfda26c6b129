"""Distances agree with scipy and with what they are by definition; p-values hold their level."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from mlgate.statistics.chi_square import chi_square_tail
from mlgate.statistics.distances import (
    chi_square,
    equal_mass,
    jensen_shannon,
    kolmogorov_smirnov,
    population_stability,
    total_variation,
    wasserstein,
)

A, B = np.array([40.0, 30, 20, 10]), np.array([55.0, 60, 40, 45])


@pytest.mark.parametrize("degrees", [1, 2, 5, 30, 511])
@pytest.mark.parametrize("statistic", [0.01, 0.7, 3.84, 20.0, 600.0, 2_000.0])
def test_the_tail_is_scipys(statistic: float, degrees: int) -> None:
    assert chi_square_tail(statistic, degrees) == pytest.approx(stats.chi2.sf(statistic, degrees), rel=1e-9, abs=1e-300)


def test_chi_square_is_scipys_test_of_homogeneity() -> None:
    expected = stats.chi2_contingency(np.vstack([A, B]), correction=False)
    assert chi_square(A, B).p == pytest.approx(expected.pvalue)
    assert chi_square(A, B).value == pytest.approx(np.sqrt(expected.statistic / 300))


def test_jensen_shannon_is_scipys_to_base_2() -> None:
    assert jensen_shannon(A, B).value == pytest.approx(jensenshannon(A, B, base=2))


def test_ks_of_cells_that_hold_one_value_each_is_scipys() -> None:
    generator = np.random.default_rng(3)
    one, two = generator.integers(0, 400, 900), generator.integers(0, 420, 700)
    cells = [np.bincount(x, minlength=420).astype(float) for x in (one, two)]
    expected = stats.ks_2samp(one, two, method="asymp")
    found = kolmogorov_smirnov(*cells)
    assert found.value == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue, rel=0.1)


def test_wasserstein_is_scipys_in_standard_deviations() -> None:
    starts = np.arange(4.0)
    deviation = np.sqrt(np.average((starts - np.average(starts, weights=A)) ** 2, weights=A))
    expected = stats.wasserstein_distance(starts, starts, A, B) / deviation
    assert wasserstein(A, B, starts) == pytest.approx(expected)


def test_total_variation_is_the_share_that_lies_elsewhere() -> None:
    assert total_variation(np.array([50.0, 50.0]), np.array([20.0, 80.0])).value == pytest.approx(0.3)


def test_psi_is_its_definition() -> None:
    p, q = A * 1e6 / A.sum(), B * 1e6 / B.sum()
    expected = float((((q - p) * np.log(q / p)) / 1e6).sum())
    assert population_stability(p, q).value == pytest.approx(expected, rel=1e-4)


def test_bins_have_equal_mass_and_lose_no_row() -> None:
    reference, current = np.ones(1_000), np.arange(1_000.0)
    bins, now = equal_mass(reference, current)
    assert bins.tolist() == [100.0] * 10
    assert now.sum() == current.sum()


@pytest.mark.parametrize("measure", [kolmogorov_smirnov, chi_square])
def test_samples_of_one_distribution_have_small_p_values_as_seldom_as_they_say(measure) -> None:  # type: ignore[no-untyped-def]
    generator = np.random.default_rng(11)
    shares = np.full(40, 1 / 40)
    small = [
        measure(generator.multinomial(1_000, shares).astype(float), generator.multinomial(700, shares).astype(float)).p
        for _ in range(2_000)
    ]
    assert np.mean(np.array(small) <= 0.05) <= 0.062
