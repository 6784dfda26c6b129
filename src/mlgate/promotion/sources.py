"""Sources: what git holds at the commit that a model was made from, digested and never executed."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mlgate.config import Config
from mlgate.configuring.setting import tree_paths
from mlgate.errors import user_error
from mlgate.features.declared import DEFAULT_FILE
from mlgate.features.states import states_at
from mlgate.github.governing import Governing, Ungoverned, govern
from mlgate.inputs.interpreter import environment_digest
from mlgate.inputs.pointers import pointer_for, resolve
from mlgate.ledger.auditing import is_merged
from mlgate.promotion.case import Source
from mlgate.promotion.place import Place
from mlgate.scan.formats import digest_files, find_files


@contextmanager
def tree_at(place: Place, sha: str, config: str) -> Iterator[Path]:
    """The configuration's folder at a commit, for as long as the block lasts."""
    inside = posixpath.dirname(config) or "."
    paths = tree_paths(place.repository, sha, config, inside)
    with place.repository.exported(sha, paths) as tree:
        yield tree / inside


def governing_at(place: Place, sha: str, config: str) -> Governing | Ungoverned | None:
    """The configuration at a commit; no check of the repository's own is loaded."""
    data = place.repository.show(sha, config)
    return govern(config, data, None, None) if data is not None else None


def model_of(place: Place, config: str) -> str:
    """The id of the model that the protected branch's configuration has; a `UserError` if there is none."""
    governing = governing_at(place, place.tip, config)
    model = governing.config.model if isinstance(governing, Governing) else None
    if model is None:
        raise user_error(f"{config} on the branch '{place.branch}' has no model", mend="name another: --config FILE")
    return model.id


def source_at(place: Place, sha: str, config: str) -> Source:
    """What the commit holds; of a commit that is not here nothing is known, and it is not merged."""
    if place.repository.commit(sha) is None:
        return Source(sha=sha, is_merged=False)
    merged = is_merged(place.repository, sha, place.protected)
    governing = governing_at(place, sha, config)
    if not isinstance(governing, Governing):
        return Source(sha=sha, is_merged=merged)
    found = governing.config
    requires = dict(found.model.requires) if found.model else {}
    with tree_at(place, sha, config) as folder:
        return Source(
            sha=sha, is_merged=merged, requires=requires, tables=_tables(found, folder),
            features=_features(place, sha, config, requires), environment_sha256=_environment(found, folder),
        )  # fmt: skip


def model_path(place: Place, sha: str, config: str, folder: Path) -> Path:
    """The model's file or folder in a tree of the commit, brought from Git LFS or DVC where pointers stand for it."""
    governing = governing_at(place, sha, config)
    model = governing.config.model if isinstance(governing, Governing) else None
    if model is None or model.artifact is None:
        raise user_error(f"{config} at {sha[:12]} names no file of a model", mend="add 'artifact' to 'model'")
    path = folder / model.artifact
    for file in (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else (path,):
        pointer = pointer_for(file)
        if pointer and not resolve(file, pointer, place.repository.top):
            raise user_error(f"{model.artifact} at {sha[:12]} is {pointer.words}", mend=pointer.mend)
    if not path.exists():
        raise user_error(f"{model.artifact} is not in git at {sha[:12]}",
                         mend="give the file or folder that was tested: --model PATH")  # fmt: skip
    return path


def _tables(config: Config, folder: Path) -> Mapping[str, str]:
    """The digests of the tables that git holds, of a large file by its pointer."""
    found = {}
    for name, table in config.tables.items():
        files = find_files(folder, table.path)
        pointers = [pointer_for(file) for file in files]
        if files and not any(pointers):
            found[name] = digest_files(files)
        elif len(files) == 1 and pointers[0] and pointers[0].kind == "lfs":
            found[name] = pointers[0].digest
    return found


def _features(place: Place, sha: str, config: str, requires: Mapping[str, int]) -> Mapping[str, str]:
    states = states_at(place.repository, sha, posixpath.join(posixpath.dirname(config), DEFAULT_FILE)) or ()
    return {s.label: s.sha256 for s in states if requires.get(s.name) == s.version}


def _environment(config: Config, folder: Path) -> str | None:
    requirements = config.environment.requirements
    if requirements and not (folder / requirements).is_file():
        return None
    return environment_digest(config.environment, folder)
