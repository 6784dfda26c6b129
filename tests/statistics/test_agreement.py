import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from mlgate.statistics.agreement import OfTable, averaged, balanced_accuracy, cohen_kappa, matthews, shares_of
from mlgate.statistics.bootstrap import multinomial_draws

FUNCTIONS: dict[str, OfTable] = {
    "kappa": cohen_kappa, "mcc": matthews, "balanced": balanced_accuracy, "f1-macro": averaged("f1", "macro"),
    "f1-weighted": averaged("f1", "weighted"), "precision-macro": averaged("precision", "macro"),
    "recall-weighted": averaged("recall", "weighted"),
}  # fmt: skip
NAMES = pytest.mark.parametrize("name", FUNCTIONS)


def some_table(seed: int, classes: int = 3, n: int = 400) -> np.ndarray:
    shares = np.random.default_rng(seed).dirichlet(np.ones(classes * classes)).reshape(classes, classes)
    return 0.6 * np.eye(classes) / classes + 0.4 * shares


@NAMES
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_gradient_is_the_numerical_one(name: str, classes: int) -> None:
    of, table, step = FUNCTIONS[name], some_table(1, classes), 1e-6
    _, influence = of(table)
    for cell in np.ndindex(classes, classes):
        moved = (1 - step) * table
        moved[cell] += step
        assert (of(moved)[0] - of(table)[0]) / step == pytest.approx(influence[cell], abs=1e-4)


@NAMES
def test_the_influence_has_the_mean_zero(name: str) -> None:
    table = some_table(2)
    assert float((FUNCTIONS[name](table)[1] * table).sum()) == pytest.approx(0, abs=1e-12)


@NAMES
def test_its_error_is_that_of_the_multinomial_bootstrap(name: str) -> None:
    of, n = FUNCTIONS[name], 600
    counts = np.round(some_table(3) * n).astype(int)
    draws = multinomial_draws(counts.ravel(), draws=2_000).reshape(-1, 3, 3)
    seen = np.std([of(draw / draw.sum())[0] for draw in draws])
    table = counts / counts.sum()
    known = np.sqrt((table * of(table)[1] ** 2).sum() / counts.sum())
    assert known == pytest.approx(seen, rel=0.06)


def test_kappa_is_that_of_the_published_example() -> None:
    # Fleiss, Cohen and Everitt 1969, table 1: 200 patients, two raters, kappa .429, its standard error .054
    shares = np.array([[0.53, 0.05, 0.02], [0.11, 0.14, 0.05], [0.01, 0.06, 0.03]])
    value, influence = cohen_kappa(shares)
    assert value == pytest.approx(0.429, abs=5e-4)
    assert np.sqrt((shares * influence**2).sum() / 200) == pytest.approx(0.054, abs=5e-4)


@pytest.mark.filterwarnings("ignore:A single label")
@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_any_labels_give_scikit_learns_value(rows: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(rows).T
    table = shares_of(truth, predicted, 4, np.ones(len(rows)))
    with np.errstate(invalid="ignore"):
        assert matthews(table)[0] == pytest.approx(sk.matthews_corrcoef(truth, predicted), abs=1e-9)
        expected = sk.f1_score(truth, predicted, average="macro", zero_division=0)
        assert averaged("f1", "macro")(table)[0] == pytest.approx(expected, abs=1e-9)
        kappa = cohen_kappa(table)[0]
        if len(set(truth.tolist()) | set(predicted.tolist())) > 1:
            assert kappa == pytest.approx(sk.cohen_kappa_score(truth, predicted), abs=1e-9)
        else:
            assert np.isnan(kappa)
