"""A planted drop that these 714 rows can see is found.

Each plant worsens the example's model in one way, its size chosen so that the computed power is at least .97.
Power is computed from the mean drop and the standard error that the gate itself states; it is found on fresh rows,
drawn with replacement, with fresh noise.
"""

from collections.abc import Callable

import numpy as np
import pytest

from mlgate.evidence import Finding
from mlgate.statistics.interval import normal_cdf, normal_quantile, two_sided_z
from tests.proofs.example_rows import LOGISTIC, TRUTH, Floats, Gate, columns, rows_of, shares

SEEDS = 20
MUST_FIND = 18
Plant = Callable[[np.random.Generator], Floats]


def noisy(rng: np.random.Generator) -> Floats:
    """Log odds with noise of 1.8: the order of the rows is muddled."""
    odds = np.log(LOGISTIC / (1 - LOGISTIC)) + 1.8 * rng.normal(size=len(TRUTH))
    return np.asarray(1 / (1 + np.exp(-odds)))


def mistaken(rng: np.random.Generator) -> Floats:
    """One in twenty right predictions turned round."""
    right = (LOGISTIC >= 0.5) == TRUTH
    return np.where(right & (rng.random(len(TRUTH)) < 0.05), 1 - LOGISTIC, LOGISTIC)


def timid(rng: np.random.Generator) -> Floats:
    """Nine of ten predicted denials taken back."""
    return np.where((LOGISTIC >= 0.5) & (rng.random(len(TRUTH)) < 0.9), 0.4, LOGISTIC)


PLANTS: dict[str, Plant] = {"auc": noisy, "log-loss": noisy, "accuracy": mistaken, "f1": timid}
MARGINS = {"auc": "0.02", "log-loss": "5%", "accuracy": "0.02", "f1": "0.05"}


def judged(metric: str, seed: int) -> Finding:
    rng = np.random.default_rng(seed)
    gate = Gate(regression=f"{{primary: {metric}, margins: {{{metric}: {MARGINS[metric]}}}}}")
    worse = PLANTS[metric](rng)
    (finding,) = gate(rows_of(worse, LOGISTIC, rng.integers(0, len(TRUTH), len(TRUTH))))
    return finding


def power(metric: str) -> float:
    """The chance that the interval's upper end lies below 0, from the mean drop and its stated error."""
    found = [judged(metric, seed) for seed in range(1_000, 1_100)]
    drop = -float(np.mean([f.value for f in found if f.value is not None]))
    error = float(np.mean([f.mde for f in found if f.mde])) / (two_sided_z(0.95) + normal_quantile(0.8))
    return normal_cdf(drop / error - two_sided_z(0.95))


@pytest.mark.parametrize("metric", PLANTS)
def test_a_planted_drop_with_power_enough_is_found(metric: str) -> None:
    computed = power(metric)
    found = [judged(metric, seed) for seed in range(SEEDS)]
    table = shares([{metric: f.status} for f in found])
    assert computed >= 0.97, f"computed power {computed:.3f}\n{table}"
    assert sum(f.status == "fail" for f in found) >= MUST_FIND, f"computed power {computed:.3f}\n{table}"


@pytest.mark.parametrize("metric", PLANTS)
def test_the_same_plant_the_other_way_round_passes(metric: str) -> None:
    rng = np.random.default_rng(1)
    gate = Gate(regression=f"{{primary: {metric}, margins: {{{metric}: {MARGINS[metric]}}}}}")
    (finding,) = gate(rows_of(LOGISTIC, PLANTS[metric](rng)))
    assert finding.status == "pass"


def test_a_planted_gap_is_found() -> None:
    """Half of the African-American applicants that the baseline would accept are denied."""
    afam, found = columns()["afam"].codes == 1, []
    gate = Gate(fairness="{columns: [afam], metrics: [selection-rate], growth: 0.05}")
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        unfair = np.where(afam & (rng.random(len(TRUTH)) < 0.5), 0.9, LOGISTIC)
        rows = rows_of(unfair, LOGISTIC, rng.integers(0, len(TRUTH), len(TRUTH)))
        found.append({f.subject: f.status for f in gate(rows)})
    assert sum(f["afam: selection-rate gap growth"] == "fail" for f in found) >= MUST_FIND, shares(found)
