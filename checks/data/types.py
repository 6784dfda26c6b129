"""Types: each value of a column can be read as its type, also where the file has it as text.

The check `schema` judges the type of a whole column; this one counts the values. A column of text whose values all read
as numbers passes as `number`; a `float` column passes as `integer` if no value has a fraction.
Mend: find the rows that say "n/a", "1,5" or another date format, and repair the export.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from mlgate.column_rules import Allowance, ColumnRule, judge_counts, plan_counts
from mlgate.conditions import Condition, Holds, IsNull, all_of, any_of, call, present, text_of
from mlgate.config import Columns, TableParams
from mlgate.evidence import Finding
from mlgate.expressions.syntax import ColumnRef, Expression
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question
from mlgate.type_families import TypeFamily, fits


class Type(Allowance, frozen=True, kw_only=True):
    """The `type`; `rows` or `share` say how many values may not be of it."""

    type: TypeFamily


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[Columns, TypeFamily | Type],
        Meta(description="column → a type, or `type` and `rows` or `share`", min_length=1),
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    return plan_counts(_spelt_out(params), facts, _others)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    return judge_counts(_spelt_out(params), answers, _others, lambda rule: f"cannot be read as {rule.rule.type}")


def _others(rule: ColumnRule) -> Condition:
    wanted, column = rule.rule.type, ColumnRef(rule.column)
    if fits(rule.family, wanted) or wanted == "string":
        return Holds(all_of([call("is-null", column), present(rule.column)]))  # of no row
    if rule.family == "string":
        return Holds(all_of([present(rule.column), _unreadable(rule.column, wanted)]))
    if rule.family in ("float", "decimal") and wanted == "integer":
        return Holds(call("<>", column, call("floor", column)))
    return Holds(present(rule.column)) if rule.family != "other" else IsNull(rule.column)


def _unreadable(column: str, wanted: str) -> Expression:
    """True where the text does not say a value of that type."""
    text = text_of(column)
    if wanted == "boolean":
        return call("not", call("in", call("lower", call("trim", text)), "true", "false"))
    if wanted in ("date", "timestamp"):
        return call("is-null", call(f"cast-{wanted}", text))
    read = call("cast-number", text)
    if wanted == "integer":
        return any_of([call("is-null", read), call("<>", read, call("floor", read))])
    return call("is-null", read)


def _spelt_out(params: Params) -> Params:
    """The parameters with each bare type as `type`."""
    columns = {key: v if isinstance(v, Type) else Type(type=v) for key, v in params.columns.items()}
    return msgspec.structs.replace(params, columns=columns)
