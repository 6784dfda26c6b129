"""Missing values: the share of nulls in a column stays under its limit.

In CSV files an empty field, NA, N/A, NaN and null count as missing; in floating-point columns NaN does too.
Mend: repair the export, or raise the limit in a change of its own where the values may be missing.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.config import Column, TableParams
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most
from mlgate.plugins import Answers, Facts
from mlgate.questions import CountIf, IsNull, Question, Rows


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Column, Tolerance],
        Meta(description="column → `max` share or number of `rows` that may be missing", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for column in params.columns:
        yield CountIf(params.table, IsNull(column))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows, path = answers[Rows(params.table)], answers.facts.tables[params.table].path
    for column, tolerance in params.columns.items():
        count = answers[CountIf(params.table, IsNull(column))]
        what = f"values of '{column}' in {path} are missing"
        yield at_most(count, rows, tolerance, what, path, subject=column, location=at("columns", column))
