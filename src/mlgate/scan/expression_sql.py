"""SQL of a parsed expression: built from its parts, so that nothing a person wrote becomes SQL by itself."""

from collections.abc import Mapping

from mlgate.expressions.kinds import is_time_text, kind_of
from mlgate.expressions.syntax import Call, ColumnRef, Expression, Literal
from mlgate.scan.dialect import Dialect

_ARITHMETIC = ("+", "-", "*", "negate")


def expression_sql(expression: Expression, families: Mapping[str, str], dialect: Dialect) -> str:
    """The expression in the dialect; NaN is null in it, as it is missing everywhere else."""
    if isinstance(expression, ColumnRef):
        name = dialect.quote(expression.name)
        if families[expression.name] == "float":
            return f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
        return name
    if isinstance(expression, Literal):
        return dialect.literal(expression.value)
    parts = [_argument(expression, part, families, dialect) for part in expression.arguments]
    if expression.name == "case":
        whens = zip(parts[:-1:2], parts[1::2], strict=True)
        return f"(CASE {' '.join(f'WHEN {when} THEN {then}' for when, then in whens)} ELSE {parts[-1]} END)"
    first = expression.arguments[0] if expression.arguments else None
    template = dialect.call(expression.name, _family(first, families) if first is not None else None)
    return template.format(*parts, all=", ".join(parts), rest=", ".join(parts[1:]))


def _family(part: Expression, families: Mapping[str, str]) -> str | None:
    """The type family of a column, and of what is surely a text."""
    if isinstance(part, ColumnRef):
        return families[part.name]
    return "string" if kind_of(part, families) == "text" else None


def _argument(call: Call, part: Expression, families: Mapping[str, str], dialect: Dialect) -> str:
    """A part as the call needs it: integers wide enough to be added, and texts that say dates as such."""
    if call.name in dialect.patterns and part is call.arguments[1] and isinstance(part, Literal):
        return dialect.literal(dialect.patterns[call.name](str(part.value)))
    sql = expression_sql(part, families, dialect)
    if call.name in _ARITHMETIC and isinstance(part, ColumnRef) and families[part.name] == "integer":
        return f"CAST({sql} AS {dialect.wide})"
    if is_time_text(part) and call.name not in ("case", "like", "regexp_matches"):
        others = [other for other in call.arguments if other is not part]
        if call.name == "days_between" or any(kind_of(other, families) == "time" for other in others):
            return f"CAST({sql} AS TIMESTAMP)"
    return sql
