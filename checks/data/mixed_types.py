"""Mixed types: the texts of a column are all numbers or all not, so that none hides among the others.

A column of numbers with one "n/a" is read as text, and a model takes it for categories. Dates among texts are judged
alike. What counts is the smaller part: 3 texts among 1,000 numbers, or 3 numbers among 1,000 texts.
Mend: repair the few values, or say with the check `types` what the column should be.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, count_finding, nothing_to_judge, rules_of, where_of
from mlgate.conditions import Holds, IsNull, call, text_of
from mlgate.config import Columns, TableParams
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts
from mlgate.questions import CountIf, Question, Rows


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Allowance], Meta(description="column → `rows` or `share` of the smaller part", min_length=1)
    ] = msgspec.field(default_factory=lambda: {"*": Allowance()})


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for rule in _rules(params, facts):
        yield from _questions(params, rule)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table, found = answers.facts.tables[params.table], []
    for rule in _rules(params, answers.facts):
        rows, missing, numbers, dates = (answers[question] for question in _questions(params, rule))
        present = rows - missing
        parts = {"numbers": min(numbers, present - numbers), "dates": min(dates, present - dates)}
        kind, smaller = next(((word, part) for word, part in parts.items() if part), ("numbers", 0))
        what = f"values of '{rule.column}' in {table.path} differ from the others in whether they are {kind}"
        found.append(count_finding(rule, smaller, present, what, table.path))
    yield from found or [nothing_to_judge(params.columns, table)]


def _rules(params: Params, facts: Facts) -> Iterable[ColumnRule]:
    return rules_of(params.columns, facts.tables.get(params.table), lambda family: family == "string")


def _questions(params: Params, rule: ColumnRule) -> tuple[Question, ...]:
    table, where, text = params.table, where_of(rule.rule), text_of(rule.column)
    parts = [call("not", call("is-null", call(cast, text))) for cast in ("cast-number", "cast-date")]
    counts = (CountIf(table, Holds(part), where) for part in parts)
    return (Rows(table, where), CountIf(table, IsNull(rule.column), where), *counts)
