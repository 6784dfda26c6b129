"""Correlations: no two columns of numbers are related much differently from the reference table.

The change of the linear correlation is judged with its 95 % interval (by Fisher's transformation, each table's rows
taken as independent draws), so that few rows cannot tell. Relations that are not linear are not seen.
Mend: look for a join that mixed rows up, a column that another source fills, or a relation that the world changed.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import columns_named
from mlgate.config import Columns, TableName, TableParams
from mlgate.evidence import Finding
from mlgate.judging import at, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Correlation, Question, Rows
from mlgate.type_families import fits

MOST = 30  # columns: 435 pairs


class Params(TableParams, frozen=True, kw_only=True):
    reference: Annotated[TableName, Meta(description="the table that is compared with")] = "train"
    columns: Annotated[tuple[Columns, ...], Meta(description="columns; the first 30 of numbers")] = ("*",)
    max_change: Annotated[float, Meta(gt=0, le=2, description="largest change of a correlation allowed")] = 0.2


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    for table in (params.table, params.reference):
        yield Rows(table)
        for pair in _pairs(params, facts):
            yield Correlation(table, pair)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    paths = [answers.facts.tables[table].path for table in (params.table, params.reference)]
    rows = [answers[Rows(table)] for table in (params.table, params.reference)]
    found = False
    for pair in _pairs(params, answers.facts):
        found = True
        now, before = (answers[Correlation(table, pair)] for table in (params.table, params.reference))
        subject, where = f"{pair[0]} ~ {pair[1]}", at("max-change")
        if now is None or before is None or min(rows) < 4:
            yield not_measurable(
                f"{subject} cannot be compared: a column does not vary", subject=subject, location=where
            )
            continue
        change = abs(now - before)
        message = (
            f"'{pair[0]}' and '{pair[1]}' correlate by {now:.2f} in {paths[0]}, {before:.2f} in {paths[1]}: "
            f"a change of {change:.2f}; at most {params.max_change:g} allowed"
        )
        yield Finding(
            subject=subject, value=change, interval=_interval(now, before, rows), level=0.95, limit=params.max_change,
            direction="down", n=rows[0], message=message, location=where, source=f"{params.table}+{params.reference}",
        )  # fmt: skip
    if not found:
        yield not_measurable(
            "the tables have no two columns of numbers in common", subject="pairs", location=at("columns")
        )


def _pairs(params: Params, facts: Facts) -> Iterator[tuple[str, str]]:
    table, reference = facts.tables.get(params.table), facts.tables.get(params.reference)
    if table is None or reference is None:
        return
    named = dict.fromkeys(c for name in params.columns for c in columns_named(name, table.columns))
    numbers = [
        c for c in named if fits(table.columns[c], "number") and fits(reference.columns.get(c, "other"), "number")
    ]
    keys = {facts.config.tables[name].key for name in (params.table, params.reference) if name in facts.config.tables}
    yield from combinations([c for c in numbers if c not in keys][:MOST], 2)


def _interval(now: float, before: float, rows: list[int]) -> tuple[float, float]:
    """The 95 % interval of the change's size, by Zou's method on Fisher's intervals."""
    (low, high), (low_before, high_before) = (_fisher(r, n) for r, n in zip((now, before), rows, strict=True))
    change = now - before
    least = change - math.hypot(now - low, high_before - before)
    most = change + math.hypot(high - now, before - low_before)
    return (max(0.0, least, -most), max(abs(least), abs(most)))


def _fisher(r: float, n: int) -> tuple[float, float]:
    middle, half = math.atanh(min(max(r, -0.999999), 0.999999)), 1.96 / math.sqrt(n - 3)
    return math.tanh(middle - half), math.tanh(middle + half)
