"""`mlgate diff` of two tables: what became of columns, rows and distributions, in counts and no value of a cell."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlgate.drift.comparing import default_measure, distance
from mlgate.drift.profile import Profile
from mlgate.errors import did_you_mean, user_error
from mlgate.evidence import SchemaChange
from mlgate.exploring.given import Given, open_given, pointer_of
from mlgate.running.data_changes import schema_change
from mlgate.scan.differing import RowChanges, pair_rows
from mlgate.scan.distributions import profile_of
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.tables import OpenTable, connect
from mlgate.statistics.distances import Distance

BEFORE, NOW = "before", "now"


@dataclass(frozen=True)
class Side:
    """One of the two: as it was named, its digest and its rows; or of a pointer, what stands in it."""

    name: str
    digest: str
    rows: int | None = None
    pointer: str | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class TableDiff:
    """The difference of two tables; distances are by the measure that suits the column."""

    before: Side
    now: Side
    schema: SchemaChange | None = None
    rows: RowChanges | None = None
    distances: Mapping[str, tuple[str, Distance]] = field(default_factory=dict)

    @property
    def is_same(self) -> bool:
        """Whether the bytes are."""
        return self.before.digest == self.now.digest


def diff_tables(before: Given, now: Given, key: Sequence[str] = ()) -> TableDiff:
    """What became of the table; a `UserError` if one cannot be read, or has no such key.

    Files that git holds by pointer and that were not pulled are compared by what the pointers say.
    """
    if pointers := [pointer for given in (before, now) if (pointer := pointer_of(given))]:
        algorithm = "sha256" if pointers[0].kind == "lfs" else "md5"
        return TableDiff(_pointed(before, algorithm), _pointed(now, algorithm))
    with connect() as connection:
        one, two = (open_given(connection, n, given) for n, given in ((BEFORE, before), (NOW, now)))
        paired = tuple(key) or _usual_key(before, now, one, two)
        _refuse_unknown(paired, one, two)
        compared = [c for c in one.facts.columns if c in two.facts.columns and c not in paired]
        reference = profile_of(DuckDB(connection), one.facts, compared)
        current = profile_of(DuckDB(connection), two.facts, compared, reference)
        rows = pair_rows(connection, one.facts, two.facts, paired) if paired else None
    sides = Side(before.text, one.sha256, reference.rows), Side(now.text, two.sha256, current.rows)
    schema = schema_change(one.facts.columns, two.facts.columns)
    return TableDiff(sides[0], sides[1], schema, rows, _distances(reference, current))


def _distances(reference: Profile, current: Profile) -> dict[str, tuple[str, Distance]]:
    """How far each column of both is from what it was; none of an empty table."""
    if not (reference.rows and current.rows):
        return {}
    measures = {name: default_measure(reference.columns[name]) for name in current.columns}
    return {n: (m, distance(reference.columns[n], current.columns[n], m)) for n, m in measures.items()}


def _usual_key(before: Given, now: Given, one: OpenTable, two: OpenTable) -> tuple[str, ...]:
    """The key that the configuration gives one of them, if both have it."""
    key = now.table.key or before.table.key
    return (key,) if key and key in one.facts.columns and key in two.facts.columns else ()


def _refuse_unknown(key: Sequence[str], *tables: OpenTable) -> None:
    for table in tables:
        for column in key:
            if column not in table.facts.columns:
                mend = did_you_mean(column, table.facts.columns)
                raise user_error(f"there is no column '{column}' in {table.facts.path}", mend=mend)


def _pointed(given: Given, algorithm: str) -> Side:
    """What is known of a table without reading it: of a pointer what it says, of a file its bytes."""
    if pointer := pointer_of(given):
        return Side(given.text, pointer.digest, pointer=pointer.kind, bytes=pointer.size)
    file = given.folder / given.table.path
    if not file.is_file():
        raise user_error(f"{given.text} is no file that a pointer could be compared with", mend="pull the other one")
    with file.open("rb") as stream:
        return Side(given.text, hashlib.file_digest(stream, algorithm).hexdigest(), bytes=file.stat().st_size)
