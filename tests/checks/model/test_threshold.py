import numpy as np
import pytest

from mlgate.measuring.joint import Joint, MetricValues
from tests.checks.asked import BASE, NO_BASELINE, judged_rows, only
from tests.checks.joints import classes, joint, side


def rows_of(n: int, threshold: float, seed: int = 1) -> Joint:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.3
    score = 1 / (1 + np.exp(-(np.where(truth, 1.2, -1.2) + rng.normal(size=n))))
    return joint(truth, side(score, threshold), NO_BASELINE)


def asked(threshold: float) -> str:
    return BASE.replace("positive: 1,", f"positive: 1, threshold: {threshold},")


@pytest.mark.parametrize(("threshold", "status"), [(0.5, "pass"), (0.9, "fail")])
def test_a_threshold_near_the_best_passes_and_a_far_one_fails(threshold: float, status: str) -> None:
    finding = only(judged_rows("threshold", "{tolerance: 0.03}", rows_of(6_000, threshold), base=asked(threshold)))
    assert (finding.status, finding.limit, finding.direction) == (status, 0.03, "down")


def test_few_rows_cannot_tell() -> None:
    assert (
        only(judged_rows("threshold", "{tolerance: 0.001}", rows_of(200, 0.45), base=asked(0.45))).status
        == "inconclusive"
    )
    assert only(judged_rows("threshold", "{}", rows_of(40, 0.9), base=asked(0.9))).reason == "underpowered"


def test_a_good_threshold_seldom_fails_though_the_best_of_many_is_held_against_it() -> None:
    failed = sum(
        only(judged_rows("threshold", "{tolerance: 0.001}", rows_of(400, 0.5, s))).status == "fail" for s in range(60)
    )
    assert failed <= 4


@pytest.mark.parametrize("metric", ["accuracy", "f1", "balanced-accuracy"])
def test_what_is_lost_is_what_the_best_of_the_other_half_has_more(metric: str) -> None:
    finding = only(judged_rows("threshold", f"{{metric: {metric}}}", rows_of(4_000, 0.9), base=asked(0.9)))
    assert finding.value is not None
    assert finding.interval is not None
    assert 0 < finding.interval[0] < finding.value < finding.interval[1]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (joint([1, 0], classes([1, 0])), "a binary task and scores in [0, 1]"),
        (joint([1, 0], side([0.9, 0.1], 0.95)), "classes that are not its scores cut at 0.5"),
        (MetricValues("metrics", {"auc": 0.5}, NO_BASELINE), "not a metrics file"),
    ],
)
def test_what_has_no_threshold_is_not_measured(rows: Joint | MetricValues, why: str) -> None:
    finding = only(judged_rows("threshold", "{}", rows))
    assert finding.status == "not-measured"
    assert why in finding.message
