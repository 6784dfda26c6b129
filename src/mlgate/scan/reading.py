"""Files of any format as one relation of DuckDB's."""

from pathlib import Path

import duckdb

from mlgate.config import Table
from mlgate.errors import user_error
from mlgate.scan import arrow_files, sqlite_files
from mlgate.scan.csv_files import csv_relation
from mlgate.scan.dialect import literal, quote
from mlgate.scan.formats import common_folder, is_partitioned, one_format
from mlgate.scan.zst import is_whole_zst


def relation_of(connection: duckdb.DuckDBPyConnection, files: tuple[Path, ...], how: Table) -> str:
    """The SELECT that reads the files; a `UserError` or DuckDB's own error if they cannot be read.

    Folders named `column=value` are columns, but only those below the one that all files share.
    """
    relation = _relation(connection, files, how)
    above = [part.partition("=")[0] for part in common_folder(files).parts if "=" in part]
    if not above or not is_partitioned(files):
        return relation
    return f"SELECT * EXCLUDE ({', '.join(map(quote, above))}) FROM ({relation})"


def _relation(connection: duckdb.DuckDBPyConnection, files: tuple[Path, ...], how: Table) -> str:
    reader = one_format(files)
    if cut_off := next((file for file in files if file.suffix == ".zst" and not is_whole_zst(file)), None):
        raise user_error(f"{cut_off.name} is not whole, or not compressed as its ending says",
                         mend="write or download it again")  # fmt: skip
    if reader == "csv":
        return csv_relation(connection, files, how.csv, how.kinds)
    hive = f"hive_partitioning={literal(is_partitioned(files))}"
    if reader == "json":
        return _json(connection, f"read_json_auto({_paths(files)}, sample_size=-1, {hive})")
    read = arrow_files.as_parquet(connection, files) if reader == "arrow" else files
    if reader == "sqlite":
        read = tuple(sqlite_files.as_parquet(connection, file, how.relation) for file in files)
    return f"SELECT * FROM read_parquet({_paths(read)}, {hive})"


def _json(connection: duckdb.DuckDBPyConnection, reader: str) -> str:
    """A column with values of several types is text, without the quotes that its texts have in JSON."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
    mixed = [quote(str(row[0])) for row in described if row[1] == "JSON"]
    texts = ", ".join(f"{column} ->> '$' AS {column}" for column in mixed)
    return f"SELECT *{f' REPLACE ({texts})' if texts else ''} FROM {reader}"


def _paths(files: tuple[Path, ...]) -> str:
    return "[" + ", ".join(literal(str(file)) for file in files) + "]"
