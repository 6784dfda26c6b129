"""Lengths: the texts of a column have at least `min` and at most `max` characters.

Missing values are left to the check `missing`. Numbers and dates have the length that they are printed with.
Mend: look for texts that were cut off, padded or joined.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts
from mlgate.conditions import Holds, any_of, call, text_of
from mlgate.config import Columns, TableParams, ordered
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question


class Length(Allowance, frozen=True, kw_only=True):
    """From `min` to `max` characters; `rows` or `share` say how many rows may be shorter or longer."""

    min: Annotated[int, Meta(ge=0)] = 0
    max: Annotated[int, Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        ordered(self.min, self.max)


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[Mapping[Columns, Length], Meta(description="column → `min` and `max` characters", min_length=1)]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(params, facts, _outside)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    return judge_counts(params, answers, _outside, _words)


def _outside(rule: ColumnRule) -> Holds:
    length = call("length", text_of(rule.column))
    wrong = [call("<", length, rule.rule.min)]
    if rule.rule.max is not None:
        wrong.append(call(">", length, rule.rule.max))
    return Holds(any_of(wrong))


def _words(rule: ColumnRule) -> str:
    most = "any number of" if rule.rule.max is None else f"{rule.rule.max:,}"
    return f"do not have {rule.rule.min:,} to {most} characters"
