"""Whether an expression fits the columns of a table: texts are not added, numbers not matched, and what comes out."""

import datetime
from collections.abc import Mapping

from mlgate.errors import did_you_mean
from mlgate.expressions.functions import SIGNATURES, Kind, Wanted
from mlgate.expressions.grammar import expression_fault, parse
from mlgate.expressions.patterns import pattern_fault
from mlgate.expressions.syntax import Call, ColumnRef, Expression, ExpressionFault, Literal

_OF_FAMILY: Mapping[str, Kind] = {
    "integer": "number", "float": "number", "decimal": "number", "string": "text", "boolean": "boolean",
    "date": "time", "timestamp": "time",
}  # fmt: skip


def check_rule(expression: Expression, families: Mapping[str, str]) -> None:
    """Nothing, if the expression is true or false for each row of a table with these columns; else a fault."""
    found = kind_of(expression, families)
    if found not in ("boolean", "null"):
        raise ExpressionFault(f"the expression gives a {found}, not true or false", "compare it with something")


def rule_fault(text: str, families: Mapping[str, str]) -> ExpressionFault | None:
    """Why `text` is no rule for a table with these columns; None if it is one, or no expression at all."""
    if expression_fault(text):
        return None  # said already, where it was read
    try:
        check_rule(parse(text), families)
    except ExpressionFault as fault:
        return fault
    return None


def kind_of(expression: Expression, families: Mapping[str, str]) -> Kind:
    """The kind of value that the expression gives; an `ExpressionFault` where parts do not go together."""
    if isinstance(expression, ColumnRef):
        return _column_kind(expression.name, families)
    if isinstance(expression, Literal):
        return _literal_kind(expression.value)
    if expression.name == "case":
        return _case_kind(expression.arguments, families)
    signature = SIGNATURES[expression.name]
    kinds = [kind_of(argument, families) for argument in expression.arguments]
    wanted = signature.arguments + signature.arguments[-1:] * (len(kinds) - len(signature.arguments))
    shared = _shared(expression, kinds) if "same" in wanted else "null"
    for argument, kind, want in zip(expression.arguments, kinds, wanted, strict=False):
        _check_argument(expression.name, argument, kind, want)
    if signature.result in ("same", "any"):
        return shared
    return _as_kind(signature.result)


def is_time_text(expression: Expression) -> bool:
    """Whether it is a text that says a date, `'2024-01-31'`, or a date and time."""
    if not (isinstance(expression, Literal) and isinstance(expression.value, str)):
        return False
    try:
        datetime.datetime.fromisoformat(expression.value)
    except ValueError:
        return False
    return True


def _column_kind(name: str, families: Mapping[str, str]) -> Kind:
    if name not in families:
        raise ExpressionFault(f"there is no column '{name}'", did_you_mean(name, families))
    if families[name] not in _OF_FAMILY:
        raise ExpressionFault(f"column '{name}' is nested, and expressions are about single values")
    return _OF_FAMILY[families[name]]


def _literal_kind(value: object) -> Kind:
    if value is None:
        return "null"
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _shared(call: Call, kinds: list[Kind]) -> Kind:
    """The one kind of the arguments; a text that says a date goes with dates."""
    found = {kind for kind in kinds if kind != "null"}
    if found == {"time", "text"}:
        texts = [a for a, kind in zip(call.arguments, kinds, strict=True) if kind == "text"]
        if all(map(is_time_text, texts)):
            return "time"
    if len(found) > 1:
        raise ExpressionFault(
            f"{call.name} puts {' and '.join(sorted(found))} together", "CAST one of them, or quote texts only"
        )
    return next(iter(found), "null")


def _check_argument(name: str, argument: Expression, kind: Kind, want: Wanted) -> None:
    if want == "pattern":
        if not (isinstance(argument, Literal) and isinstance(argument.value, str)):
            raise ExpressionFault(f"the pattern of {name} has to be a text as it stands")
        if name == "regexp_matches" and (fault := pattern_fault(argument.value)):
            raise ExpressionFault(f"the pattern {argument.value!r} is not one: {fault}")
    elif want not in ("any", "same", kind) and kind != "null" and not (want == "time" and is_time_text(argument)):
        raise ExpressionFault(f"{name} takes a {want}, not a {kind}")


def _case_kind(arguments: tuple[Expression, ...], families: Mapping[str, str]) -> Kind:
    for condition in arguments[:-1:2]:
        check_rule(condition, families)
    values = (*arguments[1::2], arguments[-1])
    return _shared(Call("case", values), [kind_of(value, families) for value in values])


def _as_kind(result: Wanted) -> Kind:
    kinds: Mapping[str, Kind] = {"number": "number", "text": "text", "boolean": "boolean", "time": "time"}
    return kinds[result]
