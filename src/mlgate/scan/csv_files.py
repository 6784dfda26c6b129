"""CSV files as a relation of DuckDB's: read strictly, and what cannot be read is told by its line."""

import codecs
import gzip
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from mlgate.config import Csv, Kind
from mlgate.errors import user_error
from mlgate.scan.dialect import literal, quote
from mlgate.scan.dialects import Dialect, find_dialect
from mlgate.scan.faults import explained
from mlgate.scan.formats import is_partitioned
from mlgate.scan.temporary import folder_of

TYPES: Mapping[Kind, str] = {
    "number": "DOUBLE", "integer": "BIGINT", "text": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}  # fmt: skip
CHUNK = 2**20
_INVALID_STATE = "reached an invalid state"  # what DuckDB says of lines that end in both ways
_VAGUE = ("Error when sniffing", _INVALID_STATE)  # errors without the line


def csv_relation(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], asked: Csv, kinds: Mapping[str, Kind]
) -> str:
    """The SELECT that reads the files; a `UserError` with the line that cannot be read."""
    dialects = [find_dialect(connection, file, asked) for file in files]
    for file, dialect in zip(files, dialects, strict=True):
        if dialect.names != dialects[0].names:
            raise user_error(f"{file.name} has other columns than {files[0].name}",
                             mend="a pattern's files are one table: give them the same header")  # fmt: skip
    readable = [
        file if dialect.encoding == "utf-8" else _rewritten(connection, file, dialect.encoding)
        for file, dialect in zip(files, dialects, strict=True)
    ]
    try:
        return _typed(connection, readable, dialects[0], asked, kinds)
    except duckdb.Error as error:
        if not any(vague in str(error) for vague in _VAGUE):
            raise explained(error, files[0].name) from None
        return _second_try(connection, files, readable, dialects, asked, kinds)


def _second_try(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], readable: Sequence[Path],
    dialects: Sequence[Dialect], asked: Csv, kinds: Mapping[str, Kind],
) -> str:  # fmt: skip
    """Files whose lines end in both ways are written anew; any other fault is told by its line."""
    for file, readable_file, dialect in zip(files, readable, dialects, strict=True):
        fault = _fault(connection, readable_file, dialect)
        if fault is not None and _INVALID_STATE not in str(fault):
            raise explained(fault, file.name)
    rewritten = [_rewritten(connection, f, d.encoding) for f, d in zip(files, dialects, strict=True)]
    try:
        return _typed(connection, rewritten, dialects[0], asked, kinds)
    except duckdb.Error as error:
        raise explained(error, files[0].name) from None


def _typed(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    dialect: Dialect,
    asked: Csv,
    kinds: Mapping[str, Kind],
) -> str:
    options = ["sample_size=-1", *_options(dialect), f"decimal_separator={literal(asked.decimal)}"]
    options += [f"hive_partitioning={literal(is_partitioned(tuple(files)))}"]
    options += [f"nullstr=[{', '.join(map(literal, asked.missing))}]"]
    options += [f"names=[{', '.join(map(literal, dialect.names))}]"] * (not dialect.has_header)
    options += [f"dateformat={literal(asked.date_format)}"] if asked.date_format else []
    options += [f"timestampformat={literal(asked.timestamp_format)}"] if asked.timestamp_format else []
    types = {c: TYPES[kind] for c, kind in kinds.items() if kind in TYPES and c in dialect.names}
    paths = _paths(files)
    words = _words_read_as_booleans(connection, paths, ", ".join(options))
    types = dict.fromkeys(words, "VARCHAR") | types
    return f"SELECT * FROM read_csv({paths}, {_with(options, types)})"


def _with(options: Sequence[str], types: Mapping[str, str]) -> str:
    listed = ", ".join(f"{literal(column)}: {literal(kind)}" for column, kind in types.items())
    return ", ".join([*options, f"types={{{listed}}}"] if types else options)


def _options(dialect: Dialect) -> list[str]:
    return [
        f"delim={literal(dialect.delimiter)}", f"quote={literal(dialect.quote)}", f"escape={literal(dialect.escape)}",
        "comment=''", f"header={literal(dialect.has_header)}", f"skip={dialect.skip}",
    ]  # fmt: skip


def _fault(connection: duckdb.DuckDBPyConnection, file: Path, dialect: Dialect) -> duckdb.Error | None:
    """What DuckDB says of the file when it is told everything, since only then it names the line."""
    columns = ", ".join(f"{literal(name or f'column{at}')}: 'VARCHAR'" for at, name in enumerate(dialect.names))
    options = ", ".join(["auto_detect=false", *_options(dialect), f"columns={{{columns}}}"])
    try:
        connection.execute(f"SELECT count(COLUMNS(*)) FROM read_csv({_paths([file])}, {options})").fetchall()
    except duckdb.Error as error:
        return error
    return None


def _words_read_as_booleans(connection: duckdb.DuckDBPyConnection, paths: str, options: str) -> list[str]:
    """The columns that DuckDB takes for booleans though they say yes/no or t/f, which are labels to everyone else."""
    described = connection.execute(f"DESCRIBE SELECT * FROM read_csv({paths}, {options})").fetchall()
    columns = [str(row[0]) for row in described if row[1] == "BOOLEAN"]
    if not columns:
        return []
    words = ", ".join(f"max(length({quote(c)})), min(length({quote(c)}))" for c in columns)
    row = connection.execute(f"SELECT {words} FROM read_csv({paths}, {options}, all_varchar=true)").fetchall()[0]
    lengths = zip(row[::2], row[1::2], strict=True)
    return [
        column
        for column, (longest, shortest) in zip(columns, lengths, strict=True)
        if not (longest in (4, 5) and shortest in (4, 5))
    ]


def _rewritten(connection: duckdb.DuckDBPyConnection, file: Path, encoding: str) -> Path:
    """A copy in UTF-8 whose lines all end alike, in the connection's own temporary folder."""
    partitions = [part for part in file.parts[:-1] if "=" in part]
    copy_of = Path(tempfile.mkdtemp(dir=folder_of(connection)), *partitions, f"{file.name.partition('.')[0]}.csv")
    copy_of.parent.mkdir(parents=True, exist_ok=True)
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with (
        copy_of.open("xb") as copy,
        gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream,
    ):
        try:
            while chunk := stream.read(CHUNK):
                text = decoder.decode(chunk).replace("\r\n", "\n")
                line += text.count("\n")
                copy.write(text.encode())
            copy.write(decoder.decode(b"", final=True).encode())
        except UnicodeError:
            raise user_error(
                f"{file.name}, after line {line:,}, is not {encoding}", mend="set 'csv.encoding'"
            ) from None
    return copy_of


def _paths(files: Sequence[Path]) -> str:
    return "[" + ", ".join(literal(str(file)) for file in files) + "]"
