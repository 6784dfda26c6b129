"""`mlgate profile`: what is kept of tables to compare others with, made of their rows or of profiles of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from mlgate.adopting.profiling import ID_LIKE, tokens
from mlgate.column_rules import columns_named, is_pattern
from mlgate.drift.profile import Profile, from_json, merge
from mlgate.errors import UserError, did_you_mean, user_error
from mlgate.exploring.given import Given, open_given
from mlgate.personal import holds_personal, is_personal_name
from mlgate.questions import TableFacts
from mlgate.scan.dialect import quote
from mlgate.scan.distributions import profile_of
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.emit import condition
from mlgate.scan.tables import connect

ENDING = ".profile.json"


@dataclass(frozen=True)
class Made:
    """A profile, with what it was made of (its rows each) and the columns that are not in it, each with the reason."""

    profile: Profile
    sources: tuple[tuple[str, int], ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def make_profile(given: Sequence[Given], wanted: Sequence[str] = (), like: Profile | None = None) -> Made:
    """The profile of all rows together; a `UserError` if something cannot be read, or cannot be counted alike.

    Columns are counted as in `like`, else as in the first profile that is given, else as suits the first table.
    """
    profiles = {at: found for at, each in enumerate(given) if (found := _as_profile(each))}
    layout = like or next(iter(profiles.values()), None)
    left_out: dict[str, str] = {}
    for at, each in enumerate(given):
        if at not in profiles:
            with connect() as connection:
                profiles[at], reasons = _profile(connection, each, wanted, layout)
            left_out |= reasons
            layout = layout or profiles[at]
    parts = [profiles[at] for at in range(len(given))]
    sources = tuple((each.text, part.rows) for each, part in zip(given, parts, strict=True))
    return Made(merge(parts), sources, left_out)


def read_like(file: Path) -> Profile:
    """The profile in a file; a `UserError` if there is none."""
    if not file.is_file():
        raise user_error(f"there is no profile {file}")
    return from_json(file.read_bytes(), str(file))


def _as_profile(given: Given) -> Profile | None:
    """The profile that stands in the file, if it is one."""
    file = given.folder / given.table.path
    if file.suffix != ".json" or not file.is_file():
        return None
    try:
        return read_like(file)
    except UserError:
        if file.name.endswith(ENDING):
            raise
        return None  # a table in JSON


def _profile(
    connection: duckdb.DuckDBPyConnection, given: Given, wanted: Sequence[str], like: Profile | None
) -> tuple[Profile, dict[str, str]]:
    facts = open_given(connection, "t", given).facts
    if like is not None:
        found = profile_of(DuckDB(connection), facts, tuple(facts.columns), like)
        if lacking := sorted(like.columns.keys() - found.columns.keys()):
            raise user_error(f"{given.text} cannot be counted like the others: it has no '{lacking[0]}' of that kind",
                             mend="name the columns that all have with '--column'")  # fmt: skip
        return found, {}
    left_out = dict(_left_out(connection, facts, given.table.key, wanted))
    columns = [name for name in facts.columns if name not in left_out]
    personal = _personal_texts(connection, facts, columns)
    return profile_of(DuckDB(connection), facts, columns, measured=personal), left_out


def _left_out(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, key: str | None, wanted: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The columns that are not counted; one that is wanted by its own name always is, if it can be."""
    if unknown := next((n for n in wanted if n not in facts.columns and not is_pattern(n)), None):
        raise user_error(f"there is no column '{unknown}' in {facts.path}", mend=did_you_mean(unknown, facts.columns))
    chosen = {column for name in wanted or ("*",) for column in columns_named(name, facts.columns)}
    for column, family in facts.columns.items():
        if column not in chosen:
            yield column, "not asked for"
        elif family == "other":
            yield column, f"{facts.types[column].lower()} has no distribution that is compared"
        elif column in wanted:
            continue
        elif column == key or _is_key(connection, facts, column):
            yield column, "a key"
        elif is_personal_name(column):
            yield column, "personal by its name"


def _is_key(connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str) -> bool:
    """Whether it is called as keys are, and each row has a value of its own."""
    if not set(tokens(column)) & set(ID_LIKE):
        return False
    counts = f"SELECT count(*) = count(DISTINCT {quote(column)}) FROM {quote(facts.name)}"
    return bool((connection.execute(counts).fetchone() or (False,))[0])


def _personal_texts(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, columns: Sequence[str]
) -> tuple[str, ...]:
    """The columns of text in which a value looks personal: none of their values is named."""
    texts = [column for column in columns if facts.columns[column] == "string"]
    if not texts:
        return ()
    counts = ", ".join(f"bool_or({condition(holds_personal(column), facts)})" for column in texts)
    found = connection.execute(f"SELECT {counts} FROM {quote(facts.name)}").fetchone() or ()
    return tuple(column for column, is_personal in zip(texts, found, strict=True) if is_personal)
