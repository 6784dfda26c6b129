"""How a CSV file is written: its encoding, delimiter and header, told by its first lines and the configuration."""

import csv
import gzip
import io
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from mlgate.config import Csv
from mlgate.errors import did_you_mean, user_error
from mlgate.scan.dialect import literal

DELIMITERS = (",", ";", "\t", "|")
HEAD_BYTES = 2 * 2**20  # the longest header that is read
SAMPLE_LINES = 50
MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8"),
)  # fmt: skip
SUGGESTED = ("cp1252", "latin-1", "utf-16-le", "utf-16-be", "cp1250", "shift_jis", "gb18030")


@dataclass(frozen=True)
class Dialect:
    """What it takes to read a CSV file: nothing is left to guess but the columns' types."""

    delimiter: str
    quote: str
    escape: str
    encoding: str  # of the file itself; "utf-8" is read as it is
    skip: int
    has_header: bool
    names: tuple[str, ...]


def find_dialect(connection: duckdb.DuckDBPyConnection, file: Path, asked: Csv) -> Dialect:
    """The dialect of a file; a `UserError` if its first lines are no table's."""
    head = read_head(connection, file)
    encoding = _encoding(head, asked, file.name)
    lines = _lines(head.decode(encoding, "replace").removeprefix("\ufeff"), file.name)[asked.skip :]
    if not lines:
        raise user_error(f"{file.name} has no line after the {asked.skip} that 'csv.skip' leaves out")
    is_tabbed = ".tsv" in file.suffixes
    delimiter = asked.delimiter or ("\t" if is_tabbed and "\t" in lines[0] else _delimiter(lines, asked))
    names = asked.names or tuple(_rows(lines, delimiter, asked)[0])
    _no_odd_header(names, file.name, "'csv.names'" if asked.names else f"line {asked.skip + 1}, the header,")
    return Dialect(delimiter, asked.quote, asked.escape or asked.quote, encoding, asked.skip, not asked.names, names)


def read_head(connection: duckdb.DuckDBPyConnection, file: Path) -> bytes:
    """The file's first bytes, decompressed; a `UserError` if they cannot be."""
    try:
        if file.suffix == ".gz":
            with gzip.open(file) as stream:
                return stream.read(HEAD_BYTES)
        if file.suffix == ".zst":  # the standard library reads none before Python 3.14, so DuckDB does, line by line
            lines = connection.execute(
                f"SELECT line FROM read_csv({literal(str(file))}, auto_detect=false, delim='\\0', quote='', escape='', "
                f"header=false, columns={{'line': 'VARCHAR'}}, max_line_size={HEAD_BYTES}) LIMIT {SAMPLE_LINES}"
            ).fetchall()
            return "".join(f"{line}\n" for (line,) in lines).encode()
        with file.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except (EOFError, zlib.error, gzip.BadGzipFile, duckdb.Error):
        raise user_error(
            f"{file.name} is not whole, or not compressed as its ending says", mend="write or download it again"
        ) from None


def _encoding(head: bytes, asked: Csv, name: str) -> str:
    if asked.encoding:
        try:
            "".encode(asked.encoding)
        except (LookupError, UnicodeError):
            raise user_error(
                f"there is no encoding '{asked.encoding}'", mend=did_you_mean(asked.encoding, SUGGESTED)
            ) from None
        return "utf-8" if asked.encoding.lower() in ("utf-8", "utf8", "utf-8-sig") else asked.encoding
    marked = next((encoding for mark, encoding in MARKS if head.startswith(mark)), None)
    if marked is None and b"\0" in head:
        zeros = Counter(at % 2 for at, byte in enumerate(head[:2_000]) if not byte)
        if zeros and max(zeros.values()) > 0.3 * min(len(head), 2_000):
            guess = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
            raise user_error(
                f"{name} is probably UTF-16, without the mark that says so", mend=f"set 'csv: {{encoding: {guess}}}'"
            )
        raise user_error(f"{name} is binary, not text", mend="check that it is the file that its ending says")
    return marked or "utf-8"


def _lines(text: str, name: str) -> list[str]:
    """The first lines, none of them cut off."""
    lines = text.splitlines(keepends=True)
    if len(text) >= HEAD_BYTES // 4 and len(lines) < 2:
        raise user_error(f"the first line of {name} is longer than {len(text):,} characters, so it is no header",
                         mend="check that it is a table with a line for each row")  # fmt: skip
    return lines[:SAMPLE_LINES] if len(lines) > SAMPLE_LINES else lines


def _delimiter(lines: list[str], asked: Csv) -> str:
    """The one that gives most lines as many fields as the header has, and more than one."""
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        rows = _rows(lines, delimiter, asked)
        fields = len(rows[0])
        fitting = sum(len(row) == fields for row in rows if row)
        if fields > 1 and (fitting, fields) > most:
            best, most = delimiter, (fitting, fields)
    return best


def _rows(lines: list[str], delimiter: str, asked: Csv) -> list[list[str]]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if asked.quote else csv.QUOTE_NONE
    escape = asked.escape if asked.escape != asked.quote else None
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter, quotechar=asked.quote or None,
                        quoting=quoting, escapechar=escape or None, doublequote=escape is None)  # fmt: skip
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a cut-off last line, or a field beyond the module's limit: what came before is enough
        rows.extend(reader)
    return rows or [[""]]


def _no_odd_header(names: tuple[str, ...], file: str, where: str) -> None:
    if not any(name.strip() for name in names):
        raise user_error(f"{where} of {file} is empty", mend="leave lines before the header out with 'csv: {skip: N}'")
    counts = Counter(name.lower() for name in names)  # DuckDB tells names apart by more than case alone
    if twice := next((name for name in names if name and counts[name.lower()] > 1), None):
        raise user_error(f"{where} of {file} has the name '{twice[:60]}' {counts[twice.lower()]} times",
                         mend="give each column its own name, or set 'csv: {names: […], skip: 1}'")  # fmt: skip
