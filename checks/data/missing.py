"""Missing values: the share of nulls in a column stays under its limit.

In CSV files an empty field, NA, N/A, NaN and null count as missing; in floating-point columns NaN does too.
Mend: repair the export, or raise the limit in a change of its own where the values may be missing.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import ColumnRule, judge_counts, plan_counts
from mlgate.config import Columns, TableParams
from mlgate.evidence import Finding
from mlgate.judging import Tolerance
from mlgate.plugins import Answers, Facts
from mlgate.questions import IsNull, Question


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Tolerance],
        Meta(description="column → `max` share or number of `rows` that may be missing", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(params, facts, _condition)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    return judge_counts(params, answers, _condition, lambda _: "are missing")


def _condition(rule: ColumnRule) -> IsNull:
    return IsNull(rule.column)
