import numpy as np
import pytest

from mlgate.statistics.gap_growth import contrasts, pairs_of
from mlgate.statistics.gaps import gap_of
from mlgate.statistics.max_t import max_t_quantile
from mlgate.statistics.normal_range import range_quantile


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_all_pairs_of_equal_groups_are_the_studentised_range(groups: int) -> None:
    pairs = contrasts(pairs_of(groups), groups)
    assert max_t_quantile(0.95, pairs, np.ones(groups)) == pytest.approx(
        range_quantile(0.95, groups) / 2**0.5, abs=0.04
    )


# Two-sided 5 % points of Dunnett 1964, Biometrics 20:482, table II, infinite degrees of freedom.
@pytest.mark.parametrize(("others", "point"), [(1, 1.96), (2, 2.21), (3, 2.35), (5, 2.51), (9, 2.69)])
def test_a_reference_group_has_dunnetts_points(others: int, point: float) -> None:
    pairs = contrasts(pairs_of(others + 1, 0), others + 1)
    assert max_t_quantile(0.95, pairs, np.ones(others + 1)) == pytest.approx(point, abs=0.03)


def test_the_gap_to_a_reference_group_is_seldom_proved_where_there_is_none() -> None:
    rng, proved = np.random.default_rng(1), 0
    for _ in range(2_000):
        values = rng.normal(size=5)
        proved += gap_of(values, values, np.ones(5), reference=2).interval.low > 0
    assert proved / 2_000 <= 0.025 + 0.012
