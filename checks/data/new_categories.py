"""New categories: a column holds no value that the reference table does not have.

A model has learnt nothing about a category that it never met. Missing values are left to the check `missing`.
Mend: retrain with rows of the new category, or map it to a known one before the model.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, count_finding, nothing_to_judge, rules_of
from mlgate.config import Columns, TableName, TableParams
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows, Unmatched


class Known(Allowance, frozen=True, kw_only=True):
    """How many `rows`, or which `share`, may hold values that the reference does not have."""

    def __post_init__(self) -> None:
        if self.where or self.examples:
            raise ValueError("'where' and 'examples' mean nothing here, where two tables are compared")


class Params(TableParams, frozen=True, kw_only=True):
    reference: Annotated[TableName, Meta(description="the table that has the known values")] = "train"
    columns: Annotated[
        Mapping[Columns, Known], Meta(description="column → `rows` or `share` that may be new", min_length=1)
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    yield Rows(params.reference)
    for rule in _rules(params, facts):
        yield _question(params, rule)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table, other, rows = (
        answers.facts.tables[params.table],
        answers.facts.tables[params.reference],
        answers[Rows(params.table)],
    )
    found = []
    for rule in _rules(params, answers.facts):
        what = f"values of '{rule.column}' in {table.path} are not in {other.path}"
        finding = count_finding(rule, answers[_question(params, rule)], rows, what, table.path)
        found.append(msgspec.structs.replace(finding, source=f"{params.table}+{params.reference}"))
    yield from found or [nothing_to_judge(params.columns, table)]


def _rules(params: Params, facts: Facts) -> Iterable[ColumnRule]:
    return rules_of(params.columns, facts.tables.get(params.table), lambda family: family in ("string", "boolean"))


def _question(params: Params, rule: ColumnRule) -> Unmatched:
    return Unmatched(params.table, (rule.column,), params.reference, (rule.column,))
