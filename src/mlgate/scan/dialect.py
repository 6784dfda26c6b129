"""How an engine spells names, constants, types and functions: all that its SQL has of its own."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlgate.questions import Scalar


@dataclass(frozen=True)
class Dialect:
    """One engine's spelling; `functions` has a template for each call of `mlgate.expressions.functions`, and for what
    only the emitter calls."""

    name: str
    quote: Callable[[str], str]
    literal: Callable[[Scalar | None], str]
    double: str  # the type of floating-point numbers
    text: str
    wide: str  # a type that holds the sum and product of any two integers
    functions: Mapping[str, str]
    patterns: Mapping[str, Callable[[str], str]]  # what becomes of the pattern of a call

    def call(self, name: str, family: str | None) -> str:
        """The template of a call whose first argument is of that type family: some need another one for theirs."""
        return self.functions.get(f"{name} of {family}") or self.functions[name]


def quote(name: str) -> str:
    """`name` as an SQL identifier, whatever characters it has.

    >>> quote('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: Scalar | None) -> str:
    """`value` as an SQL literal.

    >>> literal("it's"), literal(True), literal(0.1), literal(None)
    ("'it''s'", 'true', '0.1::DOUBLE', 'NULL')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float):
        return f"{value!r}::DOUBLE" if math.isfinite(value) else f"'{value!r}'::DOUBLE"
    return str(value)


SAME_EVERYWHERE = {
    **{operator: f"({{0}} {operator} {{1}})" for operator in ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "||")},
    **{name: f"{name}({{0}})" for name in ("abs", "ceil", "floor", "sqrt", "ln", "log10", "exp", "sign", "length",
                                           "lower", "upper", "trim", "year", "month", "day", "hour", "minute")},
    **{name: f"{name}({{all}})" for name in ("least", "greatest", "coalesce", "nullif", "round", "power", "replace",
                                             "substr")},
    "and": "({0} AND {1})", "or": "({0} OR {1})", "not": "(NOT {0})", "negate": "(- {0})", "is-null": "({0} IS NULL)",
    "in": "({0} IN ({rest}))", "like": "({0} LIKE {1})", "/": "({0} / nullif({1}, 0))", "%": "({0} % nullif({1}, 0))",
}  # fmt: skip
DUCKDB = Dialect(
    "duckdb", quote, literal, "DOUBLE", "VARCHAR", "HUGEINT",
    {
        **SAME_EVERYWHERE,
        "cast-number": "TRY_CAST({0} AS DOUBLE)", "cast-integer": "TRY_CAST({0} AS BIGINT)",
        "cast-text": "CAST({0} AS VARCHAR)", "cast-date": "TRY_CAST({0} AS DATE)",
        "cast-timestamp": "TRY_CAST({0} AS TIMESTAMP)", "weekday": "isodow({0})",
        "days_between": "datediff('day', CAST({0} AS DATE), CAST({1} AS DATE))",
        "starts_with": "starts_with({0}, {1})", "ends_with": "ends_with({0}, {1})", "contains": "contains({0}, {1})",
        "regexp_matches": "regexp_matches({0}, {1})", "epoch": "CAST(epoch({0}) AS DOUBLE)", "now": "now()",
        "finite": "isfinite({0})", "without": "regexp_replace({0}, {1}, '', 'g')",
        "about-distinct": "approx_count_distinct({0})", "significant": "printf('%.*e', {1} - 1, {0})",
        "quantile": "quantile_cont({0}, {1})", "digest": "hash({0})",
        "text-digest": "CAST('0x' || substr(md5({0}), 17) AS UBIGINT)",
        "numbered": '(SELECT *, row_number() OVER () AS {1} FROM {0}) n',
    },
    {},
)  # fmt: skip
