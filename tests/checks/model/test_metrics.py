from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mlgate.errors import UserError
from mlgate.measuring.joint import Joint, MetricValues
from mlgate.statistics.proportions import wilson
from tests.checks.asked import NO_BASELINE, gate, judged_rows, only, params_of, statuses
from tests.checks.joints import classes, joint, side, two_models


def right(correct: int, n: int) -> Joint:
    """A model that is right on so many of n rows."""
    truth = np.arange(n) % 2 == 0
    return joint(truth, classes(truth ^ (np.arange(n) >= correct)))


@pytest.mark.parametrize(
    ("correct", "status"),
    [(98, "pass"), (90, "pass"), (87, "inconclusive"), (80, "inconclusive"), (75, "inconclusive"), (60, "fail")],
)
def test_the_whole_interval_must_keep_the_limit(correct: int, status: str) -> None:
    finding = only(judged_rows("metrics", "{limits: {accuracy: {min: 0.8}}}", right(correct, 100)))
    low, high = wilson(correct, 100)
    assert finding.status == status == ("pass" if low >= 0.8 else "fail" if high < 0.8 else "inconclusive")
    assert finding.interval == pytest.approx((low, high))
    assert (finding.value, finding.limit, finding.n, finding.method) == (correct / 100, 0.8, 100, "Wilson")


@pytest.mark.parametrize(("n", "status"), [(100, "inconclusive"), (10_000, "pass")])
def test_more_rows_settle_what_few_cannot(n: int, status: str) -> None:
    finding = only(judged_rows("metrics", "{limits: {accuracy: {min: 0.84}}}", right(round(0.85 * n), n)))
    assert finding.status == status


def test_a_maximum_is_a_limit_from_above() -> None:
    truth, scores, _ = two_models(2_000)
    found = judged_rows("metrics", "{limits: {log-loss: {max: 0.3}, brier: {max: 0.5}}}", joint(truth, side(scores)))
    assert statuses(found) == {"log-loss": "fail", "brier": "pass"}
    assert [f.direction for f in found] == ["down", "down"]


def test_two_limits_are_two_findings_each_with_its_place() -> None:
    found = judged_rows("metrics", "{limits: {accuracy: {min: 0.5, max: 0.7}}}", right(90, 100))
    assert statuses(found) == {"accuracy: min": "pass", "accuracy: max": "fail"}
    assert [f.location.key for f in found if f.location] == ["limits/accuracy/min", "limits/accuracy/max"]
    assert [f.direction for f in found] == ["up", "down"]


def test_a_metric_without_a_limit_is_information() -> None:
    finding = only(judged_rows("metrics", "{limits: {accuracy: {}}}", right(10, 100)))
    assert (finding.severity, finding.status, finding.limit) == ("info", "pass", None)


@pytest.mark.parametrize(("limits", "severity"), [("{min: 0.7}", "block"), ("{max: 0.7}", "block"), ("{}", "info")])
def test_a_metric_that_cannot_be_had_weighs_as_its_limit_does(limits: str, severity: str) -> None:
    finding = only(judged_rows("metrics", f"{{limits: {{auc: {limits}}}}}", right(90, 100)))
    assert (finding.status, finding.severity, finding.message) == ("not-measured", severity, "auc needs scores")


@pytest.mark.parametrize(("n", "status"), [(29, "inconclusive"), (30, "pass")])
def test_below_the_minimum_of_rows_nothing_is_told(n: int, status: str) -> None:
    finding = only(judged_rows("metrics", "{limits: {accuracy: {min: 0.5}}}", right(n, n)))
    assert finding.status == status
    assert finding.reason == ("underpowered" if n < 30 else "none")


def test_rows_of_few_clusters_are_few_rows() -> None:
    truth = np.arange(1_000) % 2 == 0
    rows = joint(truth, classes(truth), cluster=np.arange(1_000) % 10)
    finding = only(judged_rows("metrics", "{limits: {accuracy: {min: 0.5}}}", rows))
    assert (finding.status, finding.reason, finding.n) == ("inconclusive", "underpowered", 10)


def test_a_broken_limit_that_the_baseline_breaks_too_is_existing() -> None:
    truth, worse, better = two_models(2_000, drop=0.5)
    for candidate, baseline, reason in ((better, worse, "existing"), (worse, better, "none")):
        rows = joint(truth, side(candidate), side(baseline))
        finding = only(judged_rows("metrics", "{limits: {auc: {min: 0.99}}}", rows))
        assert (finding.status, finding.reason) == ("fail", reason)
        assert finding.baseline_value == pytest.approx(roc_auc_score(truth, baseline))


def test_a_baseline_for_which_the_metric_does_not_exist_takes_nothing_from_the_candidate() -> None:
    truth = np.arange(100) % 2 == 0
    rows = joint(truth, classes(truth), classes(np.zeros(100)))
    finding = only(judged_rows("metrics", "{limits: {precision: {min: 0.9}}}", rows))
    assert (finding.status, finding.baseline_value) == ("pass", None)


@pytest.mark.parametrize(("limit", "status"), [("min: 0.9", "pass"), ("min: 0.901", "fail"), ("max: 0.9", "pass"),
                                               ("max: 0.899", "fail")])  # fmt: skip
def test_of_a_metrics_file_the_bare_value_decides(limit: str, status: str) -> None:
    values = MetricValues("metrics", {"auc": 0.9}, {"auc": 0.8 if "min" in limit else 0.3})
    finding = only(judged_rows("metrics", f"{{limits: {{auc: {{{limit}}}}}}}", values))
    assert (finding.status, finding.interval, finding.value) == (status, None, 0.9)
    assert finding.baseline_value is not None


def test_a_metric_that_the_file_lacks_is_not_measured() -> None:
    values = MetricValues("metrics", {"accuracy": 0.9, "r2": 0.5}, NO_BASELINE)
    finding = only(judged_rows("metrics", "{limits: {auc: {min: 0.5}}}", values))
    assert (finding.status, finding.message) == ("not-measured", "the metrics file has no 'auc'; it has accuracy, r2")


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UserError, match="acuracy"):
        params_of("metrics", "{limits: {acuracy: {min: 0.5}}}")


def test_a_file_of_predictions_is_judged_by_the_engine(tmp_path: Path) -> None:
    truth, scores, _ = two_models(200)
    lines = [f"{i},{int(t)},{s!r}" for i, (t, s) in enumerate(zip(truth, scores.tolist(), strict=True))]
    base = "version: 1\nmodel: {id: m, task: binary, positive: 1, predictions: new.csv}"
    files = {"new.csv": "\n".join(["id,y_true,score", *lines]) + "\n"}
    result = gate(tmp_path, "metrics: {limits: {auc: {min: 0.6}, recall: {}}}", files, base)
    found = {f.subject: f for f in result.verdict.findings}
    assert found["auc"].value == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert (found["auc"].status, found["recall"].severity, result.verdict.exit_code) == ("pass", "info", 0)
