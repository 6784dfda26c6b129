"""The test table's rows as arrays: labels, keys, weights, and columns for grouping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from mlgate.config import Model, Table
from mlgate.expressions.grammar import parse
from mlgate.expressions.kinds import check_rule
from mlgate.expressions.syntax import ExpressionFault
from mlgate.inputs.labels import Labels, find_labels, of_the_same_classes
from mlgate.inputs.spelling import Unusable, is_missing, rows_word
from mlgate.measuring.joint import MISSING, Absent, Bools, Column, Floats, Joint, Side
from mlgate.questions import TableFacts
from mlgate.scan.dialect import DUCKDB, literal, quote
from mlgate.scan.expression_sql import expression_sql

TOO_LONG = ("HUGEINT", "UHUGEINT")  # for numpy, which would make floating-point numbers of them


@dataclass(frozen=True)
class Wanted:
    """What is read of the rows besides labels and keys: columns for grouping, columns as numbers, and rules."""

    columns: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """The rows that predictions are judged on, in the order of the file; those without a label are only predicted."""

    source: str
    path: str
    n: int
    truth: NDArray[Any]
    labels: Labels
    is_labelled: Bools
    keys: NDArray[Any] | None
    columns: Mapping[str, Column]
    weight: Floats | None
    cluster: NDArray[np.int64] | None
    numbers: Mapping[str, Floats] = field(default_factory=dict)

    def joint(self, ours: Side, theirs: Side | Absent) -> Joint:
        """The labelled rows with the predictions of both models."""
        sides = [ours, theirs] if isinstance(theirs, Side) else [ours]
        classes: tuple[str, ...] = ()
        if self.labels.task == "multiclass":
            sides, classes = of_the_same_classes(sides)
        baseline = sides[1] if isinstance(theirs, Side) else theirs
        joint = Joint(
            self.source, self.truth, sides[0], baseline, self.columns, self.weight, self.cluster, self.labels.task,
            classes, self.numbers,
        )  # fmt: skip
        return joint if self.is_labelled.all() else joint.where(self.is_labelled)


def read_rows(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, meaning: Table, model: Model, wanted: Wanted, source: str
) -> Rows:
    """The table's rows; raises `Unusable` where none has a label, or for a weight that is none."""
    check_columns(meaning, facts)
    if meaning.target is None and model.task != "score":
        raise Unusable(f"table '{source}' has no 'target', the column with the true labels")
    target = None if model.task == "score" else meaning.target
    for column in (*wanted.columns, *wanted.numbers):
        if column not in facts.columns:
            raise Unusable(f"{facts.path} has no column '{column}'")
    data = _fetch(connection, facts, [c for c in (target, meaning.key, meaning.weight) if c], model)
    n = len(data[COUNTED])
    given = data[target] if target else np.zeros(n)
    is_labelled = ~is_missing(given)
    if n and not is_labelled.any():
        raise Unusable(f"no row of {facts.path} has a label in '{target}'")
    labels = find_labels(model.task, given[is_labelled], model.positive, f"{facts.path}, column '{target}'")
    known = labels.read(given[is_labelled])
    truth = np.zeros(n, known.dtype)
    truth[is_labelled] = known
    return Rows(
        source=source,
        path=facts.path,
        n=n,
        truth=truth,
        labels=labels,
        is_labelled=is_labelled,
        keys=data[meaning.key] if meaning.key else None,
        columns={column: code_column(connection, facts, column) for column in dict.fromkeys(wanted.columns)}
        | {rule: _rule(connection, facts, rule) for rule in wanted.rules},
        weight=_weights(data[meaning.weight], facts.path, meaning.weight) if meaning.weight else None,
        cluster=code_column(connection, facts, meaning.cluster).codes if meaning.cluster else None,
        numbers={column: _numbers(connection, facts, column) for column in dict.fromkeys(wanted.numbers)},
    )


MOST_LISTED = 1_000  # labels, in a query
CLOSE = 100_000  # whole numbers at most so far apart are counted
COUNTED = "mlgate rows"  # a column that is always there, so that rows without any other are counted


def _fetch(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, columns: Sequence[str], model: Model
) -> dict[str, NDArray[Any]]:
    shown = [_select(c, facts) for c in dict.fromkeys(columns)]
    found = connection.execute(f"SELECT 1 AS {quote(COUNTED)}, {', '.join(shown) or '1'} FROM {quote(facts.name)}")
    return dict(found.fetchnumpy())


def _rule(connection: duckdb.DuckDBPyConnection, facts: TableFacts, rule: str) -> Column:
    """Whether the rule holds of each row, as a column of `no` and `yes`; of which it is unknown, it does not."""
    try:
        expression = parse(rule)
        check_rule(expression, facts.columns)
    except ExpressionFault as fault:
        raise Unusable(f"the rule {rule!r} does not fit {facts.path}: {fault}") from None
    sql = f"coalesce({expression_sql(expression, facts.columns, DUCKDB)}, false)"
    found = connection.execute(f"SELECT {sql} AS v FROM {quote(facts.name)}").fetchnumpy()["v"]
    return Column(np.asarray(found, np.int64), ("no", "yes"))


def _numbers(connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str) -> Floats:
    """The column as numbers, NaN where there is none."""
    number = f"TRY_CAST({quote(column)} AS DOUBLE)"
    found = connection.execute(f"SELECT {number} AS v FROM {quote(facts.name)}").fetchnumpy()["v"]
    return np.asarray(np.ma.filled(np.ma.asarray(found).astype(np.float64), np.nan), np.float64)


def code_column(connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str) -> Column:
    """The column's values as codes into its sorted labels; missing values have the label `(missing)`, last."""
    text = f"CAST({quote(column)} AS VARCHAR)"
    view = quote(facts.name)
    if facts.columns[column] == "integer" and facts.types[column] not in TOO_LONG:
        whole = connection.execute(f"SELECT {quote(column)} AS v FROM {view}").fetchnumpy()["v"]
        if (coded := _code_whole(whole)) is not None:
            return coded
    found = connection.execute(f"SELECT DISTINCT {text} AS v FROM {view} WHERE v IS NOT NULL ORDER BY v").fetchall()
    labels = [str(row[0]) for row in found]
    connection.execute("DROP TYPE IF EXISTS mlgate_labels")
    if not labels:
        n = connection.execute(f"SELECT count(*) FROM {view}").fetchone()
        return Column(np.zeros(int((n or (0,))[0]), np.int64), (MISSING,))
    listed = ", ".join(map(literal, labels)) if len(labels) <= MOST_LISTED else ""  # else found once more
    connection.execute(
        f"CREATE TYPE mlgate_labels AS ENUM "
        f"({listed or f'SELECT DISTINCT {text} AS v FROM {view} WHERE v IS NOT NULL ORDER BY v'})"
    )
    codes = connection.execute(
        f"SELECT coalesce(enum_code({text}::mlgate_labels)::BIGINT, {len(labels)}) AS c FROM {view}"
    )
    values = np.asarray(codes.fetchnumpy()["c"], np.int64)
    return Column(values, (*labels, MISSING) if (values == len(labels)).any() else tuple(labels))


def _code_whole(values: NDArray[Any]) -> Column | None:
    """As `code_column`, of whole numbers that lie close enough together to be counted; else None."""
    missing, data = is_missing(values), np.ma.getdata(values)
    kept = data[~missing]
    if not len(kept) or int(kept.max()) - int(kept.min()) > CLOSE:
        return None
    low = int(kept.min())
    place = np.where(missing, 0, data - low).astype(np.int64)
    known = np.flatnonzero(np.bincount(place[~missing]))
    in_order = sorted(range(len(known)), key=lambda at: str(known[at] + low))  # as texts are, "10" before "2"
    code_of = np.zeros(int(known.max()) + 1, np.int64)
    code_of[known[in_order]] = np.arange(len(known))
    codes = np.where(missing, len(known), code_of[place])
    labels = tuple(str(known[at] + low) for at in in_order)
    return Column(codes, (*labels, MISSING) if missing.any() else labels)


def check_columns(meaning: Table, facts: TableFacts) -> None:
    """Raises `Unusable` if a column that gives the rows their meaning is not there any more."""
    for kind in ("target", "key", "weight", "cluster"):
        column = getattr(meaning, kind)
        if column and column not in facts.columns:
            raise Unusable(f"{facts.path} has no column '{column}', its {kind}")


def _select(column: str, facts: TableFacts) -> str:
    """DuckDB's integers, floats, booleans and texts are numpy's; every other type is fetched as text, also decimals,
    which as labels are exact."""
    if facts.columns[column] in ("integer", "float", "boolean", "string") and facts.types[column] not in TOO_LONG:
        return quote(column)
    return f"CAST({quote(column)} AS VARCHAR) AS {quote(column)}"


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
