from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mlgate.evidence import Finding
from mlgate.measuring.joint import Absent, Joint, MetricValues
from mlgate.running.runner import Result
from mlgate.statistics.gap_growth import gap_growth
from mlgate.statistics.gaps import gap_interval, rows_needed_per_group
from mlgate.statistics.power import mde
from tests.checks.asked import NO_BASELINE, gate, judged_rows, only, statuses
from tests.checks.joints import classes, column, joint, side

SELECTION = "{metrics: [selection-rate]}"


def by_rate(rates: dict[str, tuple[int, int, int]], truth: NDArray[Any] | None = None, **changes: Any) -> Joint:
    """Rows by group: how many there are, and how many of them the candidate and the baseline select, the first ones."""
    group, ours, theirs = [], [], []
    for name, (n, candidate, baseline) in rates.items():
        group += [name] * n
        ours += [i < candidate for i in range(n)]
        theirs += [i < baseline for i in range(n)]
    labels = np.ones(len(group)) if truth is None else truth
    return joint(labels, classes(ours), changes.pop("baseline", classes(theirs)), group=column(group), **changes)


def named(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {f.subject.removeprefix("group: "): f for f in findings}


def test_with_a_baseline_the_growth_blocks_and_the_gap_informs() -> None:
    found = named(judged_rows("fairness", SELECTION, by_rate({"a": (500, 250, 250), "b": (500, 100, 240)})))
    assert {s: (f.status, f.severity) for s, f in found.items()} == {
        "selection-rate gap": ("fail", "info"), "selection-rate gap growth": ("fail", "block"),
    }  # fmt: skip


def test_without_a_baseline_the_gap_blocks() -> None:
    rows = by_rate({"a": (500, 250, 0), "b": (500, 100, 0)}, baseline=NO_BASELINE)
    found = named(judged_rows("fairness", SELECTION, rows))
    assert {s: (f.status, f.severity) for s, f in found.items()} == {
        "gap growth": ("skipped", "block"), "selection-rate gap": ("fail", "block"),
    }  # fmt: skip


def test_the_gap_has_its_value_interval_pair_and_limit() -> None:
    rows = by_rate({"a": (500, 250, 260), "b": (400, 100, 120), "c": (300, 120, 120)})
    gap = named(judged_rows("fairness", "{metrics: [selection-rate], tolerance: 0.12}", rows))["selection-rate gap"]
    known = gap_interval([250, 100, 120], [500, 400, 300])
    assert gap.value == pytest.approx(0.25)
    assert gap.interval == pytest.approx(known.interval)
    assert gap.baseline_value == pytest.approx(260 / 500 - 120 / 400)
    assert (gap.group, gap.limit, gap.n, gap.direction) == ("group: a − b", 0.12, 1_200, "down")


def test_the_growth_has_its_value_interval_pair_and_margin() -> None:
    rows = by_rate({"a": (500, 250, 250), "b": (400, 100, 140)})
    growth = named(judged_rows("fairness", "{metrics: [selection-rate], growth: 0.07}", rows))[
        "selection-rate gap growth"
    ]
    known = gap_growth([[[250, 0], [0, 250]], [[260, 0], [40, 100]]])
    assert growth.value == pytest.approx(-0.1)
    assert growth.interval == pytest.approx((-known.interval.high, -known.interval.low))
    assert (growth.candidate_value, growth.baseline_value) == pytest.approx((0.25, 0.15))
    assert (growth.group, growth.margin, growth.n, growth.p) == ("group: a − b", 0.07, 900, known.p_grew)
    assert (growth.direction, growth.mde) == ("down", mde(known.se))
    assert growth.status == "fail"


@pytest.mark.parametrize(
    ("changed", "growth", "status"),
    [(0, 0.05, "pass"), (200, 0.05, "fail"), (30, 0.05, "inconclusive"), (30, 0.2, "pass")],
)
def test_growth_has_three_states(changed: int, growth: float, status: str) -> None:
    rows = by_rate({"a": (800, 400, 400), "b": (800, 400 - changed, 400)})
    if status == "inconclusive":  # as many selections changed either way
        rows = by_rate({"a": (60, 30, 30), "b": (60, 26, 30)})
    found = named(judged_rows("fairness", f"{{metrics: [selection-rate], growth: {growth}}}", rows))
    assert found["selection-rate gap growth"].status == status


@pytest.mark.parametrize(
    ("n", "tolerance", "status"), [(2_000, 0.1, "pass"), (100, 0.1, "inconclusive"), (2_000, 0.01, "inconclusive")]
)
def test_a_gap_has_three_states_too(n: int, tolerance: float, status: str) -> None:
    rows = by_rate({"a": (n, n // 2, 0), "b": (n, n // 2, 0)}, baseline=NO_BASELINE)
    found = named(judged_rows("fairness", f"{{metrics: [selection-rate], tolerance: {tolerance}}}", rows))
    gap = found["selection-rate gap"]
    assert gap.status == status
    assert (gap.rows_needed is None) == (status == "pass")


def test_a_gap_that_shrinks_passes() -> None:
    rows = by_rate({"a": (800, 400, 400), "b": (800, 380, 100)})
    assert named(judged_rows("fairness", SELECTION, rows))["selection-rate gap growth"].status == "pass"


def test_identical_predictions_grow_no_gap() -> None:
    rows = by_rate({"a": (40, 39, 39), "b": (40, 1, 1)})
    growth = named(judged_rows("fairness", SELECTION, rows))["selection-rate gap growth"]
    assert (growth.status, growth.method, growth.value) == ("pass", "identical predictions", 0)


def test_rates_count_their_own_rows() -> None:
    """Positives of b are half selected and its negatives never; of a all positives and half of the negatives."""
    truth = np.array([1, 0] * 200 + [1, 0] * 200)
    ours = np.array([1, 1, 1, 0] * 100 + [1, 0, 0, 0] * 100)
    rows = joint(truth, classes(ours), group=column(["a"] * 400 + ["b"] * 400))
    found = named(judged_rows("fairness", "{}", rows))
    assert {s: (f.value, f.n) for s, f in found.items() if s.endswith("gap")} == {
        "selection-rate gap": (0.5, 800), "tpr gap": (0.5, 400), "fpr gap": (0.5, 400),
    }  # fmt: skip


@pytest.mark.parametrize("selected", [0, 400])
def test_a_model_that_selects_nobody_or_everybody_has_a_gap_of_zero(selected: int) -> None:
    rows = by_rate({"a": (400, selected, 200), "b": (400, selected, 200)})
    found = named(judged_rows("fairness", SELECTION, rows))
    assert (found["selection-rate gap"].value, found["selection-rate gap"].status) == (0, "pass")
    few = by_rate({"a": (31, min(selected, 31), 15), "b": (31, min(selected, 31), 15)}, baseline=NO_BASELINE)
    gap = named(judged_rows("fairness", "{metrics: [selection-rate], tolerance: 0.02}", few))["selection-rate gap"]
    assert gap.status == "inconclusive"
    assert gap.rows_needed == 2 * rows_needed_per_group(1 / 64 if not selected else 63 / 64, 0.02, 2)


@pytest.mark.parametrize(("n", "listed"), [(29, True), (30, False)])
def test_a_small_group_is_listed_as_undecided_and_left_out_of_the_gap(n: int, listed: bool) -> None:
    rows = by_rate({"a": (500, 250, 250), "b": (500, 250, 250), "few": (n, 0, 0)})
    found = named(judged_rows("fairness", SELECTION, rows))
    assert ("selection-rate of few" in found) == listed
    assert found["selection-rate gap"].value == (0 if listed else 0.5)
    if listed:
        few = found["selection-rate of few"]
        assert (few.status, few.severity, few.n, few.min_rows) == ("inconclusive", "block", 29, 30)
        assert few.message == "group 'few' of 'group' has 29 rows; 30 are needed to judge its selection-rate"


@pytest.mark.parametrize(("metric", "said"), [("tpr", "positive rows"), ("fpr", "negative rows")])
def test_a_group_without_rows_that_count_is_listed(metric: str, said: str) -> None:
    n = 200
    truth = np.array([1, 0] * n + [1 if metric == "fpr" else 0] * 50)
    group = ["a"] * n + ["b"] * n + ["none"] * 50
    rows = joint(truth, classes(np.ones(2 * n + 50)), group=column(group))
    found = named(judged_rows("fairness", f"{{metrics: [{metric}]}}", rows))
    message = f"group 'none' of 'group' has 0 {said}; 30 are needed to judge its {metric}"
    assert found[f"{metric} of none"].message == message
    assert found[f"{metric} gap"].n == 2 * n // 2


@pytest.mark.parametrize(("sizes", "large"), [((20, 500), 1), ((20, 20), 0)])
def test_too_few_large_groups_leave_the_gap_undecided(sizes: tuple[int, int], large: int) -> None:
    rows = by_rate({"a": (sizes[0], 0, 0), "b": (sizes[1], 10, 10)})
    gap = named(judged_rows("fairness", SELECTION, rows))["selection-rate gap"]
    assert (gap.status, gap.severity) == ("inconclusive", "block")
    word = "group" if large == 1 else "groups"
    assert gap.message == f"'group' has {large} {word} with rows enough for a gap of selection-rate; two are needed"


def test_a_column_with_a_single_group_is_not_measured_and_blocks() -> None:
    gap = named(judged_rows("fairness", SELECTION, by_rate({"a": (500, 250, 250)})))["selection-rate gap"]
    assert (gap.status, gap.severity) == ("not-measured", "block")
    assert gap.message == "'group' has the single group a, so there is no gap"


def test_missing_values_are_a_group_of_their_own() -> None:
    rows = by_rate({"(missing)": (300, 200, 200), "a": (300, 100, 100)})
    assert named(judged_rows("fairness", SELECTION, rows))["selection-rate gap"].group == "group: (missing) − a"


def test_growth_of_all_gaps_is_one_family() -> None:
    rows = by_rate({"a": (500, 250, 250), "b": (500, 250, 240)}, truth=np.arange(1_000) % 2)
    found = judged_rows("fairness", "{}", rows)
    assert {f.family for f in found if f.subject.endswith("growth")} == {"fairness"}
    assert {f.family for f in found if f.subject.endswith("gap")} == {None}


def test_rows_of_few_clusters_are_few_rows() -> None:
    rows = by_rate({"a": (500, 250, 250), "b": (500, 100, 250)}, cluster=np.arange(1_000) % 500 // 50)
    assert statuses(judged_rows("fairness", SELECTION, rows)) == {
        "group: selection-rate of a": "inconclusive", "group: selection-rate of b": "inconclusive",
        "group: selection-rate gap": "inconclusive",
    }  # fmt: skip


def test_clusters_of_equal_rows_are_worth_one_row_each_and_at_the_minimum_that_is_enough() -> None:
    rows = by_rate({"a": (300, 100, 100), "b": (300, 100, 100)}, cluster=np.arange(600) // 10, weight=np.full(600, 0.1))
    assert named(judged_rows("fairness", SELECTION, rows))["selection-rate gap"].n == 60


def test_weights_move_the_rates() -> None:
    weight = np.where(np.arange(1_000) % 500 < 250, 3.0, 1.0)
    rows = by_rate({"a": (500, 250, 250), "b": (500, 500, 250)}, weight=weight)
    gap = named(judged_rows("fairness", SELECTION, rows))["selection-rate gap"]
    assert gap.value == pytest.approx(0.25)
    assert gap.n == 2 * 500 * 4 // 5  # Kish: (3 + 1)² / (2·(9 + 1)) of the rows


def test_without_a_baseline_that_ran_the_gap_blocks_and_the_crash_is_said() -> None:
    rows = by_rate({"a": (500, 250, 0), "b": (500, 250, 0)}, baseline=Absent("baseline-crashed", "KeyError"))
    found = named(judged_rows("fairness", SELECTION, rows))
    assert (found["gap growth"].status, found["gap growth"].reason) == ("inconclusive", "baseline-crashed")
    assert found["selection-rate gap"].severity == "block"


def test_a_gap_that_the_baseline_has_too_is_existing() -> None:
    gap = named(judged_rows("fairness", SELECTION, by_rate({"a": (500, 400, 420), "b": (500, 100, 100)})))
    assert (gap["selection-rate gap"].status, gap["selection-rate gap"].reason) == ("fail", "existing")


def test_a_metrics_file_scores_alone_or_no_columns_never_pass() -> None:
    values = MetricValues("metrics", {"auc": 0.5}, NO_BASELINE)
    assert only(judged_rows("fairness", SELECTION, values)).message == "fairness needs predictions, not a metrics file"
    scores = joint([1, 0], side([-3.0, 4.0]), group=column("ab"))
    unscored = only(judged_rows("fairness", SELECTION, scores))
    assert unscored.message == "fairness needs predicted classes, or scores in [0, 1]"
    empty = only(judged_rows("fairness", "{columns: []}", by_rate({"a": (9, 1, 1)})))
    assert (empty.status, unscored.status, empty.severity) == ("not-measured", "not-measured", "block")


def test_a_baseline_without_classes_leaves_the_growth_unmeasured() -> None:
    rows = by_rate({"a": (500, 9, 1), "b": (500, 9, 1)}, baseline=side(np.linspace(-3, 3, 1_000)))
    found = named(judged_rows("fairness", SELECTION, rows))
    assert {s: (f.status, f.severity) for s, f in found.items()} == {
        "gap growth": ("not-measured", "block"), "selection-rate gap": ("pass", "block"),
    }  # fmt: skip


def test_a_column_that_the_rows_do_not_have_is_an_error() -> None:
    finding = only(judged_rows("fairness", "{columns: [colour]}", by_rate({"a": (50, 1, 1)})))
    assert (finding.status, finding.message) == ("error", "the rows have no column 'colour'")


BASE = """version: 1
model: {id: m, task: binary, positive: 1, predictions: new.csv}
baseline: {predictions: old.csv}
tables:
  test: {path: test.csv, key: id, target: y, sensitive: [group]}
"""


def gated(folder: Path, dropped: int) -> Result:
    """300 rows a group, half of each selected by the baseline; the candidate drops some of group b."""
    rows = [f"{i},{i % 2},{'ab'[i // 300]}" for i in range(600)]
    old = [f"{i},{i % 2}" for i in range(600)]
    new = [f"{i},{i % 2 if i < 300 or i >= 300 + 2 * dropped else 0}" for i in range(600)]
    files = {
        "test.csv": "\n".join(["id,y,group", *rows]), "new.csv": "\n".join(["id,y_pred", *new]),
        "old.csv": "\n".join(["id,y_pred", *old]),
    }  # fmt: skip
    return gate(folder, "fairness: {metrics: [selection-rate], growth: 0.1, tolerance: 0.2}", files, BASE)


@pytest.mark.parametrize(("dropped", "code"), [(3, 0), (90, 1)])
def test_a_gap_that_grows_blocks_the_merge(tmp_path: Path, dropped: int, code: int) -> None:
    result = gated(tmp_path, dropped)
    assert result.verdict.exit_code == code
    assert [f.subject for f in result.verdict.blocking] == ["group: selection-rate gap growth"] * code
