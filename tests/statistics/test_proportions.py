import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from mlgate.statistics.interval import normal_cdf, normal_quantile, two_sided_z
from mlgate.statistics.proportions import agresti_caffo, newcombe_difference, wilson


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 5_000))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize("x", [-30.0, -8.0, -1.3, 0.0, 0.7, 5.0])
def test_normal_cdf_agrees_with_scipy_also_far_in_the_tail(x: float) -> None:
    assert normal_cdf(x) == pytest.approx(norm.cdf(x), rel=1e-12)


@pytest.mark.parametrize("p", [1e-300, 1e-9, 0.025, 0.5, 0.975, 1 - 1e-9])
def test_normal_quantile_agrees_with_scipy(p: float) -> None:
    assert normal_quantile(p) == pytest.approx(norm.ppf(p), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
def test_a_level_that_is_not_a_probability_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        two_sided_z(level)


# Newcombe 1998, Stat. Med. 17:857, table I, method 3.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_intervals_that_newcombe_printed(successes: int, n: int, low: float, high: float) -> None:
    assert tuple(round(end, 4) for end in wilson(successes, n)) == (low, high)


@given(counts(), st.sampled_from([0.8, 0.95, 0.999]))
def test_wilson_agrees_with_scipy(count: tuple[int, int], level: float) -> None:
    theirs = binomtest(*count).proportion_ci(level, method="wilson")
    assert wilson(*count, level) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(counts())
def test_wilson_encloses_the_rate_and_has_width(count: tuple[int, int]) -> None:
    low, high = wilson(*count)
    assert 0.0 <= low <= count[0] / count[1] <= high <= 1.0
    assert high > low


@given(counts())
def test_wilson_of_failures_is_the_mirror_of_wilson_of_successes(count: tuple[int, int]) -> None:
    low, high = wilson(*count)
    assert wilson(count[1] - count[0], count[1]) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts())
def test_duplicated_rows_narrow_the_wilson_interval(count: tuple[int, int]) -> None:
    once, twice = wilson(*count), wilson(2 * count[0], 2 * count[1])
    assert twice.high - twice.low < once.high - once.low


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (1, 0), (-1, 5), (6, 5), (0, math.nan)])
def test_counts_that_cannot_be_are_refused(successes: float, n: float) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, n)


# Newcombe 1998, Stat. Med. 17:873, table II, method 10, contrasts (a) and (d).
@pytest.mark.parametrize(
    ("x1", "n1", "x2", "n2", "low", "high"), [(56, 70, 48, 80, 0.0524, 0.3339), (5, 56, 0, 29, -0.0381, 0.1926)]
)
def test_newcombe_gives_the_differences_that_he_printed(
    x1: int, n1: int, x2: int, n2: int, low: float, high: float
) -> None:
    assert tuple(round(end, 4) for end in newcombe_difference(x1, n1, x2, n2)) == (low, high)


def test_agresti_caffo_gives_the_interval_that_fagerland_printed() -> None:
    # Fagerland, Lydersen and Laake 2017, chapter 4: 7 of 34 against 1 of 34 (Perondi 2004).
    assert tuple(round(end, 4) for end in agresti_caffo(7, 34, 1, 34)) == (0.0116, 0.3217)


@pytest.mark.parametrize("method", [newcombe_difference, agresti_caffo])
@given(first=counts(), second=counts())
def test_exchanged_groups_mirror_the_difference(method, first, second) -> None:  # type: ignore[no-untyped-def]
    low, high = method(*first, *second)
    assert method(*second, *first) == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize("method", [newcombe_difference, agresti_caffo])
def test_two_groups_without_a_success_still_have_width(method) -> None:  # type: ignore[no-untyped-def]
    low, high = method(0, 30, 0, 40)
    assert low < 0 < high
