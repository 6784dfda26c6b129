import numpy as np
import pytest
from scipy.stats import binom, ks_2samp, norm

from mlgate.statistics.bootstrap import multinomial_draws, p_worse, percentile_interval


def test_the_same_seed_gives_the_same_draws() -> None:
    assert (multinomial_draws([5, 9, 2], draws=50) == multinomial_draws([5, 9, 2], draws=50)).all()


def test_another_seed_gives_other_draws() -> None:
    assert (multinomial_draws([5, 9, 2], draws=50) != multinomial_draws([5, 9, 2], draws=50, seed=18)).any()


def test_every_leading_index_is_a_sample_of_its_own_size() -> None:
    counts = np.array([[[5, 9], [0, 0]], [[1, 1], [30, 2]]])
    assert multinomial_draws(counts, draws=7).shape == (7, 2, 2, 2)
    assert (multinomial_draws(counts, draws=7).sum(axis=-1) == counts.sum(axis=-1)).all()


def test_an_empty_cell_stays_empty() -> None:
    assert multinomial_draws([5, 0, 2], draws=500)[:, 1].max() == 0


def test_draws_of_a_cell_are_binomial() -> None:
    cell = multinomial_draws([30, 70], draws=20_000)[:, 0]
    assert (cell.mean(), cell.var()) == pytest.approx((30, binom(100, 0.3).var()), rel=0.03)


def test_the_law_is_that_of_resampled_rows() -> None:
    rows = np.repeat([0, 1, 2], [40, 8, 12])
    chosen = rows[np.random.default_rng(0).integers(0, 60, (3_000, 60))]
    by_rows = (chosen == 1).sum(axis=1) / (chosen > 0).sum(axis=1)
    draws = multinomial_draws([40, 8, 12], draws=3_000)
    assert ks_2samp(by_rows, draws[:, 1] / draws[:, 1:].sum(axis=1)).pvalue > 0.001


@pytest.mark.parametrize("counts", [[1.5, 2], [-1, 4]])
def test_counts_that_are_not_whole_are_refused(counts: list[float]) -> None:
    with pytest.raises(ValueError, match="whole counts"):
        multinomial_draws(counts)


def test_the_percentile_interval_leaves_half_of_the_rest_on_each_side() -> None:
    assert percentile_interval(np.arange(101.0), level=0.9) == pytest.approx((5.0, 95.0))


def test_undefined_draws_are_left_out() -> None:
    assert percentile_interval([np.nan, 1.0, 2.0, np.nan], level=0.999999) == pytest.approx((1.0, 2.0), abs=1e-5)


def test_nothing_but_undefined_draws_is_an_error() -> None:
    with pytest.raises(ValueError, match="every draw"):
        percentile_interval([np.nan])


def test_p_counts_the_data_as_one_more_draw() -> None:
    assert p_worse([-1.0] * 97 + [0.0, 1.0]) == 3 / 100


def test_draws_that_never_reach_zero_are_extrapolated_by_the_normal_tail() -> None:
    draws = np.random.default_rng(0).normal(-8.0, 1.0, 999)
    assert p_worse(draws) == pytest.approx(norm.cdf(draws.mean() / draws.std()), rel=1e-9)


def test_draws_without_any_spread_prove_no_more_than_their_number() -> None:
    assert p_worse([-0.1] * 99) == 0.01
