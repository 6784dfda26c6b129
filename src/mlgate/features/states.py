"""Feature states: each declared version with the digests of its schema and its transform, at one commit."""

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlgate.errors import UserError, user_error
from mlgate.evidence import digest_of, sha256
from mlgate.features.declared import Declared, FeatureVersion, parse_features
from mlgate.inputs.git import Repository

MAX_TRANSFORM_BYTES = 64 * 2**20

Read = Callable[[str], Mapping[str, bytes]]  # a path → the bytes of that file, or of all files in that folder


@dataclass(frozen=True)
class FeatureState:
    """One version of a feature: what it gives, and by which code."""

    name: str
    version: int
    schema: Mapping[str, str]
    transform_sha256: str
    missing: tuple[str, ...] = ()  # transform files that are not there

    @property
    def label(self) -> str:
        """The name that people use."""
        return f"{self.name}@{self.version}"

    @property
    def schema_sha256(self) -> str:
        """The digest of the columns and their types."""
        return digest_of(dict(self.schema))

    @property
    def sha256(self) -> str:
        """The digest of schema and transform together."""
        return digest_of([self.schema_sha256, self.transform_sha256])


@dataclass(frozen=True)
class FeatureStates:
    """The feature versions of the change and of its base, where there is one that can be read."""

    here: tuple[FeatureState, ...]
    base: tuple[FeatureState, ...] | None = None

    def find(self, name: str, version: int) -> FeatureState | None:
        """The version as it is here, or None."""
        return next((s for s in self.here if (s.name, s.version) == (name, version)), None)


def states_in_folder(folder: Path, file: str) -> tuple[FeatureState, ...]:
    """The states by `file` in a folder; a `UserError` if it is not there or has faults."""
    path = folder / file
    if not path.is_file():
        raise user_error(f"there is no {file}", mend="declare the features there, or say where: 'file'")
    return _states(parse_features(path.read_bytes(), file), _reader(folder, posixpath.dirname(file)))


def states_at(repository: Repository, commit: str, file: str) -> tuple[FeatureState, ...] | None:
    """The states by `file`, a path from the repository's top, at a commit; None if it has no such file in order."""
    data = repository.show(commit, file)
    if data is None:
        return None
    try:
        declared = parse_features(data, file)
    except UserError:
        return None
    names = repository.files(commit)

    def read(path: str) -> Mapping[str, bytes]:
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        found = [n for n in names if n == whole or (n.startswith(f"{whole}/") and not _is_beside(Path(n)))]
        return {posixpath.relpath(n, posixpath.dirname(file) or "."): repository.show(commit, n) or b"" for n in found}

    return _states(declared, read)


def _states(declared: Declared, read: Read) -> tuple[FeatureState, ...]:
    return tuple(_state(f.name, v, read) for f in declared.features for v in f.versions)


def _state(name: str, version: FeatureVersion, read: Read) -> FeatureState:
    found = {path: read(path) for path in version.transform}
    files = {name: sha256(data) for each in found.values() for name, data in each.items()}
    missing = tuple(path for path, each in found.items() if not each)
    return FeatureState(name, version.version, dict(version.schema), digest_of(files), missing)


def _reader(folder: Path, inside: str) -> Read:
    home = folder / inside

    def read(path: str) -> Mapping[str, bytes]:
        target = home / path
        found = sorted(_files(target))
        if sum(file.stat().st_size for file in found) > MAX_TRANSFORM_BYTES:
            raise user_error(f"the transform '{path}' has more than {MAX_TRANSFORM_BYTES:,} bytes",
                             mend="name the files whose code computes the feature")  # fmt: skip
        return {posixpath.normpath(f.relative_to(home).as_posix()): f.read_bytes() for f in found}

    return read


def _files(target: Path) -> Iterable[Path]:
    """The file, or the files below the folder, without what Python and the system put beside them."""
    if target.is_file():
        yield target
    elif target.is_dir():
        for file in target.rglob("*"):
            if file.is_file() and not _is_beside(file):
                yield file


def _is_beside(file: Path) -> bool:
    """Whether Python or the system put the file there."""
    return "__pycache__" in file.parts or file.name.startswith(".")
