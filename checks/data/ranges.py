"""Ranges: the numbers of a column lie between `min` and `max`, both allowed.

A value that is not a number, and NaN outside of floating-point columns, counts as outside; missing values are left to
the check `missing`.
Mend: look for a changed unit or a broken export; widen the range in a change of its own where the values are right.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.config import Between, Column, TableParams
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most
from mlgate.plugins import Answers, Facts
from mlgate.questions import CountIf, Outside, Question, Rows


class Range(Between, frozen=True, kw_only=True):
    """From `min` to `max`; `rows` or `share` say how many rows may lie outside."""

    rows: Annotated[int, Meta(ge=0)] | None = None
    share: Annotated[float, Meta(ge=0, le=1)] | None = None


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Column, Range],
        Meta(description="column → `min`, `max`, and `rows` or `share` allowed outside", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for column, allowed in params.columns.items():
        yield _outside(params, column, allowed)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows, path = answers[Rows(params.table)], answers.facts.tables[params.table].path
    for column, allowed in params.columns.items():
        count = answers[_outside(params, column, allowed)]
        low = "−∞" if allowed.min is None else f"{allowed.min:g}"
        high = "∞" if allowed.max is None else f"{allowed.max:g}"
        what = f"values of '{column}' in {path} lie outside {low} to {high}"
        tolerance = Tolerance(max=allowed.share, rows=allowed.rows)
        yield at_most(count, rows, tolerance, what, path, subject=column, location=at("columns", column))


def _outside(params: Params, column: str, allowed: Range) -> CountIf:
    return CountIf(params.table, Outside(column, allowed.min, allowed.max))
