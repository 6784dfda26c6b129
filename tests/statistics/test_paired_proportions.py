import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binomtest, norm

from mlgate.statistics.paired_proportions import mcnemar_exact, mcnemar_mid_p, paired_se, tango, tango_p_worse


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 3_000))
    gained = draw(st.integers(0, n))
    return gained, draw(st.integers(0, n - gained)), n


def test_tango_gives_the_interval_that_fagerland_printed() -> None:
    # Fagerland, Lydersen and Laake 2014, Stat. Med. 33:2850, table V: 1 gained and 7 lost of 21 (Bentur 2009).
    assert tuple(round(end, 3) for end in tango(1, 7, 21)) == (-0.517, -0.026)


def _score_by_numerical_likelihood(delta: float, gained: int, lost: int, n: int) -> float:
    """The score statistic with P(lost) maximised numerically, not by Tango's root."""
    low, high = max(0.0, -delta), (1.0 - delta) / 2.0

    def minus_log_likelihood(p_lost: float) -> float:
        p_same = max(1.0 - delta - 2.0 * p_lost, 1e-300)
        return -(gained * math.log(p_lost + delta) + lost * math.log(p_lost) + (n - gained - lost) * math.log(p_same))

    p_lost = minimize_scalar(minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    return (gained - lost - n * delta) / math.sqrt(n * (2.0 * p_lost + delta * (1.0 - delta)))


@pytest.mark.parametrize(("gained", "lost", "n"), [(1, 7, 21), (30, 41, 500), (5, 2, 60)])
def test_tango_ends_solve_the_score_equation_of_an_independent_likelihood(gained: int, lost: int, n: int) -> None:
    z = norm.ppf(0.975)
    estimate = (gained - lost) / n
    high = brentq(lambda d: _score_by_numerical_likelihood(d, gained, lost, n) + z, estimate, 0.9)
    low = brentq(lambda d: _score_by_numerical_likelihood(d, gained, lost, n) - z, -0.9, estimate)
    assert tango(gained, lost, n) == pytest.approx((low, high), abs=1e-6)


@given(splits())
def test_tango_encloses_the_difference_and_has_width(split: tuple[int, int, int]) -> None:
    gained, lost, n = split
    low, high = tango(*split)
    assert -1.0 <= low <= (gained - lost) / n <= high <= 1.0
    assert high - low > 1e-9


@given(splits())
def test_exchanged_models_mirror_tango(split: tuple[int, int, int]) -> None:
    gained, lost, n = split
    low, high = tango(gained, lost, n)
    assert tango(lost, gained, n) == (-high, -low)


@given(splits(), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_upper_end_is_below_zero_exactly_when_the_test_rejects(split: tuple[int, int, int], level: float) -> None:
    p = tango_p_worse(*split)
    if abs(p - (1 - level) / 2) > 1e-9:
        assert (tango(*split, level).high < 0) == (p < (1 - level) / 2)


@given(splits())
def test_one_more_gained_row_never_lowers_tango(split: tuple[int, int, int]) -> None:
    gained, lost, n = split
    if gained + lost < n:
        before, after = tango(gained, lost, n), tango(gained + 1, lost, n)
        assert after.low >= before.low - 1e-12
        assert after.high >= before.high - 1e-12


@pytest.mark.parametrize("n", [1, 10, 1_000])
def test_without_a_discordant_row_tango_is_the_rule_of_three_both_ways(n: int) -> None:
    z2 = norm.ppf(0.975) ** 2
    assert tango(0, 0, n) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)))


def test_one_lost_row_of_a_billion_keeps_its_digits() -> None:
    few, many = tango(0, 1, 10**6), tango(0, 1, 10**9)
    assert many.high * 10**9 == pytest.approx(few.high * 10**6, rel=1e-4)
    assert many.low * 10**9 == pytest.approx(few.low * 10**6, rel=1e-4)


def test_tango_takes_numpy_numbers() -> None:
    gained, lost, n = np.array([3]), np.array([5.0]), np.array([90], np.int32)
    assert tango(gained[0], lost[0], n[0]) == tango(3, 5, 90)


@pytest.mark.parametrize(("rows", "discordant", "drop"), [(200, 0.06, 0.0), (500, 0.10, 0.03), (100, 0.02, 0.0)])
def test_tango_covers_the_true_difference(rows: int, discordant: float, drop: float) -> None:
    draws = 4_000
    p = [(discordant - drop) / 2, (discordant + drop) / 2, 1 - discordant]
    samples = np.random.default_rng(5).multinomial(rows, p, size=draws)
    missed_above = missed_below = 0
    for (gained, lost), times in zip(*np.unique(samples[:, :2], axis=0, return_counts=True), strict=True):
        low, high = tango(gained, lost, rows)
        missed_above += times * (low > -drop)
        missed_below += times * (high < -drop)
    assert max(missed_above, missed_below) / draws < 0.025 + 4 * math.sqrt(0.025 * 0.975 / draws)


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (0, 1), (3, 3), (1, 7), (0, 9), (140, 100), (5_200, 5_000)])
def test_exact_mcnemar_agrees_with_the_binomial_of_scipy(gained: int, lost: int) -> None:
    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar_exact(gained, lost) == pytest.approx(expected, rel=1e-9)


def test_mid_p_is_the_exact_p_less_the_probability_of_the_split() -> None:
    # Fagerland, Lydersen and Laake 2013: p = 0.039 for 1 against 7.
    assert round(mcnemar_mid_p(1, 7), 3) == 0.039


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_does_not_care_which_model_is_the_candidate(gained: int, lost: int) -> None:
    assert mcnemar_exact(gained, lost) == mcnemar_exact(lost, gained)


def test_a_million_discordant_rows_are_not_too_many_for_the_exact_test() -> None:
    assert mcnemar_exact(500_000, 501_000) == pytest.approx(2 * norm.cdf(-999 / math.sqrt(1_001_000)), rel=1e-3)


@pytest.mark.parametrize(("gained", "lost", "n"), [(-1, 0, 5), (3, 3, 5), (0, 0, 0)])
def test_counts_that_cannot_be_are_refused(gained: int, lost: int, n: int) -> None:
    with pytest.raises(ValueError, match="gained"):
        tango(gained, lost, n)


@pytest.mark.parametrize(("gained", "lost"), [(-1, 0), (0.5, 2)])
def test_exact_mcnemar_refuses_counts_that_are_not_whole(gained: float, lost: float) -> None:
    with pytest.raises(ValueError, match="whole"):
        mcnemar_exact(gained, lost)


def test_the_paired_error_is_the_root_of_discordance_over_rows_and_never_zero() -> None:
    assert paired_se(300, 300, 10_000) == pytest.approx(math.sqrt(0.06 / 10_000), rel=2e-3)
    assert paired_se(0, 0, 50) > 0
