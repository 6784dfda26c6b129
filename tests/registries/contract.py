"""What every backend must do, whatever it is."""

from dataclasses import dataclass
from pathlib import Path

from mlgate.registries.backend import Backend, Release
from mlgate.transfer.files import release_of

SOURCE, EVIDENCE = "5" * 40, "e" * 64


def quiet(_: str) -> None:
    """Says nothing."""


def make_release(folder: Path, version: str = "v1.0.0", model: str = "churn", **files: bytes) -> Release:
    """Files in `folder`, and the release that they are; without names it is one file."""
    contents = files or {"model.bin": f"the model of {version}".encode()}
    for name, data in contents.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    names = [name.replace("__", "/") for name in contents]
    return release_of(model, version, folder, names, source_sha=SOURCE, evidence_sha256=EVIDENCE)


@dataclass(frozen=True)
class Standing:
    """A backend that holds a release, and where the release's files are here."""

    backend: Backend
    release: Release
    folder: Path
