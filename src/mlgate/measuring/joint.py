"""The test rows with both models' predictions: what every prediction check works from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlgate.evidence import Reason
from mlgate.statistics.influence import effective_rows

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
MISSING = "(missing)"
Task = Literal["binary", "multiclass", "regression", "score"]
_ROUNDING = 1e-9
_BLOCK = 2**16  # rows that are counted at once, so that what is made of them stays in the cache


@dataclass(frozen=True)
class Column:
    """A column for grouping: each row's code (shape n) into `labels`; a missing value is a label of its own."""

    codes: NDArray[np.int64]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Whole:
    """One number for all rows, and the same with resampled weights, (draws,)."""

    value: float
    draws: Floats


@dataclass(frozen=True)
class Side:
    """One model's predictions of the rows: what it decides, its score, or both.

    | task | `predicted`, shape (n,) | `score` |
    |---|---|---|
    | binary | whether positive: as the model says, else from the score by the threshold | of the positive class, (n,) |
    | multiclass | the class, as a code into the joint's classes; else the one with the largest score | (n, classes) |
    | regression | the number | none |
    | score | none | how good the row came out, more is better, (n,) |
    """

    predicted: NDArray[Any] | None
    score: Floats | None
    is_probability: bool = True  # every score lies in [0, 1], and those of several classes sum to 1
    classes: tuple[str, ...] = ()  # of a multiclass task
    own: Mapping[str, Floats | Whole | str] = field(default_factory=dict)  # a user's own metrics; or why there is none

    def where(self, mask: Bools | NDArray[np.int64]) -> "Side":
        """The predictions of the rows for which `mask` (shape n) is true, or of the rows of these indexes."""
        predicted = None if self.predicted is None else self.predicted[mask]
        every = mask.dtype == np.bool_ and bool(mask.all())
        own = self.own if every else {name: _of_rows(name, found, mask) for name, found in self.own.items()}
        return replace(self, predicted=predicted, score=None if self.score is None else self.score[mask], own=own)


def _of_rows(name: str, found: Floats | Whole | str, mask: Bools | NDArray[np.int64]) -> Floats | str:
    if isinstance(found, Whole):
        return f"{name} gives one number for all rows, so there is none of a part of them"
    return found if isinstance(found, str) else found[mask]


@dataclass(frozen=True)
class Absent:
    """Why there is no baseline to compare with."""

    reason: Reason
    message: str


@dataclass(frozen=True)
class Joint:
    """Labels, predictions of the candidate and of the baseline, and columns for grouping, of the same n rows."""

    source: str  # "test", or "test@base" for the base's own rows
    truth: NDArray[Any]  # booleans, codes into `classes`, numbers, or zeros where the task has no labels
    candidate: Side
    baseline: Side | Absent
    columns: Mapping[str, Column]
    weight: Floats | None = None
    cluster: NDArray[np.int64] | None = None
    task: Task = "binary"
    classes: tuple[str, ...] = ()  # of a multiclass task
    numbers: Mapping[str, Floats] = field(default_factory=dict)  # numeric columns as they are, NaN where missing
    _cubes: dict[str | None, NDArray[np.int64]] = field(init=False, default_factory=dict, repr=False, compare=False)

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.truth)

    @property
    def effective_n(self) -> int:
        """How many independent rows of equal weight these are worth: Kish's number, of clusters where there are any."""
        if self.is_simple:
            return self.n
        weight = np.ones(self.n) if self.weight is None else self.weight
        return int(effective_rows(weight, self.cluster) + _ROUNDING) if weight.any() else 0

    @property
    def is_simple(self) -> bool:
        """Whether every row counts once and is a draw of its own."""
        return self.weight is None and self.cluster is None

    def paired(self) -> Side | None:
        """The baseline's predictions, or None where there are none."""
        return self.baseline if isinstance(self.baseline, Side) else None

    def is_identical(self) -> bool:
        """Whether the two models predict every row the same, class and score."""
        if (baseline := self.paired()) is None:
            return False
        return _same(self.candidate.predicted, baseline.predicted) and _same(self.candidate.score, baseline.score)

    def counted(self) -> "Joint":
        """The rows that have a weight."""
        return self if (mask := self.has_weight()).all() else self.where(mask)

    def has_weight(self) -> Bools:
        """Whether each row counts at all, shape (n,)."""
        return np.ones(self.n, np.bool_) if self.weight is None else self.weight > 0

    def parts(self, column: str) -> Iterator[tuple[str, "Joint"]]:
        """The rows of each label of the column, without columns for grouping: sorted once, however many labels."""
        groups = self.columns[column]
        few = len(groups.labels) <= np.iinfo(np.uint16).max  # of which numpy's stable sort is the fast one
        order = np.argsort(groups.codes.astype(np.uint16) if few else groups.codes, kind="stable")
        ends = np.cumsum(np.bincount(groups.codes, minlength=len(groups.labels)))
        bare = replace(self, columns={}, numbers={})
        for label, rows in zip(groups.labels, np.split(order, ends[:-1]), strict=True):
            yield label, bare.where(rows)

    def with_columns(self, columns: Mapping[str, Column], numbers: Mapping[str, Floats] | None = None) -> "Joint":
        """The same rows with these columns for grouping, and with these as numbers if they are given."""
        return replace(self, columns=columns, numbers=self.numbers if numbers is None else numbers)

    def where(self, mask: Bools | NDArray[np.int64]) -> "Joint":
        """The rows for which `mask` (shape n) is true, or the rows of these indexes."""
        return replace(
            self,
            truth=self.truth[mask],
            candidate=self.candidate.where(mask),
            baseline=self.baseline.where(mask) if isinstance(self.baseline, Side) else self.baseline,
            columns={name: Column(c.codes[mask], c.labels) for name, c in self.columns.items()},
            weight=None if self.weight is None else self.weight[mask],
            cluster=None if self.cluster is None else self.cluster[mask],
            numbers={name: values[mask] for name, values in self.numbers.items()},
        )

    def cells(self) -> NDArray[np.int64]:
        """Counts by (label, baseline predicted positive, candidate predicted positive), shape (2, 2, 2)."""
        first: NDArray[np.int64] = self.cells_by(None)[0]
        return first

    def cells_by(self, column: str | None) -> NDArray[np.int64]:
        """The joint count cube of a column: shape (groups, 2, 2, 2); one group if the column is None.

        Without a baseline its axis repeats the candidate. Counted once, in blocks of rows.
        """
        if column not in self._cubes:
            self._cubes[column] = self._counted_by(column)
        return self._cubes[column]

    def _counted_by(self, column: str | None) -> NDArray[np.int64]:
        baseline = self.paired() or self.candidate
        if self.candidate.predicted is None or baseline.predicted is None:
            raise ValueError("predicted classes are needed")
        groups = len(self.columns[column].labels) if column else 1
        counts = np.zeros(groups * 8, np.int64)
        for start in range(0, self.n, _BLOCK):
            rows = slice(start, start + _BLOCK)
            index = self.columns[column].codes[rows] * 2 if column else np.zeros(len(self.truth[rows]), np.int64)
            for bit in (self.truth, baseline.predicted):
                index += bit[rows]
                index *= 2
            index += self.candidate.predicted[rows]
            counts += np.bincount(index, minlength=groups * 8)
        counts.flags.writeable = False  # it is kept
        cube: NDArray[np.int64] = counts.reshape(groups, 2, 2, 2)
        return cube


@dataclass(frozen=True)
class MetricValues:
    """Bare metric values of a metrics file: enough for differences, not for intervals."""

    source: str
    candidate: Mapping[str, float]
    baseline: Mapping[str, float] | Absent


def _same(a: NDArray[np.generic] | None, b: NDArray[np.generic] | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(np.array_equal(a, b))
