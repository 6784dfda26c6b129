"""Constant columns: each column holds at least two different values.

A column that never varies tells a model nothing; one that used to vary has lost its source. A column of missing values
only is constant too.
Mend: drop the column, or look why its source stopped.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from mlgate.column_rules import ColumnRule, nothing_to_judge, rules_of, where_of
from mlgate.config import Columns, Rule, Section, TableParams
from mlgate.evidence import Finding, Severity
from mlgate.judging import at, flaw, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows, Statistic


class Varying(Section, frozen=True, kw_only=True):
    """Among which rows the column varies, and how much it weighs."""

    where: Rule | None = None
    severity: Severity = "block"


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[Mapping[Columns, Varying], Meta(description="the columns that must vary", min_length=1)] = (
        msgspec.field(default_factory=lambda: {"*": Varying()})
    )


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for rule in _rules(params, facts):
        yield Statistic(params.table, rule.column, "varies", where_of(rule.rule))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table, rows, found = answers.facts.tables[params.table], answers[Rows(params.table)], []
    for rule in _rules(params, answers.facts):
        place = {"subject": rule.column, "location": at("columns", rule.key), "severity": rule.rule.severity}
        if rows < 2:
            found.append(not_measurable(f"{table.path} has {rows:,} rows, so nothing can vary", **place))
            continue
        varies = answers[Statistic(params.table, rule.column, "varies", where_of(rule.rule))]
        words = "holds different values" if varies else "has the same value, or none, in all"
        end = "" if varies else f" {rows:,} rows"
        found.append(flaw(not varies, f"'{rule.column}' in {table.path} {words}{end}", n=rows, **place))
    yield from found or [nothing_to_judge(params.columns, table)]


def _rules(params: Params, facts: Facts) -> Iterable[ColumnRule]:
    return rules_of(params.columns, facts.tables.get(params.table), lambda family: family != "other")
