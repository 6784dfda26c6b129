"""Planted pairs: nothing differs where nothing should, and a drop is as large as it was asked for."""

from dataclasses import replace

import numpy as np
import pytest

from mlgate.errors import UserError
from mlgate.exploring.planting import baseline_of, discordant, pair_of, share_for, unchanged, worse
from mlgate.measuring.comparing import compare
from tests.checks.joints import classes, joint, side, two_models

TRUTH, CANDIDATE, BASELINE = two_models(3_000, seed=3)
ROWS = joint(TRUTH, side(CANDIDATE), side(BASELINE))


def random(seed: int = 1) -> np.random.Generator:
    """Seeded draws."""
    return np.random.default_rng(seed)


def test_models_that_differ_are_taken_as_they_are() -> None:
    pair = pair_of(ROWS, random())
    assert (pair.joint, pair.is_noise) == (ROWS, False)


def test_models_that_agree_are_told_apart_by_noise_on_six_percent_of_the_rows() -> None:
    pair = pair_of(joint(TRUTH, side(BASELINE), side(BASELINE)), random())
    assert pair.is_noise
    assert pair.discordant == pytest.approx(0.06, abs=0.005)
    score = baseline_of(pair.joint).score
    assert ((score > 0) & (score < 1)).all()


def test_classes_alone_are_told_apart_too() -> None:
    pair = pair_of(joint(TRUTH, classes(BASELINE > 0.5), classes(BASELINE > 0.5)), random())
    assert 0.01 < pair.discordant < 0.06


def test_an_exchange_by_a_coin_leaves_no_difference_on_average() -> None:
    rng = random()
    better = joint(TRUTH, side(np.where(TRUTH, 0.9, 0.1)), side(BASELINE))  # far better before the exchange
    found = [compare("accuracy", unchanged(better, rng), 0.01).value for _ in range(200)]
    assert np.mean(found) == pytest.approx(0, abs=4 * np.std(found) / np.sqrt(200))


def test_rows_of_a_cluster_are_drawn_and_exchanged_together() -> None:
    clustered = replace(ROWS, cluster=np.arange(3_000) // 10)
    drawn = unchanged(clustered, random())
    assert len(np.unique(drawn.cluster)) == 300
    ours = drawn.candidate.score[:, None] == CANDIDATE[None, :200]
    assert drawn.n == 3_000
    assert all(len(set(part.tolist())) == 1 for part in np.split(ours.any(axis=1), 300))


@pytest.mark.parametrize(("metric", "drop"), [("auc", 0.01), ("accuracy", 0.02), ("log-loss", 0.04)])
def test_a_planted_drop_is_as_large_as_asked_for(metric: str, drop: float) -> None:
    share = share_for(ROWS, metric, drop, seed=5)
    rng = random(7)
    found = [compare(metric, worse(joint(TRUTH, s, s), share, rng), 0.01).value for s in [ROWS.candidate] * 100]
    assert np.mean(found) == pytest.approx(-drop, rel=0.1, abs=0.3 * float(np.std(found)))


def test_a_drop_that_no_exchange_makes_is_told() -> None:
    with pytest.raises(UserError, match="the model says too little"):
        share_for(joint(TRUTH, side(random().random(3_000)), side(random(2).random(3_000))), "auc", 0.2, seed=1)


def test_an_exchange_keeps_the_predictions_and_touches_their_share_of_the_rows() -> None:
    found = worse(ROWS, 0.3, random()).candidate
    assert sorted(found.score) == sorted(CANDIDATE)
    assert np.mean(found.score != CANDIDATE) == pytest.approx(0.3, abs=0.03)
    assert discordant(found, baseline_of(ROWS)) > discordant(ROWS.candidate, baseline_of(ROWS))
