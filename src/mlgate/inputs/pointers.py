"""Large files that git holds by pointer: recognised by name, and found again in the caches by their digest."""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mlgate.errors import UserError
from mlgate.yaml_source import read_yaml

_LFS = re.compile(
    rb"\Aversion https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n"
)
_LARGEST_POINTER = 256 * 1024


@dataclass(frozen=True)
class Pointer:
    """What stands in git instead of a file: its kind, and the digest of the real file (SHA-256 or MD5)."""

    kind: Literal["lfs", "dvc"]
    digest: str

    @property
    def words(self) -> str:
        """What it is, for a sentence."""
        return "a Git LFS pointer that was not pulled" if self.kind == "lfs" else "a DVC file that was not pulled"

    @property
    def mend(self) -> str:
        """How to bring the real file."""
        return "git lfs pull (in a workflow: 'lfs: true' at actions/checkout)" if self.kind == "lfs" else "dvc pull"


def pointer_for(file: Path) -> Pointer | None:
    """The pointer that stands for `file`: its own text (Git LFS), or where `file` is missing what DVC has for it.

    DVC's are `file.dvc` beside it, a `.dvc` file of a folder that it lies in, and an output in `dvc.lock`.
    """
    if file.is_file():
        if file.stat().st_size > 1024:
            return None
        found = _LFS.match(file.read_bytes())
        return Pointer("lfs", found[1].decode()) if found else None
    if (beside := file.with_name(file.name + ".dvc")).is_file():
        return Pointer("dvc", _dvc_digest(beside))
    for folder in list(file.parents)[:6]:
        if folder.name and folder.with_name(folder.name + ".dvc").is_file():
            return Pointer("dvc", "")  # the folder's list of files is in the cache, not here
        if (lock := folder / "dvc.lock").is_file():
            digest = _locked_digest(lock, file.relative_to(folder).as_posix())
            return Pointer("dvc", digest) if digest is not None else None
    return None


def resolve(file: Path, pointer: Pointer, top: Path) -> bool:
    """Whether the real file could be put in place of its pointer from a cache; it is verified by its digest."""
    for candidate in _places(pointer, top):
        if candidate.is_file() and _digest(candidate, pointer.kind) == pointer.digest:
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.with_name(f".{file.name}.mlgate")
            shutil.copyfile(candidate, temporary)
            temporary.replace(file)
            return True
    return False


def remember(file: Path, pointer: Pointer) -> None:
    """The real file is in the kit's cache, keyed by its pointer's digest; nothing happens if it is another file."""
    place = _cached(pointer)
    if place.exists() or not file.is_file() or _digest(file, pointer.kind) != pointer.digest:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.copyfile(file, temporary)
    temporary.replace(place)


def cache_folder() -> Path:
    """Where the kit keeps what can be made again: `$MLGATE_CACHE`, else `mlgate` in the user's cache folder."""
    if chosen := os.environ.get("MLGATE_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlgate"


def _places(pointer: Pointer, top: Path) -> list[Path]:
    digest = pointer.digest
    if not digest:
        return []
    if pointer.kind == "lfs":
        return [top / ".git" / "lfs" / "objects" / digest[:2] / digest[2:4] / digest, _cached(pointer)]
    cache = top / ".dvc" / "cache"
    return [cache / "files" / "md5" / digest[:2] / digest[2:], cache / digest[:2] / digest[2:], _cached(pointer)]


def _cached(pointer: Pointer) -> Path:
    return cache_folder() / "objects" / pointer.kind / pointer.digest[:2] / pointer.digest[2:]


def _dvc_digest(file: Path) -> str:
    """The MD5 of the first output that a .dvc file names; empty if it names none (a folder, or not a DVC file)."""
    outs = _yaml(file).get("outs")
    return _md5_of(outs[0]) if isinstance(outs, list) and outs else ""


def _locked_digest(lock: Path, path: str) -> str | None:
    """The MD5 of the output `path` in a dvc.lock; None if no stage has it."""
    stages = _yaml(lock).get("stages")
    for stage in stages.values() if isinstance(stages, dict) else ():
        outs = stage.get("outs") if isinstance(stage, dict) else None
        for out in outs if isinstance(outs, list) else ():
            if isinstance(out, dict) and out.get("path") == path:
                return _md5_of(out)
    return None


def _yaml(file: Path) -> dict[str, Any]:
    if file.stat().st_size > _LARGEST_POINTER:
        return {}
    try:
        found = read_yaml(file.read_bytes(), file.name).data
    except UserError:
        return {}
    return found if isinstance(found, dict) else {}


def _md5_of(out: Any) -> str:
    digest = str(out.get("md5", "")) if isinstance(out, dict) else ""
    return digest if re.fullmatch(r"[0-9a-f]{32}", digest) else ""


def _digest(file: Path, kind: str) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256" if kind == "lfs" else _md5).hexdigest()


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)
