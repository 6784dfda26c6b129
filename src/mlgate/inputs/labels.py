"""Labels and predictions of each kind of task: read from columns, checked row by row, turned into arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mlgate.config import Model, Scalar
from mlgate.errors import did_you_mean, user_error
from mlgate.inputs.spelling import Unusable, is_missing, rows_word, spell, spell_one
from mlgate.measuring.joint import Bools, Floats, Side, Task

POSITIVE_WORDS = ("1", "yes", "y", "true", "t", "positive", "pos", "bad", "fraud", "churn")
ARRAY = "column "  # what the worker calls the columns of an array, from 1
SUM_TOLERANCE = 1e-3  # of probabilities in single precision
Columns = Mapping[str, NDArray[Any]]


class Labels(Protocol):
    """The labels of a task: how they are read, and what a model's predictions of them are."""

    @property
    def task(self) -> Task:
        """The task that has them."""
        ...

    def read(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of a column as the labels' array, shape (n,); raises `Unusable` with the rows of what is none."""
        ...

    def side(self, columns: Columns, model: Model) -> Side:
        """Named columns as one side's predictions; raises `Unusable` with the rows that cannot be judged."""
        ...

    def wanted(self) -> str:
        """The columns of predictions that would do, in words."""
        ...


@dataclass(frozen=True)
class Classes:
    """The labels of a binary task: the positive one's spelling, and all spellings that may occur."""

    positive: str
    known: frozenset[str]
    task: Task = "binary"

    def read(self, values: NDArray[Any]) -> Bools:
        """Which values are the positive label."""
        spelled, place = spell(values)
        spelled = [self._as_label(s) for s in spelled]
        unknown = np.array([s not in self.known for s in spelled], dtype=bool)[place]
        if unknown.any():
            names = ", ".join(repr(s)[:40] for s in dict.fromkeys(spelled) if s not in self.known)[:120]
            raise Unusable(f"{rows_word(unknown)} of classes that no label has: {names}")
        return np.asarray(np.array([s == self.positive for s in spelled], dtype=bool)[place])

    def side(self, columns: Columns, model: Model) -> Side:
        """The class as the model says, else by its score and the threshold."""
        score = self._score(columns)
        label = columns.get("y_pred")
        positive = None if label is None else self.read(present(label))
        is_probability = bool(score is not None and ((score >= 0) & (score <= 1)).all())
        if positive is None and score is not None and is_probability:
            positive = score >= model.threshold
        return Side(positive, score, is_probability)

    def wanted(self) -> str:
        """A class, or a score of the positive one."""
        return f"y_pred, score or score_{self.positive}"

    def _as_label(self, spelled: str) -> str:
        """Booleans are as good as 0 and 1, where that is what the labels are, and the other way round."""
        for pair, others in ((("0", "1"), ("false", "true")), (("false", "true"), ("0", "1"))):
            if spelled in others and self.known <= set(pair):
                return pair[others.index(spelled)]
        return spelled

    def _score(self, columns: Columns) -> Floats | None:
        """The score of the positive class: the column `score`, or the positive one of `score_<class>`."""
        name = "score"
        if array := array_columns(columns):
            name = self._positive_of(array)
        elif name not in columns:
            by_class = {c.removeprefix("score_"): c for c in columns if c.startswith("score_")}
            if not by_class:
                return None
            spelled = {spell_one(_number(c)): name for c, name in by_class.items()} | by_class
            if self.positive not in spelled:
                raise Unusable(f"predictions have scores for {', '.join(by_class)}, none for '{self.positive}'")
            name = spelled[self.positive]
        return numbers(columns[name], name)

    def _positive_of(self, array: list[str]) -> str:
        """The second of two nameless columns, if the positive class is the last in order, as everybody sorts them."""
        if len(array) != 2:
            raise Unusable(
                f"predict returned {len(array)} columns; return scores of the positive class, or named columns"
            )
        if self.positive != sorted(self.known, key=_in_order)[-1]:
            raise Unusable(
                f"predictions have two columns without names, and '{self.positive}' is not the last of the classes in "
                f"order; name them score_<class>"
            )
        return array[1]


@dataclass(frozen=True)
class Categories:
    """The labels of a multiclass task, by name, in order."""

    names: tuple[str, ...]
    task: Task = "multiclass"

    def read(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Each value's place among the names; −1 for one that no label has."""
        spelled, place = spell(values)
        known = {name: code for code, name in enumerate(self.names)}
        codes = np.array([known.get(s, -1) for s in spelled], np.int64)
        return np.asarray(codes[place], np.int64)

    def side(self, columns: Columns, model: Model) -> Side:
        """The class as the model says, else the one with the largest score; classes that no label has are named too."""
        by_class = self._scores(columns)
        label = columns.get("y_pred", None if by_class else columns.get("score"))
        spelled, place = ([], None) if label is None else spell(present(label))
        if spelled and not set(spelled) & set(self.names):
            raise Unusable(f"no prediction is a label: {', '.join(map(repr, spelled[:3]))}")
        names = (*self.names, *sorted({*spelled, *by_class} - set(self.names), key=_in_order))
        predicted = None if place is None else np.array([names.index(s) for s in spelled], np.int64)[place]
        if not by_class:
            return Side(predicted, None, is_probability=False, classes=names)
        rows = len(next(iter(by_class.values())))
        score = np.column_stack([by_class.get(name, np.zeros(rows)) for name in names])
        is_probability = bool((score >= 0).all() and (abs(score.sum(axis=1) - 1) <= SUM_TOLERANCE).all())
        return Side(score.argmax(axis=1) if predicted is None else predicted, score, is_probability, names)

    def wanted(self) -> str:
        """A class, or a score for each."""
        return "y_pred, or a score_<class> for each class"

    def _scores(self, columns: Columns) -> dict[str, Floats]:
        if array := array_columns(columns):
            if len(array) != len(self.names):
                raise Unusable(
                    f"predict returned {len(array)} columns for {len(self.names)} classes; name them score_<class>"
                )
            return {name: numbers(columns[c], c) for name, c in zip(self.names, array, strict=True)}
        found = {}
        for column, values in columns.items():
            if column.startswith("score_"):
                name = column.removeprefix("score_")
                name = name if name in self.names else spell_one(_number(name))
                found[name] = numbers(values, column)
        return found


@dataclass(frozen=True)
class Numbers:
    """The labels of a regression task."""

    task: Task = "regression"

    def read(self, values: NDArray[Any]) -> Floats:
        """The values as numbers."""
        return numbers(values, "the labels")

    def side(self, columns: Columns, model: Model) -> Side:
        """The number that the model predicts."""
        name = "y_pred" if "y_pred" in columns else "score"
        if name not in columns:
            raise Unusable("a regression's predictions need one column, y_pred")
        return Side(numbers(columns[name], name), None, is_probability=False)

    def wanted(self) -> str:
        """A number."""
        return "y_pred"


@dataclass(frozen=True)
class Scores:
    """No labels: each row is judged by the score that it comes with."""

    task: Task = "score"

    def read(self, values: NDArray[Any]) -> Floats:
        """Nothing of them counts."""
        return np.zeros(len(values))

    def side(self, columns: Columns, model: Model) -> Side:
        """How good each row came out."""
        if "score" not in columns:
            raise Unusable("the task 'score' needs a column 'score', a number of each row, more is better")
        return Side(None, numbers(columns["score"], "score"), is_probability=False)

    def wanted(self) -> str:
        """A score."""
        return "score"


def find_labels(task: Task, labels: NDArray[Any], positive: Scalar | None, where: str) -> Labels:
    """What the labels of the task are, seen from the labels that are there; a `UserError` if that is not clear."""
    if task == "binary":
        return find_classes(labels, positive, where)
    if task == "multiclass":
        names = sorted(spell(labels)[0], key=_in_order)
        if len(names) > MOST_CLASSES:
            raise user_error(f"{where} has {len(names):,} different labels; at most {MOST_CLASSES:,} make classes",
                             mend="check 'target' in mlgate.yml, or write 'task: regression'")  # fmt: skip
        return Categories(tuple(names))
    return Numbers() if task == "regression" else Scores()


MOST_CLASSES = 1_000


def find_classes(labels: NDArray[Any], positive: Scalar | None, where: str) -> Classes:
    """The two classes that the labels have, and which is positive; a `UserError` if that is not clear."""
    known = dict.fromkeys(spell(labels)[0])
    if len(known) > 2:
        some = ", ".join(list(known)[:5])
        raise user_error(f"{where} has {len(known)} different labels ({some} …); a binary task has two",
                         mend="check 'target' in mlgate.yml, or write 'task: multiclass' or 'regression'")  # fmt: skip
    if positive is None:
        usual = next((p for p in ("1", "true") if set(known) <= {p, {"1": "0", "true": "false"}[p]}), None)
        if usual is None:
            likely = next((label for label in known if label.lower() in POSITIVE_WORDS), max(known, default=""))
            raise user_error(f"{where} has the labels {', '.join(known)}: which of them is positive?",
                             mend=f"add to 'model' in mlgate.yml: positive: \"{likely}\"")  # fmt: skip
        return Classes(usual, frozenset({usual, {"1": "0", "true": "false"}[usual]}))
    spelled = spell_one(positive)
    if known and spelled not in known and len(known) == 2:
        raise user_error(f"{where} never has the positive label '{spelled}'", mend=did_you_mean(spelled, known))
    return Classes(spelled, frozenset({*known, spelled}))


def numbers(values: NDArray[Any], name: str) -> Floats:
    """The values as finite numbers; raises `Unusable` with the rows of those that are none."""
    missing = is_missing(values)
    try:
        found = np.where(missing, np.nan, np.ma.filled(np.ma.asarray(values), 0)).astype(np.float64)
    except (TypeError, ValueError):
        raise Unusable(f"predictions in '{name}' are no numbers" if name != "the labels" else
                       "the labels are no numbers, which a regression needs") from None  # fmt: skip
    if (wrong := ~np.isfinite(found)).any():
        what = "a label" if name == "the labels" else f"a prediction in '{name}'"
        raise Unusable(f"{rows_word(wrong)} with {what} that is NaN, infinite or missing")
    return np.asarray(found)


def present(values: NDArray[Any]) -> NDArray[Any]:
    """The predicted classes, where none is missing."""
    if (missing := is_missing(values)).any():
        raise Unusable(f"{rows_word(missing)} without a prediction in 'y_pred'")
    return values


def array_columns(columns: Columns) -> list[str]:
    """The columns of an array that came without names, in order."""
    found = [name for name in columns if name.startswith(ARRAY) and name.removeprefix(ARRAY).isdecimal()]
    return sorted(found, key=lambda name: int(name.removeprefix(ARRAY)))


def of_the_same_classes(sides: Sequence[Side]) -> tuple[list[Side], tuple[str, ...]]:
    """The sides over one list of classes, the labels' own first; a class that one side alone knows has score 0."""
    names = list(dict.fromkeys(name for side in sides for name in side.classes))
    return [_over(side, names) for side in sides], tuple(names)


def _over(side: Side, names: list[str]) -> Side:
    place = np.array([names.index(name) for name in side.classes], np.int64)
    score = side.score
    if score is not None and len(names) != score.shape[1]:
        score = np.zeros((len(score), len(names)))
        assert side.score is not None
        score[:, place] = side.score
    predicted = None if side.predicted is None else place[side.predicted]
    return replace(side, predicted=predicted, score=score, classes=tuple(names))


def _in_order(name: str) -> tuple[bool, Any]:
    number = _number(name)
    return isinstance(number, str), number


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
