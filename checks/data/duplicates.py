"""Duplicates: rows that equal an earlier row in all columns, or in all but those left out, stay under their limit.

Missing values count as equal to each other. The table's key is left out, since it would make each row its own.
Mend: find out why rows were delivered twice; drop duplicates before splitting, or test rows are learnt by heart.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.config import Column, TableParams
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Duplicates, Question, Rows


class Params(TableParams, frozen=True, kw_only=True):
    ignore: Annotated[tuple[Column, ...], Meta(description="columns that are not compared")] = ()
    rows: Annotated[int, Meta(ge=0, description="how many rows may repeat an earlier one")] | None = None
    share: (
        Annotated[float, Meta(ge=0, le=1, description="which share of the rows may repeat an earlier one")] | None
    ) = None


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    if columns := _compared(params, facts):
        yield Duplicates(params.table, columns)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    path, columns = answers.facts.tables[params.table].path, _compared(params, answers.facts)
    if not columns:
        yield not_measurable(f"{path} has no column to compare rows by", subject="rows", location=at())
        return
    count, rows = answers[Duplicates(params.table, columns)], answers[Rows(params.table)]
    what = f"rows of {path} repeat an earlier row in all {len(columns)} columns compared"
    tolerance = Tolerance(max=params.share, rows=params.rows)
    yield at_most(count, rows, tolerance, what, path, subject="rows", location=at())


def _compared(params: Params, facts: Facts) -> tuple[str, ...]:
    table, configured = facts.tables.get(params.table), facts.config.tables.get(params.table)
    left_out = {*params.ignore, configured.key if configured else None}
    return tuple(column for column in (table.columns if table else ()) if column not in left_out)
