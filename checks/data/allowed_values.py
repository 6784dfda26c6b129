"""Allowed values: a column holds nothing but the values that are listed.

Missing values are left to the check `missing`. Values are compared as numbers where the column and the list are
numbers, else as text, with capitals and spaces as they are.
Mend: correct the spelling at its source, or add the value where the model can deal with it.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.config import Column, Scalar, Section, TableParams
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most
from mlgate.plugins import Answers, Facts
from mlgate.questions import CountIf, NotIn, Question, Rows


class Values(Section, frozen=True, kw_only=True):
    """The allowed `values`; `rows` or `share` say how many rows may hold others."""

    values: tuple[Scalar, ...]
    rows: Annotated[int, Meta(ge=0)] | None = None
    share: Annotated[float, Meta(ge=0, le=1)] | None = None


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Column, tuple[Scalar, ...] | Values],
        Meta(description="column → list of values, or `values` and `rows` or `share`", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for column, allowed in params.columns.items():
        yield _others(params, column, allowed)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows, path = answers[Rows(params.table)], answers.facts.tables[params.table].path
    for column, allowed in params.columns.items():
        count = answers[_others(params, column, allowed)]
        listed = _values(allowed)
        what = f"values of '{column}' in {path} are none of the {len(listed)} allowed"
        tolerance = Tolerance(max=allowed.share, rows=allowed.rows) if isinstance(allowed, Values) else Tolerance()
        yield at_most(count, rows, tolerance, what, path, subject=column, location=at("columns", column))


def _others(params: Params, column: str, allowed: tuple[Scalar, ...] | Values) -> CountIf:
    return CountIf(params.table, NotIn(column, _values(allowed)))


def _values(allowed: tuple[Scalar, ...] | Values) -> tuple[Scalar, ...]:
    return allowed.values if isinstance(allowed, Values) else allowed
