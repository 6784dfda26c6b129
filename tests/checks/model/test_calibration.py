from dataclasses import replace

import numpy as np
import pytest

from mlgate.measuring.joint import Joint, MetricValues
from tests.checks.asked import NO_BASELINE, judged_rows
from tests.checks.joints import categories, classes, joint, side


def rows_of(n: int, push: float = 0.0, seed: int = 1) -> Joint:
    """Rows whose probabilities are right but for a push in log odds."""
    rng = np.random.default_rng(seed)
    true = rng.beta(2, 3, n)
    stated = 1 / (1 + np.exp(-(np.log(true / (1 - true)) + push)))
    return joint(rng.random(n) < true, side(stated), side(true))


@pytest.mark.parametrize(
    ("n", "push", "status"), [(5_000, 0.0, "pass"), (5_000, 1.0, "fail"), (300, 0.1, "inconclusive")]
)
def test_calibration_passes_fails_and_cannot_tell(n: int, push: float, status: str) -> None:
    error, test = judged_rows("calibration", "{max: 0.05}", rows_of(n, push))
    assert (error.subject, error.status, error.limit) == ("calibration error", status, 0.05)
    assert error.baseline_value is not None
    assert (test.subject, test.severity) == ("spiegelhalter", "info")


def test_the_direction_of_the_fault_is_said() -> None:
    for push, word in ((1.0, "too high"), (-1.0, "too low")):
        (_, test) = judged_rows("calibration", "{}", rows_of(3_000, push))
        assert f"on average they are {word}" in test.message


def test_few_rows_cannot_tell_whatever_they_show() -> None:
    (error, _) = judged_rows("calibration", "{}", rows_of(100, 3.0))
    assert (error.status, error.reason) == ("inconclusive", "underpowered")


def test_several_classes_are_judged_by_the_predicted_ones_probability() -> None:
    rng = np.random.default_rng(2)
    shares = rng.dirichlet([1, 1, 1], 6_000)
    truth = (rng.random((6_000, 1)) > shares.cumsum(axis=1)).sum(axis=1)
    bold = shares**3 / (shares**3).sum(axis=1, keepdims=True)
    for predicted, status in ((shares, "pass"), (bold, "fail")):
        rows = joint(truth, categories(predicted), NO_BASELINE, task="multiclass")
        assert judged_rows("calibration", "{}", rows)[0].status == status


def test_rows_of_a_cluster_that_say_the_same_are_no_surer() -> None:
    rows = rows_of(300)
    five = rows.where(np.repeat(np.arange(300), 5))
    clustered = replace(five, cluster=np.repeat(np.arange(300), 5))
    once, again = (judged_rows("calibration", "{bins: 5}", r)[0].interval for r in (rows, clustered))
    assert once is not None
    assert again is not None
    assert again[1] - again[0] == pytest.approx(once[1] - once[0], rel=0.5)


@pytest.mark.parametrize("rows", [joint([1, 0], classes([1, 0])), MetricValues("metrics", {"auc": 0.5}, NO_BASELINE)])
def test_without_probabilities_there_is_nothing_to_judge(rows: Joint | MetricValues) -> None:
    (finding,) = judged_rows("calibration", "{}", rows)
    assert finding.status == "not-measured"
