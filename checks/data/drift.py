"""Drift: each column is distributed as in the reference table or profile, within `limit`.

A column has drifted if its distance is above the limit *and* the p-value survives Holm's correction over all columns,
so that neither few rows nor many cry wolf; above the limit without that is "cannot tell". Numbers and dates are
compared by the KS distance, categories by total variation: the share of rows that lie elsewhere. Other measures are
there for those who know them: the customary PSI > 0.1 finds a shift of a quarter standard deviation hardly ever.
Missing values count as a value of their own. Texts of many values are compared by length, by shares of digits,
letters and spaces, and by the share of their words that the reference does not know. With `domain`, a classifier tries
to tell rows of both tables apart by all columns, which finds what no single one shows.
Limits: that distributions agree says nothing of what the model makes of them; tests take rows as independent draws.
Mend: find out whether the world changed, then retrain on its rows; or whether a source did, then repair it.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mlgate.column_rules import is_pattern, rules_of
from mlgate.config import Columns, Section, TableName, TableParams
from mlgate.drift.comparing import LIMITS, ORDERED, Measure, default_measure, distance
from mlgate.drift.profile import ColumnProfile, Profile
from mlgate.evidence import Finding, Severity
from mlgate.judging import at, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Compared, Domain, Question

WORDS = {"ks": "KS distance", "total-variation": "total variation", "jensen-shannon": "Jensen–Shannon distance",
         "psi": "PSI", "wasserstein": "Wasserstein distance", "chi-square": "Cramér's V"}  # fmt: skip


class Distances(Section, frozen=True, kw_only=True):
    """The `measure` and its `limit`; both as the column's type and the measure suggest, if not given."""

    measure: Measure | None = None
    limit: Annotated[float, Meta(gt=0)] | None = None
    severity: Severity = "block"


class Params(TableParams, frozen=True, kw_only=True):
    reference: Annotated[TableName, Meta(description="the table compared with; `train` if not given")] | None = None
    profile: (
        Annotated[str, Meta(description="a file that `mlgate profile` wrote, instead of a reference table")] | None
    ) = None
    columns: Annotated[
        Mapping[Columns, Distances], Meta(description="column → `measure` and `limit`", min_length=1)
    ] = msgspec.field(default_factory=lambda: {"*": Distances()})
    domain: Annotated[
        float, Meta(gt=0.5, lt=1, description="largest AUC by which a classifier may tell the tables apart")
    ] | None = None  # fmt: skip
    min_rows: Annotated[int, Meta(ge=1, description="fewer rows than this in a table cannot tell")] = 100


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield _compared(params, facts)
    if params.domain and params.profile is None:
        yield _domain(params, facts)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    asked = _compared(params, answers.facts)
    reference, current = answers[asked]
    found = list(_findings(params, answers.facts, reference, current))
    names = f"{answers.facts.tables[params.table].path} and {_name(params, answers.facts)}"
    if not found:
        found = [not_measurable(f"{names} have no column in common", subject="columns", location=at("columns"))]
    yield from found
    if params.domain and params.profile is None:
        yield _told_apart(params, names, answers[_domain(params, answers.facts)], min(reference.rows, current.rows))
    elif params.domain:
        message = "a profile has no rows that a classifier could learn from"
        yield not_measurable(message, subject="all columns", location=at("domain"))


def _findings(params: Params, facts: Facts, reference: Profile, current: Profile) -> Iterable[Finding]:
    for rule in rules_of(params.columns, facts.tables[params.table], lambda family: family != "other"):
        names = [n for n in reference.columns if n == rule.column or n.startswith(f"{rule.column}: ")]
        shared = [name for name in names if name in current.columns]
        if not shared and rule.key == rule.column:
            message = f"'{rule.column}' is not in {_name(params, facts)}, or of another kind there"
            yield not_measurable(message, subject=rule.column, location=at("columns", rule.key))
        for name in shared:
            place = {"subject": name, "location": at("columns", rule.key), "severity": rule.rule.severity}
            yield _finding(params, facts, rule.rule, reference.columns[name], current.columns[name], place)


def _finding(
    params: Params, facts: Facts, rule: Distances, reference: ColumnProfile, current: ColumnProfile,
    place: Mapping[str, Any],
) -> Finding:  # fmt: skip
    measure = rule.measure or default_measure(reference)
    if measure in ORDERED and reference.kind == "category":
        return not_measurable(f"'{place['subject']}' holds categories, which {WORDS[measure]} cannot order", **place)
    rows = min(reference.rows, current.rows)
    if not rows:
        return not_measurable(f"'{place['subject']}' has no rows to compare", **place)
    found, limit = distance(reference, current, measure), rule.limit or LIMITS[measure]
    where = f"{facts.tables[params.table].path} and {_name(params, facts)}"
    message = (
        f"the {WORDS[measure]} of '{place['subject']}' between {where} is {found.value:.3f} "
        f"(p = {found.p:.2g}, n = {current.rows:,} and {reference.rows:,}); at most {limit:g} allowed"
    )
    source = params.table if params.profile else f"{params.table}+{_reference(params)}"
    return Finding(
        metric=measure, value=min(found.value, 1e9), limit=limit, direction="down", p=found.p, family="drift", n=rows,
        min_rows=params.min_rows, method=measure, message=message, source=source, **place,
    )  # fmt: skip


def _told_apart(params: Params, names: str, answer: Any, rows: int) -> Finding:
    if answer is None:
        return not_measurable(f"{names} have too few rows to learn from", subject="all columns", location=at("domain"))
    value, interval = answer
    limit = params.domain or 0.5
    message = (
        f"a classifier tells rows of {names} apart with AUC {value:.3f} "
        f"(95 % CI {interval[0]:.3f} to {interval[1]:.3f}); at most {limit:g} allowed"
    )
    return Finding(
        subject="all columns", metric="auc", value=value, interval=(float(interval[0]), float(interval[1])), level=0.95,
        limit=limit, direction="down", n=rows, min_rows=params.min_rows, method="domain classifier", message=message,
        location=at("domain"), source=f"{params.table}+{_reference(params)}",
    )  # fmt: skip


def _compared(params: Params, facts: Facts) -> Compared:
    other = None if params.profile else _reference(params)
    return Compared(params.table, other, _columns(params, facts), params.profile)


def _domain(params: Params, facts: Facts) -> Domain:
    return Domain(params.table, _reference(params), _columns(params, facts))


def _columns(params: Params, facts: Facts) -> tuple[str, ...]:
    """The columns that are compared: those named, and of sets those that both tables have, but for the keys."""
    table, other = facts.tables.get(params.table), facts.tables.get(_reference(params))
    if table is None or (other is None and params.profile is None):
        return ()
    names = (params.table,) if params.profile else (params.table, _reference(params))
    keys = {facts.config.tables[name].key for name in names if name in facts.config.tables}
    named = [key for key in params.columns if not is_pattern(key)]
    found = [rule.column for rule in rules_of(params.columns, table, lambda family: family != "other")]
    there = [c for c in found if params.profile or other is None or table.columns[c] == other.columns.get(c)]
    return tuple(dict.fromkeys(c for c in there if c in named or c not in keys))


def _name(params: Params, facts: Facts) -> str:
    return params.profile or facts.tables[_reference(params)].path


def _reference(params: Params) -> str:
    return params.reference or "train"
