"""Files of tables: which ones a path means, which format they have, and the digest that identifies them."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from mlgate.errors import user_error
from mlgate.evidence import digest_of

READERS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".json": "json", ".jsonl": "json", ".ndjson": "json", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
}  # fmt: skip
DATABASES = (".db", ".sqlite", ".sqlite3")
COMPRESSED = (".gz", ".zst")


def find_files(root: Path, pattern: str) -> tuple[Path, ...]:
    """The files that a configured path means: itself, the sorted matches of its wildcards, or a folder's tables.

    Of a folder these are the Parquet files at any depth, or where there is none all files of the one format it has.
    """
    exact = root / pattern
    if not exact.exists() and any(c in pattern for c in "*?["):
        return tuple(sorted(p for p in root.glob(pattern) if p.is_file()))
    if not exact.is_dir():
        return (exact,) if exact.is_file() else ()
    found = sorted(p for p in exact.rglob("*") if p.is_file() and format_of(p) and not p.name.startswith((".", "_")))
    formats = {format_of(p) for p in found} - {"sqlite"}
    wanted = "parquet" if "parquet" in formats else formats.pop() if len(formats) == 1 else None
    return tuple(p for p in found if format_of(p) == wanted and p.suffix != ".txt")


def format_of(file: Path) -> str | None:
    """The format that the ending names, below an ending of compression.

    >>> format_of(Path("a.csv.gz")), format_of(Path("a.xlsx"))
    ('csv', None)
    """
    suffixes = [s for s in file.suffixes if s.lower() not in COMPRESSED]
    ending = suffixes[-1].lower() if suffixes else ""
    return "sqlite" if ending in DATABASES else READERS.get(ending)


def one_format(files: tuple[Path, ...]) -> str:
    """The format of all files; a `UserError` if one has none, or they have several."""
    formats = {format_of(file) for file in files}
    if None in formats:
        file = next(file for file in files if format_of(file) is None)
        raise user_error(
            f"{file.name} has no ending that names a table format", mend=f"use one of {', '.join(READERS)}"
        )
    if len(formats) > 1:
        raise user_error(f"its files have several formats: {', '.join(sorted(map(str, formats)))}",
                         mend="name files of one format, with a pattern such as data/*.parquet")  # fmt: skip
    return str(formats.pop())


def is_partitioned(files: tuple[Path, ...]) -> bool:
    """Whether folders below the one that all files share are named `column=value`."""
    root = common_folder(files)
    return all("=" in "".join(file.relative_to(root).parts[:-1]) for file in files)


def common_folder(files: Iterable[Path]) -> Path:
    """The deepest folder that all files lie in, but no partition of it."""
    folder = Path(os.path.commonpath([file.parent for file in files]))
    while "=" in folder.name:
        folder = folder.parent
    return folder


def digest_files(files: Sequence[Path]) -> str:
    """The SHA-256 of the one file's bytes, or of the list of name and digest of several."""
    journals = [Path(f"{file}-wal") for file in files if format_of(file) == "sqlite"]  # what SQLite has yet to move
    listed = [*files, *(file for file in journals if file.is_file() and file.stat().st_size)]
    root = common_folder(listed)
    digests = []
    for file in listed:
        with file.open("rb") as stream:
            digests.append((file.relative_to(root).as_posix(), hashlib.file_digest(stream, "sha256").hexdigest()))
    return digests[0][1] if len(digests) == 1 else digest_of([list(pair) for pair in digests])
