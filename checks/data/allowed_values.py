"""Allowed values: a column holds nothing but the values that are listed.

Missing values are left to the check `missing`. Values are compared as numbers where the column and the list are
numbers, else as text, with capitals and spaces as they are.
Mend: correct the spelling at its source, or add the value where the model can deal with it.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts
from mlgate.config import Columns, Scalar, TableParams
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts
from mlgate.questions import NotIn, Question


class Values(Allowance, frozen=True, kw_only=True):
    """The allowed `values`; `rows` or `share` say how many rows may hold others."""

    values: tuple[Scalar, ...]


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, tuple[Scalar, ...] | Values],
        Meta(description="column → list of values, or `values` and `rows` or `share`", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(_spelt_out(params), facts, _others)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    return judge_counts(_spelt_out(params), answers, _others, _words)


def _others(rule: ColumnRule) -> NotIn:
    return NotIn(rule.column, rule.rule.values)


def _words(rule: ColumnRule) -> str:
    return f"are none of the {len(rule.rule.values)} allowed"


def _spelt_out(params: Params) -> Params:
    """The parameters with each bare list as `values`."""
    columns = {key: v if isinstance(v, Values) else Values(values=v) for key, v in params.columns.items()}
    return msgspec.structs.replace(params, columns=columns)
