import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from mlgate.statistics.interval import Interval
from mlgate.statistics.means import (
    PairedSums,
    difference_of_means,
    difference_of_roots,
    mean_interval,
    relative_margin,
    relative_root_margin,
)

BRIER = Interval(-1.0, 1.0)


def losses(rows: int = 500) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(11)
    baseline = generator.gamma(2.0, 0.2, rows)
    return baseline * generator.uniform(0.8, 1.25, rows), baseline


def paired_sums(candidate: np.ndarray, baseline: np.ndarray) -> PairedSums:
    return PairedSums(
        candidate.size,
        candidate.sum(),
        baseline.sum(),
        (candidate**2).sum(),
        (baseline**2).sum(),
        (candidate * baseline).sum(),
    )


def bootstrap(statistic, candidate: np.ndarray, baseline: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    rows = np.random.default_rng(2).integers(0, candidate.size, (2_000, candidate.size))
    return statistic(candidate[rows], baseline[rows])


@pytest.mark.parametrize("rows", [12, 500])
def test_the_interval_of_a_mean_is_students_of_its_rows(rows: int) -> None:
    x, _ = losses(rows)
    se = x.std(ddof=1) / math.sqrt(x.size)
    expected = t.interval(0.9, rows - 1, x.mean(), se)
    assert mean_interval(x.sum(), (x**2).sum(), x.size, level=0.9) == pytest.approx(expected, rel=1e-4)


# Student 1908, Biometrika 6:1, section IX: the extra hours of sleep of ten patients by one drug over another.
def test_students_own_example_has_the_interval_that_statisticians_print() -> None:
    x = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
    found = difference_of_means(x.sum(), (x**2).sum(), 10)
    assert (found.value, found.se) == pytest.approx((1.58, 0.38896), abs=5e-6)
    assert found.interval == pytest.approx((0.7001142, 2.4598858), abs=6e-4)  # R: t.test(extra ~ group, paired = TRUE)


def test_a_paired_difference_agrees_with_a_row_bootstrap() -> None:
    candidate, baseline = losses()
    d = baseline - candidate
    found = difference_of_means(d.sum(), (d**2).sum(), d.size)
    replicates = bootstrap(lambda c, b: (b - c).mean(axis=1), candidate, baseline)
    assert found.se == pytest.approx(replicates.std(), rel=0.06)
    assert tuple(found.interval) == pytest.approx(np.quantile(replicates, [0.025, 0.975]), abs=found.se / 4)


@given(st.floats(-50, 50), st.floats(0.1, 1e4), st.integers(2, 10_000))
def test_the_upper_end_is_below_zero_exactly_when_the_test_rejects(total: float, spread: float, n: int) -> None:
    found = difference_of_means(total, total**2 / n + spread, n)
    if abs(found.p_worse - 0.025) > 1e-9:
        assert (found.interval.high < 0) == (found.p_worse < 0.025)


def test_a_larger_loss_of_the_candidate_is_a_negative_difference_and_a_small_p() -> None:
    found = difference_of_means(total=-30.0, total_squares=40.0, n=100)
    assert found.value == -0.3
    assert found.p_worse < 1e-6


@pytest.mark.parametrize("n", [1, 50, 10_000])
def test_equal_rows_leave_room_for_a_share_of_unseen_ones(n: int) -> None:
    share = norm.ppf(0.975) ** 2 / (n + norm.ppf(0.975) ** 2)
    found = difference_of_means(0.0, 0.0, n, support=BRIER)
    assert found.interval == pytest.approx((-share, share))
    assert found.p_worse == 0.5


def test_equal_rows_of_unbounded_loss_say_nothing() -> None:
    assert mean_interval(0.0, 0.0, 100) == (-math.inf, math.inf)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
@pytest.mark.parametrize("value", [-0.5, -0.05, -0.01, 0.02])
def test_for_equal_rows_too_the_test_is_the_one_of_the_interval(value: float, level: float) -> None:
    found = difference_of_means(value * 100, value**2 * 100, 100, level=level, support=BRIER)
    assert (found.interval.high < 0) == (found.p_worse < (1 - level) / 2)
    assert found.interval.low < value < found.interval.high


def test_rounding_in_the_sums_is_not_taken_for_variance() -> None:
    total, total_squares = math.fsum([0.1] * 100_000), math.fsum([0.1**2] * 100_000)
    low, high = mean_interval(total, total_squares * (1 + 1e-15), 100_000, support=Interval(0.0, 1.0))
    assert high - low > 1e-5


def test_a_relative_margin_is_the_mean_of_the_contrast_row_by_row() -> None:
    candidate, baseline = losses()
    contrast = candidate - 1.01 * baseline
    found = relative_margin(paired_sums(candidate, baseline), 0.01)
    se = contrast.std(ddof=1) / math.sqrt(contrast.size)
    assert (found.value, found.se) == pytest.approx((contrast.mean(), se), abs=1e-9)
    assert found.p_within == pytest.approx(t.cdf(contrast.mean() / se, contrast.size - 1), abs=1e-6)
    assert found.margin == pytest.approx(0.01 * baseline.mean())


def test_identical_losses_lie_within_any_relative_margin_on_enough_rows() -> None:
    _, baseline = losses(rows=2_000)
    found = relative_margin(paired_sums(baseline, baseline), 0.01)
    assert found.interval.high < 0
    assert found.p_within < 0.025


@pytest.mark.parametrize("relative", [0.0, 0.01])
def test_the_contrast_of_root_mean_squares_agrees_with_a_row_bootstrap(relative: float) -> None:
    candidate, baseline = losses()
    found = relative_root_margin(paired_sums(candidate, baseline), relative)
    replicates = bootstrap(
        lambda c, b: np.sqrt(c.mean(axis=1)) - (1 + relative) * np.sqrt(b.mean(axis=1)), candidate, baseline
    )
    assert found.value == pytest.approx(math.sqrt(candidate.mean()) - (1 + relative) * math.sqrt(baseline.mean()))
    assert found.se == pytest.approx(replicates.std(), rel=0.06)


def test_a_smaller_root_mean_square_is_a_positive_difference() -> None:
    candidate, baseline = losses()
    better = difference_of_roots(paired_sums(candidate * 0.5, baseline))
    assert better.value > 0
    assert better.interval.low > 0
    assert better.p_worse > 0.999


@pytest.mark.parametrize("n", [0, -1, math.nan])
def test_a_mean_of_no_rows_is_refused(n: float) -> None:
    with pytest.raises(ValueError, match="> 0"):
        mean_interval(1.0, 1.0, n)


def test_a_negative_relative_margin_is_refused() -> None:
    candidate, baseline = losses()
    with pytest.raises(ValueError, match="relative margin"):
        relative_margin(paired_sums(candidate, baseline), -0.01)
