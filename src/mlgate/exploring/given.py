"""Tables as a command names them: by file, pattern, folder or address, or by their name in `mlgate.yml`."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import duckdb

from mlgate.config import Table
from mlgate.errors import UserError, user_error
from mlgate.inputs.pointers import Pointer, pointer_for
from mlgate.plugins import find_checks
from mlgate.scan.formats import COMPRESSED, READERS, find_files, format_of
from mlgate.scan.tables import OpenTable, open_table
from mlgate.scan.temporary import folder_of
from mlgate.sources.addresses import DATABASE, fault_of, is_address, scheme_of
from mlgate.sources.bringing import bring


@dataclass(frozen=True)
class Given:
    """A table as it was named: where it is, how it is read, and the folder that its path begins at."""

    text: str
    table: Table
    folder: Path


def given_table(text: str, config: Path, relation: str | None = None) -> Given:
    """The table that `text` names; a file is meant before a name in the configuration.

    `relation` is that of databases, and means nothing for files.
    """
    named = None if is_address(text) or find_files(Path.cwd(), text) else _configured(text, config)
    if named:
        return Given(text, named, config.absolute().parent)
    is_database = scheme_of(text) in DATABASE if is_address(text) else format_of(Path(text)) == "sqlite"
    return Given(text, Table(path=text, relation=relation if is_database else None), Path.cwd())


def open_given(connection: duckdb.DuckDBPyConnection, name: str, given: Given) -> OpenTable:
    """The table, open as `name`; a `UserError` if it is not there or cannot be read."""
    table = given.table
    if is_address(table.path):
        if fault := fault_of(table.path, table.relation, insecure=table.insecure):
            raise user_error(fault)
        files = bring(connection, table, folder_of(connection) / name)
    else:
        files = find_files(given.folder, table.path)
        if pointer := pointer_of(given):
            raise user_error(f"{given.text} is {pointer.words}", mend=pointer.mend)
        if not files:
            mend = "name a file, a pattern, a folder of files of one format, an address, or a table of mlgate.yml"
            raise user_error(f"there is no table {given.text}", mend=mend)
    return open_table(connection, name, given.text, files, table)


def pointer_of(given: Given) -> Pointer | None:
    """What stands for the table in git, where it was not pulled."""
    if is_address(given.table.path):
        return None
    files = find_files(given.folder, given.table.path) or (given.folder / given.table.path,)
    return next((pointer for file in files if (pointer := pointer_for(file))), None)


def stem_of(text: str) -> str:
    """The name of a file without what its endings say, in letters that every file system has.

    >>> stem_of("data/train.csv.gz"), stem_of("postgresql://host/shop"), stem_of("logs/*.parquet"), stem_of("a.b.csv")
    ('train', 'shop', 'table', 'a.b')
    """
    name = PurePosixPath(text.partition("?")[0].rstrip("/")).name
    while (suffix := PurePosixPath(name).suffix.lower()) in (*COMPRESSED, *READERS, ".db", ".sqlite", ".sqlite3"):
        name = name[: -len(suffix)]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.*") or "table"


def _configured(text: str, config: Path) -> Table | None:
    """The table of that name in the configuration, if there is one."""
    from mlgate.configuring.loading import parse_config
    from mlgate.configuring.yaml_source import read_yaml

    if not config.is_file():
        return None
    parsed = parse_config(read_yaml(config.read_bytes(), config.name), find_checks(config.parent), load_own=False)
    if text in parsed.config.tables and parsed.problems:
        raise UserError(*parsed.problems)
    return parsed.config.tables.get(text)
