"""Quantiles: a quantile of a column's numbers lies between `min` and `max`, both allowed.

The quantile q is the smallest value that at least the share q of the values does not exceed. Nothing is sorted: it lies
in the range exactly if fewer than q are below `min` and at least q are at most `max`. Missing values are left out.
Mend: look for a changed unit, a changed source or a filter; the distribution has moved where single values may not.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import ColumnRule, rules_of, where_of
from mlgate.config import Between, Columns, Rule, TableParams
from mlgate.evidence import Finding, Severity
from mlgate.judging import at, flaw, not_measurable, percent
from mlgate.plugins import Answers, Facts
from mlgate.questions import CountIf, IsNull, Outside, Question, Rows
from mlgate.type_families import fits


class Quantile(Between, frozen=True, kw_only=True):
    """The quantile `q`, and where it lies: from `min` to `max`."""

    q: Annotated[float, Meta(gt=0, le=1)]
    where: Rule | None = None
    severity: Severity = "block"


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, tuple[Quantile, ...]], Meta(description="column → list of `q`, `min`, `max`", min_length=1)
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for rule, quantile in _each(params, facts):
        yield from _questions(params, rule, quantile)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table = answers.facts.tables[params.table]
    for rule, quantile in _each(params, answers.facts):
        name = f"{rule.column}: q{quantile.q:g}"
        place = {"subject": name, "location": at("columns", rule.key), "severity": quantile.severity}
        rows, missing, below, above = (answers[question] for question in _questions(params, rule, quantile))
        present = rows - missing
        if not present or not fits(rule.family, "number"):
            yield not_measurable(f"'{rule.column}' in {table.path} holds no numbers", **place)
            continue
        yield _finding(quantile, rule.column, table.path, present, below, above, place)


def _finding(
    quantile: Quantile, column: str, path: str, present: int, below: int, above: int, place: Mapping[str, object]
) -> Finding:
    said = f"the {quantile.q:g} quantile of '{column}' in {path}"
    needed = quantile.q * present * (1 - 1e-12)  # .9 × 10 is a little more than 9
    if quantile.min is not None and below >= needed:
        wrong = f"{said} is below {quantile.min:g}: {percent(below / present)} of {present:,} values are smaller"
        return flaw(True, wrong, n=present, **place)
    if quantile.max is not None and present - above < needed:
        wrong = f"{said} is above {quantile.max:g}: {percent(above / present)} of {present:,} values are larger"
        return flaw(True, wrong, n=present, **place)
    low = "−∞" if quantile.min is None else f"{quantile.min:g}"
    high = "∞" if quantile.max is None else f"{quantile.max:g}"
    return flaw(False, f"{said} lies in {low} to {high} ({present:,} values)", n=present, **place)


def _each(params: Params, facts: Facts) -> Iterable[tuple[ColumnRule, Quantile]]:
    table = facts.tables.get(params.table)
    for rule in rules_of(params.columns, table, lambda family: fits(family, "number")):
        for quantile in rule.rule:
            yield rule, quantile


def _questions(params: Params, rule: ColumnRule, quantile: Quantile) -> tuple[Question, ...]:
    table, column, where = params.table, rule.column, where_of(quantile)
    below, above = Outside(column, quantile.min, None), Outside(column, None, quantile.max)
    return (
        Rows(table, where), CountIf(table, IsNull(column), where), CountIf(table, below, where),
        CountIf(table, above, where),
    )  # fmt: skip
