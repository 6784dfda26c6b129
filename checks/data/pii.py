"""Personal data: no column holds e-mail addresses, phone, card or social security numbers, IBANs or IP addresses.

Texts are searched by patterns, and names of columns by what they promise (`customer_name`); names of people are
found by the column's name only. Card numbers are not checked by their digit sum.
No report ever shows a value of such a column.
Mend: drop or pseudonymise the column before the data leaves its source; a public repository's artifacts are public.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts, rules_of
from mlgate.conditions import Condition
from mlgate.config import Columns, TableParams
from mlgate.evidence import Finding
from mlgate.judging import at, flaw
from mlgate.personal import holds_personal, is_personal_name
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question

Personal = Literal["e-mail", "phone", "card", "iban", "social-security", "ip-address"]


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, Allowance], Meta(description="column → `rows` or `share` that may be personal", min_length=1)
    ] = msgspec.field(default_factory=lambda: {"*": Allowance()})
    kinds: Annotated[tuple[Personal, ...], Meta(description="which kinds are looked for; all if none is given")] = ()
    names: Annotated[bool, Meta(description="whether the names of columns are judged too")] = True


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(params, facts, lambda rule: _personal(params, rule), _applies)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table = answers.facts.tables[params.table]
    for rule in rules_of(params.columns, table) if params.names else ():
        if is_personal_name(rule.column):
            message = f"column '{rule.column}' of {table.path} is called as columns of personal data are"
            subject = f"{rule.column}: name"
            yield flaw(True, message, subject=subject, location=at("columns", rule.key), severity=rule.rule.severity)
    yield from judge_counts(
        params, answers, lambda rule: _personal(params, rule), lambda _: "look like personal data", _applies
    )


def _personal(params: Params, rule: ColumnRule) -> Condition:
    return holds_personal(rule.column, *params.kinds)


def _applies(family: str) -> bool:
    return family == "string"
