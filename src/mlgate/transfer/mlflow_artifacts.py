"""MLflow's artifacts as a store: files that its server keeps wherever it was told to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from msgspec import Struct

from mlgate.errors import user_error
from mlgate.transfer.web import Server

API = "/api/2.0/mlflow-artifacts/artifacts"


class Listed(Struct, frozen=True):
    """A file or folder."""

    path: str
    is_dir: bool = False
    file_size: int = 0


class Listing(Struct, frozen=True):
    """What a folder holds."""

    files: tuple[Listed, ...] = ()


@dataclass(frozen=True)
class Artifacts:
    """The artifacts below one folder."""

    server: Server
    folder: str

    def size(self, name: str) -> int | None:
        """How long the file is; None if there is none."""
        folder, _, last = name.rpartition("/")
        return next(
            (f.file_size for f in self._list(folder) if f.path.rpartition("/")[2] == last and not f.is_dir), None
        )

    def read(self, name: str) -> Iterator[bytes]:
        """The file's bytes."""
        return self.server.read(self._url(name))

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """The file has these bytes; where the server breaks off, it has none or fewer, and is sent again whole."""
        self.server.ask("PUT", self._url(name), body=lambda: iter(parts), tries=1)

    def names(self, folder: str) -> tuple[str, ...]:
        """The files in a folder."""
        return tuple(f.path.rpartition("/")[2] for f in self._list(folder) if not f.is_dir)

    def remove(self, name: str) -> None:
        """The file is not there."""
        self.server.ask("DELETE", self._url(name), expect=(200, 404))

    def _list(self, folder: str) -> tuple[Listed, ...]:
        answer = self.server.ask("GET", API, params={"path": f"{self.folder}/{folder}"}, expect=(200, 404))
        try:
            return msgspec.json.decode(answer.body, type=Listing).files if answer.status == 200 else ()
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise user_error("the server's list of artifacts cannot be read",
                             mend="see that the address is MLflow's and serves artifacts") from None  # fmt: skip

    def _url(self, name: str) -> str:
        return f"{API}/{quote(f'{self.folder}/{name}')}"
