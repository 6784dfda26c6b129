"""The kind of a column: what its values are for, beyond the type that they have."""

from collections.abc import Mapping
from dataclasses import replace

from mlgate.adopting.profiling import ID_LIKE, Column, Profile, tokens
from mlgate.config import Kind

FEWER = 12  # values that are names of groups even if each has few rows
CODES = ("code", "zip", "zipcode", "postcode", "plz", "type", "class", "category", "group", "flag", "status", "level")


def kind_of(column: Column) -> Kind:
    """The guessed kind, or the one that somebody said."""
    if column.kind:
        return column.kind
    words = set(tokens(column.name))
    if column.is_unique or (words & set(ID_LIKE) and column.values is None and column.family in ("integer", "string")):
        return "id"
    if column.family in ("date", "timestamp", "boolean"):
        return "date" if column.family == "date" else "timestamp" if column.family == "timestamp" else "boolean"
    if column.family == "string":
        return "category" if _repeats(column) else "text"
    is_code = column.family == "integer" and bool(words & set(CODES)) and _repeats(column)
    return "category" if is_code else "number"


def _repeats(column: Column) -> bool:
    """Whether the values are few beside the rows, so that they are names of groups and not of single things."""
    if column.values is None:
        return False
    present, several = sum(column.values.values()), len(column.values)
    return several <= 2 or several * (2 if several <= FEWER else 20) <= present


def with_kinds(table: Profile, kinds: Mapping[str, Kind]) -> Profile:
    """The profile, with the kinds that somebody said."""
    said = {name: replace(column, kind=kinds.get(name)) for name, column in table.columns.items()}
    return replace(table, columns=said)
