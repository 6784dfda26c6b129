"""Tables opened by DuckDB: found, recognised, described, and identified by digest."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from mlgate.errors import user_error
from mlgate.evidence import digest_of
from mlgate.questions import Aggregate, CountIf, Pass, Question, Rows, TableFacts
from mlgate.scan import emit

READERS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".json": "json", ".jsonl": "json", ".ndjson": "json",
}  # fmt: skip
COMPRESSED = (".gz", ".zst")
KEPT_BYTES = 64 * 2**20
NULLS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null")  # texts that a CSV file means nothing by
_INTEGERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
)  # fmt: skip
_FAMILIES = {"BOOLEAN": "boolean", "FLOAT": "float", "DOUBLE": "float", "DATE": "date", "VARCHAR": "string"}
_FAMILIES |= dict.fromkeys(_INTEGERS, "integer")


@dataclass(frozen=True)
class OpenTable:
    """A table that can be queried under its name, and what is known of it."""

    facts: TableFacts
    files: tuple[Path, ...]
    sha256: str
    schema_sha256: str


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that never downloads an extension and spills to a temporary folder of its own."""
    return duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"}
    )


def find_files(root: Path, pattern: str) -> tuple[Path, ...]:
    """The files that a configured path means: itself, or the sorted matches of its wildcards."""
    exact = root / pattern
    if exact.exists() or not any(c in pattern for c in "*?["):
        return (exact,) if exact.is_file() else tuple(sorted(p for p in exact.rglob("*.parquet")))
    return tuple(sorted(p for p in root.glob(pattern) if p.is_file()))


def open_table(connection: duckdb.DuckDBPyConnection, name: str, path: str, files: tuple[Path, ...]) -> OpenTable:
    """The table `name` over its files; a `UserError` if they cannot be read as a table.

    A small file of text is decoded once and kept; a large one, and Parquet, is read again by each query.
    """
    is_small_text = _format(files) != "parquet" and sum(f.stat().st_size for f in files) <= KEPT_BYTES
    try:
        relation = _relation(connection, files)
        kind = "TABLE" if is_small_text else "VIEW"
        connection.execute(f"CREATE OR REPLACE {kind} {emit.quote(name)} AS {relation}")
        described = connection.execute(f"DESCRIBE {emit.quote(name)}").fetchall()
    except duckdb.Error as error:
        raise user_error(f"{path} cannot be read as a table: {_first_line(error)}", mend=_read_mend(files)) from None
    types = {str(row[0]): str(row[1]) for row in described}
    facts = TableFacts(name, path, {column: family(kind) for column, kind in types.items()}, types)
    return OpenTable(facts, files, digest_files(files), digest_of([list(pair) for pair in types.items()]))


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


def digest_files(files: Iterable[Path]) -> str:
    """The SHA-256 of the one file's bytes, or of the list of name and digest of several."""
    digests = []
    for file in files:
        with file.open("rb") as stream:
            digests.append((file.name, hashlib.file_digest(stream, "sha256").hexdigest()))
    return digests[0][1] if len(digests) == 1 else digest_of([list(pair) for pair in digests])


def plan(questions: Iterable[Question], facts: Mapping[str, TableFacts]) -> dict[str, tuple[str, tuple[Question, ...]]]:
    """The queries that answer the table questions: name of the pass → (SQL, the questions it answers)."""
    asked = list(dict.fromkeys(q for q in questions if isinstance(q, Aggregate | Pass)))
    passes: dict[str, tuple[str, tuple[Question, ...]]] = {}
    for table in dict.fromkeys(q.table for q in asked if isinstance(q, Aggregate)):
        ours = [q for q in asked if isinstance(q, Rows | CountIf) and q.table == table]
        passes[f"{table}: one scan for {len(ours)} aggregates"] = (emit.fused(ours, facts[table]), tuple(ours))
    for question in asked:
        if isinstance(question, Pass):
            kind = type(question).__name__.lower()
            columns = ", ".join(question.columns[:3]) + (" …" if len(question.columns) > 3 else "")
            passes[f"{question.table}: {kind} by {columns}"] = (emit.single(question), (question,))
    return passes


def answer(connection: duckdb.DuckDBPyConnection, sql: str, questions: tuple[Question, ...]) -> dict[Question, int]:
    """The numbers that one pass gives."""
    row = connection.execute(sql).fetchone()
    return dict(zip(questions, (int(v) for v in row or ()), strict=True))


def _relation(connection: duckdb.DuckDBPyConnection, files: tuple[Path, ...]) -> str:
    paths = "[" + ", ".join(emit.literal(str(file)) for file in files) + "]"
    reader = _format(files)
    if reader == "parquet":
        return f"SELECT * FROM read_parquet({paths})"
    if reader == "json":
        return _json_relation(connection, f"read_json_auto({paths}, sample_size=-1)")
    if reader is None:
        raise user_error(
            f"{files[0].name} has no ending that names a table format", mend=f"use one of {', '.join(READERS)}"
        )
    nulls = "[" + ", ".join(map(emit.literal, NULLS)) + "]"
    options = f"nullstr={nulls}, header=true, sample_size=-1"
    texts = _words_read_as_booleans(connection, paths, options)
    types = "{" + ", ".join(f"{emit.literal(c)}: 'VARCHAR'" for c in texts) + "}"
    return f"SELECT * FROM read_csv({paths}, {options}{f', types={types}' if texts else ''})"


def _format(files: tuple[Path, ...]) -> str | None:
    """The format that the first file's ending names, below an ending of compression."""
    suffixes = [s for s in files[0].suffixes if s.lower() not in COMPRESSED]
    return READERS.get(suffixes[-1].lower() if suffixes else "")


def _json_relation(connection: duckdb.DuckDBPyConnection, reader: str) -> str:
    """A column with values of several types is text, without the quotes that its texts have in JSON."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
    mixed = [emit.quote(str(row[0])) for row in described if row[1] == "JSON"]
    texts = ", ".join(f"{column} ->> '$' AS {column}" for column in mixed)
    return f"SELECT *{f' REPLACE ({texts})' if texts else ''} FROM {reader}"


def _words_read_as_booleans(connection: duckdb.DuckDBPyConnection, paths: str, options: str) -> list[str]:
    """The columns that DuckDB takes for booleans though they say yes/no or t/f, which are labels to everyone else."""
    described = connection.execute(f"DESCRIBE SELECT * FROM read_csv({paths}, {options})").fetchall()
    columns = [str(row[0]) for row in described if row[1] == "BOOLEAN"]
    if not columns:
        return []
    words = ", ".join(f"max(length({emit.quote(c)})), min(length({emit.quote(c)}))" for c in columns)
    row = connection.execute(f"SELECT {words} FROM read_csv({paths}, {options}, all_varchar=true)").fetchone() or ()
    lengths = zip(row[::2], row[1::2], strict=True)
    return [
        column
        for column, (longest, shortest) in zip(columns, lengths, strict=True)
        if not (longest in (4, 5) and shortest in (4, 5))
    ]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]


def _read_mend(files: tuple[Path, ...]) -> str:
    return "check that the ending names the format and that the file is complete" if files else "check the path"
