"""Dates: a column's dates can be read, are not before `min`, and do not lie in the future.

In a column of text each value must be a date or time as ISO 8601 writes it. `time-zone: required` asks that the
column's type has a zone, `none` that it has not. Systems often write 1900-01-01 or 1970-01-01
for "none".
Mend: repair the export; a date in the future is a typing error, a zone that was lost, or a plan among events.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts, rules_of
from mlgate.conditions import Holds, all_of, any_of, call, present
from mlgate.config import Columns, TableParams
from mlgate.evidence import Finding
from mlgate.expressions.syntax import ColumnRef, Expression
from mlgate.judging import at, flaw
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question


class Dates(Allowance, frozen=True, kw_only=True):
    """From `min` to `max`, whether the `future` is allowed, and whether there is a `time-zone`."""

    min: str = "1900-01-01"
    max: str | None = None
    future: Literal["refuse", "allow"] = "refuse"
    time_zone: Literal["any", "required", "none"] = "any"

    def __post_init__(self) -> None:
        for end in filter(None, (self.min, self.max)):
            try:
                datetime.datetime.fromisoformat(end)
            except ValueError:
                raise ValueError(f"'{end}' is no date such as 2024-01-31") from None


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Dates], Meta(description="column → `min`, `max`, `future`, `time-zone`", min_length=1)
    ] = msgspec.field(default_factory=lambda: {"*": Dates()})


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(params, facts, _wrong, _applies)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    yield from judge_counts(params, answers, _wrong, _words, _applies)
    table = answers.facts.tables[params.table]
    for rule in rules_of(params.columns, table, _applies):
        if rule.rule.time_zone == "any":
            continue
        has_zone = "ZONE" in table.types[rule.column]
        said = "has a time zone" if has_zone else "has no time zone"
        yield flaw(
            has_zone != (rule.rule.time_zone == "required"),
            f"'{rule.column}' in {table.path} {said}; {rule.rule.time_zone.replace('none', 'none is')} expected",
            subject=f"{rule.column}: time zone", location=at("columns", rule.key), severity=rule.rule.severity,
        )  # fmt: skip


def _wrong(rule: ColumnRule) -> Holds:
    column: Expression = ColumnRef(rule.column)
    value = column if _applies(rule.family) else call("cast-timestamp", call("cast-text", column))
    wrong = [call("<", value, rule.rule.min)]
    if rule.rule.max is not None:
        wrong.append(call(">", value, rule.rule.max))
    if rule.rule.future == "refuse":
        wrong.append(call(">", value, call("now")))
    if not _applies(rule.family):
        wrong.append(call("is-null", value))
    return Holds(all_of([present(rule.column), any_of(wrong)]))


def _words(rule: ColumnRule) -> str:
    end = f" or after {rule.rule.max}" if rule.rule.max else ""
    future = " or in the future" if rule.rule.future == "refuse" else ""
    unread = "" if _applies(rule.family) else ", or cannot be read as dates"
    return f"lie before {rule.rule.min}{end}{future}{unread}"


def _applies(family: str) -> bool:
    return family in ("date", "timestamp")
