"""Rules about columns, one mapping for all checks that have them: which columns, which rows, how many may break it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec
from msgspec import Meta

from mlgate.conditions import Condition
from mlgate.config import Rule, Section
from mlgate.evidence import Finding, Severity
from mlgate.expressions.grammar import parse
from mlgate.expressions.syntax import Expression
from mlgate.judging import Tolerance, at, at_most, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import CountIf, Examples, Question, Rows, TableFacts
from mlgate.type_families import fits


class Allowance(Section, frozen=True, kw_only=True):
    """How many rows may break a rule (`rows` or `share`; none if neither is given), `where` it is asked, how much it
    weighs, and whether the report may show `examples` of the rows."""

    rows: Annotated[int, Meta(ge=0)] | None = None
    share: Annotated[float, Meta(ge=0, le=1)] | None = None
    where: Rule | None = None
    severity: Severity = "block"
    examples: bool = False


class ColumnParams(Protocol):
    """The parameters of a check that has a rule for each of several columns."""

    @property
    def table(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, Any]: ...


class ColumnRule(NamedTuple):
    """A rule for one column: the key that it stands under, the column and its type family."""

    key: str
    column: str
    family: str
    rule: Any


def columns_named(name: str, families: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that a key means: the one of that name, those of a type, or those that fit a pattern.

    >>> columns_named("type:number", {"a": "float", "b": "string"}), columns_named("a*", {"a*": "float", "ab": "float"})
    (('a',), ('a*',))
    """
    if name in families:
        return (name,)
    if name.startswith("type:"):
        return tuple(column for column, family in families.items() if fits(family, name.removeprefix("type:")))
    return tuple(column for column in families if fnmatchcase(column, name))


def rules_of(
    columns: Mapping[str, Any], table: TableFacts | None, applies: Callable[[str], bool] = lambda _: True
) -> Iterator[ColumnRule]:
    """The rules by column; a column that has its own is in none of the sets, nor is one whose type has no such rule."""
    families = table.columns if table else {}
    for key, rule in columns.items():
        found = columns_named(key, families)
        if not found and not is_pattern(key):
            yield ColumnRule(key, key, "string", rule)  # the engine says that it is not there
        for column in found:
            is_own = column == key
            if is_own or (column not in columns and applies(families[column])):
                yield ColumnRule(key, column, families[column], rule)


def is_pattern(key: str) -> bool:
    """Whether the key means a set of columns, where no column is called that."""
    return key.startswith("type:") or any(c in key for c in "*?[")


def where_of(rule: Any) -> Expression | None:
    """The row condition of a rule, parsed."""
    return parse(rule.where) if rule.where else None


def plan_counts(
    params: ColumnParams,
    facts: Facts,
    condition: Callable[[ColumnRule], Condition],
    applies: Callable[[str], bool] = lambda _: True,
) -> Iterable[Question]:
    """The questions of a check that counts, in each column, the rows that meet a condition."""
    yield Rows(params.table)
    table = facts.tables.get(params.table)
    for rule in rules_of(params.columns, table, applies):
        where, asked = where_of(rule.rule), condition(rule)
        yield Rows(params.table, where)
        yield CountIf(params.table, asked, where)
        if rule.rule.examples:
            yield _examples(params.table, rule, asked, facts)


def judge_counts(
    params: ColumnParams,
    answers: Answers,
    condition: Callable[[ColumnRule], Condition],
    words: Callable[[ColumnRule], str],
    applies: Callable[[str], bool] = lambda _: True,
) -> Iterable[Finding]:
    """A finding for each column: how many of the rows meet the condition; `words` says what they do, "are missing"."""
    table, found = answers.facts.tables[params.table], False
    for rule in rules_of(params.columns, table, applies):
        found = True
        where, asked = where_of(rule.rule), condition(rule)
        rows, count = answers[Rows(params.table, where)], answers[CountIf(params.table, asked, where)]
        shown = ""
        if rule.rule.examples and count:
            shown = said(answers[_examples(params.table, rule, asked, answers.facts)])
        what = f"values of '{rule.column}' in {table.path} {words(rule)}"
        yield count_finding(rule, count, rows, what, table.path, shown)
    if not found:
        yield nothing_to_judge(params.columns, table)


def count_finding(
    rule: ColumnRule, count: int, rows: int, what: str, path: str, shown: str = "", *, under: str = "columns"
) -> Finding:
    """The finding that `count` of `rows` break a rule, which stands `under` a key of the check's parameters."""
    place = {"subject": rule.column, "location": at(under, rule.key), "severity": rule.rule.severity}
    if not rows and rule.rule.where:
        return not_measurable(f"no row of {path} meets {rule.rule.where!r}, so there is nothing to judge", **place)
    meeting = f", where {rule.rule.where}," if rule.rule.where else ""
    given = rule.rule if isinstance(rule.rule, Tolerance) else Tolerance(max=rule.rule.share, rows=rule.rule.rows)
    found = at_most(count, rows, given, what + meeting, path, **place)
    return msgspec.structs.replace(found, message=found.message + shown)


def nothing_to_judge(columns: Iterable[str], table: TableFacts) -> Finding:
    """The finding that no column is of a kind that the check judges: nothing can be wrong with none."""
    listed = ", ".join(f"'{key}'" for key in columns)
    message = f"no column of {table.path} that {listed} means is of a type that this check judges"
    return Finding(subject=table.name, value=0.0, limit=0.0, message=message, location=at("columns"))


def said(examples: tuple[str, ...] | None) -> str:
    """Examples as the end of a message; personal ones are held back."""
    if examples is None:
        return "; examples are held back, since they look personal"
    return f"; for example {', '.join(examples)}" if examples else ""


def _examples(table: str, rule: ColumnRule, asked: Condition, facts: Facts) -> Examples:
    configured = facts.config.tables.get(table)
    key = configured.key if configured else None
    columns = (key, rule.column) if key and key != rule.column else (rule.column,)
    return Examples(table, asked, columns, where_of(rule.rule))
