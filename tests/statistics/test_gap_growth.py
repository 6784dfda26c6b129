import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from mlgate.statistics.gap_growth import gap_growth
from mlgate.statistics.gaps import gap

any_cells = st.integers(2, 5).flatmap(
    lambda groups: arrays(np.int64, (groups, 2, 2), elements=st.integers(0, 80)).filter(
        lambda cells: (cells.sum(axis=(1, 2)) > 0).all()
    )
)


def joint(baseline: float, candidate: float, agreement: float) -> list[float]:
    """Cell probabilities of one group; agreement 0 is independence, 1 as much as the rates allow."""
    both = baseline * candidate + agreement * (min(baseline, candidate) - baseline * candidate)
    return [1 - baseline - candidate + both, candidate - both, baseline - both, both]


def simulate(baseline, candidate, agreement: float, rows: list[int], draws: int = 600) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Interval ends (draws, 2) of simulated test sets."""
    generator = np.random.default_rng(13)
    samples = np.stack(
        [
            generator.multinomial(n, joint(b, c, agreement), size=draws)
            for n, b, c in zip(rows, baseline, candidate, strict=True)
        ],
        axis=1,
    )
    return np.array([gap_growth(sample.reshape(-1, 2, 2)).interval for sample in samples])


def allowance(p: float, draws: int = 600) -> float:
    return p + 3.5 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize("agreement", [0.0, 0.9])
@pytest.mark.parametrize(
    ("rates", "rows"),
    [
        ([0.4, 0.4], [60, 30]),
        ([0.5, 0.3], [500, 500]),
        ([0.1, 0.05], [2_000, 500]),
        ([0.9, 0.6], [100, 100]),
        ([0.5, 0.5, 0.3], [200] * 3),
        ([0.5, 0.3, 0.3, 0.3, 0.3, 0.3], [300] * 6),
        ([0.05] * 6, [60] * 6),
    ],
)
def test_a_gap_that_did_not_grow_is_seldom_said_to_have_grown(
    rates: list[float], rows: list[int], agreement: float
) -> None:
    ends = simulate(rates, rates, agreement, rows)
    assert np.mean(ends[:, 0] > 0) < allowance(0.025)
    assert np.mean(ends[:, 1] < 0) < allowance(0.025)


@pytest.mark.parametrize("agreement", [0.0, 0.9])
@pytest.mark.parametrize(
    ("baseline", "candidate", "rows"),
    [
        ([0.4, 0.4], [0.5, 0.3], 500),
        ([0.5, 0.3], [0.4, 0.4], 100),
        ([0.5, 0.3], [0.3, 0.5], 100),
        ([0.42, 0.38], [0.45, 0.35], 2_000),
        ([0.5, 0.4, 0.4, 0.3], [0.5, 0.5, 0.5, 0.3], 300),
        ([0.4] * 6, [0.5] + [0.4] * 5, 500),
        ([0.9, 0.8, 0.7], [0.9, 0.7, 0.7], 60),
    ],
)
def test_the_true_growth_is_covered_also_where_groups_tie_or_change_order(
    baseline: list[float], candidate: list[float], rows: int, agreement: float
) -> None:
    growth = np.ptp(candidate) - np.ptp(baseline)
    ends = simulate(baseline, candidate, agreement, [rows] * len(baseline))
    assert np.mean((ends[:, 0] > growth + 1e-12) | (ends[:, 1] < growth - 1e-12)) < allowance(0.05)


def test_the_paired_question_is_twice_as_sharp_as_the_unpaired_one() -> None:
    paired = simulate([0.5, 0.3], [0.5, 0.3], 0.8, [500, 500], draws=60)
    unpaired = simulate([0.5, 0.3], [0.5, 0.3], 0.0, [500, 500], draws=60)
    assert np.ptp(paired, axis=1).mean() < 0.5 * np.ptp(unpaired, axis=1).mean()


def test_growth_from_no_gap_at_all_is_found() -> None:
    ends = simulate([0.4, 0.4], [0.5, 0.3], 0.9, [1_000, 1_000], draws=100)
    assert np.mean(ends[:, 0] > 0) > 0.8


def test_one_of_six_equal_groups_that_falls_behind_is_found() -> None:
    ends = simulate([0.5] * 6, [0.5] * 5 + [0.3], 0.8, [1_000] * 6, draws=60)
    assert np.mean(ends[:, 0] > 0) > 0.8


def test_a_gap_that_closed_is_known_not_to_have_grown() -> None:
    ends = simulate([0.5, 0.3], [0.4, 0.4], 0.9, [2_000, 2_000], draws=60)
    assert np.mean(ends[:, 1] < 0) > 0.8


def test_two_clearly_different_groups_have_the_adjusted_wald_ends() -> None:
    cells = np.array([[[300, 30], [20, 650]], [[700, 15], [25, 260]]])
    smoothed = cells + 0.5
    rows = smoothed.sum(axis=(1, 2))
    gained, lost = smoothed[:, 0, 1] / rows, smoothed[:, 1, 0] / rows
    growth = (gained - lost)[0] - (gained - lost)[1]
    error = math.sqrt(((gained + lost - (gained - lost) ** 2) / rows).sum())
    expected = growth - norm.ppf(0.975) * error, growth + norm.ppf(0.975) * error
    found = gap_growth(cells)
    assert found.interval == pytest.approx(expected, abs=1e-9)
    assert found.se == pytest.approx(error)
    assert found.p_grew == pytest.approx(norm.cdf(-growth / error))


def test_a_gap_that_appeared_between_equal_groups_is_not_understated() -> None:
    ends = simulate([0.4, 0.4], [0.5, 0.3], 0.95, [500, 125], draws=2_500)
    assert np.mean(ends[:, 1] < 0.2) < 0.045


def test_groups_that_caught_up_with_the_highest_are_no_growth() -> None:
    ends = simulate([0.5, 0.4, 0.4, 0.4, 0.4, 0.3], [0.5, 0.5, 0.5, 0.5, 0.5, 0.3], 1.0, [1_000] * 6, draws=1_000)
    assert np.mean(ends[:, 0] > 0) < allowance(0.025, 1_000)


def test_identical_predictions_without_a_gap_are_a_narrow_zero() -> None:
    found = gap_growth([[[600, 0], [0, 400]]] * 6)
    assert (found.value, found.candidate_pair) == (0.0, (0, 1))
    assert found.interval.high < 0.01


def test_identical_predictions_have_a_growth_of_zero_and_a_narrow_interval() -> None:
    found = gap_growth([[[600, 0], [0, 400]], [[700, 0], [0, 300]]])
    assert found.value == 0.0
    assert -0.01 < found.interval.low < 0 < found.interval.high < 0.01
    assert found.p_grew > 0.025


def test_the_growth_is_the_difference_of_both_gaps() -> None:
    cells = np.array([[[50, 8], [4, 38]], [[60, 2], [9, 29]], [[55, 5], [5, 35]]])
    found = gap_growth(cells)
    rows = cells.sum(axis=(1, 2))
    assert found.candidate_gap == gap(cells[:, :, 1].sum(axis=1), rows)
    assert found.baseline_gap == gap(cells[:, 1, :].sum(axis=1), rows)
    assert found.value == found.candidate_gap - found.baseline_gap
    assert found.candidate_pair == (0, 1)


@given(any_cells)
@settings(max_examples=80)
def test_the_interval_encloses_the_growth_and_has_width(cells: np.ndarray) -> None:
    found = gap_growth(cells)
    assert -1 <= found.interval.low <= found.value <= found.interval.high <= 1
    assert found.interval.high - found.interval.low > 1e-3


@given(any_cells)
@settings(max_examples=80)
def test_the_lower_end_is_above_zero_exactly_when_the_test_rejects(cells: np.ndarray) -> None:
    found = gap_growth(cells)
    if found.value > 0 and abs(found.p_grew - 0.025) > 1e-9:
        assert (found.interval.low > 0) == (found.p_grew < 0.025)


@given(any_cells, st.randoms())
@settings(max_examples=40)
def test_the_order_of_the_groups_does_not_matter(cells: np.ndarray, random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(cells)))
    random.shuffle(order)
    assert gap_growth(cells[order]).interval == pytest.approx(gap_growth(cells).interval, abs=1e-9)


def test_a_hundred_equal_groups_are_compared_in_bounded_memory() -> None:
    cells = np.random.default_rng(1).multinomial(200, [0.5, 0.05, 0.05, 0.4], size=100).reshape(100, 2, 2)
    tracemalloc.start()
    gap_growth(cells)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6


@pytest.mark.parametrize("cells", [np.ones((1, 2, 2)), np.ones((3, 2)), np.zeros((2, 2, 2)), -np.ones((2, 2, 2))])
def test_cells_that_cannot_be_compared_are_refused(cells: np.ndarray) -> None:
    with pytest.raises(ValueError, match="group"):
        gap_growth(cells)
