"""Tables at addresses in a run: opened from what was brought, identified by what they hold."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb

from mlgate.config import Config, Table
from mlgate.configuring.setting import Setting
from mlgate.errors import UserError
from mlgate.evidence import Note
from mlgate.scan.tables import OpenTable, digest_rows, open_table
from mlgate.scan.temporary import folder_of
from mlgate.sources.addresses import DATABASE, is_address, scheme_of
from mlgate.sources.bringing import bring
from mlgate.sources.snapshots import NEW_ADDRESS, is_agreed, snapshot_of


def open_address(connection: duckdb.DuckDBPyConnection, setting: Setting, name: str, table: Table) -> OpenTable | str:
    """The table, or the reason why this run has no access to it; a `UserError` if it cannot be read.

    What was not brought with credentials is asked for without them, such as a public file on a fork's pull request.
    """
    if not is_agreed(setting, name):
        return NEW_ADDRESS.format(name=name)
    files = snapshot_of(table)
    try:
        found = open_table(
            connection, name, table.path, files or bring(connection, table, folder_of(connection) / name), table
        )
    except UserError as error:
        if setting.event.is_fork:
            return f"{error.problems[0].message}; a fork's pull request gets no credentials"
        raise
    return replace(found, sha256=digest_rows(connection, found)) if scheme_of(table.path) in DATABASE else found


def source_notes(config: Config) -> Iterator[Note]:
    """A note for each table that is read without encryption."""
    for table in config.tables.values():
        if is_address(table.path) and scheme_of(table.path) == "http" and table.insecure:
            yield Note("insecure-source", table.path[:400])
