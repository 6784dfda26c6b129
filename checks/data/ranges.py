"""Ranges: the numbers of a column lie between `min` and `max`, both allowed unless `strict`.

A value that is not a number, and NaN outside of floating-point columns, counts as outside; missing values are left to
the check `missing`.
Mend: look for a changed unit or a broken export; widen the range in a change of its own where the values are right.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts
from mlgate.config import Columns, TableParams, ordered
from mlgate.evidence import Finding
from mlgate.plugins import Answers, Facts
from mlgate.questions import Outside, Question
from mlgate.type_families import fits


class Range(Allowance, frozen=True, kw_only=True):
    """From `min` to `max`; `rows` or `share` say how many rows may lie outside."""

    min: float | None = None
    max: float | None = None
    strict: bool = False  # whether the ends lie outside

    def __post_init__(self) -> None:
        ordered(self.min, self.max)


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Range],
        Meta(description="column → `min`, `max`, and `rows` or `share` allowed outside", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(params, facts, _outside, _applies)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    return judge_counts(params, answers, _outside, _words, _applies)


def _outside(rule: ColumnRule) -> Outside:
    return Outside(rule.column, rule.rule.min, rule.rule.max, rule.rule.strict)


def _words(rule: ColumnRule) -> str:
    low = "−∞" if rule.rule.min is None else f"{rule.rule.min:g}"
    high = "∞" if rule.rule.max is None else f"{rule.rule.max:g}"
    return f"lie outside {low} to {high}" + (", or at an end" if rule.rule.strict else "")


def _applies(family: str) -> bool:
    return fits(family, "number")
