"""Reuse of one test set: how small a p-value must be for an improvement to be believed after so many looks."""

import math


def alpha_at(evaluation: int, alpha: float = 0.025, budget: int | None = None) -> float:
    """Return the one-sided level for a claim of improvement at this evaluation of a test set, counted from 1.

    With a declared `budget` of H evaluations α/H, and 0 beyond it; else α·6/(π²t²), which sums to α over all t.
    All claims together are false with a probability of at most α, if each candidate is fixed before it is looked at;
    a candidate that is chosen by earlier results is covered against the claims that were not made, not in general.
    Source: Bonferroni, and its split over an unbounded sequence by Σ 1/t² = π²/6 (Euler); for the adaptive case Renggli
    et al. 2019, "Continuous integration of machine learning models with ease.ml/ci", MLSys.
    Raises ValueError unless evaluation ≥ 1 and budget ≥ 1.

    >>> round(alpha_at(1), 5), round(alpha_at(10), 6), alpha_at(2, budget=10), alpha_at(11, budget=10)
    (0.0152, 0.000152, 0.0025, 0.0)
    """
    if evaluation < 1 or (budget is not None and budget < 1):
        raise ValueError(f"evaluations are counted from 1, got {evaluation!r} of {budget!r}")
    if budget is not None:
        return alpha / budget if evaluation <= budget else 0.0
    return alpha * 6.0 / (math.pi * evaluation) ** 2
