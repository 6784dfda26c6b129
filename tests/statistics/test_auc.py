import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from mlgate.statistics.auc import auc, auc_interval, delong

# DeLong, DeLong and Clarke-Pearson 1988: 43 patients with ovarian cancer; albumin, total protein, K-G score, outcome.
_ROWS = """
3.0 5.8 10 0 3.2 6.3 5 1 3.9 6.8 3 1 2.8 4.8 6 0 3.2 5.8 3 1 0.9 4.0 5 0 2.5 5.7 8 0 1.6 5.6 5 1 3.8 5.7 5 1
3.7 6.7 6 1 3.2 5.4 4 1 3.8 6.6 6 1 4.1 6.6 5 1 3.6 5.7 5 1 4.3 7.0 4 1 3.6 6.7 4 0 2.3 4.4 6 1 4.2 7.6 4 0
4.0 6.6 6 0 3.5 5.8 6 1 3.8 6.8 7 1 3.0 4.7 8 0 4.5 7.4 5 1 3.7 7.4 5 1 3.1 6.6 6 1 4.1 8.2 6 1 4.3 7.0 5 1
4.3 6.5 4 1 3.2 5.1 5 1 2.6 4.7 6 1 3.3 6.8 6 0 1.7 4.0 7 0 3.7 6.1 5 1 3.3 6.3 7 1 4.2 7.7 6 1 3.5 6.2 5 1
2.9 5.7 9 0 2.1 4.8 7 1 2.8 6.2 8 0 4.0 7.0 7 1 3.3 5.7 6 1 3.7 6.9 5 1 3.6 6.6 5 1"""
OVARIAN = np.array(_ROWS.split(), dtype=float).reshape(-1, 4)
POSITIVE = OVARIAN[:, 3] == 1
ALBUMIN, PROTEIN, KG = OVARIAN[:, 0], OVARIAN[:, 1], -OVARIAN[:, 2]


def labelled(rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and two scores with many ties."""
    generator = np.random.default_rng(seed)
    positive = generator.random(rows) < 0.3
    shared = generator.normal(size=rows) + positive
    baseline, candidate = (np.round(shared + generator.normal(scale=0.5, size=rows), 1) for _ in range(2))
    return positive, candidate, baseline


def quadratic_delong(positive: np.ndarray, candidate: np.ndarray, baseline: np.ndarray) -> tuple[float, float]:
    """The difference and its variance from all pairs of a positive and a negative row."""
    wins = [
        (score[positive][:, None] > score[~positive]) + 0.5 * (score[positive][:, None] == score[~positive])
        for score in (candidate, baseline)
    ]
    gain = wins[0] - wins[1]
    return gain.mean(), gain.mean(1).var(ddof=1) / gain.shape[0] + gain.mean(0).var(ddof=1) / gain.shape[1]


@given(arrays(bool, 40).filter(lambda labels: 0 < labels.sum() < 40), arrays(float, 40, elements=st.integers(-3, 3)))
def test_auc_agrees_with_scikit_learn_also_with_ties(positive: np.ndarray, score: np.ndarray) -> None:
    assert auc(positive, score) == pytest.approx(roc_auc_score(positive, score), abs=1e-9)


@given(arrays(bool, 30).filter(lambda labels: 0 < labels.sum() < 30), arrays(float, 30, elements=st.integers(-9, 9)))
def test_reversed_scores_give_the_complement(positive: np.ndarray, score: np.ndarray) -> None:
    assert auc(positive, -score) == pytest.approx(1 - auc(positive, score), abs=1e-12)


def test_a_hundred_thousand_rows_are_ranked_and_not_paired() -> None:
    positive, candidate, _ = labelled(rows=100_000)
    assert auc(positive, candidate) == pytest.approx(roc_auc_score(positive, candidate), abs=1e-12)


@pytest.mark.parametrize("labels", [[True, True], [False, False], []])
def test_a_single_class_has_no_area(labels: list[bool]) -> None:
    with pytest.raises(ValueError, match="positive and negative"):
        auc(labels, [0.5] * len(labels))


def test_a_score_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        auc([True, False], [np.nan, 0.1])


def test_labels_and_scores_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one score a row"):
        auc([True, False], [0.1, 0.2, 0.3])


# SAS/STAT User's Guide, PROC LOGISTIC, "Comparing ROC Curves": areas, and errors against a score without information.
@pytest.mark.parametrize(
    ("score", "area", "error"), [(ALBUMIN, 0.7366, 0.0927), (KG, 0.7258, 0.1028), (PROTEIN, 0.6478, 0.1000)]
)
def test_areas_and_errors_of_the_ovarian_cancer_scores_are_those_printed(
    score: np.ndarray, area: float, error: float
) -> None:
    against_chance = delong(POSITIVE, score, np.zeros(43))
    assert (round(against_chance.candidate, 4), round(against_chance.se, 4)) == (area, error)


@pytest.mark.parametrize(
    ("candidate", "difference", "error", "low", "high"),
    [(ALBUMIN, 0.0108, 0.0953, -0.1761, 0.1976), (PROTEIN, -0.0780, 0.1046, -0.2830, 0.1271)],
)
def test_differences_from_the_kg_score_are_those_printed(
    candidate: np.ndarray, difference: float, error: float, low: float, high: float
) -> None:
    paired = delong(POSITIVE, candidate, KG)
    wald = (paired.difference + side * norm.ppf(0.975) * paired.se for side in (-1, 1))
    assert tuple(round(x, 4) for x in (paired.difference, paired.se, *wald)) == (difference, error, low, high)
    assert paired.interval is not None
    assert paired.interval.low < low < high < paired.interval.high  # by Student's points, and further where skewed


@pytest.mark.parametrize("seed", range(5))
def test_delong_agrees_with_all_pairs_of_rows(seed: int) -> None:
    data = labelled(seed=seed)
    difference, variance = quadratic_delong(*data)
    paired = delong(*data)
    assert (paired.difference, paired.se) == pytest.approx((difference, variance**0.5), abs=1e-9)


def test_delong_agrees_with_a_row_bootstrap() -> None:
    positive, candidate, baseline = labelled(rows=400, seed=3)
    generator = np.random.default_rng(1)
    replicates = []
    for _ in range(600):
        rows = generator.integers(0, 400, 400)
        replicates.append(auc(positive[rows], candidate[rows]) - auc(positive[rows], baseline[rows]))
    assert delong(positive, candidate, baseline).se == pytest.approx(np.std(replicates), rel=0.10)


def test_exchanged_models_mirror_the_difference() -> None:
    positive, candidate, baseline = labelled()
    one, other = delong(positive, candidate, baseline), delong(positive, baseline, candidate)
    assert one.interval is not None
    assert other.interval == pytest.approx((-one.interval.high, -one.interval.low))
    assert (one.degrees, one.skewness) == pytest.approx((other.degrees, -other.skewness))


@pytest.mark.parametrize("seed", range(20))
def test_the_upper_end_is_below_zero_exactly_when_the_test_rejects(seed: int) -> None:
    positive, candidate, baseline = labelled(rows=120, seed=seed)
    paired = delong(positive, candidate - 0.1 * (seed % 5) * positive, baseline)
    assert paired.interval is not None
    assert (paired.interval.high < 0) == (paired.p_worse < 0.025)


def test_a_true_drop_of_the_margin_that_few_rows_make_seldom_passes() -> None:
    """One positive row in eight loses its place altogether: the drop is skewed, and its error with it."""
    generator, passes, by_wald = np.random.default_rng(4), 0, 0
    share, truth = 0.12, -0.12 * (0.8 - 0.5)  # of positive rows whose score becomes chance's
    positive = np.arange(700) < 100
    for _ in range(400):
        baseline = generator.normal(size=700) + 1.1902 * positive
        lost = positive & (generator.random(700) < share)
        paired = delong(positive, np.where(lost, generator.normal(size=700), baseline), baseline)
        assert paired.interval is not None
        passes += paired.interval.low > truth
        by_wald += paired.difference - norm.ppf(0.975) * paired.se > truth
    assert passes <= 0.05 * 400 < by_wald


def test_a_worse_candidate_has_a_small_p_and_an_interval_below_zero() -> None:
    positive, candidate, _ = labelled()
    noise = np.random.default_rng(2).normal(size=candidate.size)
    paired = delong(positive, noise, candidate)
    assert paired.interval is not None
    assert paired.interval.high < 0
    assert paired.p_worse < 1e-6


@pytest.mark.parametrize("transform", [lambda s: s, lambda s: 3 * s - 7, np.exp])
def test_scores_in_the_same_order_have_no_variance_and_no_interval(transform) -> None:  # type: ignore[no-untyped-def]
    positive, candidate, _ = labelled()
    paired = delong(positive, transform(candidate), candidate)
    assert (paired.difference, paired.se, paired.interval, paired.p_worse) == (0.0, 0.0, None, None)


def test_a_class_of_one_row_has_no_interval() -> None:
    paired = delong([True, False, False, False], [0.4, 0.1, 0.5, 0.3], [0.6, 0.1, 0.5, 0.3])
    assert paired.interval is None


def test_newcombe_gives_the_interval_that_another_implementation_prints() -> None:
    # Non-overlap of all pairs in the guide of the R package SingleCaseES: 7 and 6 observations, area 0.9166667.
    before, after = [20, 20, 26, 25, 22, 23], [28, 25, 24, 27, 30, 30, 29]
    area = auc([False] * 6 + [True] * 7, before + after)
    low, high = auc_interval(area, positives=7, negatives=6)
    assert (round(area, 7), round(low, 4), round(high, 4)) == (0.9166667, 0.5973, 0.9860)


@pytest.mark.parametrize(("area", "positives", "negatives"), [(0.7, 20, 50), (0.93, 200, 40)])
def test_newcombe_ends_solve_his_equation(area: float, positives: int, negatives: int) -> None:
    def excess(theta: float) -> float:
        star = (positives + negatives) / 2 - 1
        terms = 1 + star * (1 - theta) / (2 - theta) + star * theta / (1 + theta)
        variance = theta * (1 - theta) * terms / (positives * negatives)
        return (theta - area) ** 2 - norm.ppf(0.975) ** 2 * variance

    expected = brentq(excess, 1e-9, area), brentq(excess, area, 1 - 1e-9)
    assert auc_interval(area, positives, negatives) == pytest.approx(expected, abs=1e-9)


@given(st.floats(0, 1), st.integers(1, 500), st.integers(1, 500))
@settings(max_examples=60)
def test_the_interval_of_an_area_encloses_it_and_has_width(area: float, positives: int, negatives: int) -> None:
    low, high = auc_interval(area, positives, negatives)
    assert 0 <= low <= area <= high <= 1
    assert high - low > 1e-6
