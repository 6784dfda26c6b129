"""The temporary folder of a connection, gone when the connection is closed."""

from pathlib import Path

import duckdb


def folder_of(connection: duckdb.DuckDBPyConnection) -> Path:
    """Where the connection spills, and copies of files may lie as long as it is open."""
    (row,) = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    return Path(row[0])
