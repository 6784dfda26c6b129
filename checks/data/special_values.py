"""Special values: no value stands for "missing" without saying so, such as -999, "N/A" or a text of spaces.

Numbers are compared as numbers, texts without outer spaces and in small letters. A value that is a number of its own
right in a column, such as 999, is left out by giving the column its own `values`.
Mend: let the export leave the field empty, so that it counts as missing, and the model's own treatment applies.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts
from mlgate.conditions import Holds, call, text_of
from mlgate.config import Columns, Scalar, TableParams
from mlgate.evidence import Finding
from mlgate.expressions.syntax import ColumnRef
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question
from mlgate.type_families import fits

NUMBERS = (-999, -9999, -99999, -999999, 9999, 99999, 999999, 9999999)
TEXTS = (
    "",
    "n/a",
    "na",
    "#n/a",
    "nan",
    "null",
    "none",
    "nil",
    "-",
    "--",
    "?",
    ".",
    "missing",
    "unknown",
    "undefined",
    "(null)",
)


class Special(Allowance, frozen=True, kw_only=True):
    """The special `values`, the usual ones if not given; `rows` or `share` say how many rows may have them."""

    values: tuple[Scalar, ...] = ()


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Special],
        Meta(description="column → `values`, and `rows` or `share` allowed", min_length=1),
    ] = msgspec.field(default_factory=lambda: {"*": Special()})


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(params, facts, _special, _applies)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    return judge_counts(params, answers, _special, lambda _: 'are special values that mean "missing"', _applies)


def _special(rule: ColumnRule) -> Holds:
    if fits(rule.family, "number"):
        numbers = [v for v in rule.rule.values or NUMBERS if isinstance(v, int | float) and not isinstance(v, bool)]
        return Holds(call("in", ColumnRef(rule.column), *(numbers or NUMBERS)))
    texts = [str(value).strip().lower() for value in rule.rule.values or TEXTS]
    return Holds(call("in", call("lower", call("trim", text_of(rule.column))), *texts))


def _applies(family: str) -> bool:
    return family == "string" or fits(family, "number")
