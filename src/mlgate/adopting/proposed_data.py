"""The proposed checks of a table: for each column what was observed and what is proposed."""

from collections.abc import Iterator
from dataclasses import dataclass

from mlgate.adopting import bounds
from mlgate.adopting.annotated import Line, flow, key_value, scalar
from mlgate.adopting.column_kinds import kind_of
from mlgate.adopting.meaning import Meaning
from mlgate.adopting.profiling import Column, Profile

MOST_LISTED = 40  # columns in each check
LONGEST_VALUE = 60
SHOWN = 4  # values in a comment
TYPES = {"integer", "float", "string", "boolean", "date", "timestamp"}
DEFAULT_TABLE = "test"  # what a check is about unless it says so


@dataclass(frozen=True)
class Data:
    """What is known of a table that checks are proposed for."""

    table: Profile
    meaning: Meaning
    name: str = DEFAULT_TABLE
    has_train: bool = False
    features: tuple[str, ...] = ()  # of the model


def data_checks(data: Data) -> Iterator[Line]:
    """The lines of the table's checks."""
    listed = _listed(data)
    if listed:
        yield from _schema(data, listed)
        yield from _missing(data, listed)
        yield from _ranges(data, listed)
        yield from _allowed_values(data, listed)
    if key := data.meaning.key:
        yield from _about(data, "unique", "no value twice", (f"columns: {flow([key.column])}", "each alone"))
    if rows := data.table.rows:
        fewest = bounds.fewest_rows(rows)
        yield from _about(data, "row-count", "a half-written export is stopped")
        yield Line(2, f"min: {fewest}", f"observed {rows:,}; fewer than about half is likely an accident")
    if data.has_train:
        yield from head(
            "leakage",
            "a model that has seen its test rows is measured too well",
            ("train: train", "no row of this table"),
            ("test: test", "may be in this one"),
        )


def head(check: str, what: str, *further: str | tuple[str, str]) -> Iterator[Line]:
    """A check's first lines; one without parameters is an empty mapping."""
    bare = check == "model-file"
    yield Line(1, f"{check}: {{}}" if bare else f"{check}:", what)
    for each in further:
        yield Line(2, *each) if isinstance(each, tuple) else Line(2, each)


def _about(data: Data, check: str, what: str, *further: str | tuple[str, str]) -> Iterator[Line]:
    """The first lines of a check on the table, which it names where it must."""
    table = [f"table: {scalar(data.name)}"] if data.name != DEFAULT_TABLE else []
    yield from head(check, what, *table, *further)


def _schema(data: Data, listed: list[Column]) -> Iterator[Line]:
    yield from _about(data, "schema", "each column is there, with its type", "columns:")
    for column in listed:
        kind = column.family if column.family in TYPES else "number" if column.family == "decimal" else "any"
        yield Line(3, key_value(column.name, kind), f"{kind_of(column)}: {_observed(column)}")
    left = len(data.table.names) - len(listed)
    if left:
        yield Line(3, "", f"{left:,} further columns are not listed; add those that matter")


def _missing(data: Data, listed: list[Column]) -> Iterator[Line]:
    yield from _about(data, "missing", "largest share of empty fields, NA and NaN", "columns:")
    strict = {g.column for g in (data.meaning.key, data.meaning.target) if g}
    for column in listed:
        most = 0.0 if column.name in strict else bounds.missing_share(column.missing, data.table.rows)
        seen_share = f"{column.missing / data.table.rows:.1%}".replace("%", " %") if column.missing else "none"
        proposed = f"proposed at most {100 * most:.0f} %" if most else "a row without it cannot be judged"
        yield Line(3, f"{scalar(column.name)}: {{max: {scalar(most)}}}", f"observed {seen_share}; {proposed}")


def _ranges(data: Data, listed: list[Column]) -> Iterator[Line]:
    named = {g.column for g in (data.meaning.key, data.meaning.target) if g}
    lines = []
    for column in listed:
        is_number = column.name not in named and kind_of(column) == "number"
        found = bounds.bounds(column) if is_number else None
        if found is None or (found == (0.0, 1.0) and column.family == "integer"):
            continue
        low, high = found
        far = bounds.outlier(column)
        doubt = f"; {far:g} lies far from the rest: is it right?" if far is not None else ""
        comment = f"observed {column.low:.6g}–{column.high:.6g}; proposed {low:g}–{high:g}{doubt}"
        text = f"{scalar(column.name)}: {{min: {scalar(low)}, max: {scalar(high)}}}"
        lines.append(Line(3, text, comment))
    if lines:
        yield from _about(data, "ranges", "a changed unit or a broken export is stopped", "columns:")
        yield from lines


def _allowed_values(data: Data, listed: list[Column]) -> Iterator[Line]:
    target = data.meaning.target.column if data.meaning.target else None
    lines = []
    for column in listed:
        values: list[str] | list[int] = sorted(column.values or ())
        is_short = all(v.isprintable() and len(v) <= LONGEST_VALUE for v in column.values or ())
        if not values or not is_short or kind_of(column) != "category":
            continue
        if column.family == "integer":
            values = sorted(map(int, values))
        if column.name == target:
            lines.append(Line(3, f"{scalar(column.name)}: {flow(values)}", "the two classes"))
        else:
            text = f"{scalar(column.name)}: {{values: {flow(values)}, share: 0.01}}"
            lines.append(Line(3, text, f"{len(values)} observed; new ones in up to 1 % of rows"))
    if lines:
        yield from _about(data, "allowed-values", "a renamed or new category is noticed", "columns:")
        yield from lines


def _listed(data: Data) -> list[Column]:
    """The columns that checks name: those with a meaning first, as many as a person can read."""
    named = [data.meaning.key, data.meaning.target, *data.meaning.sensitive, *data.meaning.slices]
    first = [*(g.column for g in named if g), *data.features, *data.table.columns]
    chosen = list(dict.fromkeys(n for n in first if n in data.table.columns and n.isprintable()))[:MOST_LISTED]
    return [c for name, c in data.table.columns.items() if name in chosen]


def _observed(column: Column) -> str:
    if kind_of(column) in ("text", "id") and column.family not in ("integer", "float", "decimal"):
        return f"about {column.distinct:,} values"  # which may be names of people
    is_number = column.family in ("integer", "float", "decimal")
    if column.values is not None and (not is_number or (column.family == "integer" and len(column.values) <= SHOWN)):
        shown = ", ".join(sorted(column.values, key=_in_order)[:SHOWN])
        return f"{shown}{', …' if len(column.values) > SHOWN else ''}" or "no values"
    if column.low is not None and column.high is not None:
        return f"{column.low:.6g}–{column.high:.6g}"
    return f"about {column.distinct:,} values"


def _in_order(value: str) -> tuple[int, str]:
    """2 before 10, and words by their letters."""
    return int(value) if value.lstrip("-").isdigit() and len(value) < 16 else 0, value
