import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from mlgate.statistics.multiplicity import benjamini_hochberg, holm, holm_adjusted

p_values = st.lists(st.floats(0, 1), max_size=30)


def test_holm_adjusts_as_r_does() -> None:
    # p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") in R.
    assert holm_adjusted([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx((0.05, 0.08, 0.09, 0.09, 0.09))


@given(p_values)
def test_holm_rejects_what_its_step_down_rule_rejects(p: list[float]) -> None:
    rejected, going = [False] * len(p), True
    for step, index in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        going = going and p[index] * (len(p) - step) <= 0.025
        rejected[index] = going
    assert holm(p) == tuple(rejected)


@given(p_values, st.floats(0.001, 0.5))
def test_benjamini_hochberg_agrees_with_scipy(p: list[float], q: float) -> None:
    adjusted = false_discovery_control(p) if p else np.array([])
    if not np.isclose(adjusted, q, rtol=1e-9).any():
        assert benjamini_hochberg(p, q) == tuple((adjusted <= q).tolist())


def test_a_single_hypothesis_is_not_corrected() -> None:
    assert holm([0.025]) == (True,)
    assert holm([0.0251]) == (False,)


def test_the_order_of_the_family_does_not_matter() -> None:
    p = [0.5, 0.001, 0.012, 0.9]
    assert holm(p[::-1]) == holm(p)[::-1]


def test_holm_blocks_falsely_at_most_at_its_level() -> None:
    p = np.random.default_rng(6).random((4_000, 10))
    assert np.mean([any(holm(row)) for row in p.tolist()]) < 0.025 + 4 * (0.025 * 0.975 / 4_000) ** 0.5


@pytest.mark.parametrize("procedure", [holm, benjamini_hochberg])
@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_p_value_that_is_none_is_refused(procedure, p: float) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="p-values"):
        procedure([0.5, p])
