import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, studentized_range

from mlgate.statistics.gaps import gap, gap_interval, rows_needed_per_group
from mlgate.statistics.normal_range import range_cdf, range_quantile


@st.composite
def groups(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    sizes = draw(st.lists(st.integers(1, 2_000), min_size=2, max_size=8))
    return [draw(st.integers(0, size)) for size in sizes], sizes


@pytest.mark.parametrize("count", [2, 3, 6, 24])
@pytest.mark.parametrize("p", [0.8, 0.95, 0.975])
def test_the_range_of_normals_agrees_with_scipys_studentised_range(count: int, p: float) -> None:
    assert range_cdf(range_quantile(p, count), count) == pytest.approx(p, abs=1e-9)
    assert studentized_range.cdf(range_quantile(p, count), count, np.inf) == pytest.approx(p, abs=1e-6)


def test_two_groups_are_compared_two_sidedly() -> None:
    assert range_quantile(0.975, 2) / math.sqrt(2) == pytest.approx(norm.ppf(0.9875), abs=1e-8)


def test_the_gap_is_the_largest_difference_of_any_two_groups() -> None:
    assert gap([10, 45, 30], [100, 100, 100]) == pytest.approx(0.35)


def test_the_interval_names_the_highest_and_the_lowest_group() -> None:
    found = gap_interval([10, 45, 30], [100, 100, 100])
    assert (found.high_group, found.low_group) == (1, 0)


def test_equal_rates_still_name_two_groups() -> None:
    found = gap_interval([20, 20], [50, 50])
    assert (found.value, found.high_group, found.low_group) == (0.0, 0, 1)


def test_one_normal_has_no_range() -> None:
    with pytest.raises(ValueError, match="two groups"):
        range_cdf(1.0, 1)


def test_two_groups_have_the_adjusted_wald_ends() -> None:
    found = gap_interval([60, 30], [100, 100])
    p1, p2 = 61 / 102, 31 / 102
    error = math.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 102)
    assert found.interval.low == pytest.approx(p1 - p2 - norm.ppf(0.9875) * error, abs=1e-8)
    assert found.interval.high == pytest.approx(p1 - p2 + norm.ppf(0.975) * error, abs=1e-9)
    assert found.se == pytest.approx(error)


@given(groups())
def test_the_interval_encloses_the_gap_and_has_width(data: tuple[list[int], list[int]]) -> None:
    found = gap_interval(*data)
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1
    assert found.interval.high - found.interval.low > 1e-3


@given(groups(), st.randoms())
@settings(max_examples=40)
def test_the_order_of_the_groups_does_not_matter(data: tuple[list[int], list[int]], random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(data[0])))
    random.shuffle(order)
    shuffled = gap_interval([data[0][i] for i in order], [data[1][i] for i in order])
    assert shuffled.interval == pytest.approx(gap_interval(*data).interval, abs=1e-12)


@given(groups())
def test_success_and_failure_have_the_same_gap(data: tuple[list[int], list[int]]) -> None:
    mirrored = gap_interval([n - x for x, n in zip(*data, strict=True)], data[1])
    assert mirrored.interval == pytest.approx(gap_interval(*data).interval, abs=1e-9)


@pytest.mark.parametrize(
    ("rates", "rows"), [([0.4] * 6, 30), ([0.05] * 4, 100), ([0.5, 0.4], 200), ([0.6, 0.5, 0.5, 0.5], 60)]
)
def test_the_true_gap_is_covered(rates: list[float], rows: int) -> None:
    sizes = [rows] * len(rates)
    samples = np.random.default_rng(8).binomial(rows, rates, size=(1_500, len(rates)))
    ends = np.array([gap_interval(sample, sizes).interval for sample in samples])
    truth = max(rates) - min(rates)
    assert np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1])) > 0.95 - 4 * math.sqrt(0.05 * 0.95 / 1_500)


def test_a_gap_of_exactly_the_tolerance_seldom_passes() -> None:
    samples = np.random.default_rng(8).binomial(300, [0.5, 0.4, 0.4], size=(2_000, 3))
    passed = np.mean([gap_interval(sample, [300] * 3).interval.high < 0.1 for sample in samples])
    assert passed < 0.025 + 4 * math.sqrt(0.025 * 0.975 / 2_000)


def test_six_fair_groups_of_thirty_are_not_called_unfair() -> None:
    samples = np.random.default_rng(8).binomial(30, 0.4, size=(1_500, 6))
    blocked = np.mean([gap_interval(sample, [30] * 6).interval.low > 0 for sample in samples])
    assert blocked < 0.025 + 4 * math.sqrt(0.025 * 0.975 / 1_500)


@pytest.mark.parametrize(("count", "simulated"), [(2, 504), (6, 868), (24, 1_258)])
def test_rows_needed_agree_with_the_simulated_ones(count: int, simulated: int) -> None:
    assert rows_needed_per_group(0.4, 0.1, count) == pytest.approx(simulated, rel=0.005)


def test_half_the_tolerance_needs_four_times_the_rows() -> None:
    assert rows_needed_per_group(0.4, 0.05, 6) == pytest.approx(4 * rows_needed_per_group(0.4, 0.1, 6), abs=3)


def test_with_the_rows_needed_fair_groups_pass_four_times_of_five() -> None:
    rows = rows_needed_per_group(0.4, 0.1, 6)
    samples = np.random.default_rng(8).binomial(rows, 0.4, size=(1_500, 6))
    passed = np.mean([gap_interval(sample, [rows] * 6).interval.high < 0.1 for sample in samples])
    assert passed == pytest.approx(0.80, abs=0.045)


@pytest.mark.parametrize(("successes", "n"), [([1], [2]), ([1, 2], [2]), ([0, 0], [5, 0]), ([6, 1], [5, 5])])
def test_groups_that_cannot_be_compared_are_refused(successes: list[int], n: list[int]) -> None:
    with pytest.raises(ValueError, match="group"):
        gap_interval(successes, n)
