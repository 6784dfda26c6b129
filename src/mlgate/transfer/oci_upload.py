"""Uploads to OCI registries: a few MiB at a time, and after any interruption from where the registry is."""

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mlgate.errors import user_error
from mlgate.ledger.events import FileRecord
from mlgate.transfer.files import chunks
from mlgate.transfer.web import Answer, Server, WebError

STEP = 16 * 2**20  # bytes of one request, all that is held in memory
_RANGE = re.compile(r"(?:bytes=)?0-(\d{1,15})")


@dataclass(frozen=True)
class Uploads:
    """Uploads to one repository; `remembered` holds where those that were cut off can go on."""

    server: Server
    repository: str
    remembered: Path = field(repr=False)

    def upload(self, file: FileRecord, path: Path) -> None:
        """The registry holds the file's bytes, and has verified them by their digest."""
        note = (
            self.remembered / hashlib.sha256(f"{self.server.base}/{self.repository}@{file.sha256}".encode()).hexdigest()
        )
        place, start = self._going_on(note, file) or (self._begin(), 0)
        self._remember(note, place)
        for _ in range(file.size // STEP + 8):
            if start >= file.size:
                break
            place, start = self._send(place, start, path, file)
            self._remember(note, place)
        digest = {"digest": f"sha256:{file.sha256}"}
        self.server.ask("PUT", self._ours(place), params=digest, expect=(201,), headers={"Content-Length": "0"})
        note.unlink(missing_ok=True)

    def _begin(self) -> str:
        return _location(self.server.ask("POST", f"/v2/{self.repository}/blobs/uploads/", expect=(202,)))

    def _send(self, place: str, start: int, path: Path, file: FileRecord) -> tuple[str, int]:
        """One step further: where the next goes, and from which byte."""
        part = b"".join(chunks(path, start, min(STEP, file.size - start)))
        if not part:
            raise user_error(
                f"{path} became shorter while it was read", mend="leave the file as it is, and run it again"
            )
        end = start + len(part)
        headers = {"Content-Type": "application/octet-stream", "Content-Range": f"{start}-{end - 1}"}
        answer = self.server.ask("PATCH", self._ours(place), body=lambda: part, headers=headers, expect=(202, 416))
        if answer.status == 202:
            return _location(answer), end
        return self._where(place) or (self._begin(), 0)  # a try whose answer was lost had arrived

    def _going_on(self, note: Path, file: FileRecord) -> tuple[str, int] | None:
        """The upload that was cut off, if the registry still knows it."""
        try:
            place = note.read_text()
        except (OSError, UnicodeDecodeError):
            return None
        found = self._where(place) if self.server.is_same(place) else None
        return found if found and found[1] <= file.size else None

    def _where(self, place: str) -> tuple[str, int] | None:
        try:
            answer = self.server.ask("GET", self._ours(place), expect=(204,))
        except WebError:
            return None
        seen = _RANGE.fullmatch(answer.headers.get("range", ""))
        end = int(seen[1]) if seen else 0
        return (_location(answer, place), end + 1 if end else 0)

    def _ours(self, place: str) -> str:
        """The place, if it is this registry's: bytes and token go nowhere else."""
        url = self.server.base + place if place.startswith("/") else place
        if not self.server.is_same(url):
            raise user_error(f"the registry wants the upload sent to {urlsplit(url).hostname}, another host",
                             mend="use a registry that takes uploads itself")  # fmt: skip
        return url

    def _remember(self, note: Path, place: str) -> None:
        with suppress(OSError):  # then an upload that is cut off begins anew
            note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
                stream.write(self._ours(place))


def memory_of(environ: Mapping[str, str]) -> Path:
    """Where uploads that were cut off are remembered."""
    cache = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".cache")
    return Path(cache) / "mlgate" / "uploads"


def _location(answer: Answer, otherwise: str = "") -> str:
    place = answer.headers.get("location", otherwise)
    if not place:
        raise WebError(answer.status, "an answer of the registry that says no place", "use another registry")
    return place
