"""A table of PostgreSQL, by ADBC: read in one statement that cannot write, batch by batch, into a Parquet file."""

from pathlib import Path
from typing import Any

import duckdb

from mlgate.errors import UserError, did_you_mean, user_error
from mlgate.scan.dialect import literal, quote

PLAIN = (
    "smallint", "integer", "bigint", "real", "double precision", "boolean", "text", "character varying", "character",
    "date", "timestamp without time zone", "timestamp with time zone", "bytea",
)  # fmt: skip
MOST_DIGITS = 38  # of DuckDB's DECIMAL

_COLUMNS = """
SELECT column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns
WHERE table_schema = {schema} AND table_name = {name} ORDER BY ordinal_position"""
_NAMES = """
SELECT CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name FROM information_schema.tables
WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"""


def as_parquet(connection: duckdb.DuckDBPyConnection, address: str, relation: str, folder: Path) -> Path:
    """The rows of the relation as a Parquet file in `folder`; libpq finds user and password in the environment."""
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise user_error(f"{address} is read by ADBC, which is not installed beside mlgate",
                         mend="pip install 'mlgate[postgres]'") from None  # fmt: skip
    target = folder / "table.parquet"
    try:
        with dbapi.connect(address) as database, database.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            asked, given = _selected(cursor, relation)
            cursor.execute(asked)
            connection.register("rows_of_postgres", cursor.fetch_record_batch())
            connection.execute(
                f"COPY (SELECT {given} FROM rows_of_postgres) TO {literal(str(target))} (FORMAT parquet)"
            )
            connection.unregister("rows_of_postgres")
    except Error as error:
        raise user_error(f"{address} cannot be read: {_first_line(error)}",
                         mend="check the address, and PGUSER and PGPASSWORD in the environment") from None  # fmt: skip
    return target


def _selected(cursor: Any, relation: str) -> tuple[str, str]:
    """What to select of the server, and of what it gives: types that Arrow does not know come as text."""
    schema, _, name = relation.rpartition(".")
    cursor.execute(_COLUMNS.format(schema=literal(schema or "public"), name=literal(name)))
    columns = cursor.fetchall()
    if not columns:
        raise _no_relation(cursor, relation)
    asked, given = [], []
    for column, kind, digits, scale in columns:
        name_of_column = quote(column)
        asked.append(name_of_column if kind in PLAIN else f"CAST({name_of_column} AS text) AS {name_of_column}")
        if kind != "numeric":
            given.append(name_of_column)
            continue
        exact = digits is not None and digits <= MOST_DIGITS
        given.append(
            f"CAST({name_of_column} AS {f'DECIMAL({digits}, {scale})' if exact else 'DOUBLE'}) AS {name_of_column}"
        )
    return f"SELECT {', '.join(asked)} FROM {quote(schema or 'public')}.{quote(name)}", ", ".join(given)


def _no_relation(cursor: Any, relation: str) -> UserError:
    cursor.execute(_NAMES)
    names = [name for (name,) in cursor.fetchall()]
    return user_error(
        f"there is no table or view '{relation}' that this user may read", mend=did_you_mean(relation, names)
    )


def _first_line(error: Exception) -> str:
    """What the server said, without its answer codes."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rpartition("] ")[2][:300] if lines else type(error).__name__
