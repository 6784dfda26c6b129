"""Queries at work: a plan's passes become answers, and no error says what a cell holds."""

import math
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlgate.errors import UserError
from mlgate.personal import holds_personal, is_personal_name
from mlgate.questions import (
    Compared,
    CountIf,
    Crossed,
    Domain,
    Duplicates,
    Examples,
    Labels,
    Question,
    Rows,
    TableFacts,
)
from mlgate.scan.emit import condition
from mlgate.scan.engine import Engine, Unanswered
from mlgate.scan.planning import Planned


def answer(
    engine: Engine, query: Planned, facts: Mapping[str, TableFacts], limit: float, folder: Path
) -> dict[Question, Any]:
    """The answers of one query; a question that cannot be answered in `limit` seconds has the exception for one."""
    timer = threading.Timer(limit, engine.interrupt)
    timer.start()
    try:
        return _answer(engine, query, facts, folder)
    except UserError as error:
        return dict.fromkeys(query.questions, Unanswered(str(error)))
    except MemoryError:
        return dict.fromkeys(query.questions, Unanswered("the table needs more memory than there is"))
    except engine.errors as error:
        return dict.fromkeys(query.questions, engine.failure(error))
    finally:
        timer.cancel()


def answer_labels(engine: Engine, asked: Labels, facts: TableFacts) -> dict[str, int] | Exception:
    """How many rows have each value of the column, spelled as labels are; missing ones left out."""
    from mlgate.inputs.spelling import spell_one

    name = engine.dialect.quote(asked.column)
    shown = f"CAST({name} AS TIMESTAMP)" if facts.columns[asked.column] == "timestamp" else name  # in UTC
    query = (
        f"SELECT {shown}, count(*) FROM {engine.dialect.quote(asked.table)} WHERE {name} IS NOT NULL GROUP BY {name}"
    )
    found: dict[str, int] = {}
    try:
        for value, rows in engine.fetch(query):
            found[spell_one(value)] = found.get(spell_one(value), 0) + int(rows)
    except engine.errors as error:
        return engine.failure(error)
    return found


def _answer(engine: Engine, query: Planned, facts: Mapping[str, TableFacts], folder: Path) -> dict[Question, Any]:
    first = query.questions[0]
    if isinstance(first, Duplicates):
        return {first: engine.duplicates(first, query.sql)}
    if isinstance(first, Compared):
        from mlgate.scan.comparing import compare

        return {first: compare(engine, first, facts, folder)}
    if isinstance(first, Domain):
        from mlgate.scan.comparing import tell_apart

        return {first: tell_apart(engine, first, facts)}
    if isinstance(first, Crossed):
        return {first: tuple(engine.fetch(query.sql))}
    if isinstance(first, Examples):
        return {first: _examples(engine, first, query.sql, facts[first.table])}
    (row,) = engine.fetch(query.sql)
    answers = dict(zip(query.questions, map(_number, row), strict=True))
    counts = (Rows, CountIf)  # which the engine gives as nothing where there is no row
    return {q: 0 if value is None and isinstance(q, counts) else value for q, value in answers.items()}


def _number(value: Any) -> int | float | None:
    """A number as a check may use it: one that is not finite is none."""
    if value is None or isinstance(value, int):
        return value
    return float(value) if math.isfinite(value) else None


def _examples(engine: Engine, asked: Examples, sql: str, facts: TableFacts) -> tuple[str, ...] | None:
    """The rows as texts; None where a column's name or one of its values is personal."""
    if any(map(is_personal_name, asked.columns)):
        return None
    counts = ", ".join(f"count_if({condition(holds_personal(c), facts, engine.dialect)})" for c in asked.columns)
    (found,) = engine.fetch(f"SELECT {counts} FROM {engine.dialect.quote(asked.table)}")
    if any(found):
        return None
    shown = []
    for row in engine.fetch(sql):
        *keys, value = ("(missing)" if cell is None else str(cell)[:60] for cell in row)
        shown.append(f"{keys[0]}: {value}" if keys else value)
    return tuple(shown)
