"""A plain folder: `churn/v1.2.0/` holds a version's `files/` and `release.json`, `churn/stages/prod` its name."""

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mlgate.registries.backend import Backend
from mlgate.transfer.files import chunks, inside
from mlgate.transfer.shelf import Shelf


class Disk:
    """Files below a folder; each appears whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def size(self, name: str) -> int | None:
        """How long the file is; None if there is none."""
        path = inside(self._folder, name)
        return path.stat().st_size if path.is_file() else None

    def read(self, name: str) -> Iterator[bytes]:
        """The file's bytes."""
        return chunks(inside(self._folder, name))

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """The file has these bytes."""
        path = inside(self._folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        arriving = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
        try:
            with arriving.open("xb") as stream:
                stream.writelines(parts)
                stream.flush()
                os.fsync(stream.fileno())
            arriving.replace(path)
        finally:
            arriving.unlink(missing_ok=True)

    def names(self, folder: str) -> tuple[str, ...]:
        """The files in a folder of it."""
        path = inside(self._folder, folder)
        found = sorted(path.iterdir()) if path.is_dir() else []
        return tuple(entry.name for entry in found if entry.is_file() and not entry.name.startswith("."))

    def remove(self, name: str) -> None:
        """The file is not there."""
        with contextlib.suppress(FileNotFoundError):
            inside(self._folder, name).unlink()


def open_backend(url: str, environ: Mapping[str, str]) -> Backend:
    """The folder at a path."""
    return Shelf(url, Disk(Path(url).expanduser().absolute()))
