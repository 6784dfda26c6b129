"""Reuse of a test set: levels that sum to α, and optimism that stays bounded."""

import numpy as np
import pytest

from mlgate.statistics.interval import normal_cdf
from mlgate.statistics.reuse import alpha_at


def test_all_levels_together_are_alpha() -> None:
    assert sum(alpha_at(t) for t in range(1, 100_000)) == pytest.approx(0.025, rel=1e-4)
    assert sum(alpha_at(t, budget=32) for t in range(1, 100)) == pytest.approx(0.025)


@pytest.mark.parametrize(("evaluation", "budget"), [(0, None), (1, 0)])
def test_evaluations_are_counted_from_one(evaluation: int, budget: int | None) -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        alpha_at(evaluation, budget=budget)


def optimism(budgeted: bool, *, verdicts: int = 50, n: int = 2_000, runs: int = 60) -> float:
    """Points of accuracy by which the last model kept looks better than it is, when all are equally good (.85)."""
    rng = np.random.default_rng(17)
    found = []
    for _ in range(runs):
        kept = rng.random(n) < 0.85  # which rows the current model gets right
        for t in range(1, verdicts + 1):
            flips = rng.random(n) < np.where(kept, 0.03 / 0.85, 0.03 / 0.15)
            gained, lost = int((flips & ~kept).sum()), int((flips & kept).sum())
            p_better = normal_cdf((lost - gained) / np.sqrt(max(1, gained + lost)))
            if p_better <= alpha_at(t) if budgeted else gained > lost:
                kept = kept ^ flips
        found.append(kept.mean() - 0.85)
    return 100 * float(np.mean(found))


def test_merging_whatever_looks_better_learns_the_test_set() -> None:
    assert optimism(budgeted=False) > 2.0


def test_claims_within_the_budget_stay_honest() -> None:
    assert abs(optimism(budgeted=True)) < 0.3
