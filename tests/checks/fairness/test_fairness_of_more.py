"""Every metric of groups, ratios, intersections, control columns, bins and a reference group."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlgate.measuring.groups import GroupMetric, in_groups
from mlgate.measuring.joint import Joint
from tests.checks.asked import judged_rows, settled
from tests.checks.joints import NO_BASELINE, categories, classes, column, joint, numbers, side

N = 6_000


def two_groups(seed: int = 1, **changes: Any) -> Joint:
    """Rows of two groups whose models treat them unlike, with scores."""
    rng = np.random.default_rng(seed)
    group = rng.random(N) < 0.4
    truth = rng.random(N) < np.where(group, 0.5, 0.3)
    odds = np.where(truth, 1.0, -1.0) + 0.5 * group + rng.normal(size=N)
    both = [1 / (1 + np.exp(-(odds + 0.3 * rng.normal(size=N)))) for _ in range(2)]
    return joint(truth, side(both[0]), changes.pop("baseline", side(both[1])), group=column(group), **changes)


def slow(metric: str, rows: Joint, at: int) -> float:
    """The metric in one group in one line of numpy."""
    inside = rows.columns["group"].codes == at
    y, p, s = rows.truth[inside], rows.candidate.predicted, rows.candidate.score
    assert p is not None
    assert s is not None
    p, s = p[inside], s[inside]
    values = {
        "selection-rate": p.mean(), "tpr": p[y].mean(), "fpr": p[~y].mean(), "fnr": (~p)[y].mean(),
        "ppv": y[p].mean(), "accuracy": (y == p).mean(), "calibration": (s - y).mean(),
    }  # fmt: skip
    return float(values[metric])


BINARY: tuple[GroupMetric, ...] = ("selection-rate", "tpr", "fpr", "fnr", "ppv", "accuracy", "calibration")


@pytest.mark.parametrize("metric", BINARY)
def test_each_metric_is_what_its_name_says_in_each_group(metric: GroupMetric) -> None:
    rows = two_groups()
    found = in_groups(metric, rows, "group")
    assert found.paired.candidate.tolist() == pytest.approx([slow(metric, rows, at) for at in (0, 1)])


@pytest.mark.parametrize("metric", BINARY)
def test_weights_count_as_duplicated_rows_in_each_group(metric: GroupMetric) -> None:
    rows = two_groups().where(np.arange(500))
    weight = np.random.default_rng(2).integers(0, 4, 500)
    one = in_groups(metric, replace(rows, weight=weight.astype(float)), "group").paired
    other = in_groups(metric, rows.where(np.repeat(np.arange(500), weight)), "group").paired
    assert one.candidate == pytest.approx(other.candidate)
    assert one.baseline == pytest.approx(other.baseline)


@pytest.mark.parametrize("metric", BINARY)
def test_the_errors_are_those_of_resampled_rows(metric: GroupMetric) -> None:
    rows = two_groups().where(np.arange(1_500))
    rng, seen = np.random.default_rng(3), []
    for _ in range(300):
        found = in_groups(metric, rows.where(rng.integers(0, 1_500, 1_500)), "group").paired
        seen.append(np.stack([found.candidate, found.candidate - found.baseline]))
    of_candidate, of_change = np.std(seen, axis=0)
    known = in_groups(metric, rows, "group").paired
    assert np.sqrt(known.candidate_variance) == pytest.approx(of_candidate, rel=0.15)
    change = known.candidate_variance + known.baseline_variance - 2 * known.covariance
    assert np.sqrt(change) == pytest.approx(of_change, rel=0.15)


@pytest.mark.parametrize("metric", BINARY)
def test_a_gap_that_is_there_fails_and_the_same_gap_at_the_baseline_does_not_block(metric: str) -> None:
    rows = two_groups()
    same = replace(rows, baseline=rows.candidate)
    found = judged_rows("fairness", f"{{columns: [group], metrics: [{metric}], tolerance: 0.001}}", same)
    assert {f.subject: (f.status, f.severity) for f in found} == {
        f"group: {metric} gap": ("fail", "info"), f"group: {metric} gap growth": ("pass", "block"),
    }  # fmt: skip


def test_a_ratio_below_its_limit_fails_and_one_above_passes() -> None:
    group = np.repeat(["a", "b"], 1_000)
    chosen = np.concatenate([np.arange(1_000) < 400, np.arange(1_000) < 200])
    rows = joint(np.ones(2_000), classes(chosen), NO_BASELINE, group=column(group))
    for limit, status in ((0.8, "fail"), (0.4, "pass"), (0.5, "inconclusive")):
        found = judged_rows("fairness", f"{{columns: [group], metrics: [selection-rate], ratio: {limit}}}", rows)
        (ratio,) = [f for f in found if f.subject == "group: selection-rate ratio"]
        assert ratio.value == pytest.approx(0.5, abs=0.01)
        assert (ratio.status, ratio.direction, ratio.limit) == (status, "up", limit)


def test_a_ratio_that_falls_is_blocked() -> None:
    group = np.repeat(["a", "b"], 2_000)
    before = np.concatenate([np.arange(2_000) < 800, np.arange(2_000) < 780])
    after = np.concatenate([np.arange(2_000) < 800, np.arange(2_000) < 500])
    rows = joint(np.ones(4_000), classes(after), classes(before), group=column(group))
    found = judged_rows("fairness", "{columns: [group], metrics: [selection-rate], ratio: 0.8}", rows)
    (growth,) = [f for f in found if f.subject.endswith("growth")]
    assert (growth.status, growth.direction) == ("fail", "up")
    assert (growth.candidate_value, growth.baseline_value) == pytest.approx((0.625, 0.975), abs=0.01)


def test_intersections_are_groups_of_their_own() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.random((2, 8_000)) < 0.5
    chosen = rng.random(8_000) < np.where(a != b, 0.6, 0.3)  # each column alone is fair
    rows = joint(np.ones(8_000), classes(chosen), NO_BASELINE, a=column(a), b=column(b))
    found = judged_rows("fairness", "{columns: [a, b], metrics: [selection-rate], intersections: [[a, b]]}", rows)
    status = {f.subject: f.status for f in found}
    assert (status["a: selection-rate gap"], status["b: selection-rate gap"]) == ("pass", "pass")
    assert status["a & b: selection-rate gap"] == "fail"


def test_a_gap_that_a_control_column_explains_is_gone_within_it() -> None:
    rng = np.random.default_rng(5)
    group = rng.random(20_000) < 0.5
    rich = rng.random(20_000) < np.where(group, 0.8, 0.2)
    chosen = rng.random(20_000) < np.where(rich, 0.7, 0.3)
    rows = joint(np.ones(20_000), classes(chosen), NO_BASELINE, group=column(group), rich=column(rich))
    found = judged_rows("fairness", "{columns: [group], metrics: [selection-rate], control: [rich]}", rows)
    status = {f.subject: f.status for f in found if f.severity == "block" and f.status != "skipped"}
    assert status == {
        "group: selection-rate gap": "fail",
        "group where rich=False: selection-rate gap": "pass",
        "group where rich=True: selection-rate gap": "pass",
    }


def test_a_column_of_numbers_is_cut_by_bins_and_missing_numbers_are_a_group() -> None:
    rng = np.random.default_rng(6)
    age = np.where(rng.random(6_000) < 0.1, np.nan, rng.integers(18, 90, 6_000))
    chosen = rng.random(6_000) < np.where(age < 30, 0.2, 0.6)
    rows = replace(joint(np.ones(6_000), classes(chosen), NO_BASELINE), numbers={"age": age})
    found = judged_rows("fairness", "{columns: [age], metrics: [selection-rate], bins: {age: [30, 60]}}", rows)
    (gap,) = [f for f in found if f.subject == "age: selection-rate gap"]
    assert gap.status == "fail"
    assert gap.group is not None
    assert gap.group.endswith("− below 30")
    assert gap.n == 6_000


def test_a_column_of_many_values_asks_for_bins() -> None:
    rows = joint(np.ones(300), classes(np.ones(300)), NO_BASELINE, age=column(np.arange(300)))
    found = judged_rows("fairness", "{columns: [age], metrics: [selection-rate]}", rows)
    (gap,) = [f for f in found if f.subject.startswith("age")]
    assert gap.status == "not-measured"
    assert "'bins' cuts numbers" in gap.message


def test_a_reference_group_is_compared_with_each_other() -> None:
    group = np.repeat(["a", "b", "c"], 1_000)
    chosen = np.concatenate([np.arange(1_000) < k for k in (400, 300, 500)])
    rows = joint(np.ones(3_000), classes(chosen), NO_BASELINE, group=column(group))

    def gap_of(block: str) -> Any:
        return next(f for f in judged_rows("fairness", block, rows) if f.subject == "group: selection-rate gap")

    assert gap_of("{columns: [group], metrics: [selection-rate]}").value == pytest.approx(0.2)
    found = gap_of("{columns: [group], metrics: [selection-rate], reference: {group: a}}")
    assert found.value == pytest.approx(0.1)
    absent = gap_of("{columns: [group], metrics: [selection-rate], reference: {group: z}}")
    assert (absent.status, absent.message) == ("not-measured", "'group' has no group 'z'; it has a, b, c")


def test_other_tasks_have_gaps_of_accuracy_and_of_errors() -> None:
    rng = np.random.default_rng(7)
    group = rng.random(3_000) < 0.5
    labels = rng.integers(0, 3, 3_000)
    wrong = rng.random(3_000) < np.where(group, 0.4, 0.1)
    guess = categories(np.where(wrong, (labels + 1) % 3, labels))
    value = rng.normal(size=3_000)
    cases = {
        "accuracy gap": joint(labels, guess, guess, task="multiclass", group=column(group)),
        "mean-error gap": joint(value, numbers(value + group), numbers(value), task="regression", group=column(group)),
    }
    for subject, rows in cases.items():
        found = {f.subject: f for f in judged_rows("fairness", "{columns: [group]}", rows)}
        assert found[f"group: {subject}"].status == "fail", subject
    assert found["group: mean-error gap growth"].status == "fail"


def test_a_metric_of_another_task_is_not_measured() -> None:
    rows = joint([1.0, 2.0], numbers([1.0, 2.0]), NO_BASELINE, task="regression", group=column("ab"))
    found = judged_rows("fairness", "{columns: [group], metrics: [tpr]}", rows)
    assert "tpr is no metric of groups for the task regression" in [f.message for f in found]


def test_every_finding_can_be_written_and_read_again() -> None:
    rows = two_groups(weight=np.random.default_rng(8).random(N), cluster=np.arange(N) // 3)
    found = judged_rows("fairness", f"{{columns: [group], metrics: [{', '.join(BINARY)}]}}", rows)
    assert len(settled(*found)) == 2 * len(BINARY)
