"""Cross-column rules: an expression over the columns of a row is true in each row, or in all but a few.

The expressions are a part of SQL: comparisons, arithmetic, AND, OR, NOT, IN, BETWEEN, LIKE, CASE, CAST and a list of
functions. A row for which the expression is unknown, since a value is missing, does not break it; ask for the value
with `IS NOT NULL` where it must be there.
Mend: look at the rows where the columns contradict each other; one of them is filled by another system or a default.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, count_finding, said, where_of
from mlgate.conditions import Breaks
from mlgate.config import Rule, TableParams
from mlgate.evidence import Finding
from mlgate.expressions.grammar import parse
from mlgate.expressions.syntax import columns_of
from mlgate.plugins import Answers, Facts
from mlgate.questions import CountIf, Examples, Question, Rows


class CrossRule(Allowance, frozen=True, kw_only=True):
    """The expression that `holds`; `rows` or `share` say how many rows may break it."""

    holds: Rule


class Params(TableParams, frozen=True, kw_only=True):
    rules: Annotated[
        Mapping[str, Rule | CrossRule],
        Meta(description="a name → an expression, or `holds` and `rows` or `share`", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for _, rule in _rules(params):
        where = where_of(rule)
        yield Rows(params.table, where)
        yield CountIf(params.table, Breaks(parse(rule.holds)), where)
        if rule.examples:
            yield _examples(params, rule, facts)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    path = answers.facts.tables[params.table].path
    for name, rule in _rules(params):
        where = where_of(rule)
        rows, count = (
            answers[Rows(params.table, where)],
            answers[CountIf(params.table, Breaks(parse(rule.holds)), where)],
        )
        shown = said(answers[_examples(params, rule, answers.facts)]) if rule.examples and count else ""
        what = f"rows of {path} break the rule '{rule.holds}'"
        yield count_finding(ColumnRule(name, name, "", rule), count, rows, what, path, shown, under="rules")


def _rules(params: Params) -> Iterable[tuple[str, CrossRule]]:
    for name, rule in params.rules.items():
        yield name, rule if isinstance(rule, CrossRule) else CrossRule(holds=rule)


def _examples(params: Params, rule: CrossRule, facts: Facts) -> Examples:
    configured, expression = facts.config.tables.get(params.table), parse(rule.holds)
    key = configured.key if configured else None
    return Examples(params.table, Breaks(expression), (key or columns_of(expression)[0],), where_of(rule))
