"""Freshness: how old the newest row of a feature version is, read from its table."""

import datetime
from pathlib import Path

import duckdb

from mlgate.errors import UserError
from mlgate.features.declared import FeatureVersion, seconds_of
from mlgate.promotion.case import Served
from mlgate.scan.dialect import quote
from mlgate.scan.formats import find_files
from mlgate.scan.tables import connect, open_table

UTC = datetime.UTC


def freshness(version: FeatureVersion | None, folder: Path, sha256: str, now: datetime.datetime) -> Served:
    """The served version with whether it is fresh; what should be fresh and cannot be read is not."""
    if version is None or version.table is None or version.updated is None or version.fresh_within is None:
        return Served(sha256)
    newest = _newest(folder, version.table, version.updated)
    if isinstance(newest, str):
        return Served(sha256, False, newest)
    age = (now - newest).total_seconds()
    is_fresh = -300 <= age <= seconds_of(version.fresh_within)  # clocks differ; a row from tomorrow is a fault
    when = newest.strftime("%Y-%m-%d %H:%M UTC")
    return Served(sha256, is_fresh, f"its newest row is of {when}, and at most {version.fresh_within} old is asked for")


def _newest(folder: Path, table: str, column: str) -> datetime.datetime | str:
    """The newest time in the column, or why there is none."""
    files = find_files(folder, table)
    if not any(file.is_file() for file in files):
        return f"its table {table} is not here"
    try:
        with connect() as connection:
            opened = open_table(connection, "feature", table, files)
            if opened.facts.columns.get(column) not in ("timestamp", "date"):
                return f"its table {table} has no column '{column}' of times"
            (row,) = connection.execute(f"SELECT epoch(max({quote(column)})::TIMESTAMP) FROM feature").fetchall()
    except (UserError, duckdb.Error) as error:
        return f"its table {table} cannot be read: {str(error).splitlines()[0][:200]}"
    if row[0] is None:
        return f"its table {table} has no time in '{column}'"
    try:
        return datetime.datetime.fromtimestamp(float(row[0]), UTC)
    except (ValueError, OverflowError, OSError):
        return f"its table {table} has times in '{column}' that are none"
