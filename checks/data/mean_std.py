"""Mean and standard deviation: both lie between their `min` and `max`.

Missing and infinite values are left out. The standard deviation is that of a sample (n − 1).
Mend: look for a changed unit, a changed source or a filter.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta

from mlgate.column_rules import ColumnRule, nothing_to_judge, rules_of, where_of
from mlgate.config import Between, Columns, Rule, Section, TableParams
from mlgate.evidence import Finding, Severity
from mlgate.judging import at, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows, Statistic
from mlgate.type_families import fits

KINDS: tuple[Literal["mean", "std"], ...] = ("mean", "std")


class Moments(Section, frozen=True, kw_only=True):
    """Where `mean` and `std` lie: each from `min` to `max`."""

    mean: Between = Between()
    std: Between = Between()
    where: Rule | None = None
    severity: Severity = "block"


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Moments],
        Meta(description="column → `mean` and `std`, with `min` and `max`", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for rule in _rules(params, facts):
        for kind in KINDS:
            yield Statistic(params.table, rule.column, kind, where_of(rule.rule))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table = answers.facts.tables[params.table]
    found = [
        f for rule in _rules(params, answers.facts) for kind in KINDS for f in _findings(params, answers, rule, kind)
    ]
    yield from found or [nothing_to_judge(params.columns, table)]


def _findings(params: Params, answers: Answers, rule: ColumnRule, kind: Literal["mean", "std"]) -> Iterable[Finding]:
    path, allowed = answers.facts.tables[params.table].path, getattr(rule.rule, kind)
    value = answers[Statistic(params.table, rule.column, kind, where_of(rule.rule))]
    name = {"mean": "mean", "std": "standard deviation"}[kind]
    for end, word, limit in (("min", "at least", allowed.min), ("max", "at most", allowed.max)):
        place = {"location": at("columns", rule.key, kind, end), "severity": rule.rule.severity}
        subject = f"{rule.column}: {kind} {word}"
        if limit is None:
            continue
        if value is None:
            yield not_measurable(f"'{rule.column}' in {path} holds no numbers", subject=subject, **place)
            continue
        message = f"the {name} of '{rule.column}' in {path} is {value:.4g}; {word} {limit:g} allowed"
        direction: Literal["up", "down"] = "up" if end == "min" else "down"
        yield Finding(subject=subject, value=value, limit=limit, direction=direction, message=message, **place)


def _rules(params: Params, facts: Facts) -> Iterable[ColumnRule]:
    return rules_of(params.columns, facts.tables.get(params.table), lambda family: fits(family, "number"))
