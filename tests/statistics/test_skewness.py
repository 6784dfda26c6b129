import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew, t

from mlgate.statistics.skewness import p_low, skewness_of_mean, tails

SKEWNESS = st.floats(-1, 1)


@pytest.mark.parametrize(("degrees", "within"), [(4, 2e-2), (9, 2e-3), (30, 2e-4), (1_000, 1e-6), (math.inf, 1e-9)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_without_skewness_the_points_are_students(level: float, degrees: float, within: float) -> None:
    expected = t.ppf(0.5 + level / 2, degrees)
    assert tails(level, degrees, 0.0) == pytest.approx((expected, expected), rel=within)


@given(SKEWNESS, st.floats(2, 1e6))
def test_no_side_is_narrower_than_students_and_the_skewed_one_is_wider(skewness: float, degrees: float) -> None:
    plain, (below, above) = tails(0.95, degrees, 0.0)[0], tails(0.95, degrees, skewness)
    assert min(below, above) >= plain
    if abs(skewness) > 1e-3:
        assert (below > above) == (skewness < 0)


@given(SKEWNESS, st.floats(2, 1e6))
def test_exchanged_models_exchange_the_sides(skewness: float, degrees: float) -> None:
    assert tails(0.95, degrees, skewness) == pytest.approx(tails(0.95, degrees, -skewness)[::-1])


@given(st.floats(-8, 8), SKEWNESS, st.floats(2, 1e6))
def test_the_upper_end_is_below_zero_exactly_when_the_test_rejects(t: float, skewness: float, degrees: float) -> None:
    p = p_low(t, degrees, skewness)
    if abs(p - 0.025) > 1e-9:
        assert (t + tails(0.95, degrees, skewness)[1] < 0) == (p < 0.025)


def test_the_skewness_of_a_mean_is_that_of_its_rows_over_the_root_of_their_number() -> None:
    x = np.random.default_rng(1).exponential(size=400)
    assert skewness_of_mean(x - x.mean()) == pytest.approx(skew(x) / 20)
    assert skewness_of_mean(1e-200 * (x - x.mean())) == pytest.approx(skew(x) / 20)
    assert skewness_of_mean(np.zeros(5)) == 0.0


@pytest.mark.parametrize(("rows", "share"), [(200, 0.06), (400, 0.03), (1_000, 0.02)])
def test_losses_on_a_few_rows_pass_as_seldom_as_they_should(rows: int, share: float) -> None:
    """Where the plain interval lets a true drop of the margin pass in one of nine samples."""
    rng = np.random.default_rng(5)
    lost = (rng.random((1_500, rows)) < share) * rng.exponential(size=(1_500, rows))
    passes, plain = [], []
    for x in -lost:
        value, se = x.mean(), x.std(ddof=1) / math.sqrt(rows)
        passes.append(value - tails(0.95, rows - 1, skewness_of_mean(x - value))[0] * se > -share)
        plain.append(value - 1.96 * se > -share)
    assert np.mean(passes) <= 0.04
    assert np.mean(plain) >= 0.06
