import numpy as np
import pytest
from numpy.typing import NDArray

from mlgate.statistics.calibration import brier_parts, calibration_error, reliability_curve, spiegelhalter

Floats = NDArray[np.float64]


def drawn(n: int, seed: int, push: float = 0.0) -> tuple[NDArray[np.bool_], Floats]:
    """Labels, and probabilities that are right but for a push in log odds."""
    rng = np.random.default_rng(seed)
    stated = rng.beta(2, 3, n)
    true = 1 / (1 + np.exp(-(np.log(stated / (1 - stated)) + push)))
    return rng.random(n) < true, stated


# Ten stated probabilities, how many rows have each, and on how many of these it happened.
STATED = np.arange(0.05, 1, 0.1).round(2)
ROWS = np.array([30, 28, 26, 24, 22, 22, 24, 26, 28, 30])
HAPPENED = np.array([6, 9, 9, 13, 10, 11, 11, 13, 17, 22])
PROBABILITY = np.repeat(STATED, ROWS)
POSITIVE = np.concatenate([np.arange(rows) < count for rows, count in zip(ROWS, HAPPENED, strict=True)])


def test_spiegelhalters_z_is_that_of_calzone() -> None:
    """calzone-tool 0.1.0, `spiegelhalter_z_test`."""
    assert spiegelhalter(POSITIVE, PROBABILITY)[0] == pytest.approx(8.312780584615032)
    fewer = np.concatenate([np.arange(n) < k for n, k in zip(ROWS, [3, 6, 5, 11, 8, 14, 13, 22, 22, 27], strict=True)])
    assert spiegelhalter(fewer, PROBABILITY) == pytest.approx((1.4400092351301623, 0.14986478628364397))


def test_the_debiased_square_error_is_that_of_its_authors() -> None:
    """uncertainty-calibration 0.1.4 of Kumar, Liang and Ma, `utils.unbiased_square_ce` over the ten bins."""
    assert calibration_error(POSITIVE, PROBABILITY).value ** 2 == pytest.approx(0.02255878806628433)


def test_the_parts_of_brier_are_those_of_the_r_package() -> None:
    """SpecsVerification's `BrierDecomp` with bias.corrected = FALSE over the ten bins."""
    parts = brier_parts(POSITIVE, PROBABILITY)
    found = parts.reliability, parts.resolution, parts.uncertainty, parts.within
    assert found == pytest.approx((0.03169919823765978, 0.02300097338558877, 0.248801775147929, 0.0), abs=1e-12)


@pytest.mark.parametrize("n", [200, 2_000])
def test_a_right_model_has_no_error_where_the_raw_one_is_large(n: int) -> None:
    raw, debiased = [], []
    for seed in range(200):
        y, p = drawn(n, seed)
        found = calibration_error(y, p)
        raw.append(float(found.curve.share @ abs(found.curve.happened - found.curve.predicted)))
        debiased.append(found.value**2 if found.value else 0.0)
    assert np.mean(raw) == pytest.approx({200: 0.08, 2_000: 0.025}[n], rel=0.3)
    assert np.mean(debiased) < 0.35 * np.mean(raw) ** 2


@pytest.mark.parametrize("push", [0.0, 0.4])
def test_the_interval_covers_the_true_error(push: float) -> None:
    y, p = drawn(400_000, 1, push)
    truth = calibration_error(y, p).value
    missed = [calibration_error(*drawn(500, seed, push)).interval for seed in range(600)]
    assert np.mean([i.low > truth + 1e-9 for i in missed]) <= 0.045
    assert np.mean([i.high < truth for i in missed]) <= 0.045


def test_spiegelhalters_test_alarms_in_five_percent_and_finds_a_push() -> None:
    alarms = [spiegelhalter(*drawn(500, seed))[1] < 0.05 for seed in range(800)]
    assert np.mean(alarms) == pytest.approx(0.05, abs=0.025)
    assert spiegelhalter(*drawn(5_000, 1, 0.6))[1] < 0.01


def test_spiegelhalters_statistic_is_that_of_his_formula() -> None:
    y, p = drawn(50, 3)
    expected = sum((t - q) * (1 - 2 * q) for t, q in zip(y, p, strict=True))
    spread = sum((1 - 2 * q) ** 2 * q * (1 - q) for q in p)
    assert spiegelhalter(y, p)[0] == pytest.approx(expected / spread**0.5)


def test_probabilities_of_zero_and_one_are_right_or_impossible() -> None:
    y = np.array([True, False])
    assert spiegelhalter(y, np.array([1.0, 0.0])) == (0.0, 1.0)
    assert spiegelhalter(y, np.array([0.0, 0.0]))[1] == 0.0


def test_the_parts_of_brier_sum_to_it() -> None:
    y, p = drawn(3_000, 5, 0.3)
    parts = brier_parts(y, p)
    assert parts.reliability - parts.resolution + parts.uncertainty + parts.within == pytest.approx(
        np.mean((p - y) ** 2)
    )
    assert min(parts.reliability, parts.resolution, parts.uncertainty) >= 0


def test_weights_count_as_duplicated_rows_on_the_curve() -> None:
    y, p = drawn(400, 6)
    p = np.round(p, 1)  # so that the bins are the same
    weight = np.random.default_rng(1).integers(1, 4, 400)
    one = reliability_curve(y, p, weight.astype(float))
    other = reliability_curve(np.repeat(y, weight), np.repeat(p, weight))
    assert float(one.share @ one.happened) == pytest.approx(float(other.share @ other.happened))
    assert (one.rows <= other.rows.sum()).all()


@pytest.mark.parametrize(("n", "value"), [(1, 0.5), (30, 0.0), (30, 1.0), (500, 0.3)])
def test_few_rows_and_constant_scores_have_an_interval_with_width(n: int, value: float) -> None:
    y = np.arange(n) % 2 == 0
    found = calibration_error(y, np.full(n, value))
    assert 0 <= found.interval.low <= found.value <= found.interval.high
    assert found.interval.high - found.interval.low > 1e-3
