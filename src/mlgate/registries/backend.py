"""Backends: what a registry must do for a release that the ledger has decided, and which one a URL means."""

import importlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, cast

from msgspec import Struct

from mlgate.errors import Problem, UserError, did_you_mean, user_error
from mlgate.ledger.events import FileRecord, Register
from mlgate.ledger.names import parse_asked

Say = Callable[[str], None]
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(//)?")
_NOT_BACKENDS = ("__init__", "backend")
PLAIN, OTHER = "folder", "remote"  # the backends of a path, and of a URL whose scheme is fsspec's


class RegistryConflict(UserError):
    """Other bytes stand where a release belongs, and are not overwritten."""

    def __init__(self, message: str, *, where: str | None = None, mend: str | None = None) -> None:
        super().__init__(Problem(message, where, mend))


class Release(Struct, frozen=True, kw_only=True):
    """A version of a model: what it is made of, where from, and the evidence for it.

    `sha256` is the one file's own digest; of several, see `mlgate.transfer.files.model_digest`.
    """

    model: str
    version: str
    sha256: str
    files: tuple[FileRecord, ...]
    source_sha: str
    evidence_sha256: str

    def __post_init__(self) -> None:
        parse_asked(str(self), needs="version")  # the names become paths, tags and URLs

    def __str__(self) -> str:
        return f"{self.model}@{self.version}"


class Backend(Protocol):
    """A registry: it holds bytes and shows stages as the ledger says, and decides nothing."""

    @property
    def name(self) -> str:
        """The URL without any secret, as the ledger and messages say it."""
        ...

    def push(self, release: Release, folder: Path, say: Say) -> None:
        """Bytes and metadata of the release lie here; what lay here already is not sent again.

        `RegistryConflict` if other bytes lie there. An upload that was cut off goes on where it can.
        """
        ...

    def pull(self, release: Release, into: Path, say: Say) -> None:
        """The release's files are in the new folder `into`, each of the right size and digest, else nothing is."""
        ...

    def shown(self, model: str) -> Mapping[str, str]:
        """Stage → version, as the backend shows them now."""
        ...

    def point(self, release: Release, stage: str) -> None:
        """The backend shows the release at the stage; its bytes lie here already."""
        ...

    def clear(self, model: str, stage: str) -> None:
        """The backend shows nothing at the stage."""
        ...

    def faults(self, release: Release) -> tuple[str, ...]:
        """In what the backend's bytes and metadata differ from the release; stages are not looked at."""
        ...


def released(register: Register) -> Release:
    """The release that an event of the ledger registered."""
    return Release(
        model=register.model, version=register.version, sha256=register.sha256, files=register.files,
        source_sha=register.source_sha, evidence_sha256=register.evidence_sha256,
    )  # fmt: skip


def backends() -> tuple[str, ...]:
    """The names of all backends: the files beside this one."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    return tuple(name for name in names if name not in _NOT_BACKENDS)


def open_backend(url: str, environ: Mapping[str, str]) -> Backend:
    """The backend of `github:`, `mlflow:https://…`, `oci://host/repository`, a folder, or a URL of fsspec's.

    A backend is a file of the scheme's name beside this one, with `open_backend(url, environ)`.
    """
    found = _SCHEME.match(url)
    name = found[1] if found else PLAIN
    if name not in backends():
        if found and not found[2]:
            raise user_error(f"there is no backend '{name}:'", mend=did_you_mean(name, backends()))
        name = OTHER
    if name not in backends():
        raise user_error(f"there is no backend for '{name}'", mend=did_you_mean(name, backends()))
    module = importlib.import_module(f"mlgate.registries.{name}")
    return cast(Backend, module.open_backend(url, environ))
