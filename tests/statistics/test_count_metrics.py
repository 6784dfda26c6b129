import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from mlgate.statistics.bootstrap import multinomial_draws, p_worse, percentile_interval
from mlgate.statistics.count_metrics import METRICS, confusion_metric, count_metric_interval, paired_count_metric
from mlgate.statistics.proportions import wilson

CELLS = np.array([[[560, 20], [15, 105]], [[90, 12], [18, 180]]])
any_cells = arrays(np.int64, (2, 2, 2), elements=st.integers(0, 60)).filter(lambda cells: cells.sum() > 0)


def rows_of(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label, baseline, candidate = (np.repeat(index.ravel(), cells.ravel()) for index in np.indices((2, 2, 2)))
    return label, baseline, candidate


def metric_of_draws(metric: str, draws: np.ndarray, model_axis_summed: int) -> np.ndarray:
    table = draws.sum(axis=model_axis_summed)
    return confusion_metric(metric, table[:, 1, 1], table[:, 0, 1], table[:, 1, 0], table[:, 0, 0])


@pytest.mark.parametrize(
    ("metric", "theirs"),
    [
        ("accuracy", sk.accuracy_score),
        ("precision", sk.precision_score),
        ("recall", sk.recall_score),
        ("tpr", sk.recall_score),
        ("f1", sk.f1_score),
        ("fpr", lambda label, predicted: 1 - sk.recall_score(label, predicted, pos_label=0)),
        ("selection_rate", lambda _, predicted: predicted.mean()),
    ],
)
def test_both_values_agree_with_scikit_learn(metric: str, theirs) -> None:  # type: ignore[no-untyped-def]
    label, baseline, candidate = rows_of(CELLS)
    found = paired_count_metric(CELLS, metric)
    expected = theirs(label, candidate), theirs(label, baseline)
    assert (found.candidate, found.baseline) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
def test_zero_over_zero_is_nan_without_a_warning(metric: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isnan(confusion_metric(metric, 0, 0, 0, 0))


def test_a_metric_is_computed_for_every_draw_at_once() -> None:
    assert confusion_metric("precision", [[1], [2]], [1, 0, 3], 5, 5).shape == (2, 3)


@pytest.mark.parametrize("metric", METRICS)
def test_the_paired_interval_agrees_with_the_multinomial_bootstrap(metric: str) -> None:
    draws = multinomial_draws(CELLS.ravel(), draws=4_000).reshape(-1, 2, 2, 2)
    sign = -1 if metric == "fpr" else 1
    change = sign * (metric_of_draws(metric, draws, 2) - metric_of_draws(metric, draws, 3))
    found = paired_count_metric(CELLS, metric)
    assert found.se == pytest.approx(change.std(), rel=0.06)
    assert found.interval == pytest.approx(percentile_interval(change), abs=found.se / 3)
    assert found.p_worse == pytest.approx(p_worse(change), abs=0.06)


@pytest.mark.parametrize("metric", METRICS)
@given(cells=any_cells)
def test_the_paired_interval_encloses_the_difference_and_has_width(metric: str, cells: np.ndarray) -> None:
    found = paired_count_metric(cells, metric)
    if found.interval is None:
        assert math.isnan(found.difference)
    else:
        assert -1 <= found.interval.low <= found.difference <= found.interval.high <= 1
        assert found.interval.high - found.interval.low > 1e-4


@pytest.mark.parametrize("metric", METRICS)
@given(cells=any_cells)
def test_exchanged_models_mirror_the_difference(metric: str, cells: np.ndarray) -> None:
    one, other = paired_count_metric(cells, metric), paired_count_metric(cells.transpose(0, 2, 1), metric)
    if one.interval is not None and other.interval is not None:
        assert other.interval == pytest.approx((-one.interval.high, -one.interval.low), abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
@given(cells=any_cells)
def test_the_upper_end_is_below_zero_exactly_when_the_test_rejects(metric: str, cells: np.ndarray) -> None:
    found = paired_count_metric(cells, metric)
    if found.interval is not None and found.difference < 0 and abs(found.p_worse - 0.025) > 1e-9:
        assert (found.interval.high < 0) == (found.p_worse < 0.025)


@pytest.mark.parametrize("metric", METRICS)
def test_identical_predictions_change_by_nothing_but_not_for_certain(metric: str) -> None:
    found = paired_count_metric([[[300, 0], [0, 40]], [[30, 0], [0, 130]]], metric)
    assert found.difference == 0.0
    assert found.interval.low < -0.001
    assert found.interval.high > 0.001
    assert found.se > 0


def test_a_higher_false_positive_rate_is_worse() -> None:
    found = paired_count_metric([[[500, 60], [5, 10]], [[1, 0], [0, 1]]], "fpr")
    assert found.candidate > found.baseline
    assert found.difference < 0
    assert found.p_worse < 1e-6


def test_a_precision_without_any_predicted_positive_has_no_interval() -> None:
    found = paired_count_metric([[[50, 0], [3, 0]], [[10, 0], [2, 0]]], "precision")
    assert math.isnan(found.candidate)
    assert found.interval is None
    assert found.p_worse is None


@pytest.mark.parametrize("metric", ["f1", "precision"])
@pytest.mark.parametrize(("rows", "discordant"), [(200, 0.06), (500, 0.02)])
def test_a_ratio_that_did_not_change_is_seldom_called_worse(metric: str, rows: int, discordant: float) -> None:
    g = discordant / 2
    p = np.array(
        [[0.7 * (0.9 - g), 0.7 * g, 0.7 * g, 0.7 * (0.1 - g)], [0.3 * (0.3 - g), 0.3 * g, 0.3 * g, 0.3 * (0.7 - g)]]
    )
    draws = np.random.default_rng(4).multinomial(rows, p.ravel(), size=1_500).reshape(-1, 2, 2, 2)
    worse = np.mean([paired_count_metric(cells, metric).p_worse < 0.025 for cells in draws])
    assert worse < 0.025 + 4 * math.sqrt(0.025 * 0.975 / 1_500)


@pytest.mark.parametrize(
    ("metric", "successes", "n"), [("accuracy", 90, 110), ("precision", 30, 40), ("recall", 30, 40), ("fpr", 10, 70)]
)
def test_the_interval_of_a_proportion_is_wilsons(metric: str, successes: int, n: int) -> None:
    assert count_metric_interval(metric, tp=30, fp=10, fn=10, tn=60) == wilson(successes, n)


def test_the_interval_of_f1_agrees_with_the_multinomial_bootstrap() -> None:
    draws = multinomial_draws([285, 125, 99, 575], draws=4_000)
    f1 = confusion_metric("f1", *draws.T)
    assert count_metric_interval("f1", 285, 125, 99, 575) == pytest.approx(percentile_interval(f1), abs=0.003)


def test_f1_is_covered_on_two_hundred_rows_where_the_percentile_interval_falls_short() -> None:
    p = [0.08, 0.03, 0.04, 0.85]
    truth = 2 * p[0] / (2 * p[0] + p[1] + p[2])
    samples = np.random.default_rng(9).multinomial(200, p, size=3_000)
    inside = [low <= truth <= high for low, high in (count_metric_interval("f1", *sample) for sample in samples)]
    assert np.mean(inside) > 0.95 - 4 * math.sqrt(0.05 * 0.95 / 3_000)


@pytest.mark.parametrize(("tp", "errors", "end"), [(0, 20, 0.0), (20, 0, 1.0)])
def test_f1_of_zero_or_one_still_has_width(tp: int, errors: int, end: float) -> None:
    low, high = count_metric_interval("f1", tp, errors, 0, 50)
    assert end in (low, high)
    assert high - low > 0.05


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="accuracy, precision"):
        paired_count_metric(CELLS, "acuracy")


@pytest.mark.parametrize("cells", [np.zeros((2, 2, 2)), -np.ones((2, 2, 2)), np.ones((2, 2))])
def test_cells_that_cannot_be_are_refused(cells: np.ndarray) -> None:
    with pytest.raises(ValueError, match="shape"):
        paired_count_metric(cells, "f1")
