"""Files: what a model's files are by digest, and how they arrive: whole and verified, or not at all."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mlgate.errors import Problem, UserError, user_error
from mlgate.ledger.events import FileRecord
from mlgate.registries.backend import Release

CHUNK = 2**20
MOST_FILES = 2_000
Fetch = Callable[[FileRecord], Iterable[bytes]]


class OtherBytes(UserError):
    """What came is not the file that was registered."""

    def __init__(self, file: FileRecord, why: str) -> None:
        mend = "pull it again, or from another backend; 'mlgate reconcile' says what a backend holds"
        super().__init__(Problem(f"'{file.name}' did not arrive as it was registered: {why}", mend=mend))
        self.why = why


def release_of(
    model: str, version: str, folder: Path, names: Iterable[str], *, source_sha: str, evidence_sha256: str
) -> Release:
    """The release that the files `names` of the folder are; their bytes are read, never loaded."""
    files = tuple(record_of(folder, name) for name in sorted(set(names)))
    return Release(
        model=model, version=version, sha256=model_digest(files), files=files, source_sha=source_sha,
        evidence_sha256=evidence_sha256,
    )  # fmt: skip


def record_of(folder: Path, name: str) -> FileRecord:
    """The file's size and digest."""
    path = inside(folder, name)
    if not path.is_file():
        raise user_error(f"there is no file '{name}' in {folder}", mend="build the model, or fetch it, first")
    with path.open("rb") as stream:
        return FileRecord(name, hashlib.file_digest(stream, "sha256").hexdigest(), os.fstat(stream.fileno()).st_size)


def records_of(path: Path) -> tuple[FileRecord, ...]:
    """The files of a model that is a file, or a folder: all in it but hidden ones and Python's caches.

    A `UserError` for a folder without files or with more than a ledger holds, and for a link, which leads elsewhere.
    """
    if not path.is_dir():
        return (record_of(path.parent, path.name),)
    found = sorted(file for file in path.rglob("*") if not _is_beside(file.relative_to(path)))
    if links := [file for file in found if file.is_symlink()]:
        raise user_error(f"'{links[0].relative_to(path)}' in the model's folder {path.name} is a link",
                         mend="put the file itself there")  # fmt: skip
    names = [file.relative_to(path).as_posix() for file in found if file.is_file()]
    if not 0 < len(names) <= MOST_FILES:
        raise user_error(f"the model's folder {path.name} has {len(names):,} files; 1 to {MOST_FILES:,} can be kept",
                         mend="name the folder that holds the model alone")  # fmt: skip
    return tuple(record_of(path, name) for name in sorted(names))


def _is_beside(name: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in name.parts)


def model_digest(files: Iterable[FileRecord]) -> str:
    """The model's identity: its file's SHA-256; of several, that of their raw digests in the order of their names.

    The latter is what OpenSSF's model signing uses; `Release.files` covers the names.
    """
    ordered = sorted(files, key=lambda file: file.name)
    if len(ordered) == 1:
        return ordered[0].sha256
    return hashlib.sha256(b"".join(bytes.fromhex(file.sha256) for file in ordered)).hexdigest()


def inside(folder: Path, name: str) -> Path:
    """The path of a file in the folder; a `UserError` for a name that leads out of it."""
    parts = name.split("/")
    if "\0" in name or "\\" in name or any(part in ("", ".", "..") for part in parts):
        raise user_error(f"'{name[:100]}' cannot be the name of a model's file", mend="a relative path with '/'")
    return folder.joinpath(*parts)


def chunks(path: Path, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The file's bytes from `start`, a few at a time."""
    with path.open("rb") as stream:
        stream.seek(start)
        left = length
        while left is None or left > 0:
            part = stream.read(CHUNK if left is None else min(CHUNK, left))
            if not part:
                return
            left = None if left is None else left - len(part)
            yield part


def arrive(release: Release, into: Path, fetch: Fetch) -> None:
    """The release's files are in the new folder `into`, verified; after any fault there is no such folder."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise user_error(f"{into} is there already", mend="name a folder that does not exist, or is empty")
    if model_digest(release.files) != release.sha256:
        raise user_error(f"the files of {release} are not those of its digest", mend="mlgate audit verify")
    into.parent.mkdir(parents=True, exist_ok=True)
    arriving = into.parent / f".{into.name}.{secrets.token_hex(6)}.part"
    try:
        arriving.mkdir()
        for file in release.files:
            path = inside(arriving, file.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_verified(file, fetch(file), path)
        arriving.rename(into)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def write_verified(file: FileRecord, parts: Iterable[bytes], path: Path) -> None:
    """The file is at `path` and on the disk; a `UserError` as soon as it is too long, else when its digest is wrong."""
    with path.open("xb") as stream:
        for part in verified(file, parts):
            stream.write(part)
        stream.flush()
        os.fsync(stream.fileno())


def verified(file: FileRecord, parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes; raises before more than the file's size has passed, and after the last if they are others."""
    digest, size = hashlib.sha256(), 0
    for part in parts:
        size += len(part)
        if size > file.size:
            raise OtherBytes(file, f"more than its {file.size:,} bytes came")
        digest.update(part)
        yield part
    if size != file.size:
        raise OtherBytes(file, f"{size:,} of its {file.size:,} bytes came")
    if digest.hexdigest() != file.sha256:
        raise OtherBytes(file, f"its SHA-256 is {digest.hexdigest()[:12]}… and should be {file.sha256[:12]}…")


def difference(file: FileRecord, parts: Iterable[bytes]) -> str | None:
    """In what the bytes differ from the file's; None if they do not."""
    try:
        for _ in verified(file, parts):
            pass
    except OtherBytes as error:
        return error.why
    return None
