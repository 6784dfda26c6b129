import math

import numpy as np
import pytest

from mlgate.statistics.paired_proportions import tango
from mlgate.statistics.power import mde, rows_needed


def test_the_detectable_effect_is_two_point_eight_errors() -> None:
    assert mde(1.0) == pytest.approx(2.80, abs=0.002)


@pytest.mark.parametrize(("discordant", "rows"), [(0.02, 1_570), (0.06, 4_710), (0.15, 11_770)])
def test_rows_for_a_margin_of_one_point_of_accuracy(discordant: float, rows: int) -> None:
    se = math.sqrt(discordant / 1_000)
    assert round(rows_needed(se, 1_000, 0.01), -1) == rows


@pytest.mark.parametrize(("discordant", "rows"), [(0.02, 1_569.776), (0.06, 4_709.328), (0.15, 11_773.320)])
def test_the_rows_needed_are_those_of_statsmodels(discordant: float, rows: float) -> None:
    """statsmodels 0.15.0, `normal_sample_size_one_tail(0.01, 0.8, 0.025, std_null=√ψ)`."""
    assert rows_needed(math.sqrt(discordant / 1_000), 1_000, 0.01) == math.ceil(rows)


def test_with_the_rows_needed_an_unchanged_model_passes_four_times_of_five() -> None:
    rows = rows_needed(math.sqrt(0.06 / 1_000), 1_000, 0.02)
    samples = np.random.default_rng(3).multinomial(rows, [0.03, 0.03, 0.94], size=1_500)
    passed = np.mean([tango(gained, lost, rows).low > -0.02 for gained, lost, _ in samples.tolist()])
    assert passed == pytest.approx(0.80, abs=0.045)


def test_half_the_margin_needs_four_times_the_rows() -> None:
    assert rows_needed(0.004, 1_000, 0.01) == pytest.approx(4 * rows_needed(0.004, 1_000, 0.02), abs=4)


@pytest.mark.parametrize(
    ("se", "n", "margin"), [(math.nan, 10, 0.1), (math.inf, 10, 0.1), (-0.1, 10, 0.1), (0.1, 0, 0.1), (0.1, 10, 0.0)]
)
def test_numbers_that_cannot_be_are_refused(se: float, n: float, margin: float) -> None:
    with pytest.raises(ValueError, match="needed"):
        rows_needed(se, n, margin)
