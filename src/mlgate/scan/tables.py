"""Tables opened by DuckDB: found, recognised, described, and identified by digest."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from mlgate.config import Table
from mlgate.errors import UserError
from mlgate.evidence import digest_of
from mlgate.questions import TableFacts
from mlgate.scan.dialect import literal, quote
from mlgate.scan.faults import explained
from mlgate.scan.footers import Footer, read_footer
from mlgate.scan.formats import digest_files, format_of
from mlgate.scan.reading import relation_of
from mlgate.scratch import scratch_folder

SETTINGS: Mapping[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "2",
}
KEPT_BYTES = 64 * 2**20
_INTEGERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
)  # fmt: skip
_FAMILIES = {"BOOLEAN": "boolean", "FLOAT": "float", "DOUBLE": "float", "DATE": "date", "VARCHAR": "string"}
_FAMILIES |= dict.fromkeys(_INTEGERS, "integer")


@dataclass(frozen=True)
class Viewed:
    """A table that can be queried under its name."""

    facts: TableFacts
    files: tuple[Path, ...]


@dataclass(frozen=True)
class OpenTable(Viewed):
    """A table that can be queried under its name, and what identifies its bytes."""

    sha256: str
    schema_sha256: str
    footer: Footer | None = None  # of Parquet files
    digest_seconds: float = 0.0


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that never downloads an extension and spills to a temporary folder of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        connection = stack.enter_context(duckdb.connect(config={**SETTINGS, "temp_directory": str(folder)}))
        connection.execute("SET enable_progress_bar = false")  # it would be written to standard output
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def bound(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    """From now on the engine holds at most so much `memory`, and writes what does not fit into its folder."""
    connection.execute(f"SET memory_limit = {literal(memory.replace(' ', ''))}")


def open_table(
    connection: duckdb.DuckDBPyConnection, name: str, path: str, files: tuple[Path, ...], how: Table | None = None
) -> OpenTable:
    """The table `name` over its files, read as the configuration says, with its digest; raises as `view_table` does."""
    facts = view_table(connection, name, path, files, how).facts
    footer = read_footer(connection, files, facts) if format_of(files[0]) == "parquet" else None
    schema = digest_of([list(pair) for pair in facts.types.items()])
    began = time.monotonic()
    digest = digest_files(files)
    return OpenTable(facts, files, digest, schema, footer, time.monotonic() - began)


def view_table(
    connection: duckdb.DuckDBPyConnection, name: str, path: str, files: tuple[Path, ...], how: Table | None = None
) -> Viewed:
    """The table `name` over its files, whose bytes nobody needs to identify; a `UserError` if they cannot be read.

    A small file of text is decoded once and kept; a large one, and Parquet, is read again by each query.
    """
    is_small_text = format_of(files[0]) in ("csv", "json") and sum(f.stat().st_size for f in files) <= KEPT_BYTES
    try:
        relation = relation_of(connection, files, how or Table(path=path))
        kind = "TABLE" if is_small_text else "VIEW"
        connection.execute(f"CREATE OR REPLACE {kind} {quote(name)} AS {relation}")
        described = connection.execute(f"DESCRIBE {quote(name)}").fetchall()
    except duckdb.Error as error:
        raise _no_table(path, explained(error, files[0].name)) from None
    except UserError as error:
        raise _no_table(path, error) from None
    types = {str(row[0]): str(row[1]) for row in described}
    return Viewed(TableFacts(name, path, {column: family(kind) for column, kind in types.items()}, types), files)


def digest_rows(connection: duckdb.DuckDBPyConnection, table: OpenTable) -> str:
    """A digest of the rows in any order and of the columns: for a database, which promises no order of bytes.

    The SHA-256 of each row is summed in four parts, so that rows that occur twice count twice.
    """
    parts = ", ".join(f"sum(('0x' || substr(h, {at}, 15))::HUGEINT)::VARCHAR" for at in (1, 16, 31, 46))
    rows = f"SELECT sha256(t::VARCHAR) AS h FROM {quote(table.facts.name)} AS t"
    (found,) = connection.execute(f"SELECT count(*)::VARCHAR, {parts} FROM ({rows})").fetchall()
    return digest_of([table.schema_sha256, *(part or "" for part in found)])


def _no_table(path: str, error: UserError) -> UserError:
    return UserError(*(replace(p, message=f"{path} cannot be read as a table: {p.message}") for p in error.problems))


def family(kind: str) -> str:
    """The type family of a DuckDB type.

    >>> family("BIGINT"), family("TIMESTAMP WITH TIME ZONE"), family("DECIMAL(18,3)"), family("INTEGER[]")
    ('integer', 'timestamp', 'decimal', 'other')
    """
    if kind.startswith("TIMESTAMP"):
        return "timestamp"
    if kind.startswith("DECIMAL") and not kind.endswith("]"):
        return "decimal"
    return _FAMILIES.get(kind, "other")
