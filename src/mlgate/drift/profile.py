"""Profiles: what is kept of a table to compare others with, counts by cell and category and no row.

Rare categories are counted together, and cells beyond the tails are not told apart, so that no single person's value
can be read from a profile that is committed.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mlgate.drift.grid import Grid
from mlgate.errors import user_error

VERSION = 1
RARE = 10  # rows below which a category is counted among the others
MOST_CATEGORIES = 200

Kind = Literal["number", "time", "category"]
Count = Annotated[int, Meta(ge=0)]


class ColumnProfile(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The rows of one column by cell of its grid, or by category; `other` are those of rare or unknown categories."""

    kind: Kind
    missing: Count = 0
    grid: Grid | None = None
    cells: Mapping[str, Count] = {}  # number of the cell → rows
    categories: Mapping[str, Count] = {}
    other: Count = 0
    words: Annotated[str, Meta(max_length=4_096)] = ""  # the marks of known words, where unknown ones are counted

    @property
    def rows(self) -> int:
        """All rows, missing ones too."""
        return self.missing + self.other + sum(self.cells.values()) + sum(self.categories.values())


class Profile(Struct, frozen=True, omit_defaults=True, kw_only=True, forbid_unknown_fields=True):
    """A table's columns by name; texts of many values are profiled by what can be measured of them, `note: length`."""

    version: Literal[1] = 1
    rows: Count
    columns: Mapping[str, ColumnProfile]


def to_json(profile: Profile) -> bytes:
    """The profile as it is committed: a line for each column, and the same bytes for the same profile."""
    lines = (
        b" " + msgspec.json.encode(name) + b": " + msgspec.json.encode(column, order="sorted")
        for name, column in sorted(profile.columns.items())
    )
    start = b'{"version": %d, "rows": %d, "columns": {\n' % (VERSION, profile.rows)
    return start + b",\n".join(lines) + b"\n}}\n"


def from_json(data: bytes, path: str) -> Profile:
    """The profile in `data`; a `UserError` if it is none."""
    try:
        return msgspec.json.decode(data, type=Profile)
    except (msgspec.DecodeError, RecursionError) as error:
        mend = "make it with 'mlgate profile' of this version"
        raise user_error(f"{path} is no profile: {error}", mend=mend) from None


def merge(profiles: Iterable[Profile]) -> Profile:
    """The profile of all rows together; a `UserError` where columns were counted on different grids.

    Exact where the profiles were made on one layout, as those of a table's files are.
    """
    first, *others = profiles
    columns, rows = dict(first.columns), first.rows
    for other in others:
        _refuse_another_layout(first, other)
        columns = {name: _added(column, other.columns[name]) for name, column in columns.items()}
        rows += other.rows
    return Profile(rows=rows, columns=columns)


def _refuse_another_layout(one: Profile, two: Profile) -> None:
    """Nothing, if both count the same columns by the same grids."""
    mend = "make the second with the first one's layout: 'mlgate profile --like'"
    if alone := sorted(one.columns.keys() ^ two.columns.keys()):
        raise user_error(f"profiles of different columns cannot be merged: only one has '{alone[0]}'", mend=mend)
    for name, column in one.columns.items():
        if layout_of(column) != layout_of(two.columns[name]):
            raise user_error(f"profiles on other grids cannot be merged: '{name}' is counted differently", mend=mend)


def layout_of(column: ColumnProfile) -> tuple[Kind, Grid | None, str]:
    """By what a column is counted, besides its categories."""
    return column.kind, column.grid, column.words


def _added(one: ColumnProfile, two: ColumnProfile) -> ColumnProfile:
    """Both together; a category that only one of them names is one of the others there."""
    return msgspec.structs.replace(
        one,
        missing=one.missing + two.missing,
        other=one.other + two.other,
        cells=_sums(one.cells, two.cells),
        categories=_sums(one.categories, two.categories),
    )


def _sums(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + two.get(key, 0) for key in (*one, *(k for k in two if k not in one))}
