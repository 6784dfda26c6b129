"""Tables as views of a Spark session: what the session knows by name, stores it can read, and this machine's files."""

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from mlgate.errors import user_error
from mlgate.evidence import digest_of
from mlgate.questions import TableFacts
from mlgate.scan.dialect import literal
from mlgate.scan.dialect import quote as duckdb_quote
from mlgate.scan.formats import format_of
from mlgate.scan.passes import FILE_ORDER
from mlgate.scan.spark_dialect import quote
from mlgate.scan.tables import OpenTable, open_table
from mlgate.scan.temporary import folder_of
from mlgate.sources.addresses import is_address

_FAMILIES = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "integer"), "float": "float", "double": "float",
    "boolean": "boolean", "date": "date", "timestamp": "timestamp", "timestamp_ntz": "timestamp", "string": "string",
}  # fmt: skip


def view_of(session: Any, name: str, path: str) -> TableFacts:
    """The table that the session knows by this name, or Parquet that it reads at this address, is the view `name`."""
    frame = session.read.parquet(path) if is_address(path) else session.table(path)
    frame.createOrReplaceTempView(quote(name))
    types = {column.name: column.dataType.simpleString() for column in frame.schema.fields}
    if len({column.lower() for column in types}) < len(frame.schema.fields):
        raise user_error(f"{path} has a column name twice", mend="give each column a name of its own")
    return TableFacts(name, path, {column: family(kind) for column, kind in types.items()}, types)


def bring(session: Any, connection: duckdb.DuckDBPyConnection, facts: TableFacts) -> OpenTable:
    """The view's rows are a table of DuckDB's too, from Parquet in its folder: a model predicts them here."""
    target = _new_file(connection)
    connection.register("rows_of_spark", session.table(quote(facts.name)).toArrow())
    connection.execute(f"COPY rows_of_spark TO {literal(str(target))} (FORMAT parquet)").fetchall()
    connection.unregister("rows_of_spark")
    return open_table(connection, facts.name, facts.path, (target,))


def hand_over(session: Any, connection: duckdb.DuckDBPyConnection, table: OpenTable, *, shared: bool) -> None:
    """An opened table of this machine is a view of the session's too; `shared`: the session reads this machine's files.

    Parquet is read where it is; everything else as it was understood here, so that both engines have the same values.
    """
    name, files = table.facts.name, table.files
    is_read_in_place = shared and format_of(files[0]) == "parquet" and all(map(_is_plain, table.facts.types.values()))
    if not is_read_in_place:
        files = (_as_parquet(connection, table.facts),)
    order = quote(FILE_ORDER)
    if shared:
        frame = session.read.parquet(*(str(file.absolute()) for file in files))
        number = "row_number() OVER (ORDER BY _metadata.file_path, _metadata.row_index)"
        ordered = frame.selectExpr("*", f"{number} AS {order}")
    else:
        numbered = f"SELECT *, file_row_number AS {duckdb_quote(FILE_ORDER)}"
        source = f"read_parquet({literal(str(files[0]))}, file_row_number = true)"
        rows = connection.sql(f"{numbered} FROM {source}").to_arrow_table()
        ordered = session.createDataFrame(rows).drop("file_row_number")
        frame = ordered.drop(FILE_ORDER)
    frame.createOrReplaceTempView(quote(name))
    ordered.createOrReplaceTempView(quote(f"{name} in order"))


def digest_of_rows(session: Any, facts: TableFacts) -> str:
    """A digest of the rows in any order and of the columns: a cluster promises no order.

    The SHA-256 of each row is summed in four parts, so that rows that occur twice count twice.
    """
    part = "CAST(sum(CAST(conv(substr(h, {0}, 15), 16, 10) AS DECIMAL(38, 0))) AS STRING)"
    parts = ", ".join(part.format(at) for at in (1, 16, 31, 46))
    rows = f"SELECT sha2(to_json(struct(*)), 256) AS h FROM {quote(facts.name)}"
    (found,) = session.sql(f"SELECT CAST(count(*) AS STRING), {parts} FROM ({rows}) r").collect()
    return digest_of([schema_digest(facts), *(text or "" for text in found)])


def schema_digest(facts: TableFacts) -> str:
    """The digest of the columns and their types."""
    return digest_of([list(pair) for pair in facts.types.items()])


def family(kind: str) -> str:
    """The type family of a Spark type.

    >>> family("bigint"), family("decimal(18,3)"), family("varchar(3)"), family("array<int>")
    ('integer', 'decimal', 'string', 'other')
    """
    head = kind.partition("(")[0]
    return "decimal" if head == "decimal" else "string" if head in ("varchar", "char") else _FAMILIES.get(kind, "other")


def _is_plain(kind: str) -> bool:
    """Whether Spark reads a type as DuckDB does: no unsigned or huge numbers, no nested ones, times of day or UUIDs."""
    plain = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "VARCHAR", "DATE", "BLOB")
    times = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
    return kind in (*plain, *times) or (kind.startswith("DECIMAL(") and kind.endswith(")"))


def _as_parquet(connection: duckdb.DuckDBPyConnection, facts: TableFacts) -> Path:
    """The table's rows as Parquet that Spark reads: what it has no type for is text, or the nearest number."""
    target = _new_file(connection)
    shown = ", ".join(_plainly(column, kind) for column, kind in facts.types.items())
    source = f"SELECT {shown} FROM {duckdb_quote(facts.name)}"
    connection.execute(f"COPY ({source}) TO {literal(str(target))} (FORMAT parquet)").fetchall()
    return target


def _plainly(column: str, kind: str) -> str:
    name = duckdb_quote(column)
    if _is_plain(kind) or kind.endswith(("]", ")")):
        return name
    if kind in ("UTINYINT", "USMALLINT", "UINTEGER"):
        wanted = "BIGINT"
    elif kind in ("UBIGINT", "HUGEINT", "UHUGEINT"):
        wanted = "DECIMAL(38, 0)"
    else:
        wanted = "TIMESTAMP" if kind.startswith("TIMESTAMP") else "VARCHAR"
    return f"CAST({name} AS {wanted}) AS {name}"


def _new_file(connection: duckdb.DuckDBPyConnection) -> Path:
    with tempfile.NamedTemporaryFile(dir=folder_of(connection), suffix=".parquet", delete=False) as file:
        return Path(file.name)
