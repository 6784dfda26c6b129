"""Rows with both models' predictions, made for tests of the checks that judge them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgate.measuring.joint import Absent, Column, Joint, Side, Task

NO_BASELINE = Absent("no-baseline", "there is no baseline to compare with yet")


def side(score: ArrayLike, threshold: float = 0.5) -> Side:
    """Predictions by score, as the engine makes them of a column `score`."""
    scores = np.asarray(score, float)
    if not ((scores >= 0) & (scores <= 1)).all():
        return Side(None, scores, is_probability=False)
    return Side(scores >= threshold, scores)


def classes(positive: ArrayLike) -> Side:
    """Predictions of classes alone."""
    return Side(np.asarray(positive, bool), None, is_probability=False)


def categories(predicted: ArrayLike, of: Sequence[str] = "abc") -> Side:
    """Predictions of several classes: codes, or a probability of each class."""
    found = np.asarray(predicted)
    if found.ndim == 1:
        return Side(found.astype(np.int64), None, is_probability=False, classes=tuple(of))
    return Side(found.argmax(axis=1), found.astype(float), classes=tuple(of))


def numbers(predicted: ArrayLike) -> Side:
    """Predictions of numbers."""
    return Side(np.asarray(predicted, float), None, is_probability=False)


def column(values: Sequence[Any] | NDArray[Any]) -> Column:
    """A column for grouping by its values."""
    labels, codes = np.unique(np.asarray(list(values)), return_inverse=True)
    return Column(np.asarray(codes, np.int64), tuple(str(label) for label in labels))


def joint(
    truth: ArrayLike,
    candidate: Side,
    baseline: Side | Absent = NO_BASELINE,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    task: Task = "binary",
    **columns: Column,
) -> Joint:
    """The rows of table `test`."""
    kind = {"binary": bool, "multiclass": np.int64, "regression": float, "score": float}[task]
    return Joint(
        "test",
        np.asarray(truth, kind),
        candidate,
        baseline,
        columns,
        None if weight is None else np.asarray(weight, float),
        None if cluster is None else np.asarray(cluster, np.int64),
        task,
        candidate.classes,
    )


def two_models(
    n: int, seed: int = 1, *, drop: float = 0.0, noise: float = 0.3
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Labels, and the scores of a candidate and a baseline that agree a good deal.

    `drop` is how much of the candidate's signal is replaced by noise.
    """
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    signal = np.where(truth, 1.0, -1.0) + rng.normal(size=n)
    baseline = signal + noise * rng.normal(size=n)
    candidate = (1 - drop) * (signal + noise * rng.normal(size=n)) + drop * rng.normal(size=n) * 1.5
    return truth, 1 / (1 + np.exp(-candidate)), 1 / (1 + np.exp(-baseline))
