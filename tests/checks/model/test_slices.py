from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from mlgate.errors import UserError
from mlgate.measuring.joint import Absent, Joint, MetricValues
from mlgate.running.runner import Result
from tests.checks.asked import NO_BASELINE, gate, judged_rows, only, settled, statuses
from tests.checks.joints import classes, column, joint, side, two_models

WIDE = "{metrics: [accuracy], margins: {accuracy: 0.05}}"


def two_parts(lost_in_b: int, n: int = 2_000, few: int = 0) -> Joint:
    """Two slices a and b of n rows each; in b the candidate is wrong on so many rows on which the baseline is right.

    The first `few` rows are a third slice.
    """
    part = np.array(["a"] * n + ["b"] * n, dtype=object)
    ours = np.ones(2 * n, bool)
    ours[n : n + lost_in_b] = False
    ours[0] = False  # so that no model is identical
    part[:few] = "few"
    theirs = np.ones(2 * n, bool)
    return joint(np.ones(2 * n), classes(ours), classes(theirs), part=column(part.tolist()))


def test_only_the_slice_that_lost_fails() -> None:
    found = judged_rows("slices", WIDE, two_parts(300))
    assert statuses(found) == {"part=a: accuracy": "pass", "part=b: accuracy": "fail"}
    failed = found[1]
    assert (failed.slice, failed.n, failed.baseline_value, failed.candidate_value) == ("part=b", 2_000, 1.0, 0.85)
    assert failed.value == pytest.approx(-0.15)
    assert (failed.margin, failed.family, failed.metric) == (0.05, "secondary", "accuracy")


@pytest.mark.parametrize(("lost", "status"), [(5, "pass"), (100, "inconclusive"), (300, "fail")])
def test_a_slice_has_three_states(lost: int, status: str) -> None:
    rows = two_parts(lost)
    if status == "inconclusive":  # as many gained as lost, so that neither is proven
        rows = joint(
            np.ones(200), classes(np.arange(200) >= 20), classes(np.arange(200) < 180), part=column(["b"] * 200)
        )
    assert statuses(judged_rows("slices", WIDE, rows))["part=b: accuracy"] == status


@pytest.mark.parametrize(("few", "reason"), [(29, "underpowered"), (30, "none")])
def test_a_slice_below_the_minimum_of_rows_is_undecided(few: int, reason: str) -> None:
    found = {f.slice: f for f in judged_rows("slices", "{margins: {accuracy: 0.5}}", two_parts(0, few=few))}
    assert (found["part=few"].status, found["part=few"].reason) == (
        ("inconclusive", "underpowered") if few < 30 else ("pass", reason)
    )


def test_identical_predictions_pass_in_every_slice_but_those_of_too_few_rows() -> None:
    truth, scores, _ = two_models(400)
    part = column(["few"] * 29 + ["some"] * 71 + ["many"] * 300)
    found = judged_rows("slices", "{metrics: [accuracy, auc]}", joint(truth, side(scores), side(scores), part=part))
    assert statuses(found) == {
        "part=few: accuracy": "inconclusive", "part=few: auc": "inconclusive", "part=many: accuracy": "pass",
        "part=many: auc": "pass", "part=some: accuracy": "pass", "part=some: auc": "pass",
    }  # fmt: skip


def test_a_slice_that_cannot_see_its_margin_never_passes_unless_nothing_differs_anywhere() -> None:
    finding = judged_rows("slices", "{margins: {accuracy: 0.005}}", two_parts(0, n=200))[1]
    assert (finding.status, finding.reason, finding.value) == ("inconclusive", "underpowered", 0)
    assert finding.mde is not None
    assert finding.mde > 0.005


@pytest.mark.parametrize(("mde", "status"), [(0.05, "pass"), (0.0501, "inconclusive")])
def test_a_slice_that_can_just_see_its_margin_may_pass(mde: float, status: str) -> None:
    finding = judged_rows("slices", WIDE, two_parts(0))[1]
    assert settled(structs.replace(finding, mde=mde))[0].status == status


def test_many_slices_are_judged_together_so_that_one_alarm_by_chance_is_a_suspect() -> None:
    rng = np.random.default_rng(1)
    part = np.repeat(np.arange(20), 200)
    ours = rng.random(4_000) < 0.97
    ours[part == 3] = np.arange(200) >= 9  # nine lost, none gained
    theirs = np.where(part == 3, True, rng.random(4_000) < 0.97)
    rows = joint(np.ones(4_000), classes(ours), classes(theirs), part=column(part.tolist()))
    found = {f.slice: f for f in judged_rows("slices", "{margins: {accuracy: 0.01}}", rows)}
    assert found["part=3"].interval is not None
    assert found["part=3"].interval[1] < 0
    assert (found["part=3"].status, found["part=3"].reason) == ("inconclusive", "suspect")


def test_missing_values_are_a_slice_of_their_own() -> None:
    rows = two_parts(300)
    labels = rows.columns["part"]
    rows = replace(rows, columns={"part": type(labels)(labels.codes, ("a", "(missing)"))})
    assert "part=(missing): accuracy" in statuses(judged_rows("slices", WIDE, rows))


@pytest.mark.parametrize(("groups", "count"), [(200, 200), (201, 1)])
def test_a_column_of_too_many_values_makes_no_slices_and_blocks(groups: int, count: int) -> None:
    part = np.arange(804) % groups
    rows = joint(np.ones(804), classes(part > 0), classes(np.ones(804)), part=column(part.tolist()))
    found = judged_rows("slices", "{}", rows)
    assert len(found) == count
    if groups == 201:
        assert (found[0].status, found[0].severity) == ("not-measured", "block")
        assert found[0].message == "column 'part' has 201 values; at most 200 make slices"


def test_a_metric_that_no_slice_can_have_blocks_once_and_is_not_listed_in_each() -> None:
    found = judged_rows("slices", "{metrics: [auc, accuracy], margins: {accuracy: 0.05}}", two_parts(0))
    assert [(f.subject, f.status, f.severity) for f in found] == [
        ("auc", "not-measured", "block"),
        ("part=a: accuracy", "pass", "block"),
        ("part=b: accuracy", "pass", "block"),
    ]
    assert found[0].message == "auc needs scores"


def test_a_slice_whose_rows_lack_the_metric_is_information() -> None:
    truth = np.array([True, False] * 50 + [False] * 100)
    ours = np.roll(truth, 1)
    rows = joint(truth, classes(ours), classes(truth), part=column(["a"] * 100 + ["b"] * 100))
    found = {f.slice: f for f in judged_rows("slices", "{metrics: [recall]}", rows)}
    assert found["part=a"].severity == "block"
    assert (found["part=b"].status, found["part=b"].severity) == ("not-measured", "info")
    assert (found["part=b"].message, found["part=b"].n) == ("no row has the positive label", 100)


def test_a_slice_in_which_the_candidate_lost_the_metric_is_no_mere_information() -> None:
    truth = np.array([True, False] * 100)
    ours = truth.copy()
    ours[100:] = False
    rows = joint(truth, classes(ours), classes(truth), part=column(["a"] * 100 + ["b"] * 100))
    found = {f.slice: f for f in judged_rows("slices", "{metrics: [precision]}", rows)}
    assert (found["part=b"].status, found["part=b"].severity) == ("not-measured", "block")


def test_without_a_baseline_it_is_skipped_and_after_its_crash_undecided() -> None:
    part = column("ab")
    alone = joint([1, 0], side([0.1, 0.2]), part=part)
    assert (only(judged_rows("slices", "{}", alone)).status) == "skipped"
    crashed = joint([1, 0], side([0.1, 0.2]), Absent("baseline-crashed", "KeyError"), part=part)
    finding = only(judged_rows("slices", "{}", crashed))
    assert (finding.status, finding.reason) == ("inconclusive", "baseline-crashed")


def test_a_metrics_file_has_no_slices() -> None:
    finding = only(judged_rows("slices", "{}", MetricValues("metrics", {"auc": 0.5}, NO_BASELINE)))
    assert (finding.status, finding.message) == ("not-measured", "slices need predictions, not a metrics file")


def test_without_columns_nothing_passes() -> None:
    finding = only(judged_rows("slices", "{columns: []}", two_parts(0)))
    assert (finding.status, finding.severity) == ("not-measured", "block")


def test_a_column_that_the_rows_do_not_have_is_an_error() -> None:
    finding = only(judged_rows("slices", "{columns: [colour]}", two_parts(0)))
    assert (finding.status, finding.message) == ("error", "the rows have no column 'colour'")


def test_rows_of_few_clusters_are_few_rows() -> None:
    rows = two_parts(0)
    clustered = replace(rows, cluster=np.arange(rows.n) % 20)
    found = judged_rows("slices", WIDE, clustered)
    assert {(f.n, f.status, f.reason) for f in found} == {(20, "inconclusive", "underpowered")}


def test_each_slice_has_its_place() -> None:
    found = judged_rows("slices", "{metrics: [accuracy, recall], margins: {recall: 0.1}}", two_parts(0))
    assert [f.location.key for f in found if f.location] == ["metrics", "margins/recall"] * 2


GATED = """version: 1
model: {id: m, task: binary, positive: 1, predictions: new.csv}
baseline: {predictions: old.csv}
tables:
  test: {path: test.csv, key: id, target: y, slices: [part]}
"""


def gated(folder: Path, checks: str, base: str = GATED, drop: float = 0.0) -> Result:
    truth, candidate, baseline = two_models(600, drop=drop)
    rows = [f"{i},{int(t)},{'ab'[i % 2] if i % 3 else ''}" for i, t in enumerate(truth)]
    files = {"test.csv": "\n".join(["id,y,part", *rows]) + "\n"}
    for name, scores in (("new.csv", candidate), ("old.csv", baseline)):
        files[name] = "\n".join(["id,score", *(f"{i},{s!r}" for i, s in enumerate(scores.tolist()))]) + "\n"
    return gate(folder, checks, files, base)


def test_the_tables_slices_are_judged_by_the_engine_with_missing_values_as_one(tmp_path: Path) -> None:
    result = gated(tmp_path, "slices: {metrics: [accuracy], margins: {accuracy: 0.2}}")
    assert statuses(result.verdict.findings) == {
        "part=a: accuracy": "pass", "part=b: accuracy": "pass", "part=(missing): accuracy": "pass",
    }  # fmt: skip


def test_an_empty_list_of_metrics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        gated(tmp_path, "slices: {metrics: []}")


def test_a_column_that_the_table_does_not_have_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="parts"):
        gated(tmp_path, "slices: {columns: [parts]}")
