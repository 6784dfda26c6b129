"""The test table's rows as arrays: labels, keys, weights, and columns for grouping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from mlgate.config import Scalar, Table
from mlgate.errors import did_you_mean, user_error
from mlgate.measuring.joint import MISSING, Bools, Column, Floats
from mlgate.questions import TableFacts
from mlgate.scan.emit import quote

SHOWN = 5
POSITIVE_WORDS = ("1", "yes", "y", "true", "t", "positive", "pos", "bad", "fraud", "churn")
TOO_LONG = ("HUGEINT", "UHUGEINT")  # for numpy, which would make floating-point numbers of them


@dataclass(frozen=True)
class Classes:
    """The labels of a binary task: the positive one's spelling, and all spellings that may occur."""

    positive: str
    known: frozenset[str]

    def is_positive(self, values: NDArray[Any]) -> Bools:
        """Which values are the positive label, shape (n,); raises `Unusable` with the rows of unknown ones."""
        spelled, place = spell(values)
        spelled = [self._as_label(s) for s in spelled]
        unknown = np.array([s not in self.known for s in spelled], dtype=bool)[place]
        if unknown.any():
            names = ", ".join(repr(s)[:40] for s in dict.fromkeys(spelled) if s not in self.known)[:120]
            raise Unusable(f"{rows_word(unknown)} of classes that no label has: {names}")
        return np.asarray(np.array([s == self.positive for s in spelled], dtype=bool)[place])

    def _as_label(self, spelled: str) -> str:
        """Booleans are as good as 0 and 1, where that is what the labels are, and the other way round."""
        for pair, others in ((("0", "1"), ("false", "true")), (("false", "true"), ("0", "1"))):
            if spelled in others and self.known <= set(pair):
                return pair[others.index(spelled)]
        return spelled


@dataclass(frozen=True)
class Rows:
    """The rows that predictions are judged on, in the order of the file."""

    source: str
    path: str
    n: int
    truth: Bools
    classes: Classes
    keys: NDArray[Any] | None
    columns: Mapping[str, Column]
    weight: Floats | None
    cluster: NDArray[np.int64] | None


class Unusable(Exception):
    """Rows or predictions that cannot be judged; the text says which and why."""


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    facts: TableFacts,
    meaning: Table,
    positive: Scalar | None,
    columns: Sequence[str],
    source: str,
) -> Rows:
    """The table's rows; raises `Unusable` for rows without a label or with a weight that is none."""
    check_columns(meaning, facts)
    view = quote(facts.name)
    wanted = [c for c in (meaning.target, meaning.key, meaning.weight) if c]
    data = connection.execute(f"SELECT {', '.join(_select(c, facts) for c in wanted)} FROM {view}").fetchnumpy()
    if meaning.target is None:
        raise Unusable(f"table '{source}' has no 'target', the column with the true labels")
    labels = data[meaning.target]
    if (missing := _is_missing(labels)).any():
        raise Unusable(f"{rows_word(missing)} of {facts.path} without a label in '{meaning.target}'")
    classes = find_classes(labels, positive, f"{facts.path}, column '{meaning.target}'")
    for column in columns:
        if column not in facts.columns:
            raise Unusable(f"{facts.path} has no column '{column}'")
    coded = {column: code_column(connection, facts, column) for column in dict.fromkeys(columns)}
    return Rows(
        source=source,
        path=facts.path,
        n=len(labels),
        truth=classes.is_positive(labels),
        classes=classes,
        keys=data[meaning.key] if meaning.key else None,
        columns=coded,
        weight=_weights(data[meaning.weight], facts.path, meaning.weight) if meaning.weight else None,
        cluster=code_column(connection, facts, meaning.cluster).codes if meaning.cluster else None,
    )


def find_classes(labels: NDArray[Any], positive: Scalar | None, where: str) -> Classes:
    """The two classes that the labels have, and which is positive; a `UserError` if that is not clear."""
    known = dict.fromkeys(spell(labels)[0])
    if len(known) > 2:
        some = ", ".join(list(known)[:5])
        raise user_error(f"{where} has {len(known)} different labels ({some} …); a binary task has two",
                         mend="check 'target' in mlgate.yml")  # fmt: skip
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


def code_column(connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str) -> Column:
    """The column's values as codes into its sorted labels; missing values have the label `(missing)`, last."""
    text = f"CAST({quote(column)} AS VARCHAR)"
    view = quote(facts.name)
    found = connection.execute(f"SELECT DISTINCT {text} AS v FROM {view} WHERE v IS NOT NULL ORDER BY v").fetchall()
    labels = [str(row[0]) for row in found]
    connection.execute("DROP TYPE IF EXISTS mlgate_labels")
    if not labels:
        n = connection.execute(f"SELECT count(*) FROM {view}").fetchone()
        return Column(np.zeros(int((n or (0,))[0]), np.int64), (MISSING,))
    connection.execute(
        f"CREATE TYPE mlgate_labels AS ENUM (SELECT DISTINCT {text} AS v FROM {view} WHERE v IS NOT NULL ORDER BY v)"
    )
    codes = connection.execute(
        f"SELECT coalesce(enum_code({text}::mlgate_labels)::BIGINT, {len(labels)}) AS c FROM {view}"
    )
    values = np.asarray(codes.fetchnumpy()["c"], np.int64)
    return Column(values, (*labels, MISSING) if (values == len(labels)).any() else tuple(labels))


def spell(values: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct values as text, and each row's place among them (shape n).

    >>> spell(np.array([1.0, 0.0, 1.0]))[0]
    ['0', '1']
    """
    if values.dtype.kind == "O":
        texts = [spell_one(v) for v in values]
        distinct = list(dict.fromkeys(texts))
        place = {text: i for i, text in enumerate(distinct)}
        return distinct, np.fromiter((place[t] for t in texts), np.int64, len(texts))
    unique, place_of = np.unique(values, return_inverse=True)
    return [spell_one(v) for v in unique.tolist()], np.asarray(place_of, np.int64)


def spell_one(value: object) -> str:
    """A label as text: 1.0 is `1`, True is `true`."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def rows_word(wrong: Bools) -> str:
    """The rows (counted from 1) for which `wrong` (shape n) is true, in words: at most five numbers.

    >>> rows_word(np.array([False, True, True]))
    'rows 2 and 3'
    """
    numbers = [f"{i + 1:,}" for i in np.flatnonzero(wrong)[:SHOWN]]
    count = int(wrong.sum())
    if count > SHOWN:
        return f"{count:,} rows ({', '.join(numbers)} …)"
    if count == 1:
        return f"row {numbers[0]}"
    return f"rows {', '.join(numbers[:-1])} and {numbers[-1]}"


def check_columns(meaning: Table, facts: TableFacts) -> None:
    """Raises `Unusable` if a column that gives the rows their meaning is not there any more."""
    for kind in ("target", "key", "weight", "cluster"):
        column = getattr(meaning, kind)
        if column and column not in facts.columns:
            raise Unusable(f"{facts.path} has no column '{column}', its {kind}")


def _select(column: str, facts: TableFacts) -> str:
    """DuckDB's integers, floats, booleans and texts are numpy's; every other type is fetched as text."""
    if facts.columns[column] in ("integer", "float", "boolean", "string") and facts.types[column] not in TOO_LONG:
        return quote(column)
    return f"CAST({quote(column)} AS VARCHAR) AS {quote(column)}"


def _is_missing(values: NDArray[Any]) -> Bools:
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(np.ma.getmaskarray(values), dtype=np.bool_)
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=np.bool_)
    if values.dtype.kind == "O":
        return np.fromiter((v is None for v in values), bool, len(values))
    return np.zeros(len(values), bool)


def _weights(values: NDArray[Any], path: str, column: str) -> Floats:
    try:
        weights = np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan)
    except (TypeError, ValueError):
        raise Unusable(f"column '{column}' of {path} holds weights that are no numbers") from None
    if (wrong := ~(np.isfinite(weights) & (weights >= 0))).any():
        raise Unusable(
            f"{rows_word(wrong)} of {path} with a weight in '{column}' that is missing, negative or not finite"
        )
    if not weights.sum() > 0:
        raise Unusable(f"all weights in '{column}' of {path} are 0")
    return np.asarray(weights, np.float64)
