"""Freshness: the latest time in a column is not older than `max-age`, and none lies in the future.

Times without a zone are taken for UTC. The clock is that of the machine that reads the table.
Mend: look why the export did not run; a time in the future is usually a zone that was lost.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import rules_of, where_of
from mlgate.config import Column, Rule, Section, TableParams
from mlgate.evidence import Finding, Severity
from mlgate.judging import at, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows, Statistic

_UNITS = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}
_AGE = re.compile(r"([0-9]+(?:\.[0-9]+)?) (minute|hour|day|week)s?")


class Age(Section, frozen=True, kw_only=True):
    """The `max-age` of the latest row: a number and `minutes`, `hours`, `days` or `weeks`."""

    max_age: str
    where: Rule | None = None
    severity: Severity = "block"

    def __post_init__(self) -> None:
        if not _AGE.fullmatch(self.max_age):
            raise ValueError(f"'{self.max_age}' is no age; write for example '2 days'")

    @property
    def seconds(self) -> float:
        """The age in seconds."""
        found = _AGE.fullmatch(self.max_age)
        return float(found[1]) * _UNITS[found[2]] if found else 0.0


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[Mapping[Column, Age], Meta(description="column of times → `max-age`", min_length=1)]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for rule in rules_of(params.columns, facts.tables.get(params.table)):
        if rule.family in ("date", "timestamp"):
            yield Statistic(params.table, rule.column, "age", where_of(rule.rule))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table = answers.facts.tables[params.table]
    for rule in rules_of(params.columns, table):
        place = {"subject": rule.column, "location": at("columns", rule.key), "severity": rule.rule.severity}
        if rule.family not in ("date", "timestamp"):
            yield not_measurable(f"'{rule.column}' in {table.path} is {rule.family}, not a time", **place)
            continue
        age = answers[Statistic(params.table, rule.column, "age", where_of(rule.rule))]
        if age is None:
            yield not_measurable(f"'{rule.column}' in {table.path} holds no time", **place)
            continue
        latest = f"the latest '{rule.column}' in {table.path}"
        message = f"{latest} is {_words(age)} old; at most {rule.rule.max_age} allowed"
        ahead = age < -86_400  # a date of today may lie ahead by its zone
        if ahead:
            message = f"{latest} lies {_words(-age)} in the future"
        value = rule.rule.seconds + 1 - age if ahead else max(age, 0.0)
        yield Finding(value=round(value), limit=rule.rule.seconds, direction="down", message=message, **place)


def _words(seconds: float) -> str:
    """An age in its own unit.

    >>> _words(7_200), _words(200_000)
    ('2.0 hours', '2.3 days')
    """
    unit = next((u for u in ("day", "hour") if abs(seconds) >= _UNITS[u]), "minute")
    return f"{seconds / _UNITS[unit]:.1f} {unit}s"
