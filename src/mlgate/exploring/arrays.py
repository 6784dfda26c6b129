"""Arrays as joint rows: what a notebook has at hand, checked and given the meaning that the gate gives it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgate.config import Scalar
from mlgate.errors import UserError
from mlgate.exploring.comparison import Comparison, compare_rows, default_margins
from mlgate.inputs.labels import Classes, find_classes
from mlgate.inputs.spelling import Unusable, spell
from mlgate.measuring.joint import Joint, Side
from mlgate.measuring.metrics import UnknownMetric, metric_named, metrics_of


def compare(
    y_true: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    *,
    metrics: Sequence[str] | None = None,
    margins: Mapping[str, float | str] | None = None,
    positive: Scalar | None = None,
    threshold: float = 0.5,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    names: tuple[str, str] = ("a", "b"),
) -> Comparison:
    """What model `b` changes against model `a` on the same rows, with paired 95 % intervals and verdicts.

    `y_true` has shape (n,): labels of two classes, of any type. `a` and `b` have shape (n,), labels or scores of the
    positive class, or (n, 2), a score for each class in order, as `predict_proba` gives them.
    `metrics` are all that the predictions allow if not given, and the first of them is tested alone; `margins` are
    numbers, or shares of a's value such as "1%". `weight` and `cluster` have shape (n,).
    Raises ValueError for what cannot be compared.

    >>> result = compare([0, 1] * 50, [0.2, 0.8] * 50, [0.3, 0.9] * 50, metrics=["auc"])
    >>> result["auc"].status
    'pass'
    """
    try:
        joint = _joint(y_true, a, b, positive, threshold, weight, cluster)
    except (Unusable, UserError) as error:
        raise ValueError(str(error)) from None
    chosen = dict.fromkeys([*(metrics or ()), *(margins or ())])
    try:
        usual = {metric: metric_named(metric).margin for metric in chosen} or default_margins(joint)
    except UnknownMetric as error:
        raise ValueError(f"{error}; there are {', '.join(metrics_of(joint.task))}") from None
    return compare_rows(joint, {**usual, **(margins or {})}, names)


def _joint(
    y_true: ArrayLike, a: ArrayLike, b: ArrayLike, positive: Scalar | None, threshold: float,
    weight: ArrayLike | None, cluster: ArrayLike | None,
) -> Joint:  # fmt: skip
    labels = _column(y_true, "y_true")
    classes = find_classes(labels, positive, "y_true")
    truth = classes.read(labels)
    sides = [_side(values, name, classes, threshold, len(truth)) for values, name in ((b, "b"), (a, "a"))]
    weights = None if weight is None else _numbers(_of_rows(weight, "weight", len(truth)), "weight")
    if weights is not None and not ((weights >= 0).all() and weights.sum() > 0):
        raise ValueError("weight: numbers ≥ 0 are needed, of which one at least is above 0")
    groups = None if cluster is None else np.asarray(spell(_of_rows(cluster, "cluster", len(truth)))[1], np.int64)
    return Joint("y_true", truth, sides[0], sides[1], {}, weights, groups)


def _side(values: ArrayLike, name: str, classes: Classes, threshold: float, n: int) -> Side:
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 2:
        array = array[:, 1] if classes.positive == max(classes.known) else array[:, 0]
    array = _of_rows(array, name, n)
    if set(spell(array)[0]) <= classes.known or array.dtype.kind not in "fiu":
        return Side(classes.read(array), None, False)
    score = _numbers(array, name)
    is_probability = bool(((score >= 0) & (score <= 1)).all())
    return Side(score >= threshold if is_probability else None, score, is_probability)


def _of_rows(values: ArrayLike, name: str, n: int) -> NDArray[Any]:
    column = _column(values, name)
    if len(column) != n:
        raise ValueError(f"{name} has {len(column):,} rows and y_true {n:,}")
    return column


def _column(values: ArrayLike, name: str) -> NDArray[Any]:
    """The values as (n,), a column vector too; a missing one is told, not guessed."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or not len(array):
        raise ValueError(f"{name}: one value for each row is needed, got shape {array.shape}")
    if array.dtype.kind in "OUS":
        items = array.tolist()
        missing = np.array([v is None or v != v for v in items], bool)
        is_numeric = not missing.any() and all(isinstance(v, int | float) and not isinstance(v, bool) for v in items)
        array = np.array(items, dtype=np.float64 if is_numeric else object)
    else:
        missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(len(array), bool)
    if missing.any():
        raise ValueError(f"{name}: {int(missing.sum()):,} of {len(array):,} values are missing")
    return array


def _numbers(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    try:
        numbers = array.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: numbers are needed") from None
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: {int((~np.isfinite(numbers)).sum()):,} values are not finite")
    return numbers
