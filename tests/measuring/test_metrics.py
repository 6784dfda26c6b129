import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from mlgate.judging import change, finite
from mlgate.measuring.binary import MIN_PROBABILITY
from mlgate.measuring.comparing import compare, measure
from mlgate.measuring.joint import Joint, Side
from mlgate.measuring.metric import NotMeasurable
from mlgate.measuring.metrics import METRICS
from mlgate.statistics.auc import auc_interval
from mlgate.statistics.interval import two_sided_z
from mlgate.statistics.skewness import skewness_of_mean, tails
from tests.checks.asked import settled
from tests.checks.joints import classes, joint, side, two_models

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

Weights = NDArray[np.float64] | None
REFERENCE: dict[str, Callable[[NDArray[np.bool_], NDArray[np.float64], Weights], float]] = {
    "accuracy": lambda y, s, w: sk.accuracy_score(y, s >= 0.5, sample_weight=w),
    "precision": lambda y, s, w: sk.precision_score(y, s >= 0.5, sample_weight=w),
    "recall": lambda y, s, w: sk.recall_score(y, s >= 0.5, sample_weight=w),
    "f1": lambda y, s, w: sk.f1_score(y, s >= 0.5, sample_weight=w),
    "auc": lambda y, s, w: sk.roc_auc_score(y, s, sample_weight=w),
    "log-loss": lambda y, s, w: sk.log_loss(y, s, sample_weight=w),
    "brier": lambda y, s, w: sk.brier_score_loss(y, s, sample_weight=w),
}


NAMES = tuple(REFERENCE)  # the others are in test_tasks.py


@pytest.mark.parametrize("metric", NAMES)
@pytest.mark.parametrize("ties", [False, True])
def test_the_value_is_that_of_scikit_learn(metric: str, ties: bool) -> None:
    truth, candidate, _ = two_models(503)
    scores = np.round(candidate, 1) if ties else candidate
    found = measure(metric, joint(truth, side(scores)), side(scores))
    assert found.value == pytest.approx(REFERENCE[metric](truth, scores, None), abs=1e-9)
    assert found.interval is not None
    assert found.interval.low < found.value < found.interval.high


@pytest.mark.parametrize("metric", NAMES)
def test_the_weighted_value_is_that_of_scikit_learn(metric: str) -> None:
    truth, candidate, _ = two_models(503)
    weight = np.random.default_rng(2).integers(0, 4, 503).astype(float)
    found = measure(metric, joint(truth, side(candidate), weight=weight), side(candidate))
    assert found.value == pytest.approx(REFERENCE[metric](truth, candidate, weight), abs=1e-9)
    assert found.method == "influence function, weighted"


@pytest.mark.parametrize("metric", NAMES)
def test_weights_count_as_duplicated_rows(metric: str) -> None:
    truth, candidate, baseline = two_models(300)
    weight = np.random.default_rng(3).integers(0, 4, 300)
    rows = joint(truth, side(candidate), side(baseline), weight=weight)
    again = [np.repeat(x, weight) for x in (truth, candidate, baseline)]
    duplicated = joint(again[0], side(again[1]), side(again[2]))
    one, other = compare(metric, rows, 0.01), compare(metric, duplicated, 0.01)
    assert (one.candidate, one.baseline) == pytest.approx((other.candidate, other.baseline), abs=1e-9)
    assert one.value == pytest.approx(other.value, abs=1e-9)


@pytest.mark.parametrize("metric", NAMES)
@pytest.mark.parametrize("margin", [0.01, "90%"])
def test_equal_weights_change_an_interval_hardly(metric: str, margin: float | str) -> None:
    truth, candidate, baseline = two_models(2_000)
    rows = joint(truth, side(candidate), side(baseline))
    unweighted = compare(metric, rows, margin)
    weighted = compare(metric, replace(rows, weight=np.full(2_000, 3.0)), margin)
    assert weighted.value == pytest.approx(unweighted.value, abs=1e-9)
    assert weighted.margin == pytest.approx(unweighted.margin, abs=1e-9)
    assert weighted.interval == pytest.approx(unweighted.interval, abs=2e-3)  # of another method


@pytest.mark.parametrize("metric", NAMES)
def test_rows_of_weight_zero_change_nothing(metric: str) -> None:
    truth, candidate, baseline = two_models(200)
    weight = np.concatenate((np.random.default_rng(4).random(150) + 0.1, np.zeros(50)))
    whole = joint(truth, side(candidate), side(baseline), weight=weight)
    part = joint(truth[:150], side(candidate[:150]), side(baseline[:150]), weight=weight[:150])
    assert compare(metric, whole, 0.01) == compare(metric, part, 0.01)
    assert measure(metric, whole, whole.candidate) == measure(metric, part, part.candidate)


@pytest.mark.parametrize("metric", NAMES)
def test_each_row_five_times_in_a_cluster_is_no_surer_than_each_row_once(metric: str) -> None:
    truth, candidate, baseline = two_models(400)
    once = joint(truth, side(candidate), side(baseline), cluster=np.arange(400))
    five = [np.repeat(x, 5) for x in (truth, candidate, baseline, np.arange(400))]
    clustered = joint(five[0], side(five[1]), side(five[2]), cluster=five[3])
    assert compare(metric, clustered, 0.01).se == pytest.approx(compare(metric, once, 0.01).se, rel=1e-9)
    assert compare(metric, clustered, 0.01).interval == pytest.approx(compare(metric, once, 0.01).interval, rel=1e-9)
    assert compare(metric, clustered, 0.01).method == "influence function, clustered"
    assert clustered.effective_n == 400


@pytest.mark.parametrize("metric", NAMES)
@pytest.mark.parametrize("margin", [0.01, "5%"])
def test_of_rows_of_one_cluster_nothing_is_sure(metric: str, margin: float | str) -> None:
    truth, candidate, baseline = two_models(100)
    rows = joint(truth, side(candidate), side(baseline), cluster=np.zeros(100))
    found = compare(metric, rows, margin)
    most = -math.log(MIN_PROBABILITY) if metric == "log-loss" else 1.0
    assert found.interval == pytest.approx((-most, most))
    assert found.p_worse == 0.5
    assert settled(change(metric, found, 100))[0].status == "inconclusive"


def test_a_weighted_area_with_a_single_positive_row_has_no_interval() -> None:
    truth = np.arange(50) == 7
    scores = np.linspace(0, 1, 50)
    rows = joint(truth, side(scores), side(scores[::-1]), weight=np.full(50, 2.0))
    assert measure("auc", rows, rows.candidate).interval is None
    found = compare("auc", rows, 0.01)
    assert (found.interval, found.p_worse, found.se) == (None, None, 0)
    turned = replace(rows, truth=~truth)
    assert (measure("auc", turned, turned.candidate).interval, compare("auc", turned, 0.01).interval) == (None, None)
    two = joint(truth | (np.arange(50) == 9), side(scores), side(scores[::-1]), weight=np.full(50, 2.0))
    assert measure("auc", two, two.candidate).interval is not None


@pytest.mark.parametrize("metric", ["accuracy", "precision", "recall", "f1"])
def test_a_weighted_metric_of_one_has_width_and_stays_within_its_range(metric: str) -> None:
    truth = np.arange(100) % 3 == 0
    rows = joint(truth, classes(truth), weight=np.linspace(0.1, 2, 100))
    found = measure(metric, rows, rows.candidate)
    assert found.value == pytest.approx(1)
    assert found.interval is not None
    assert 0.9 < found.interval.low < 0.99
    assert found.interval.high <= 1 + 1e-9


def test_the_margins_where_none_is_given_are_a_point_half_a_point_and_a_percent() -> None:
    assert {name: METRICS[name].margin for name in NAMES} == {
        "accuracy": 0.01, "precision": 0.01, "recall": 0.01, "f1": 0.01, "auc": 0.005, "log-loss": "1%", "brier": "1%",
    }  # fmt: skip


METHODS = {
    "accuracy": ("Wilson", "Tango score, paired"), "precision": ("Wilson", "delta method, paired"),
    "recall": ("Wilson", "Tango score, paired"), "f1": ("Wilson, by Jaccard", "delta method, paired"),
    "auc": ("Newcombe 2006, method 5", "DeLong, paired"), "log-loss": ("mean", "mean difference, paired"),
    "brier": ("mean", "mean difference, paired"),
}  # fmt: skip


@pytest.mark.parametrize("metric", NAMES)
def test_the_method_is_named_for_what_is_done(metric: str) -> None:
    truth, candidate, baseline = two_models(200)
    rows = joint(truth, side(candidate), side(baseline))
    assert (measure(metric, rows, rows.candidate).method, compare(metric, rows, 0.01).method) == METHODS[metric]


# --- relative margins ---------------------------------------------------------------------------------------


def plain(metric: str, truth: NDArray[np.bool_], score: NDArray[np.float64]) -> Any:
    """The metric in one line of numpy, for scores without ties."""
    if metric == "auc":
        ranks = score.argsort().argsort()[truth] + 1
        return float((ranks.sum() - len(ranks) * (len(ranks) + 1) / 2) / (len(ranks) * (len(truth) - len(ranks))))
    if metric in ("log-loss", "brier"):
        miss = np.abs(truth - score)
        return float(np.mean(miss**2 if metric == "brier" else -np.log(1 - miss)))
    positive = score >= 0.5
    tp, wrong = float((truth & positive).sum()), float((truth != positive).sum())
    return {
        "accuracy": 1 - wrong / len(truth),
        "precision": tp / positive.sum(),
        "recall": tp / truth.sum(),
        "f1": 2 * tp / (2 * tp + wrong),
    }[metric]


def bootstrapped_contrast(metric: str, rows: Joint, relative: float) -> float:
    """The standard error of candidate − (1 ± r)·baseline over resampled rows: slow, and free of any formula."""
    rng = np.random.default_rng(5)
    factor = 1 - relative if METRICS[metric].better == "up" else 1 + relative
    baseline = rows.paired()
    assert baseline is not None
    assert rows.candidate.score is not None
    assert baseline.score is not None
    values = []
    for _ in range(400):
        drawn = rng.integers(0, rows.n, rows.n)
        pair = [plain(metric, rows.truth[drawn], s[drawn]) for s in (rows.candidate.score, baseline.score)]
        values.append(pair[0] - factor * pair[1])
    return float(np.std(values))


@pytest.mark.parametrize("metric", NAMES)
def test_a_relative_margin_is_a_contrast_with_the_baselines_own_error(metric: str) -> None:
    truth, candidate, baseline = two_models(600)
    rows = joint(truth, side(candidate), side(baseline))
    found = compare(metric, rows, "90%")
    assert found.interval is not None
    assert found.margin == pytest.approx(0.9 * found.baseline)
    half = found.value - found.interval.low
    assert half == pytest.approx(two_sided_z(0.95) * bootstrapped_contrast(metric, rows, 0.9), rel=0.12)
    absolute = compare(metric, rows, 0.01)
    assert absolute.interval is not None
    assert found.interval.high == absolute.interval.high
    assert found.interval.low != absolute.interval.low


@pytest.mark.parametrize("metric", ["log-loss", "brier"])
@pytest.mark.parametrize("n", [40, 200, 1_000])
@pytest.mark.parametrize("relative", [1, 5, 40])
def test_a_relative_margin_passes_exactly_when_the_contrast_is_below_zero(metric: str, n: int, relative: int) -> None:
    truth, candidate, baseline = two_models(n, seed=n + relative, drop=0.1)
    rows = joint(truth, side(candidate), side(baseline))

    def loss(score: NDArray[np.float64]) -> NDArray[np.float64]:
        if metric == "brier":
            return (score - truth) ** 2
        return -np.log(np.where(truth, score, 1 - score))

    contrast = loss(candidate) - (1 + relative / 100) * loss(baseline)
    above = tails(0.95, n - 1, skewness_of_mean(contrast - contrast.mean()))[1]
    upper = contrast.mean() + above * contrast.std(ddof=1) / math.sqrt(n)
    found = compare(metric, rows, f"{relative}%")
    assert found.interval is not None
    assert (found.interval.low > -found.margin) == (upper < 0)
    assert -found.interval.low - found.margin == pytest.approx(upper)


@pytest.mark.parametrize("metric", [name for name in NAMES if name != "auc"])
@pytest.mark.parametrize("weight", [None, [2.0]])
def test_a_single_row_proves_no_share(metric: str, weight: list[float] | None) -> None:
    found = compare(metric, joint([1], side([0.9]), side([0.8]), weight), "5%")
    assert finite(found.interval) is not None
    assert settled(change(metric, found, 1))[0].status == "inconclusive"


def test_a_share_of_a_baseline_of_zero_is_kept_only_by_what_is_no_worse() -> None:
    truth = np.arange(100) % 2 == 0
    perfect, worse = side(truth.astype(float)), side(np.where(truth, 0.6, 0.0))
    same = compare("brier", joint(truth, perfect, perfect), "1%")
    assert settled(change("brier", same, 100, identical=True))[0].status == "pass"
    lost = compare("brier", joint(truth, worse, perfect), "1%")
    assert settled(change("brier", lost, 100))[0].status == "fail"


# --- what cannot be measured --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "truth", "predicted", "why"),
    [
        ("auc", [1, 1], side([0.1, 0.2]), "no row has the negative label"),
        ("auc", [0, 0], side([0.1, 0.2]), "no row has the positive label"),
        ("recall", [0, 0], side([0.1, 0.9]), "no row has the positive label"),
        ("f1", [0, 0], side([0.1, 0.9]), "no row has the positive label"),
        ("precision", [0, 1], side([0.1, 0.2]), "no row is predicted positive"),
        ("accuracy", [], side([]), "there are no rows"),
        ("auc", [0, 1], classes([0, 1]), "auc needs scores"),
        ("brier", [0, 1], classes([0, 1]), "brier needs scores in [0, 1]"),
        ("log-loss", [0, 1], side([-3.0, 4.0]), "log-loss needs scores in [0, 1]"),
        ("accuracy", [0, 1], side([-3.0, 4.0]), "accuracy needs predicted classes (y_pred), or scores in [0, 1] "
                                                 "for the threshold"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_says_why(metric: str, truth: list[int], predicted: Side, why: str) -> None:
    for ask in (
        lambda: measure(metric, joint(truth, predicted), predicted),
        lambda: compare(metric, joint(truth, predicted, predicted), 0.01),
    ):
        with pytest.raises(NotMeasurable) as raised:
            ask()
        assert str(raised.value) == why


def test_the_baseline_must_have_what_the_metric_needs_too() -> None:
    with pytest.raises(NotMeasurable, match="auc needs scores"):
        compare("auc", joint([0, 1], side([0.1, 0.9]), classes([0, 1])), 0.01)
    with pytest.raises(NotMeasurable, match="there is no baseline"):
        compare("auc", joint([0, 1], side([0.1, 0.9])), 0.01)


def test_an_area_needs_no_probabilities() -> None:
    truth, candidate, baseline = two_models(100)
    logits = [np.log(s / (1 - s)) for s in (candidate, baseline)]
    found = compare("auc", joint(truth, side(logits[0]), side(logits[1])), 0.01)
    assert found.candidate == pytest.approx(sk.roc_auc_score(truth, candidate), abs=1e-9)


def test_the_interval_of_an_area_counts_both_classes() -> None:
    truth, scores, _ = two_models(100)
    found = measure("auc", joint(truth, side(scores)), side(scores))
    assert found.interval == auc_interval(found.value, int(truth.sum()), int((~truth).sum()))


def test_a_share_without_any_scatter_allows_for_rows_not_seen() -> None:
    rows = joint(np.ones(50), side(np.full(50, 0.6)), side(np.full(50, 0.5)))
    found, unseen = compare("brier", rows, "40%"), two_sided_z(0.95) ** 2 / (50 + two_sided_z(0.95) ** 2)
    contrast = 0.16 - 1.4 * 0.25
    assert found.interval is not None
    assert -found.interval.low - found.margin == pytest.approx(contrast + unseen * (1 - contrast))


def test_scores_of_exactly_zero_and_one_have_a_finite_log_loss() -> None:
    truth, wrong = np.array([True, False] * 20), np.array([0.0, 1.0] * 20)
    found = measure("log-loss", joint(truth, side(wrong)), side(wrong))
    assert found.value == pytest.approx(sk.log_loss(truth, wrong), abs=1e-9)
    assert finite(found.interval) is not None


# --- any rows at all ----------------------------------------------------------------------------------------


@st.composite
def small_joints(draw: st.DrawFn) -> Joint:
    """At most 40 rows with tied, constant, extreme and out-of-range scores, or classes alone; weights and clusters."""
    n = draw(st.integers(0, 40))
    truth = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    grid = draw(st.sampled_from([(0.0, 0.25, 0.5, 0.75, 1.0), (0.5,), (-2.0, 0.3, 7.0)]))

    def predicted() -> Side:
        kind = draw(st.sampled_from(["score", "score", "classes"]))
        if kind == "classes":
            return classes(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
        return side(draw(st.lists(st.sampled_from(grid), min_size=n, max_size=n)))

    candidate = predicted()
    baseline = candidate if draw(st.integers(0, 5)) == 0 else predicted()
    weight = draw(st.none() | st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=n, max_size=n))
    cluster = draw(st.none() | st.lists(st.integers(0, 5), min_size=n, max_size=n))
    return joint(truth, candidate, baseline, weight, cluster)


def slow_value(metric: str, rows: Joint, of: Side) -> float:
    """The metric by loops over rows."""
    weight = [1.0] * rows.n if rows.weight is None else rows.weight.tolist()
    truth = rows.truth.tolist()
    if metric == "auc":
        assert of.score is not None
        won = total = 0.0
        for i, is_positive in enumerate(truth):
            for j, other in enumerate(truth):
                if is_positive and not other:
                    pair = weight[i] * weight[j]
                    total += pair
                    won += pair * (float(of.score[i] > of.score[j]) + 0.5 * float(of.score[i] == of.score[j]))
        return won / total
    if metric in ("log-loss", "brier"):
        assert of.score is not None
        total = 0.0
        for w, t, s in zip(weight, truth, of.score.tolist(), strict=True):
            if metric == "brier":
                total += w * (s - t) ** 2
            else:
                total -= w * math.log(max(s if t else 1 - s, MIN_PROBABILITY))
        return total / sum(weight)
    assert of.predicted is not None
    counts = {(t, p): 0.0 for t in (True, False) for p in (True, False)}
    for w, t, p in zip(weight, truth, of.predicted.tolist(), strict=True):
        counts[t, p] += w
    tp, fp, fn, tn = counts[True, True], counts[False, True], counts[True, False], counts[False, False]
    return {
        "accuracy": lambda: (tp + tn) / (tp + tn + fp + fn),
        "precision": lambda: tp / (tp + fp),
        "recall": lambda: tp / (tp + fn),
        "f1": lambda: 2 * tp / (2 * tp + fp + fn),
    }[metric]()


@settings(max_examples=200)
@given(small_joints(), st.sampled_from(NAMES), st.sampled_from([0.01, "5%", 1e-9]))
def test_any_rows_give_the_slow_value_or_a_reason_and_always_evidence(
    rows: Joint, metric: str, margin: float | str
) -> None:
    try:
        found = compare(metric, rows, margin)
    except NotMeasurable:
        return
    baseline = rows.paired()
    assert baseline is not None
    assert found.candidate == pytest.approx(slow_value(metric, rows, rows.candidate), abs=1e-9)
    assert found.baseline == pytest.approx(slow_value(metric, rows, baseline), abs=1e-9)
    sign = 1 if METRICS[metric].better == "up" else -1
    assert found.value == pytest.approx(sign * (found.candidate - found.baseline), abs=1e-9)
    if found.interval is not None and found.p_worse is not None:
        assert found.interval.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.interval.high
        if abs(found.interval.high) > 1e-9:
            assert (found.interval.high < 0) == (found.p_worse < 0.025)
    for one in (rows.candidate, baseline):
        alone = measure(metric, rows, one)
        if alone.interval is not None:
            assert alone.interval.low - 1e-9 <= alone.value <= alone.interval.high + 1e-9
            assert alone.interval.high - alone.interval.low > 1e-6
    identical = rows.is_identical()
    (finding,) = settled(change(metric, found, rows.effective_n, identical=identical))
    if identical:
        assert finding.status == "pass"
