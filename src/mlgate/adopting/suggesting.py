"""`mlgate suggest`: the expectations that one table's own data propose, each with what was observed."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from mlgate.adopting.annotated import BLANK, Line, flow, key_value, written
from mlgate.adopting.column_kinds import with_kinds
from mlgate.adopting.kinds import ROLES
from mlgate.adopting.meaning import Meaning, find_meaning, telling
from mlgate.adopting.profiling import Profile, profile, tokens
from mlgate.adopting.proposed_data import Data, data_checks
from mlgate.config import Kind, Table
from mlgate.errors import UserError, did_you_mean, user_error
from mlgate.inputs.pointers import pointer_for
from mlgate.scan.formats import find_files
from mlgate.scan.tables import connect
from mlgate.scan.temporary import folder_of
from mlgate.sources.addresses import fault_of, is_address
from mlgate.sources.bringing import bring

HEADER = (
    "What is expected of {path}. `mlgate suggest` proposed this from the data; every line is yours to edit.",
    "`mlgate check` runs it; `mlgate checks ID` explains a check; `kinds:` in the table says what a column is.",
)


def suggest(table: Table, kinds: Mapping[str, Kind], root: Path) -> str:
    """The text of a configuration that the table passes; a `UserError` if it cannot be read."""
    seen = read_profile(msgspec.structs.replace(table, kinds=kinds), root)
    if unknown := next((name for name in kinds if name not in seen.names), None):
        raise user_error(f"there is no column '{unknown}' in {table.path}", mend=did_you_mean(unknown, seen.names))
    seen = with_kinds(seen, kinds)
    data = Data(seen, find_meaning(seen), name_for(table.path))
    lines = [*(Line(0, "", text.format(path=table.path)) for text in HEADER), Line(0, "version: 1"), BLANK]
    lines += [Line(0, "tables:"), *_table(table, kinds, data), BLANK, Line(0, "checks:"), *data_checks(data)]
    return written(lines)


def read_profile(table: Table, root: Path) -> Profile:
    """The table's profile; a `UserError` if it cannot be read."""
    if is_address(table.path) and (fault := fault_of(table.path, table.relation, insecure=table.insecure)):
        raise user_error(fault)
    with connect() as connection:
        files = find_files(root, table.path)
        if is_address(table.path):
            files = bring(connection, table, folder_of(connection) / "brought")
        elif not files or pointer_for(files[0]):
            raise _absent(root / table.path, table.path)
        return profile(connection, table.path, files, telling, table)


def name_for(path: str) -> str:
    """A table's name by its file's: a usual role, or the name itself.

    >>> name_for("data/x_train.csv"), name_for("logs/Flights 2013.csv.gz")
    ('train', 'Flights-2013')
    """
    stem = PurePosixPath(path).name.partition(".")[0]
    role = next((role for role, names in ROLES.items() if set(tokens(stem)) & set(names)), None)
    return role or re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:64] or "data"


def _absent(file: Path, path: str) -> UserError:
    if pointer := pointer_for(file):
        return user_error(f"{path} is {pointer.words}", mend=pointer.mend)
    return user_error(f"there is no table {path}", mend="name a file, a pattern, or a folder of files of one format")


def _table(table: Table, kinds: Mapping[str, Kind], data: Data) -> Iterator[Line]:
    seen, meaning = data.table, data.meaning
    yield Line(1, f"{data.name}:")
    yield Line(2, key_value("path", table.path), f"{seen.rows:,} rows, {len(seen.names):,} columns")
    if table.relation:
        yield Line(2, key_value("relation", table.relation))
    if kinds:
        yield Line(2, "kinds:", "as you said")
        yield from (Line(3, key_value(name, kind)) for name, kind in kinds.items())
    yield from _meaning(meaning)
    yield Line(2, "", "source: {url: …, licence: …, retrieved: …}  (where the data are from, for readers)")


def _meaning(meaning: Meaning) -> Iterator[Line]:
    if meaning.key:
        yield Line(2, key_value("key", meaning.key.column), meaning.key.why)
    if meaning.target:
        yield Line(2, key_value("target", meaning.target.column), meaning.target.why)
    if meaning.sensitive:
        names = flow([g.column for g in meaning.sensitive])
        yield Line(2, "", f"sensitive: {names}  (a guess by name; for fairness checks of a model)")
