"""SQLite files, by the standard library: a table or view of one, written as Parquet once, row by row."""

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote as percent

import duckdb

from mlgate.errors import did_you_mean, user_error
from mlgate.scan.dialect import literal, quote
from mlgate.scan.temporary import folder_of

STORED = ("integer", "real", "text", "blob")
LONGEST_ROW = 64 * 2**20


def as_parquet(connection: duckdb.DuckDBPyConnection, file: Path, relation: str | None) -> Path:
    """The relation's rows as Parquet, in the connection's own temporary folder; the file is opened read-only."""
    try:
        database = sqlite3.connect(f"file:{percent(str(file))}?mode=ro", uri=True)
        database.execute("PRAGMA trusted_schema = OFF")  # a view of the file's may call harmless functions only
        database.text_factory = lambda raw: raw.decode(errors="replace")
        columns = _columns(database, file.name, relation)
        with tempfile.NamedTemporaryFile(
            "w", dir=folder_of(connection), suffix=".csv", newline="", encoding="utf-8", errors="replace"
        ) as text:
            text.writelines(_lines(database, str(relation)))
            text.flush()
            return _parquet(connection, Path(text.name), columns)
    except sqlite3.Error as error:
        raise user_error(f"{file.name} cannot be read by SQLite: {error}", mend="check that it is whole") from None


def _columns(database: sqlite3.Connection, file: str, relation: str | None) -> dict[str, str]:
    """Column → DuckDB's type for what is stored in it; declared types only tell dates and booleans."""
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")]
    if relation not in names:
        missing = f"has no table or view '{relation}'" if relation else "needs 'relation', the name of a table in it"
        raise user_error(f"{file} {missing}", mend=did_you_mean(relation or "", names))
    found = {}
    for name, declared in database.execute("SELECT name, type FROM pragma_table_xinfo(?)", (relation,)).fetchall():
        column = quote(name)
        stored = ", ".join(f"max(typeof({column}) = '{kind}')" for kind in STORED)
        row = database.execute(f"SELECT {stored} FROM {quote(str(relation))}").fetchone()
        found[name] = _type({kind for kind, is_there in zip(STORED, row, strict=True) if is_there}, declared.upper())
    return found


def _type(stored: set[str], declared: str) -> str:
    if stored == {"integer"}:
        return "BOOLEAN" if "BOOL" in declared else "BIGINT"
    if stored and stored <= {"integer", "real"}:
        return "DOUBLE"
    if stored == {"blob"}:
        return "BLOB"
    if stored == {"text"} and "DATE" in declared and "TIME" not in declared:
        return "DATE"
    return "TIMESTAMP" if stored == {"text"} and "TIME" in declared else "VARCHAR"


def _lines(database: sqlite3.Connection, relation: str) -> Iterator[str]:
    for row in database.execute(f"SELECT * FROM {quote(relation)}"):
        yield ",".join(map(_field, row)) + "\n"


def _field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f'"{value.hex()}"'
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else repr(value)


def _parquet(connection: duckdb.DuckDBPyConnection, text: Path, columns: dict[str, str]) -> Path:
    """Texts become dates only where all of them are."""
    read = {name: kind if kind in ("BIGINT", "DOUBLE") else "VARCHAR" for name, kind in columns.items()}
    listed = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in read.items())
    source = (
        f"read_csv({literal(str(text))}, auto_detect=false, header=false, delim=',', quote='\"', escape='\"', "
        f"nullstr='', allow_quoted_nulls=false, max_line_size={LONGEST_ROW}, columns={{{listed}}})"
    )
    tried = [n for n, kind in columns.items() if kind in ("DATE", "TIMESTAMP", "BOOLEAN")]
    checks = ", ".join(f"count(TRY_CAST({quote(n)} AS {columns[n]})) = count({quote(n)})" for n in tried)
    (fits,) = connection.execute(f"SELECT {checks} FROM {source}").fetchall() if tried else [()]
    given = dict(read) | {n: columns[n] for n, is_so in zip(tried, fits, strict=True) if is_so}
    shown = ", ".join(
        f"{f'from_hex({quote(n)})' if columns[n] == 'BLOB' else f'CAST({quote(n)} AS {given[n]})'} AS {quote(n)}"
        for n in columns
    )
    target = text.with_suffix(".parquet")
    connection.execute(f"COPY (SELECT {shown} FROM {source}) TO {literal(str(target))} (FORMAT parquet)").fetchall()
    return target
