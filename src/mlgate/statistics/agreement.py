"""Functions of a confusion table of any number of classes, each with its gradient.

A table is (k, k), shares by [label, prediction] that sum to 1.
Each function returns its value and the influence of one more row in each cell, (k, k), whose mean over the table is 0:
the delta method (Agresti 2013, *Categorical Data Analysis*, section 16.1), so a row's influence depends on its cell
alone.
Checked against numerical derivatives, scikit-learn's values and the multinomial bootstrap.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OfTable = Callable[[Floats], tuple[float, Floats]]
Part = Literal["precision", "recall", "f1"]
Average = Literal["macro", "weighted"]
_PARTS: dict[Part, tuple[float, float, float]] = {
    "f1": (2.0, 1.0, 1.0),
    "precision": (1.0, 0.0, 1.0),
    "recall": (1.0, 1.0, 0.0),
}


def shares_of(truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int, weight: Floats) -> Floats:
    """The weighted confusion table as shares, (classes, classes), of codes of shape (n,)."""
    sums = np.bincount(truth * classes + predicted, weights=weight, minlength=classes * classes)
    table: Floats = np.asarray(sums, np.float64).reshape(classes, classes) / weight.sum()
    return table


def averaged(metric: Part, average: Average) -> OfTable:
    """Precision, recall or F1 averaged over classes: all alike (`macro`) or as often as they are (`weighted`).

    Classes with neither a label nor a prediction are left out; 0/0 counts as 0, both as in scikit-learn.
    """
    factor, of_labels, of_predictions = _PARTS[metric]

    def of(table: Floats) -> tuple[float, Floats]:
        labels, predictions, hits = table.sum(axis=1), table.sum(axis=0), np.diag(table)
        inverse = _inverse(of_labels * labels + of_predictions * predictions)
        by_class = factor * hits * inverse
        present = (labels > 0) | (predictions > 0)
        share = labels if average == "weighted" else present / max(int(present.sum()), 1)
        value = float(share @ by_class)
        lost = share * by_class * inverse
        gradient = np.diag(factor * share * inverse) - of_labels * lost[:, None] - of_predictions * lost[None, :]
        if average == "weighted":  # the shares of the classes are estimated too
            gradient = gradient + by_class[:, None]
        return value, _centred(gradient, table)

    return of


def balanced_accuracy(table: Floats) -> tuple[float, Floats]:
    """The mean recall of the classes that have rows."""
    labels, hits = table.sum(axis=1), np.diag(table)
    inverse = _inverse(labels)
    share = 1.0 / max(int((labels > 0).sum()), 1)
    recall = hits * inverse
    gradient = np.diag(share * inverse) - (share * recall * inverse)[:, None] + np.zeros_like(table)
    return float(share * recall.sum()), _centred(gradient, table)


def cohen_kappa(table: Floats) -> tuple[float, Floats]:
    """Agreement beyond chance, (d − e)/(1 − e) with d the share of hits and e that of chance (Cohen 1960).

    NaN where labels and predictions are all of one class.
    Source of the gradient: Fleiss, Cohen and Everitt 1969, Psychological Bulletin 72:323.
    """
    labels, predictions, hits = table.sum(axis=1), table.sum(axis=0), float(np.trace(table))
    chance = float(labels @ predictions)
    if not chance < 1:
        return float("nan"), np.full_like(table, np.nan)
    value = (hits - chance) / (1 - chance)
    towards = (1 - hits) / (1 - chance) ** 2
    gradient = np.eye(len(table)) / (1 - chance) - towards * (predictions[:, None] + labels[None, :])
    return value, _centred(gradient, table)


def matthews(table: Floats) -> tuple[float, Floats]:
    """Matthews' correlation of labels and predictions, for any number of classes R_K (Gorodkin 2004).

    0 where all labels, or all predictions, are of one class, as in scikit-learn.
    """
    labels, predictions = table.sum(axis=1), table.sum(axis=0)
    excess = float(np.trace(table)) - float(labels @ predictions)
    spread = (1 - float(labels @ labels)) * (1 - float(predictions @ predictions))
    if not spread > 1e-15:
        return 0.0, np.zeros_like(table)
    root = float(np.sqrt(spread))
    value = excess / root
    of_labels, of_predictions = 1 - float(labels @ labels), 1 - float(predictions @ predictions)
    gradient = (np.eye(len(table)) - predictions[:, None] - labels[None, :]) / root
    gradient = gradient + value * (labels[:, None] / of_labels + predictions[None, :] / of_predictions)
    return value, _centred(gradient, table)


def _centred(gradient: Floats, table: Floats) -> Floats:
    return np.asarray(gradient - float((gradient * table).sum()))


def _inverse(values: Floats) -> Floats:
    found: Floats = np.zeros_like(values)
    np.divide(1.0, values, out=found, where=values > 0)
    return found
