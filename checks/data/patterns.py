"""Patterns: the texts of a column match a regular expression, or match none that they must not.

The expression is looked for anywhere in the text; `^` and `$` tie it to the ends. Back-references and look-around are
not supported, so that any expression takes linear time. Numbers and dates are matched as they are printed.
Mend: correct the format at its source; a changed format of ids usually means another system.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts
from mlgate.conditions import Holds, all_of, any_of, call, present, text_of
from mlgate.config import Columns, TableParams
from mlgate.evidence import Finding
from mlgate.expressions.patterns import pattern_fault
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question


class Pattern(Allowance, frozen=True, kw_only=True):
    """What texts `matches`, or `never` match; `rows` or `share` say how many rows may do otherwise."""

    matches: str | None = None
    never: str | None = None

    def __post_init__(self) -> None:
        if self.matches is None and self.never is None:
            raise ValueError("neither 'matches' nor 'never' is given")
        for pattern in filter(None, (self.matches, self.never)):
            if fault := pattern_fault(pattern):
                raise ValueError(f"the pattern {pattern!r} cannot be used: {fault}")


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Pattern],
        Meta(description="column → the pattern that it `matches`, or `never` does", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(params, facts, _others)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    return judge_counts(params, answers, _others, _words)


def _others(rule: ColumnRule) -> Holds:
    text, wrong = text_of(rule.column), []
    if rule.rule.matches is not None:
        wrong.append(call("not", call("regexp_matches", text, rule.rule.matches)))
    if rule.rule.never is not None:
        wrong.append(call("regexp_matches", text, rule.rule.never))
    return Holds(all_of([present(rule.column), any_of(wrong)]))


def _words(rule: ColumnRule) -> str:
    said = [f"do not match {rule.rule.matches}"] if rule.rule.matches else []
    said += [f"match {rule.rule.never}"] if rule.rule.never else []
    return " or ".join(said)
