"""Arrays as joint rows: what a notebook has at hand, checked and given the meaning that the gate gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlgate.config import Model, Scalar
from mlgate.errors import UserError
from mlgate.exploring.comparison import Comparison, compare_rows, usual_margins
from mlgate.inputs.labels import ARRAY, Classes, Labels, find_labels, numbers, of_the_same_classes
from mlgate.inputs.spelling import Unusable, spell
from mlgate.measuring.joint import Joint, Task


def compare(
    y_true: ArrayLike | None,
    a: ArrayLike,
    b: ArrayLike,
    *,
    task: Task = "binary",
    metrics: Sequence[str] | None = None,
    margins: Mapping[str, float | str] | None = None,
    positive: Scalar | None = None,
    threshold: float = 0.5,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    names: tuple[str, str] = ("a", "b"),
) -> Comparison:
    """What model `b` changes against model `a` on the same rows, with paired 95 % intervals and verdicts.

    `y_true` has shape (n,): labels of any type, numbers for a regression, None for the task "score".
    `a` and `b` have shape (n,), labels, numbers or scores of the positive class, or (n, classes), a score for each
    class in order, as `predict_proba` gives them.
    `metrics` are all that the predictions allow if not given, and the first of them is tested alone; `margins` are
    numbers, or shares of a's value such as "1%". `weight` and `cluster` have shape (n,).
    Raises ValueError for what cannot be compared.

    >>> result = compare([0, 1] * 50, [0.2, 0.8] * 50, [0.3, 0.9] * 50, metrics=["auc"])
    >>> result["auc"].status
    'pass'
    """
    try:
        joint = _joint(y_true, a, b, task, Model(id="notebook", task=task, positive=positive, threshold=threshold))
        joint = _weighted(joint, weight, cluster)
        chosen = list(dict.fromkeys([*(metrics or ()), *(margins or ())]))
        return compare_rows(joint, usual_margins(joint, chosen) | dict(margins or {}), names)
    except (Unusable, UserError) as error:
        raise ValueError(str(error)) from None


def _joint(y_true: ArrayLike | None, a: ArrayLike, b: ArrayLike, task: Task, model: Model) -> Joint:
    if y_true is None and task != "score":
        raise ValueError(f"y_true: the task {task} needs labels")
    values = np.zeros(len(np.asarray(a))) if y_true is None else _column(y_true, "y_true")
    labels = find_labels(task, values, model.positive, "y_true")
    truth = labels.read(values)
    sides = [labels.side(_columns(values, name, labels, len(truth)), model) for values, name in ((b, "b"), (a, "a"))]
    classes: tuple[str, ...] = ()
    if task == "multiclass":
        sides, classes = of_the_same_classes(sides)
    return Joint("y_true", truth, sides[0], sides[1], {}, task=task, classes=classes)


def _weighted(joint: Joint, weight: ArrayLike | None, cluster: ArrayLike | None) -> Joint:
    weights = None if weight is None else numbers(_of_rows(weight, "weight", joint.n), "weight")
    if weights is not None and not ((weights >= 0).all() and weights.sum() > 0):
        raise ValueError("weight: numbers ≥ 0 are needed, of which one at least is above 0")
    groups = None if cluster is None else np.asarray(spell(_of_rows(cluster, "cluster", joint.n))[1], np.int64)
    return replace(joint, weight=weights, cluster=groups)


def _columns(values: ArrayLike, name: str, labels: Labels, n: int) -> dict[str, NDArray[Any]]:
    """The predictions as the named columns that a table of them would have."""
    array = np.asanyarray(values)
    if array.ndim == 2 and array.shape[1] > 1:
        return {f"{ARRAY}{at + 1}": _of_rows(array[:, at], name, n) for at in range(array.shape[1])}
    column = _of_rows(array, name, n)
    if labels.task == "score":
        return {"score": column}
    is_score = column.dtype.kind in "fiu" and isinstance(labels, Classes) and not set(spell(column)[0]) <= labels.known
    return {"score" if is_score else "y_pred": column}


def _of_rows(values: ArrayLike, name: str, n: int) -> NDArray[Any]:
    column = _column(values, name)
    if len(column) != n:
        raise ValueError(f"{name} has {len(column):,} rows and y_true {n:,}")
    return column


def _column(values: ArrayLike, name: str) -> NDArray[Any]:
    """The values as (n,), a column vector too; a missing one is told, not guessed."""
    array = np.asanyarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or not len(array):
        raise ValueError(f"{name}: one value for each row is needed, got shape {array.shape}")
    items = array.tolist()  # of a masked array: None where it is masked
    if missing := sum(v is None or v != v for v in items):
        raise ValueError(f"{name}: {missing:,} of {len(array):,} values are missing")
    if array.dtype.kind not in "OUS":
        return np.asarray(array)
    is_numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in items)
    return np.array(items, dtype=np.float64 if is_numeric else object)
