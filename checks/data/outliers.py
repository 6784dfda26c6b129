"""Outliers: few numbers of a column lie far from its middle.

By `iqr` a value is far if it is beyond `factor` × the distance of the quartiles from the nearer one (1.5 marks .7 % of
normal values, 3 only extreme ones); by `std`, beyond `factor` standard deviations from the mean, which outliers widen
themselves. Heavy tails are no mistake: set the `share` by what the column has always had.
Mend: look for units, sentinels such as 999999 and decimal commas; cap values only where the model does so too.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, count_finding, nothing_to_judge, rules_of
from mlgate.config import Columns, TableParams
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts
from mlgate.questions import Beyond, Question, Rows
from mlgate.type_families import fits

UNITS = {"iqr": "quartile distances from the quartiles", "std": "standard deviations from the mean"}


class Spread(Allowance, frozen=True, kw_only=True):
    """The `method` and `factor`; `rows` or `share` say how many values may lie beyond."""

    method: Literal["iqr", "std"] = "iqr"
    factor: Annotated[float, Meta(gt=0)] = 3.0

    def __post_init__(self) -> None:
        if self.where or self.examples:
            raise ValueError("'where' and 'examples' mean nothing here, where the middle is that of all rows")


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Spread], Meta(description="column → `method`, `factor`, and `rows` or `share`", min_length=1)
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for rule in _rules(params, facts):
        yield _question(params, rule)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table, found = answers.facts.tables[params.table], []
    for rule in _rules(params, answers.facts):
        count, rows = answers[_question(params, rule)], answers[Rows(params.table)]
        what = f"values of '{rule.column}' in {table.path} lie more than {rule.rule.factor:g} {UNITS[rule.rule.method]}"
        found.append(count_finding(rule, count, rows, what, table.path))
    yield from found or [nothing_to_judge(params.columns, table)]


def _rules(params: Params, facts: Facts) -> Iterable[ColumnRule]:
    return rules_of(params.columns, facts.tables.get(params.table), lambda family: fits(family, "number"))


def _question(params: Params, rule: ColumnRule) -> Beyond:
    return Beyond(params.table, (rule.column,), rule.rule.factor, rule.rule.method)
