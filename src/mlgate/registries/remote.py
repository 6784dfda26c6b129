"""Whatever fsspec can write to: buckets and other servers by URL, laid out like a folder (extra `remote`)."""

import posixpath
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from mlgate.errors import user_error
from mlgate.registries.backend import Backend
from mlgate.transfer.files import CHUNK
from mlgate.transfer.shelf import Shelf

_UNSAFE = ("http", "ftp")


class Bucket:
    """Files below a path of a file system; each is complete before it has its name."""

    def __init__(self, files: Any, path: str) -> None:
        self._files, self._path = files, path.rstrip("/")

    def size(self, name: str) -> int | None:
        """How long the file is; None if there is none."""
        try:
            found = self._files.info(self._at(name))
        except FileNotFoundError:
            return None
        return int(found["size"]) if found["type"] == "file" else None

    def read(self, name: str) -> Iterator[bytes]:
        """The file's bytes."""
        with self._files.open(self._at(name), "rb") as stream:
            while part := stream.read(CHUNK):
                yield part

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """The file has these bytes."""
        place = self._at(name)
        arriving = f"{place}.{secrets.token_hex(6)}.part"
        self._files.makedirs(posixpath.dirname(place), exist_ok=True)
        try:
            with self._files.open(arriving, "wb") as stream:
                for part in parts:
                    stream.write(part)
            self._files.mv(arriving, place)
        except BaseException:
            with suppress(OSError):
                self._files.rm(arriving)
            raise

    def names(self, folder: str) -> tuple[str, ...]:
        """The files in a folder."""
        try:
            found = self._files.ls(self._at(folder), detail=True)
        except FileNotFoundError:
            return ()
        names = sorted(posixpath.basename(entry["name"]) for entry in found if entry["type"] == "file")
        return tuple(name for name in names if not name.endswith(".part"))

    def remove(self, name: str) -> None:
        """The file is not there."""
        with suppress(FileNotFoundError):
            self._files.rm(self._at(name))

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"


def open_backend(url: str, environ: Mapping[str, str]) -> Backend:
    """The place of a URL like `s3://bucket/models`; its credentials are what fsspec's driver finds by itself."""
    scheme, parts = url.partition("://")[0], urlsplit(url)
    if scheme in _UNSAFE or parts.username or parts.password:
        raise user_error(f"'{scheme}://{parts.hostname}' cannot be a registry",
                         mend="use a scheme with encryption, and no credential in the URL")  # fmt: skip
    try:
        import fsspec
    except ImportError:
        raise user_error(f"'{scheme}://' needs fsspec, which is not installed",
                         mend="pip install 'mlgate[remote]' and the driver, such as s3fs") from None  # fmt: skip
    try:
        files, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise user_error(
            f"'{scheme}://' cannot be opened: {error}", mend="install its driver, or check the URL"
        ) from None
    return Shelf(url, Bucket(files, path))
