"""One model's predictions of given rows, checked row by row: of a table, a function, a model file or a command."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from mlgate.config import Model
from mlgate.inputs.labels import ARRAY, Categories, Labels
from mlgate.inputs.pairing import plain_order
from mlgate.inputs.rows import TOO_LONG, Rows
from mlgate.inputs.spelling import Unusable, is_missing, rows_word, spell_one
from mlgate.measuring.joint import Side
from mlgate.questions import TableFacts
from mlgate.scan.dialect import literal, quote
from mlgate.scan.faults import first_line
from mlgate.scan.tables import view_table
from mlgate.worker import client
from mlgate.worker.client import Answer, Handed, Job, Workplace
from mlgate.worker.sandbox import Outcome

MAX_METRICS_BYTES = 2**20


def from_worker(
    place: Workplace, model: Model, job: Job, rows: Sequence[Rows], key: str | None
) -> tuple[list[Side], Answer]:
    """Both kinds of model that run in the worker: a function, or a model file alone."""
    answer = client.ask_model(place, job)
    return [as_side(columns, of, model, key) for columns, of in zip(answer.tables, rows, strict=True)], answer


def from_command(
    connection: duckdb.DuckDBPyConnection,
    place: Workplace,
    model: Model,
    handed: Handed,
    rows: Rows,
    key: str,
    folder: Path,
) -> tuple[Side, Outcome]:
    """A command of any language that reads `{input}` and writes `{output}`, a CSV file of predictions."""
    assert model.command is not None
    output = folder / "predictions.csv"
    outcome = client.predict_by_command(place, model.command, handed, output)
    return from_table(connection, output, "predictions of the command", model, rows, key), outcome


def from_table(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    path: str,
    model: Model,
    rows: Rows,
    key: str,
    elsewhere: frozenset[str] = frozenset(),
) -> Side:
    """A table of predictions, paired with the rows by key; its `y_true`, if any, must be the rows' labels.

    Beside the rows' own keys it may have those of `elsewhere`, of the other set of rows that is judged.
    """
    name = f"predictions of {file}"  # of this tree: both trees have a file of that name
    facts = view_table(connection, name, path, (file,)).facts
    if key not in facts.columns and rows.keys is not None:
        raise Unusable(f"{path} has no column '{key}', by which predictions are paired")
    try:
        columns = _aligned(connection, facts, rows, key, elsewhere)
    except duckdb.Error as error:
        raise Unusable(f"{path} cannot be read: {first_line(error)}") from None
    if "y_true" in columns and rows.labels.task != "score":
        _check_truth(columns["y_true"], rows, path)
    return as_side(columns, rows, model, key)


def _check_truth(values: NDArray[Any], rows: Rows, path: str) -> None:
    """The labels beside the predictions are the rows' own, where those have any."""
    told = ~is_missing(values)
    theirs = np.zeros(rows.n, rows.truth.dtype)
    theirs[told] = rows.labels.read(values[told])
    if (differs := rows.is_labelled & (~told | (theirs != rows.truth))).any():
        raise Unusable(f"{rows_word(differs)} of {path} with another label in 'y_true' than {rows.path} has")


def as_side(columns: Mapping[str, NDArray[Any]], rows: Rows, model: Model, key: str | None) -> Side:
    """Named columns as one side's predictions; raises `Unusable` with the rows that cannot be judged."""
    columns = _by_key(columns, rows, key)
    _need_prediction(columns, rows.labels)
    return rows.labels.side(columns, model)


def read_metrics(file: Path, path: str) -> dict[str, float]:
    """The metric values of a JSON file: names to finite numbers, nested names joined by dots, spelled in kebab-case."""
    try:
        if file.stat().st_size > MAX_METRICS_BYTES:
            raise Unusable(f"{path} is larger than 1 MiB, which no file of metrics is")
        raw = json.loads(file.read_bytes())
    except OSError:
        raise Unusable(f"there is no metrics file {path}") from None
    except (ValueError, RecursionError):
        raise Unusable(f"{path} is not JSON") from None
    found = dict(_numbers(raw, ()))
    if not found:
        raise Unusable(f"{path} holds no numbers by name")
    return found


def hand_out(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, files: Sequence[Path], target: str | None, folder: Path
) -> Handed:
    """The table without its target column, as files for the worker; text is as it stood in a CSV file."""
    view = quote(facts.name)
    hide = [c for c in (target, "y_true") if c and c in facts.columns]
    exclude = f" EXCLUDE ({', '.join(map(quote, dict.fromkeys(hide)))})" if hide else ""
    csv, parquet = folder / f"{len(list(folder.iterdir()))}.csv", None
    is_text = not files[0].name.lower().endswith((".parquet", ".pq"))
    source = view
    if is_text and ".json" not in files[0].name.lower():
        paths = "[" + ", ".join(literal(str(f)) for f in files) + "]"
        source = f"read_csv({paths}, all_varchar=true, nullstr='', header=true, sample_size=-1)"
    connection.execute(f"COPY (SELECT *{exclude} FROM {source}) TO {literal(str(csv))} (FORMAT csv, HEADER)")
    if not is_text:
        parquet = csv.with_suffix(".parquet")
        connection.execute(f"COPY (SELECT *{exclude} FROM {view}) TO {literal(str(parquet))} (FORMAT parquet)")
    counted = connection.execute(f"SELECT count(*) FROM {view}").fetchone()
    return Handed(csv, parquet, int((counted or (0,))[0]))


def _need_prediction(columns: Iterable[str], labels: Labels) -> None:
    names = list(columns)
    if not any(name in ("y_pred", "score") or name.startswith(("score_", ARRAY)) for name in names):
        shown = ", ".join(names[:8]) or "none"
        raise Unusable(f"predictions need a column {labels.wanted()}; there are: {shown}")


def _aligned(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, rows: Rows, key: str, elsewhere: frozenset[str]
) -> dict[str, NDArray[Any]]:
    """The table's columns that predictions may have, in the order of the rows, without its key."""
    _need_prediction(facts.columns, rows.labels)
    wanted = [c for c in facts.columns if c in (key, "y_true", "y_pred", "score") or c.startswith("score_")]
    shown = ", ".join(_selected(c, facts) for c in wanted)
    fetched = connection.execute(f"SELECT {shown} FROM {quote(facts.name)}").fetchnumpy()
    return _by_key(fetched, rows, key, elsewhere)


def _selected(column: str, facts: TableFacts) -> str:
    name, family = quote(column), facts.columns[column]
    if family in ("integer", "float", "boolean", "string") and facts.types[column] not in TOO_LONG:
        return name
    return f"CAST({name} AS {'DOUBLE' if family == 'decimal' else 'VARCHAR'}) AS {name}"


def _by_key(
    columns: Mapping[str, NDArray[Any]], rows: Rows, key: str | None, elsewhere: frozenset[str] = frozenset()
) -> dict[str, NDArray[Any]]:
    """The columns in the order of the rows, without the key; raises `Unusable` for missing, extra and repeated keys."""
    if key is None or key not in columns or rows.keys is None:
        count = len(next(iter(columns.values()), ()))
        if count != rows.n:
            raise Unusable(f"there are {count:,} predictions for {rows.n:,} rows")
        return {name: values for name, values in columns.items() if name != key}
    if (order := plain_order(rows.keys, columns[key])) is not None:
        return {name: values[order] for name, values in columns.items() if name != key}
    theirs = [spell_one(v) for v in columns[key].tolist()]
    ours = spelled_keys(rows)
    place: dict[str, int] = {}
    for at, value in enumerate(theirs):
        if value in place:
            again = np.fromiter((v == value for v in theirs), bool, len(theirs))
            raise Unusable(f"{rows_word(again)} of the predictions have the same '{key}'")
        place[value] = at
    order = np.fromiter((place.get(value, -1) for value in ours), np.int64, len(ours))
    if (absent := order < 0).any():
        raise Unusable(f"{rows_word(absent)} of {rows.path} {'have' if absent.sum() > 1 else 'has'} no prediction")
    if extra := place.keys() - elsewhere.union(ours):
        word = f"{len(extra):,} row{'s' * (len(extra) > 1)}"
        raise Unusable(f"there are predictions for {word} that {rows.path} does not have")
    return {name: values[order] for name, values in columns.items() if name != key}


def have_same_rows(one: Rows, other: Rows) -> bool:
    """Whether both have the same keys with the same labels, in whatever order."""
    if one.keys is not None and other.keys is not None and one.labels == other.labels:
        order = plain_order(one.keys, other.keys)
        if order is not None:
            same = np.array_equal(one.truth, other.truth[order])
            return same and np.array_equal(one.is_labelled, other.is_labelled[order])
    labelled = [dict(zip(spelled_keys(rows), _spelled_labels(rows), strict=True)) for rows in (one, other)]
    return labelled[0] == labelled[1]


def _spelled_labels(rows: Rows) -> list[object]:
    names = rows.labels.names if isinstance(rows.labels, Categories) else None
    values = rows.truth.tolist()
    return [
        None if not known else names[value] if names else value
        for value, known in zip(values, rows.is_labelled.tolist(), strict=True)
    ]


def spelled_keys(rows: Rows) -> list[str]:
    """The rows' keys as text, in their order; none where they have no key."""
    return [] if rows.keys is None else [spell_one(v) for v in rows.keys.tolist()]


def _numbers(value: Any, path: tuple[str, ...]) -> list[tuple[str, float]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _numbers(item, (*path, str(key)))]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not path:
        return []
    return [(".".join(path).lower().replace("_", "-"), float(value))]
