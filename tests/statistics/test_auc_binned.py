from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.statistics import auc_binned
from mlgate.statistics.auc import auc, delong
from mlgate.statistics.auc_binned import auc_of_many, binned, delong_of_many


def two_scores(n: int, rate: float, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < rate
    signal = 2 * positive + rng.normal(size=n) - 4
    return positive, *(1 / (1 + np.exp(-(signal + 0.3 * rng.normal(size=n)))) for _ in range(2))


@pytest.mark.parametrize("rate", [0.5, 0.001])
def test_bins_give_the_exact_areas_within_their_bound(rate: float) -> None:
    rows = two_scores(200_000, rate)
    exact, (found, bound) = delong(*rows), binned(*rows)
    assert bound < 1e-4
    assert abs(found.candidate - exact.candidate) <= bound
    assert abs(found.baseline - exact.baseline) <= bound
    assert found.se == pytest.approx(exact.se, rel=1e-3)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_bound_holds_for_any_scores(data: st.DataObject) -> None:
    n = data.draw(st.integers(4, 40))
    score = st.lists(
        st.sampled_from([0.0, 1e-300, 1e-9, 0.2, 0.2 + 1e-12, 0.5, 1 - 1e-16, 1.0]), min_size=n, max_size=n
    )
    ours, theirs = (np.array(data.draw(score)) for _ in range(2))
    positive = np.arange(n) % 2 == 0
    found, bound = binned(positive, ours, theirs, bins=data.draw(st.sampled_from([2, 64, 1024])))
    exact = delong(positive, ours, theirs)
    assert abs(found.candidate - exact.candidate) <= bound + 1e-12
    assert abs(found.baseline - exact.baseline) <= bound + 1e-12


def test_few_rows_and_scores_that_are_no_probabilities_are_compared_exactly() -> None:
    rows = two_scores(2_000, 0.3)
    assert delong_of_many(*rows) == delong(*rows)
    logits = (rows[0], rows[1] * 50 - 25, rows[2] * 50 - 25)
    assert delong_of_many(*logits) == delong(*logits)


def test_bins_that_are_too_coarse_give_way_to_the_exact_method(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = two_scores(3_000, 0.3)
    monkeypatch.setattr(auc_binned, "FROM_ROWS", 1_000)
    assert delong_of_many(*rows) != delong(*rows)
    monkeypatch.setattr(auc_binned, "BINS", 50)
    assert binned(rows[0], rows[1], rows[2], bins=50)[1] > 1e-4
    assert delong_of_many(*rows) == delong(*rows)


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_of_many_rows_is_the_exact_one(ties: bool) -> None:
    positive, score, _ = two_scores(150_000, 0.2)
    score = np.round(score, 2) if ties else score
    assert auc_of_many(positive, score) == pytest.approx(auc(positive, score), abs=1e-5)
