from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mlgate.errors import UserError
from mlgate.evidence import Finding
from mlgate.measuring.joint import Absent, Joint, MetricValues
from mlgate.measuring.metrics import METRICS
from mlgate.statistics.paired_proportions import paired_se, tango
from mlgate.statistics.power import mde
from tests.checks.asked import NO_BASELINE, gate, judged_rows, only, params_of, settled, statuses
from tests.checks.joints import classes, joint, side, two_models

ACCURACY = "{primary: accuracy, margins: {accuracy: 0.02}}"
ALL = "{primary: auc, margins: {accuracy: 0.01, precision: 0.01, recall: 0.01, f1: 0.01, log-loss: 1%, brier: 0.01}}"


def swapped(gained: int, lost: int, n: int) -> Joint:
    """A baseline that is right on half of n rows, and a candidate that gains some and loses others."""
    right = np.arange(n) % 2 == 0
    wins, losses = np.flatnonzero(~right)[:gained], np.flatnonzero(right)[:lost]
    ours = right.copy()
    ours[wins], ours[losses] = True, False
    return joint(np.ones(n), classes(ours), classes(right))


@pytest.mark.parametrize(
    ("gained", "lost", "n", "status"),
    [
        (10, 10, 2_000, "pass"), (10, 10, 300, "inconclusive"), (0, 60, 1_000, "fail"), (2, 20, 2_000, "pass"),
        (10, 40, 1_000, "fail"), (20, 30, 1_000, "inconclusive"), (60, 0, 1_000, "pass"),
    ],
)  # fmt: skip
def test_the_paired_interval_decides_between_three_states(gained: int, lost: int, n: int, status: str) -> None:
    finding = only(judged_rows("regression", ACCURACY, swapped(gained, lost, n)))
    low, high = tango(gained, lost, n)
    assert finding.interval == pytest.approx((low, high))
    assert finding.status == status == ("pass" if low > -0.02 else "fail" if high < 0 else "inconclusive")


def test_a_fail_inside_of_what_training_again_does_cannot_tell() -> None:
    noisy = "{primary: accuracy, margins: {accuracy: 0.02}, training-noise: {accuracy: NOISE}}"
    rows = swapped(10, 40, 1_000)  # three points worse
    inside, outside = (only(judged_rows("regression", noisy.replace("NOISE", n), rows)) for n in ("0.04", "0.02"))
    assert (inside.status, inside.reason, outside.status) == ("inconclusive", "training-noise", "fail")


def test_a_finding_has_all_that_a_reader_needs() -> None:
    finding = only(judged_rows("regression", ACCURACY, swapped(30, 40, 1_000)))
    se = paired_se(30, 40, 1_000)
    assert (finding.baseline_value, finding.candidate_value, finding.value) == pytest.approx((0.5, 0.49, -0.01))
    assert (finding.margin, finding.n, finding.level, finding.min_rows) == (0.02, 1_000, 0.95, 30)
    assert finding.mde == pytest.approx(mde(se))
    assert finding.rows_needed == 1_386
    assert (finding.method, finding.direction) == ("Tango score, paired", "up")


def test_where_rows_are_not_what_is_lacking_no_number_of_rows_is_named() -> None:
    assert only(judged_rows("regression", ACCURACY, swapped(10, 10, 5_000))).rows_needed is None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("again", [lambda s: s * (1 - 1e-15), lambda s: s**3, lambda s: s / 2 + 0.25])
@pytest.mark.parametrize(("n", "status"), [(29, "inconclusive"), (40, "pass"), (3_000, "pass")])
def test_scores_that_rank_the_rows_the_same_pass_for_auc_above_the_least_rows(
    n: int, status: str, again: Callable[[NDArray[np.float64]], NDArray[np.float64]], weighted: bool
) -> None:
    truth, scores, _ = two_models(n)
    weight = np.full(n, 2.0) if weighted else None
    rows = joint(truth, side(again(scores)), side(scores), weight=weight)
    assert not rows.is_identical()
    finding = only(judged_rows("regression", "{primary: auc}", rows))
    assert (finding.status, finding.value, finding.interval, finding.p) == (status, 0, None, None)


def test_scores_that_rank_otherwise_without_scatter_cannot_tell() -> None:
    truth = np.arange(40) % 2 == 0
    rows = joint(truth, side(np.where(truth, 0.1, 0.9)), side(np.where(truth, 0.9, 0.1)))
    finding = only(judged_rows("regression", "{primary: auc}", rows))
    assert (finding.status, finding.reason, finding.value) == ("inconclusive", "underpowered", -1)


@pytest.mark.parametrize("n", [40, 3_000])
def test_identical_predictions_pass_at_any_number_of_rows(n: int) -> None:
    truth, scores, _ = two_models(n)
    found = judged_rows("regression", ALL, joint(truth, side(scores), side(scores)))
    assert set(statuses(found).values()) == {"pass"}
    assert {(f.value, f.interval, f.p, f.method) for f in found} == {(0, None, None, "identical predictions")}
    assert (found[0].subject, found[0].mde) == ("auc", None)


def test_identical_predictions_on_too_few_rows_are_undecided() -> None:
    truth, scores, _ = two_models(29, seed=3)
    found = judged_rows("regression", ACCURACY, joint(truth, side(scores), side(scores)))
    assert (only(found).status, only(found).reason) == ("inconclusive", "underpowered")


def test_a_much_worse_candidate_fails_on_every_metric() -> None:
    truth, worse, better = two_models(3_000, drop=0.6)
    assert set(statuses(judged_rows("regression", ALL, joint(truth, side(worse), side(better)))).values()) == {"fail"}


def test_a_much_better_candidate_passes_on_every_metric() -> None:
    truth, worse, better = two_models(3_000, drop=0.6)
    assert set(statuses(judged_rows("regression", ALL, joint(truth, side(better), side(worse)))).values()) == {"pass"}


def test_the_sign_is_better_and_the_direction_says_which_way_that_is() -> None:
    truth, worse, better = two_models(3_000, drop=0.6)
    for finding in judged_rows("regression", ALL, joint(truth, side(worse), side(better))):
        assert finding.value is not None
        assert finding.value < 0
        assert finding.direction == METRICS[finding.subject].better


def test_the_primary_metric_is_tested_alone_and_the_others_are_one_family() -> None:
    truth, scores, other = two_models(200)
    found = judged_rows("regression", ALL, joint(truth, side(scores), side(other)))
    assert {f.subject: f.family for f in found} == {"auc": None} | dict.fromkeys(
        ("accuracy", "precision", "recall", "f1", "log-loss", "brier"), "secondary"
    )
    assert found[0].subject == "auc"


def test_without_margins_the_primary_metric_has_its_usual_one() -> None:
    truth, scores, other = two_models(200)
    finding = only(judged_rows("regression", "{}", joint(truth, side(scores), side(other))))
    assert (finding.subject, finding.margin) == ("auc", 0.005)
    assert finding.location is not None
    assert finding.location.key == "primary"


def test_a_margin_of_the_primary_metric_is_at_its_place() -> None:
    truth, scores, other = two_models(200)
    finding = only(judged_rows("regression", "{margins: {auc: 0.03}}", joint(truth, side(scores), side(other))))
    assert finding.margin == 0.03
    assert finding.location is not None
    assert finding.location.key == "margins/auc"


def test_a_secondary_metric_that_holm_does_not_reject_is_a_suspect() -> None:
    rows = swapped(10, 25, 1_000)
    alone = only(judged_rows("regression", "{primary: accuracy, margins: {accuracy: 0.001}}", rows))
    assert alone.status == "fail"
    assert alone.p == pytest.approx(0.0056, abs=1e-4)
    family = [Finding(subject=f"s{i}", margin=0.01, value=0.0, interval=(-0.02, 0.02), p=p, family="secondary", n=100)
              for i, p in enumerate([0.4] * 4)]  # fmt: skip
    secondary = judged_rows("regression", "{primary: recall, margins: {recall: 1.0, accuracy: 0.001}}", rows)[1]
    assert settled(secondary)[0].status == "fail"
    together = settled(secondary, *family)[0]
    assert (together.status, together.reason) == ("inconclusive", "suspect")


@pytest.mark.parametrize(("share", "status"), [("10%", "pass"), ("0.1%", "fail")])
def test_a_share_is_a_margin_relative_to_the_baseline(share: str, status: str) -> None:
    truth, candidate, baseline = two_models(4_000, drop=0.08)
    yaml = f"{{primary: log-loss, margins: {{log-loss: {share}}}}}"
    finding = only(judged_rows("regression", yaml, joint(truth, side(candidate), side(baseline))))
    assert finding.status == status
    assert finding.baseline_value is not None
    assert finding.margin == pytest.approx(float(share.rstrip("%")) / 100 * finding.baseline_value)


@pytest.mark.parametrize("margin", ["0", "-0.01", "0%", "0.0 %", "-1%", "1 percent", "%", "yes", ".inf"])
def test_a_margin_that_is_none_is_refused(margin: str) -> None:
    with pytest.raises(UserError):
        params_of(
            "regression", f'{{margins: {{auc: "{margin}"}}}}' if "%" in margin else f"{{margins: {{auc: {margin}}}}}"
        )


@pytest.mark.parametrize("margin", ["0.5%", "10 %", "100%", "0.01", "2"])
def test_a_margin_is_a_number_or_a_share(margin: str) -> None:
    params, _ = params_of("regression", f"{{margins: {{auc: {margin}}}}}")
    assert str(params.margins["auc"]) in (margin, f"{margin}.0")


def test_the_smallest_of_margins_still_makes_evidence() -> None:
    truth, candidate, baseline = two_models(500, drop=0.6)
    rows = joint(truth, side(candidate), side(baseline))
    finding = only(judged_rows("regression", "{margins: {auc: 1.0e-300}}", rows))
    assert (finding.status, finding.rows_needed) == ("fail", None)


def test_a_metric_that_cannot_be_had_is_not_measured_and_blocks() -> None:
    found = judged_rows("regression", "{primary: accuracy, margins: {auc: 0.01}}", swapped(1, 1, 100))
    assert [(f.subject, f.status, f.severity, f.message) for f in found[1:]] == [
        ("auc", "not-measured", "block", "auc needs scores")
    ]


def test_a_candidate_that_predicts_nobody_positive_has_no_precision_and_blocks() -> None:
    truth = np.arange(100) % 2 == 0
    rows = joint(truth, classes(np.zeros(100)), classes(truth))
    finding = only(judged_rows("regression", "{primary: precision}", rows))
    assert (finding.status, finding.severity, finding.message) == (
        "not-measured", "block", "no row is predicted positive",
    )  # fmt: skip


def test_without_a_baseline_it_is_skipped() -> None:
    finding = only(judged_rows("regression", ALL, joint([1, 0], side([0.1, 0.2]))))
    assert (finding.status, finding.reason, finding.message) == ("skipped", "no-baseline", NO_BASELINE.message)


def test_a_baseline_that_crashed_leaves_it_undecided() -> None:
    crashed = Absent("baseline-crashed", "KeyError: 'x'")
    finding = only(judged_rows("regression", ALL, joint([1, 0], side([0.1, 0.2]), crashed)))
    assert (finding.status, finding.reason) == ("inconclusive", "baseline-crashed")


# --- metrics files ------------------------------------------------------------------------------------------


def test_differences_of_metrics_files_are_said_and_never_judged() -> None:
    values = MetricValues("metrics", {"auc": 0.5, "log-loss": 0.9}, {"auc": 0.9, "log-loss": 0.3})
    found = judged_rows("regression", "{margins: {log-loss: 0.01}}", values)
    assert [(f.subject, f.status, f.severity, f.direction) for f in found] == [
        ("auc", "inconclusive", "info", "up"),
        ("log-loss", "inconclusive", "info", "down"),
    ]
    assert [f.value for f in found] == pytest.approx([-0.4, -0.6])
    assert found[0].message == ("auc went from 0.9 to 0.5; without predictions nobody can tell whether that is noise")
    assert [f.location.key for f in found if f.location] == ["primary", "margins/log-loss"]


def test_a_metric_that_the_candidates_file_lost_blocks() -> None:
    values = MetricValues("metrics", {"f1": 0.5}, {"auc": 0.9})
    finding = only(judged_rows("regression", "{}", values))
    assert (finding.status, finding.severity) == ("not-measured", "block")
    assert finding.message == "the metrics file has no 'auc'; it has f1"


def test_a_metric_that_the_baselines_file_never_had_is_skipped() -> None:
    finding = only(judged_rows("regression", "{}", MetricValues("metrics", {"auc": 0.5}, {"f1": 0.9})))
    assert (finding.status, finding.reason) == ("skipped", "no-baseline")
    assert finding.message == "the baseline's metrics file has no 'auc'"


def test_without_a_baselines_file_it_is_skipped() -> None:
    finding = only(judged_rows("regression", "{}", MetricValues("metrics", {"auc": 0.5}, NO_BASELINE)))
    assert (finding.status, finding.reason, finding.message) == ("skipped", "no-baseline", NO_BASELINE.message)


# --- through the engine -------------------------------------------------------------------------------------


def predictions(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> str:
    lines = [f"{i},{int(t)},{s!r}" for i, (t, s) in enumerate(zip(truth, scores.tolist(), strict=True))]
    return "\n".join(["id,y_true,score", *lines]) + "\n"


@pytest.mark.parametrize(("drop", "status", "code"), [(0.0, "pass", 0), (0.6, "fail", 1)])
def test_two_files_of_predictions_are_compared(tmp_path: Path, drop: float, status: str, code: int) -> None:
    truth, candidate, baseline = two_models(2_000, drop=drop)
    base = (
        "version: 1\nmodel: {id: m, task: binary, positive: 1, predictions: new.csv}\nbaseline: {predictions: old.csv}"
    )
    files = {"new.csv": predictions(truth, candidate), "old.csv": predictions(truth, baseline)}
    result = gate(tmp_path, "regression: {primary: auc, margins: {auc: 0.02}}", files, base)
    finding = only(result.verdict.findings)
    assert (finding.status, result.verdict.exit_code, finding.n) == (status, code, 2_000)


def test_without_a_file_of_the_baseline_the_run_says_so_and_does_not_block(tmp_path: Path) -> None:
    truth, candidate, _ = two_models(100)
    base = "version: 1\nmodel: {id: m, task: binary, positive: 1, predictions: new.csv}"
    result = gate(tmp_path, "regression: {}", {"new.csv": predictions(truth, candidate)}, base)
    assert (result.verdict.outcome, result.verdict.exit_code) == ("not-measured", 0)
