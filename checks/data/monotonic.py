"""Monotonic: the values of a column never fall, or never rise, from row to row.

In the order of the file, or of the column `by`; `within` other columns, each group by itself. Missing values are passed
over where they stand: a row is compared with the row before it.
Mend: sort the export; a counter that falls was reset, or files were joined in another order.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, count_finding, rules_of
from mlgate.config import Column, TableParams
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows, Unordered


class Order(Allowance, frozen=True, kw_only=True):
    """The `direction`, whether it is `strict`, the column `by` whose order it is, and the columns `within` which."""

    direction: Literal["rising", "falling"] = "rising"
    strict: bool = False
    by: Column | None = None
    within: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        if self.where or self.examples:
            raise ValueError("'where' and 'examples' mean nothing here, where rows are compared with each other")


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Column, Order], Meta(description="column → `direction`, `strict`, `by`, `within`", min_length=1)
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for rule in rules_of(params.columns, facts.tables.get(params.table)):
        yield _question(params, rule)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table, rows = answers.facts.tables[params.table], answers[Rows(params.table)]
    for rule in rules_of(params.columns, table):
        against = "smaller than" if rule.rule.direction == "rising" else "larger than"
        equal = " or equal to" if rule.rule.strict else ""
        order = f"by '{rule.rule.by}'" if rule.rule.by else "in the file"
        what = f"values of '{rule.column}' in {table.path} are {against}{equal} the one before them {order}"
        yield count_finding(rule, answers[_question(params, rule)], rows, what, table.path)


def _question(params: Params, rule: ColumnRule) -> Unordered:
    asked = rule.rule
    columns = (rule.column, *asked.within)
    return Unordered(params.table, columns, asked.by, asked.direction == "rising", asked.strict)
