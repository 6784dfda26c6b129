"""Each expectation of Great Expectations that has a counterpart, and the parameters of the check that says the same."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlgate.importing.suite import Expectation, Untranslatable, constant, identifier

Block = dict[str, Any]  # parameters of a check, without its table
Translation = tuple[str, Block]
Translator = Callable[[Expectation], Iterator[Translation]]
TYPES = {
    "integer": ("int", "int8", "int16", "int32", "int64", "integer", "bigint", "smallint", "integertype", "longtype"),
    "float": ("float", "float32", "float64", "double", "real", "doubletype", "floattype", "double precision"),
    "string": ("str", "object", "string", "text", "varchar", "stringtype", "string_"),
    "boolean": ("bool", "boolean", "booleantype", "bool_"),
    "timestamp": ("datetime64", "datetime64[ns]", "datetime", "timestamp", "timestamptype"),
    "date": ("date", "datetype"),
}
_FAMILY = {name: family for family, names in TYPES.items() for name in names}


def rows_of(expectation: Expectation, *, ignoring: str | None = None) -> Block:
    """How many of which rows may break a rule: Great Expectations takes a share of the values that are there."""
    share = expectation.share
    present = f"{identifier(ignoring)} IS NOT NULL" if ignoring is not None and share else None
    conditions = [part for part in (expectation.where, present) if part]
    where = " AND ".join(f"({part})" for part in conditions) if len(conditions) > 1 else "".join(conditions)
    return ({"share": share} if share else {}) | ({"where": where} if where else {}) | severity_of(expectation)


def severity_of(expectation: Expectation) -> Block:
    """What a finding weighs, where that is not the default."""
    return {"severity": expectation.severity} if expectation.severity != "block" else {}


def _columns(
    check: str, expectation: Expectation, rule: Block, *, ignoring_nulls: bool = True
) -> Iterator[Translation]:
    column = str(expectation.given["column"])
    rows = rows_of(expectation, ignoring=column if ignoring_nulls else None)
    yield check, {"columns": {column: {**rule, **rows}}}


def _rule(expectation: Expectation, name: str, holds: str, **rows: Any) -> Iterator[Translation]:
    yield "cross-column", {"rules": {name: {"holds": holds, **rows}}}


def _no_mostly(expectation: Expectation) -> None:
    if expectation.share:
        raise Untranslatable("a share ('mostly') of repeated values is counted in another way")


def _no_where(expectation: Expectation) -> None:
    if expectation.where:
        raise Untranslatable("it has a row condition, and its counterpart takes none")


def not_null(expectation: Expectation) -> Iterator[Translation]:
    share, rows = expectation.share, rows_of(expectation)
    rows.pop("share", None)
    yield "missing", {"columns": {str(expectation.given["column"]): ({"max": share} if share else {}) | rows}}


def null(expectation: Expectation) -> Iterator[Translation]:
    column = str(expectation.given["column"])
    yield from _rule(expectation, f"{column} is missing", f"{identifier(column)} IS NULL", **rows_of(expectation))


def between(expectation: Expectation) -> Iterator[Translation]:
    given = expectation.given
    low, high = given.get("min_value"), given.get("max_value")
    strict = (bool(given.get("strict_min")) and low is not None, bool(given.get("strict_max")) and high is not None)
    is_plain = all(end is None or isinstance(end, int | float) for end in (low, high))
    ends = {"min": low, "max": high}
    if is_plain and len({s for s, end in zip(strict, (low, high), strict=True) if end is not None}) <= 1:
        rule = {name: end for name, end in ends.items() if end is not None} | ({"strict": True} if any(strict) else {})
        yield from _columns("ranges", expectation, rule)
        return
    column = identifier(given["column"])
    parts = []
    for end, sign, is_strict in ((low, ">", strict[0]), (high, "<", strict[1])):
        if end is not None:
            value = f"CAST({constant(end)} AS TIMESTAMP)" if isinstance(end, str) else constant(end)
            parts.append(f"{column} {sign}{'' if is_strict else '='} {value}")
    name = f"{given['column']} in its range"
    yield from _rule(expectation, name, " AND ".join(parts), **rows_of(expectation, ignoring=str(given["column"])))


def in_set(expectation: Expectation) -> Iterator[Translation]:
    yield from _columns("allowed-values", expectation, {"values": list(expectation.given.get("value_set") or ())})


def not_in_set(expectation: Expectation) -> Iterator[Translation]:
    column = str(expectation.given["column"])
    values = ", ".join(map(constant, expectation.given.get("value_set") or ()))
    if not values:
        raise Untranslatable("its set is empty")
    holds = f"{identifier(column)} NOT IN ({values})"
    yield from _rule(expectation, f"{column} is none of its set", holds, **rows_of(expectation, ignoring=column))


def matches(expectation: Expectation) -> Iterator[Translation]:
    yield from _columns("patterns", expectation, {"matches": expectation.given["regex"]})


def never_matches(expectation: Expectation) -> Iterator[Translation]:
    yield from _columns("patterns", expectation, {"never": expectation.given["regex"]})


def lengths(expectation: Expectation) -> Iterator[Translation]:
    given = expectation.given
    if given.get("strict_min") or given.get("strict_max"):
        raise Untranslatable("its ends are strict")
    low, high = given.get("value", given.get("min_value")), given.get("value", given.get("max_value"))
    rule = {name: int(end) for name, end in (("min", low), ("max", high)) if end is not None}
    yield from _columns("lengths", expectation, rule)


def unique(expectation: Expectation) -> Iterator[Translation]:
    _no_mostly(expectation)
    column = str(expectation.given["column"])
    parts = [f"{identifier(column)} IS NOT NULL", *([f"({expectation.where})"] if expectation.where else [])]
    yield "unique", {"columns": [column], "where": " AND ".join(parts), **severity_of(expectation)}


def unique_together(expectation: Expectation) -> Iterator[Translation]:
    _no_mostly(expectation)
    columns = [str(column) for column in expectation.given["column_list"]]
    ignored = expectation.given.get("ignore_row_if", "all_values_are_missing")
    joined = {"all_values_are_missing": " OR ", "any_value_is_missing": " AND "}.get(ignored)
    present = joined.join(f"{identifier(c)} IS NOT NULL" for c in columns) if joined else None
    parts = [f"({part})" for part in (present, expectation.where) if part]
    where = {"where": " AND ".join(parts)} if parts else {}
    yield "unique", {"columns": [columns], **where, **severity_of(expectation)}


def row_count(expectation: Expectation) -> Iterator[Translation]:
    given = expectation.given
    ends = (given.get("value", given.get("min_value")), given.get("value", given.get("max_value")))
    where = {"where": expectation.where} if expectation.where else {}
    limits = {name: int(end) for name, end in zip(("min", "max"), ends, strict=True) if end is not None}
    yield "row-count", {**limits, **where, **severity_of(expectation)}


def exists(expectation: Expectation) -> Iterator[Translation]:
    if expectation.given.get("column_index") is not None:
        raise Untranslatable("the place of a column is not checked")
    yield "schema", {"columns": {str(expectation.given["column"]): "any"}, **severity_of(expectation)}


def column_set(expectation: Expectation) -> Iterator[Translation]:
    columns = dict.fromkeys(map(str, expectation.given.get("column_set") or ()), "any")
    extra = {"extra": "refuse"} if expectation.given.get("exact_match") is not False else {}
    yield "schema", {"columns": columns, **extra, **severity_of(expectation)}


def of_type(expectation: Expectation) -> Iterator[Translation]:
    names = expectation.given.get("type_list") or [expectation.given.get("type_")]
    families = {_FAMILY.get(str(name).lower()) for name in names}
    if len(families) != 1 or None in families or expectation.share:
        raise Untranslatable("its type is one of a certain engine's")
    yield "schema", {"columns": {str(expectation.given["column"]): families.pop()}, **severity_of(expectation)}


def moment(name: str) -> Translator:
    """The translator of a mean or standard deviation."""

    def translate(expectation: Expectation) -> Iterator[Translation]:
        yield from _columns("mean-std", expectation, {name: _limits(expectation)}, ignoring_nulls=False)

    return translate


def quantile(q: float) -> Translator:
    """The translator of one quantile: the largest value is that of 1, the smallest one that of nearly 0."""

    def translate(expectation: Expectation) -> Iterator[Translation]:
        where = {"where": expectation.where} if expectation.where else {}
        rule = {"q": q, **_limits(expectation), **where, **severity_of(expectation)}
        yield "quantiles", {"columns": {str(expectation.given["column"]): [rule]}}

    return translate


def greater(expectation: Expectation) -> Iterator[Translation]:
    given = expectation.given
    sign = ">=" if given.get("or_equal") else ">"
    yield from _pair(expectation, sign, f"{given['column_A']} {sign} {given['column_B']}")


def equal(expectation: Expectation) -> Iterator[Translation]:
    given = expectation.given
    yield from _pair(expectation, "=", f"{given['column_A']} = {given['column_B']}")


def _pair(expectation: Expectation, sign: str, name: str) -> Iterator[Translation]:
    """A row in which one of the two is missing breaks it, unless such rows are left out."""
    one, other = identifier(expectation.given["column_A"]), identifier(expectation.given["column_B"])
    ignored = expectation.given.get("ignore_row_if", "both_values_are_missing")
    joined = {"both_values_are_missing": " OR ", "either_value_is_missing": " AND "}.get(ignored)
    present = f"{one} IS NOT NULL{joined}{other} IS NOT NULL" if joined else None
    parts = [f"({part})" for part in (present, expectation.where) if part]
    rows = rows_of(expectation) | ({"where": " AND ".join(parts)} if parts else {})
    yield from _rule(expectation, name, f"coalesce({one} {sign} {other}, false)", **rows)


def order(direction: str) -> Translator:
    """The translator of values that rise or fall from row to row."""

    def translate(expectation: Expectation) -> Iterator[Translation]:
        _no_where(expectation)
        _no_mostly(expectation)
        strict = {"strict": True} if expectation.given.get("strictly") else {}
        rule = {"direction": direction, **strict, **severity_of(expectation)}
        yield "monotonic", {"columns": {str(expectation.given["column"]): rule}}

    return translate


def _limits(expectation: Expectation) -> Block:
    given = expectation.given
    if given.get("strict_min") or given.get("strict_max"):
        raise Untranslatable("its ends are strict")
    ends = (("min", given.get("min_value")), ("max", given.get("max_value")))
    found = {name: end for name, end in ends if end is not None}
    if not found or not all(isinstance(end, int | float) for end in found.values()):
        raise Untranslatable("its limits are no numbers")
    return found


TRANSLATORS: Mapping[str, Translator] = {
    "expect_column_values_to_not_be_null": not_null,
    "expect_column_values_to_be_null": null,
    "expect_column_values_to_be_between": between,
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_distinct_values_to_be_in_set": in_set,
    "expect_column_values_to_not_be_in_set": not_in_set,
    "expect_column_values_to_match_regex": matches,
    "expect_column_values_to_not_match_regex": never_matches,
    "expect_column_value_lengths_to_be_between": lengths,
    "expect_column_value_lengths_to_equal": lengths,
    "expect_column_values_to_be_unique": unique,
    "expect_compound_columns_to_be_unique": unique_together,
    "expect_table_row_count_to_be_between": row_count,
    "expect_table_row_count_to_equal": row_count,
    "expect_column_to_exist": exists,
    "expect_table_columns_to_match_set": column_set,
    "expect_column_values_to_be_of_type": of_type,
    "expect_column_values_to_be_in_type_list": of_type,
    "expect_column_mean_to_be_between": moment("mean"),
    "expect_column_stdev_to_be_between": moment("std"),
    "expect_column_max_to_be_between": quantile(1.0),
    "expect_column_min_to_be_between": quantile(1e-9),
    "expect_column_pair_values_a_to_be_greater_than_b": greater,
    "expect_column_pair_values_to_be_equal": equal,
    "expect_column_values_to_be_increasing": order("rising"),
    "expect_column_values_to_be_decreasing": order("falling"),
}
