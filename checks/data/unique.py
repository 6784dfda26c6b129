"""Uniqueness: no two rows have the same value in a column, or the same values in several columns together.

Missing values count as equal to each other.
Mend: find out why rows were delivered twice; a join on the wrong key is the usual reason.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import where_of
from mlgate.config import Column, Rule, TableParams
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most
from mlgate.plugins import Answers, Facts
from mlgate.questions import Duplicates, Question, Rows


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        tuple[Column | tuple[Column, ...], ...],
        Meta(description="columns that are unique each, and lists of columns that are unique together", min_length=1),
    ]
    rows: Annotated[int, Meta(ge=0, description="how many rows may repeat an earlier one")] = 0
    where: Annotated[Rule, Meta(description="which rows are compared")] | None = None


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table, where_of(params))
    for columns in map(_together, params.columns):
        yield Duplicates(params.table, columns, where_of(params))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows, path = answers[Rows(params.table, where_of(params))], answers.facts.tables[params.table].path
    for index, columns in enumerate(map(_together, params.columns)):
        count = answers[Duplicates(params.table, columns, where_of(params))]
        names = " + ".join(f"'{c}'" for c in columns)
        what = f"rows of {path} repeat the {names} of another row"
        subject = "+".join(columns)
        tolerance = Tolerance(rows=params.rows)
        yield at_most(count, rows, tolerance, what, path, subject=subject, location=at("columns", index))


def _together(columns: str | tuple[str, ...]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else columns
