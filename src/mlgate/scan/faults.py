"""DuckDB's errors in reading files, said by file and line, without values and without folders."""

import re
from pathlib import Path

import duckdb

from mlgate.errors import UserError, user_error

_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FIELDS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_CONVERTED = re.compile(r"^Column (.*) is being converted as type (\w+)", re.MULTILINE)
_FILE = re.compile(r"^ *file = (.+)$", re.MULTILINE)
_FOLDER = re.compile(r"(?<![\w.])/(?:[^/\s'\"]+/)+")


def explained(error: duckdb.Error, name: str) -> UserError:
    """DuckDB's error in reading the file `name`, without the values and paths that its text has."""
    text = str(error)
    name = Path(found[1].strip()).name if (found := _FILE.search(text)) else name
    at = f", line {int(found[1]):,}" if (found := _LINE.search(text)) else ""
    if fields := _FIELDS.search(text):
        return user_error(f"{name}{at}, has {_fields(fields)} and the header {fields[1]}",
                          mend="mend the line: a separator in a value needs quotes around the value")  # fmt: skip
    if converted := _CONVERTED.search(text):
        return user_error(f"{name}{at}: the value of '{converted[1]}' is no {converted[2].lower()}",
                          mend="mend the value, or the column's kind in 'kinds'")  # fmt: skip
    if "unterminated quote" in text:
        return user_error(f"{name}{at}, has a quote that does not end, or text after one that did",
                          mend="double a quote in quotes, or set 'csv: {quote: \"\"}'")  # fmt: skip
    if "nvalid unicode" in text or "not utf-8" in text.lower():
        return user_error(f"{name}{at}, is not UTF-8",
                          mend="set its encoding, such as 'csv: {encoding: cp1252}', or write it as UTF-8")  # fmt: skip
    if "Maximum line size" in text:
        return user_error(f"{name} has a line that is longer than 2 MB", mend="check that it has a line for each row")
    if "GZIP stream" in text or "frame descriptor" in text or "ZSTD" in text.upper():
        return user_error(f"{name} is not whole, or not compressed as its ending says",
                          mend="write or download it again")  # fmt: skip
    return user_error(f"{name}{at}: {first_line(error)}",
                      mend="check that the ending names the format and that the file is complete")  # fmt: skip


def first_line(error: Exception) -> str:
    """The first line of DuckDB's error, without folders: those that follow hold values."""
    return _FOLDER.sub("", str(error).strip().splitlines()[0])[:300]


def _fields(found: re.Match[str]) -> str:
    """DuckDB stops counting at the first field too many."""
    fewer = int(found[2]) < int(found[1])
    return f"{found[2]} field{'s' * (found[2] != '1')}" if fewer else "more fields"
