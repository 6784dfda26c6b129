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
    template = dialect.functions[expression.name]
    return template.format(*parts, all=", ".join(parts), rest=", ".join(parts[1:]))


def _argument(call: Call, part: Expression, families: Mapping[str, str], dialect: Dialect) -> str:
    """A part as the call needs it: integers wide enough to be added, and texts that say dates as such."""
    sql = expression_sql(part, families, dialect)
    if call.name in _ARITHMETIC and isinstance(part, ColumnRef) and families[part.name] == "integer":
        return f"CAST({sql} AS {dialect.wide})"
    if is_time_text(part) and call.name not in ("case", "like", "regexp_matches"):
        others = [other for other in call.arguments if other is not part]
        if call.name == "days_between" or any(kind_of(other, families) == "time" for other in others):
            return f"CAST({sql} AS TIMESTAMP)"
    return sql
