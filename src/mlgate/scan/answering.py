"""Queries at work in DuckDB: a plan's passes become answers, and no error says what a cell holds."""

import math
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from mlgate.errors import UserError
from mlgate.personal import holds_personal, is_personal_name
from mlgate.questions import Compared, CountIf, Crossed, Domain, Duplicates, Examples, Question, Rows, TableFacts
from mlgate.scan.comparing import compare, tell_apart
from mlgate.scan.dialect import quote
from mlgate.scan.emit import condition
from mlgate.scan.planning import Planned

MOST_HASHES = 20_000_000  # that are held at once: 160 MB
FEW = 10_000  # equal hashes that are looked at one by one


class Unanswered(Exception):
    """A question that the engine could not answer; the message holds nothing of the table's cells."""


def answer(
    connection: duckdb.DuckDBPyConnection, query: Planned, facts: Mapping[str, TableFacts], limit: float, folder: Path
) -> dict[Question, Any]:
    """The answers of one query; a question that cannot be answered in `limit` seconds has the exception for one."""
    timer = threading.Timer(limit, connection.interrupt)
    timer.start()
    try:
        return _answer(connection, query, facts, folder)
    except duckdb.InterruptException as error:
        return dict.fromkeys(query.questions, error)
    except UserError as error:
        return dict.fromkeys(query.questions, Unanswered(str(error)))
    except (duckdb.Error, MemoryError) as error:
        return dict.fromkeys(query.questions, Unanswered(_without_cells(error)))
    finally:
        timer.cancel()


def _answer(
    connection: duckdb.DuckDBPyConnection, query: Planned, facts: Mapping[str, TableFacts], folder: Path
) -> dict[Question, Any]:
    first = query.questions[0]
    if isinstance(first, Duplicates) and first.where is None:
        return {first: _duplicates(connection, first, query.sql)}
    if isinstance(first, Compared):
        return {first: compare(connection, first, facts, folder)}
    if isinstance(first, Domain):
        return {first: tell_apart(connection, first, facts)}
    if isinstance(first, Crossed):
        return {first: tuple(connection.execute(query.sql).fetchall())}
    if isinstance(first, Examples):
        return {first: _examples(connection, first, query.sql, facts[first.table])}
    row = connection.execute(query.sql).fetchone() or ()
    answers = dict(zip(query.questions, map(_number, row), strict=True))
    counts = (Rows, CountIf)  # which the engine gives as nothing where there is no row
    return {q: 0 if value is None and isinstance(q, counts) else value for q, value in answers.items()}


def _number(value: Any) -> int | float | None:
    """A number as a check may use it: one that is not finite is none."""
    if value is None or isinstance(value, int):
        return value
    return float(value) if math.isfinite(value) else None


def _duplicates(connection: duckdb.DuckDBPyConnection, asked: Duplicates, sql: str) -> int:
    """Exact, by sorting hashes and comparing only the rows whose hashes are equal.

    Equal values have equal hashes, so where no hash occurs twice nothing does.
    """
    table, columns = quote(asked.table), ", ".join(map(quote, asked.columns))
    rows = int((connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,))[0])
    parts = max(1, -(-rows // MOST_HASHES))
    found: list[int] = []
    for part in range(parts):
        hashed = f"SELECT hash({columns}) AS h FROM {table}"
        kept = f" WHERE h % {parts} = {part}" if parts > 1 else ""
        hashes = connection.execute(f"SELECT h FROM ({hashed}) t{kept}").fetchnumpy()["h"]
        hashes = np.asarray(hashes)
        hashes.sort()
        found += np.unique(hashes[1:][hashes[1:] == hashes[:-1]]).tolist()
        if len(found) > FEW:
            return int((connection.execute(sql).fetchone() or (0,))[0])
    if not found:
        return 0
    same = f"SELECT {columns} FROM {table} WHERE hash({columns}) IN ({', '.join(map(str, found))})"
    counts = f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM ({same}) s) d) FROM ({same}) t"
    return int((connection.execute(counts).fetchone() or (0,))[0])


def _examples(
    connection: duckdb.DuckDBPyConnection, asked: Examples, sql: str, facts: TableFacts
) -> tuple[str, ...] | None:
    """The rows as texts; None where a column's name or one of its values is personal."""
    if any(map(is_personal_name, asked.columns)):
        return None
    counts = ", ".join(f"count_if({condition(holds_personal(c), facts)})" for c in asked.columns)
    if any(connection.execute(f"SELECT {counts} FROM {quote(asked.table)}").fetchone() or ()):
        return None
    shown = []
    for row in connection.execute(sql).fetchall():
        *keys, value = ("(missing)" if cell is None else str(cell)[:60] for cell in row)
        shown.append(f"{keys[0]}: {value}" if keys else value)
    return tuple(shown)


def _without_cells(error: Exception) -> str:
    """What went wrong, by its kind: the engine's own words may quote a cell."""
    kinds = {
        duckdb.OutOfMemoryException: "the table needs more memory than 'scan.memory' allows",
        MemoryError: "the table needs more memory than there is",
        duckdb.ConversionException: "a value could not be converted to the type that the check needs",
        duckdb.OutOfRangeException: "a number is out of the range of its type",
        duckdb.IOException: "a file of the table could not be read to its end",
    }
    said = next((words for kind, words in kinds.items() if isinstance(error, kind)), None)
    return said or f"the engine gave up on the query ({type(error).__name__})"
