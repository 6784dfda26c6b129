"""How Spark spells names, constants, types and functions, so that they mean what they mean in DuckDB."""

import math

from mlgate.questions import Scalar
from mlgate.scan.dialect import SAME_EVERYWHERE, Dialect
from mlgate.scan.java_patterns import java_like, java_pattern

_NUMBER = r"^[ \\t\\n]*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?(?i:nan|inf|infinity))[ \\t\\n]*\\z"
_DAY = r"^\\s*[0-9]{4,6}[-/][0-9]{1,2}[-/][0-9]{1,2}"  # Spark would take a year alone for a date


def quote(name: str) -> str:
    """`name` as an identifier.

    >>> quote("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def literal(value: Scalar | None) -> str:
    r"""`value` as a literal.

    >>> literal("it's \\"), literal(0.1), literal(10**30)
    ("'it\\'s \\\\'", "CAST('0.1' AS DOUBLE)", "CAST('1000000000000000000000000000000' AS DECIMAL(38, 0))")
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, float) or abs(value) >= 10**38:
        return f"CAST('{float(value)!r}' AS DOUBLE)" if math.isfinite(value) else f"double('{value!r}')"
    return str(value) if abs(value) < 2**63 else f"CAST('{value}' AS DECIMAL(38, 0))"


def _float_as_text() -> str:
    """A floating-point number as DuckDB prints it: Java goes over to exponents at other sizes, and writes them else."""
    text = "CAST({0} AS STRING)"
    plain = rf"regexp_replace(CAST(CAST({text} AS DECIMAL(38, 21)) AS STRING), '([.][0-9]+?)0+$', '$1')"
    short = rf"regexp_replace(regexp_replace({text}, '[.]0E', 'E'), 'E(-?)([0-9])$', 'E$10$2')"
    exponent = rf"regexp_replace(regexp_replace({short}, 'E-', 'e-'), 'E', 'e+')"
    return (
        "(CASE WHEN isnan({0}) THEN 'nan' WHEN abs({0}) = double('inf') THEN if({0} > 0, 'inf', '-inf') "
        f"WHEN NOT contains({text}, 'E') THEN {text} "
        f"WHEN abs({{0}}) >= 1e-4D AND abs({{0}}) < 1e16D THEN {plain} ELSE {exponent} END)"
    )


_OF_TEXT = f"CASE WHEN {{0}} RLIKE '{_NUMBER.replace('{', '{{').replace('}', '}}')}' THEN TRY_CAST({{0}} AS DOUBLE) END"
_WHOLE = "TRY_CAST(rint({0}) AS BIGINT)"
_TIME = f"CASE WHEN {{0}} RLIKE '{_DAY.replace('{', '{{').replace('}', '}}')}' THEN " + (
    "TRY_CAST(replace({0}, '/', '-') AS TIMESTAMP_NTZ) END"
)
SPARK = Dialect(
    "spark", quote, literal, "DOUBLE", "STRING", "DECIMAL(38, 0)",
    {
        **SAME_EVERYWHERE,
        "/": "(CAST({0} AS DOUBLE) / CAST(nullif({1}, 0) AS DOUBLE))",
        "ln": "CASE WHEN {0} > 0 THEN ln({0}) WHEN {0} = 0 THEN double('-inf') WHEN {0} < 0 THEN double('nan') END",
        "log10": "CASE WHEN {0} > 0 THEN log10({0}) WHEN {0} = 0 THEN double('-inf') "
                 "WHEN {0} < 0 THEN double('nan') END",
        "floor": "(rint({0}) - CAST(rint({0}) > {0} AS INT))",  # its own is an integer, which overflows
        "ceil": "(rint({0}) + CAST(rint({0}) < {0} AS INT))",
        "cast-number": "TRY_CAST({0} AS DOUBLE)", "cast-number of string": _OF_TEXT,
        "cast-integer": "TRY_CAST({0} AS BIGINT)", "cast-integer of float": _WHOLE, "cast-integer of decimal": _WHOLE,
        "cast-integer of string": f"coalesce(TRY_CAST({{0}} AS BIGINT), {_WHOLE.format(_OF_TEXT)})",
        "cast-text": "CAST({0} AS STRING)", "cast-text of float": _float_as_text(),
        "cast-date": "TRY_CAST({0} AS DATE)", "cast-date of string": f"CAST({_TIME} AS DATE)",
        "cast-timestamp": "TRY_CAST({0} AS TIMESTAMP)", "cast-timestamp of string": _TIME,
        "weekday": "(weekday({0}) + 1)", "days_between": "datediff(CAST({1} AS DATE), CAST({0} AS DATE))",
        "starts_with": "startswith({0}, {1})", "ends_with": "endswith({0}, {1})", "contains": "contains({0}, {1})",
        "regexp_matches": "({0} RLIKE {1})", "epoch": "CAST(CAST({0} AS TIMESTAMP) AS DOUBLE)", "now": "now()",
        "finite": "(abs({0}) < double('inf'))", "without": "regexp_replace({0}, {1}, '')",
        "about-distinct": "approx_count_distinct({0})",
        "significant": "format_string(concat('%.', {1} - 1, 'e'), {0})",
        "quantile": "percentile({0}, {1})", "digest": "xxhash64({0})",
        "text-digest": "conv(substr(md5(CAST({0} AS BINARY)), 17), 16, 10)",
        "numbered": "`{2} in order`",
    },
    {"like": java_like, "regexp_matches": java_pattern},
)  # fmt: skip
