"""Every task's metrics against scikit-learn, against loops over rows, and against resampling."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from mlgate.judging import change
from mlgate.measuring.comparing import compare, measure
from mlgate.measuring.joint import Joint, Side, Task
from mlgate.measuring.metric import NotMeasurable
from mlgate.measuring.metrics import FAMILIES, METRICS, UnknownMetric, metric_named, metrics_of
from tests.checks.asked import settled
from tests.checks.joints import categories, joint, numbers, side, two_models

Truth = Any
Reference = Callable[[Truth, Side, Any], float]


def confused(true: int, wrong: int) -> Reference:
    return lambda y, s, w: float(sk.confusion_matrix(y, s.predicted, sample_weight=w, normalize="true")[true, wrong])


def rates(y: Truth, p: Any, w: Any) -> float:
    known = y != 0
    return float(np.average(abs(p - y)[known] / abs(y)[known], weights=None if w is None else w[known]))


def averaged(name: str, average: str) -> Reference:
    score = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}[name]
    return lambda y, s, w: float(score(y, s.predicted, average=average, sample_weight=w, zero_division=0))


OF_TASKS: dict[tuple[Task, str], Reference] = {
    ("binary", "balanced-accuracy"): lambda y, s, w: sk.balanced_accuracy_score(y, s.predicted, sample_weight=w),
    ("binary", "kappa"): lambda y, s, w: sk.cohen_kappa_score(y, s.predicted, sample_weight=w),
    ("binary", "mcc"): lambda y, s, w: sk.matthews_corrcoef(y, s.predicted, sample_weight=w),
    ("multiclass", "accuracy"): lambda y, s, w: sk.accuracy_score(y, s.predicted, sample_weight=w),
    ("multiclass", "log-loss"): lambda y, s, w: sk.log_loss(y, s.score, sample_weight=w),
    ("multiclass", "brier"): lambda y, s, w: float(np.average(((s.score - np.eye(3)[y]) ** 2).sum(1), weights=w)),
    ("multiclass", "balanced-accuracy"): lambda y, s, w: sk.balanced_accuracy_score(y, s.predicted, sample_weight=w),
    ("multiclass", "kappa"): lambda y, s, w: sk.cohen_kappa_score(y, s.predicted, sample_weight=w),
    ("multiclass", "mcc"): lambda y, s, w: sk.matthews_corrcoef(y, s.predicted, sample_weight=w),
    ("multiclass", "auc-ovr"): lambda y, s, w: sk.roc_auc_score(y, s.score, multi_class="ovr", sample_weight=w),
    ("multiclass", "auc-ovr-weighted"): lambda y, s, w: sk.roc_auc_score(
        y, s.score, multi_class="ovr", average="weighted", sample_weight=w
    ),
    ("multiclass", "top-k-accuracy:2"): lambda y, s, w: sk.top_k_accuracy_score(y, s.score, k=2, sample_weight=w),
    ("multiclass", "recall:b"): lambda y, s, w: sk.recall_score(y, s.predicted, average=None, sample_weight=w)[1],
    ("multiclass", "auc-ovr:b"): lambda y, s, w: sk.roc_auc_score(y == 1, s.score[:, 1], sample_weight=w),
    ("multiclass", "confusion:a>c"): confused(0, 2),
    ("regression", "rmse"): lambda y, s, w: sk.root_mean_squared_error(y, s.predicted, sample_weight=w),
    ("regression", "mae"): lambda y, s, w: sk.mean_absolute_error(y, s.predicted, sample_weight=w),
    ("regression", "mape"): lambda y, s, w: rates(y, s.predicted, w),
    ("regression", "r2"): lambda y, s, w: sk.r2_score(y, s.predicted, sample_weight=w),
    ("regression", "pinball:0.9"): lambda y, s, w: sk.mean_pinball_loss(y, s.predicted, alpha=0.9, sample_weight=w),
    ("score", "score"): lambda y, s, w: float(np.average(s.score, weights=w)),
}
AVERAGED: dict[tuple[Task, str], Reference] = {
    ("multiclass", f"{name}-{average}"): averaged(name, average)
    for name in ("precision", "recall", "f1")
    for average in ("macro", "micro", "weighted")
}
REFERENCE = OF_TASKS | AVERAGED
MARGINS: st.SearchStrategy[float | str] = st.just(0.01) | st.just("5%")
CASES = pytest.mark.parametrize(("task", "metric"), list(REFERENCE))


def some(task: Task, n: int = 400, seed: int = 1, **fields: Any) -> Joint:
    """Rows of a task with two models that agree a good deal."""
    rng = np.random.default_rng(seed)
    if task == "binary":
        truth, ours, theirs = two_models(n, seed)
        return joint(truth, side(ours), side(theirs), **fields)
    if task == "multiclass":
        codes = rng.choice(3, n, p=[0.5, 0.3, 0.2])
        signal = 1.5 * np.eye(3)[codes] + rng.normal(size=(n, 3))
        odds = [np.exp(signal + 0.4 * rng.normal(size=(n, 3))) for _ in range(2)]
        one, other = (categories(o / o.sum(1, keepdims=True)) for o in odds)
        return joint(codes, one, other, task=task, **fields)
    value = np.round(rng.normal(10, 4, n))
    both = [value + rng.normal(0, 2, n) for _ in range(2)]
    if task == "regression":
        return joint(value, numbers(both[0]), numbers(0.7 * both[1] + 0.3 * both[0]), task=task, **fields)
    one, other = (Side(None, p, is_probability=False) for p in both)
    return joint(np.zeros(n), one, other, task=task, **fields)


def test_every_metric_of_every_task_has_a_reference() -> None:
    named = {(task, name.partition(":")[0]) for task, name in REFERENCE}
    tasks: tuple[Task, ...] = ("multiclass", "regression", "score")
    assert named >= {(task, name) for task in tasks for name in metrics_of(task)}
    assert {name for _, name in named} >= set(FAMILIES)


@CASES
def test_the_value_is_that_of_scikit_learn(task: Task, metric: str) -> None:
    rows = some(task)
    found = measure(metric, rows, rows.candidate)
    assert found.value == pytest.approx(REFERENCE[task, metric](rows.truth, rows.candidate, None), abs=1e-9)
    assert found.interval is not None
    assert found.interval.low < found.value < found.interval.high


@CASES
def test_the_weighted_value_is_that_of_scikit_learn(task: Task, metric: str) -> None:
    weight = np.random.default_rng(2).integers(1, 5, 400).astype(float)
    rows = some(task, weight=weight)
    expected = REFERENCE[task, metric](rows.truth, rows.candidate, weight)
    assert measure(metric, rows, rows.candidate).value == pytest.approx(expected, abs=1e-9)


@CASES
def test_weights_count_as_duplicated_rows(task: Task, metric: str) -> None:
    rows = some(task, 300)
    weight = np.random.default_rng(3).integers(0, 4, 300)
    one = compare(metric, replace(rows, weight=weight.astype(float)), 0.01)
    other = compare(metric, rows.where(np.repeat(np.arange(300), weight)), 0.01)
    assert (one.candidate, one.baseline, one.value) == pytest.approx(
        (other.candidate, other.baseline, other.value), abs=1e-9
    )


def seen_by_resampling(metric: str, rows: Joint, draws: int = 300) -> float:
    """The standard error of the change over resampled rows: slow, and free of any formula."""
    rng, values = np.random.default_rng(5), []
    for _ in range(draws):
        values.append(compare(metric, rows.where(rng.integers(0, rows.n, rows.n)), 0.01).value)
    return float(np.std(values))


@CASES
def test_the_standard_error_is_that_of_resampled_rows(task: Task, metric: str) -> None:
    rows = some(task)
    assert compare(metric, rows, 0.01).se == pytest.approx(seen_by_resampling(metric, rows), rel=0.2)


@CASES
def test_clustered_rows_have_the_error_of_resampled_clusters(task: Task, metric: str) -> None:
    rows = some(task, 150)
    five = rows.where(np.repeat(np.arange(150), 5))
    clustered = replace(five, cluster=np.repeat(np.arange(150), 5))
    once = compare(metric, replace(rows, cluster=np.arange(150)), 0.01)
    found = compare(metric, clustered, 0.01)
    assert found.se == pytest.approx(once.se, rel=1e-9)
    assert found.se > 1.5 * compare(metric, five, 0.01).se


@CASES
def test_a_model_against_itself_passes(task: Task, metric: str) -> None:
    rows = some(task, 60)
    same = replace(rows, baseline=rows.candidate)
    assert same.is_identical()
    found = compare(metric, same, "1%")
    assert found.value == 0
    assert settled(change(metric, found, 60, identical=True))[0].status == "pass"


@CASES
def test_a_relative_margin_passes_exactly_when_the_contrast_is_proven(task: Task, metric: str) -> None:
    rows = some(task)
    wide, narrow = compare(metric, rows, "90%"), compare(metric, rows, 0.01)
    assert wide.interval is not None
    assert narrow.interval is not None
    assert wide.margin == pytest.approx(0.9 * abs(wide.baseline))
    assert wide.interval.high == pytest.approx(narrow.interval.high)
    assert math.isfinite(wide.interval.low)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_rows_of_any_task_give_a_value_or_a_reason_and_always_evidence(data: st.DataObject) -> None:
    task, metric = data.draw(st.sampled_from(list(REFERENCE)))
    n = data.draw(st.integers(0, 25))
    fields = {
        "weight": data.draw(st.none() | st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=n, max_size=n)),
        "cluster": data.draw(st.none() | st.lists(st.integers(0, 4), min_size=n, max_size=n)),
    }
    rows = drawn(data, task, n, fields)
    try:
        found = compare(metric, rows, data.draw(MARGINS))
    except NotMeasurable:
        return
    sign = 1 if METRICS.get(metric, metric_named(metric)).better == "up" else -1
    assert math.isfinite(found.value)
    assert found.value == pytest.approx(sign * (found.candidate - found.baseline), abs=1e-9)
    if found.interval is not None:
        assert found.interval.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.interval.high
        assert found.interval.low < found.interval.high
    alone = measure(metric, rows, rows.candidate)
    if alone.interval is not None:
        assert alone.interval.low - 1e-9 <= alone.value <= alone.interval.high + 1e-9
        assert alone.interval.high - alone.interval.low > 1e-9
    identical = rows.is_identical()
    (finding,) = settled(change(metric, found, rows.effective_n, identical=identical))
    assert finding.status == "pass" or not identical


def drawn(data: st.DataObject, task: Task, n: int, fields: dict[str, Any]) -> Joint:
    """Rows with ties, constant and extreme values, absent classes; the two sides may be one."""

    def values(choices: list[Any]) -> Any:
        return np.array(data.draw(st.lists(st.sampled_from(choices), min_size=n, max_size=n)))

    def predicted() -> Side:
        if task == "binary":
            return side(values([0.0, 0.5, 1.0]).astype(float))
        if task == "multiclass":
            grid = np.array([[1, 0, 0], [0, 1, 0], [0.2, 0.3, 0.5], [1 / 3] * 3])
            return categories(grid[values([0, 1, 2, 3]).astype(int)].reshape(n, 3))
        of = values([0.0, 1.0, -2.0, 1e6]).astype(float)
        return numbers(of) if task == "regression" else Side(None, of, is_probability=False)

    ours = predicted()
    theirs = ours if data.draw(st.integers(0, 5)) == 0 else predicted()
    labels: dict[Task, list[Any]] = {
        "binary": [False, True], "multiclass": [0, 1, 2], "regression": [0.0, 1.0, 5.0], "score": [0.0],
    }  # fmt: skip
    return joint(values(labels[task]), ours, theirs, task=task, **fields)


# --- what the names mean ------------------------------------------------------------------------------------


def test_labels_of_zero_are_left_out_of_percentages() -> None:
    rows = joint([0.0, 10.0, 20.0], numbers([5.0, 11.0, 18.0]), task="regression")
    assert measure("mape", rows, rows.candidate).value == pytest.approx(0.1)
    with pytest.raises(NotMeasurable, match="every label is 0"):
        measure("mape", joint([0.0, 0.0], numbers([1.0, 2.0]), task="regression"), numbers([1.0, 2.0]))


def test_labels_that_are_all_equal_leave_nothing_to_explain() -> None:
    with pytest.raises(NotMeasurable, match="all labels are equal"):
        measure("r2", joint([3.0, 3.0], numbers([1.0, 2.0]), task="regression"), numbers([1.0, 2.0]))


def test_a_class_that_no_row_has_is_named() -> None:
    rows = some("multiclass")
    for metric in ("recall:zebra", "confusion:zebra>a", "auc-ovr:zebra"):
        with pytest.raises(NotMeasurable, match="no row has the label 'zebra'"):
            measure(metric, rows, rows.candidate)


def test_a_metric_of_another_task_is_none_of_this_one() -> None:
    rows = some("regression")
    with pytest.raises(NotMeasurable, match="accuracy is no metric of the task regression"):
        measure("accuracy", rows, rows.candidate)


@pytest.mark.parametrize("name", ["pinball:2", "pinball:x", "top-k-accuracy:0", "confusion:a", "nonsense", "recal:a"])
def test_a_name_that_means_nothing_is_refused_with_a_mend(name: str) -> None:
    with pytest.raises(UnknownMetric) as raised:
        metric_named(name)
    assert raised.value.mend


def test_a_class_that_only_a_model_knows_is_a_wrong_one_with_a_name() -> None:
    rows = joint(
        [0, 1, 0, 1], categories([0, 1, 2, 1], of="abc"), categories([0, 1, 0, 1], of="abc"), task="multiclass"
    )
    assert measure("accuracy", rows, rows.candidate).value == 0.75
    assert measure("confusion:a>c", rows, rows.candidate).value == 0.5
