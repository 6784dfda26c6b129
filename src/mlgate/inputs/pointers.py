"""Large files that git holds by pointer: recognised by name, and found again in the caches by their digest."""

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import msgspec

from mlgate.configuring.yaml_source import read_yaml
from mlgate.errors import UserError

_LFS = re.compile(
    rb"\Aversion https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n"
)
_LARGEST_POINTER = 256 * 1024
_LARGEST_LIST = 64 * 2**20
FOLDER = ".dir"  # how DVC ends the digest of a folder's list of files


@dataclass(frozen=True)
class Pointer:
    """What stands in git instead of a file: its kind, and the digest of the real file (SHA-256 or MD5)."""

    kind: Literal["lfs", "dvc"]
    digest: str
    inside: str | None = None  # of a folder that DVC tracks as one: the path in it, or a pattern of paths ("" for all)
    size: int | None = field(default=None, compare=False)  # bytes of the real file, or of the folder

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
    `file` may also be a folder that DVC tracks, or a pattern of files in one.
    """
    if file.is_file():
        if file.stat().st_size > 1024:
            return None
        found = _LFS.match(file.read_bytes())
        return Pointer("lfs", found[1].decode(), size=int(found[2])) if found else None
    return recorded_for(file)


def recorded_for(file: Path) -> Pointer | None:
    """What DVC has in git for `file`, whether it was pulled or not."""
    for folder in [file, *list(file.parents)[:6]]:
        inside = "" if folder == file else file.relative_to(folder).as_posix()
        if folder.name and (beside := folder.with_name(folder.name + ".dvc")).is_file():
            return _tracked(_dvc_output(beside), inside)
        if (lock := folder / "dvc.lock").is_file() and (locked := _locked(lock, inside)):
            return locked
    return None


def _tracked(out: Any, inside: str) -> Pointer:
    """The pointer of an output that is a folder, or a file where nothing is inside."""
    digest, size = _md5_of(out), out.get("size") if isinstance(out, dict) else None
    whole = size if isinstance(size, int) and size >= 0 else None
    return Pointer("dvc", digest, inside if inside or digest.endswith(FOLDER) else None, whole)


def resolve(file: Path, pointer: Pointer, top: Path) -> bool:
    """Whether the real file could be put in place of its pointer from a cache; it is verified by its digest."""
    if pointer.inside is not None:
        return _resolve_folder(file, pointer, top)
    if (found := _find(pointer, top)) is None:
        return False
    place(found, file)
    return True


def _resolve_folder(file: Path, pointer: Pointer, top: Path) -> bool:
    """Whether all files that `file` means of a folder, which DVC tracks as one, could be put in place."""
    pattern = pointer.inside or ""
    root = _root(file, pattern)
    wanted = {}
    for path, digest in _listed(pointer, top).items():
        if (
            not pattern
            or path == pattern
            or path.startswith(pattern + "/")
            or PurePosixPath("/" + path).match("/" + pattern)
        ):
            wanted[root / path] = _find(Pointer("dvc", digest), top)
    if not wanted or None in wanted.values():
        return False
    for target, found in wanted.items():
        if found is not None:
            place(found, target)
    return True


def place(source: Path, target: Path) -> None:
    """`target` is a copy of `source`, whole or not at all, and no link that leads elsewhere."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.mlgate")
    temporary.unlink(missing_ok=True)
    shutil.copyfile(source, temporary)
    temporary.replace(target)


def remember(file: Path, pointer: Pointer) -> None:
    """The real file is in the kit's cache, keyed by its pointer's digest; nothing happens if it is another file."""
    if pointer.inside is not None:
        _remember_folder(_root(file, pointer.inside), pointer)
    elif pointer.digest and file.is_file() and _digest(file, pointer.kind) == pointer.digest:
        _keep(pointer, file)


def _remember_folder(root: Path, pointer: Pointer) -> None:
    """The folder's list and all its files are in the cache, if the list has the digest of the pointer."""
    files = {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file() and p.name != ".gitignore"}
    entries = [{"md5": _digest(files[path], "dvc"), "relpath": path} for path in sorted(files)]
    listed = json.dumps(entries, sort_keys=True).encode()
    if hashlib.md5(listed, usedforsecurity=False).hexdigest() + FOLDER == pointer.digest:
        for entry in entries:
            _keep(Pointer("dvc", entry["md5"]), files[entry["relpath"]])
        _keep(pointer, listed)


def _keep(pointer: Pointer, content: Path | bytes) -> None:
    target = _cached(pointer)
    if _is_object(target, pointer):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    if isinstance(content, bytes):
        temporary.write_bytes(content)
    else:
        shutil.copyfile(content, temporary)
    temporary.replace(target)


def cache_folder() -> Path:
    """Where the kit keeps what can be made again: `$MLGATE_CACHE`, else `mlgate` in the user's cache folder."""
    if chosen := os.environ.get("MLGATE_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlgate"


def _find(pointer: Pointer, top: Path) -> Path | None:
    """The object in the first cache that has it undamaged, or None."""
    return next((candidate for candidate in _places(pointer, top) if _is_object(candidate, pointer)), None)


def _is_object(file: Path, pointer: Pointer) -> bool:
    return file.is_file() and _digest(file, pointer.kind) == pointer.digest.removesuffix(FOLDER)


def _listed(pointer: Pointer, top: Path) -> dict[str, str]:
    """The files of a folder that DVC tracks as one, path → MD5; none where its list is in no cache."""
    found = _find(pointer, top)
    if found is None or found.stat().st_size > _LARGEST_LIST:
        return {}
    try:
        entries = msgspec.json.decode(found.read_bytes(), type=list[dict[str, str]])
    except msgspec.MsgspecError:
        return {}
    paths = {e.get("relpath", ""): e.get("md5", "") for e in entries}
    return {p: d for p, d in paths.items() if p and not p.startswith("/") and ".." not in PurePosixPath(p).parts}


def _root(file: Path, inside: str) -> Path:
    """The folder in which `file` lies as `inside`."""
    return file.parents[len(PurePosixPath(inside).parts) - 1] if inside else file


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


def _dvc_output(file: Path) -> Any:
    """The first output that a .dvc file names; None if it names none (not a DVC file)."""
    outs = _yaml(file).get("outs")
    return outs[0] if isinstance(outs, list) and outs else None


def _locked(lock: Path, path: str) -> Pointer | None:
    """The pointer of the output `path` in a dvc.lock, or of an output that is a folder with it; None if none has it."""
    stages = _yaml(lock).get("stages")
    for stage in stages.values() if isinstance(stages, dict) else ():
        outs = stage.get("outs") if isinstance(stage, dict) else None
        for out in outs if isinstance(outs, list) else ():
            output = str(out.get("path", "")) if isinstance(out, dict) else ""
            if output and (path == output or path.startswith(output + "/")):
                return _tracked(out, path[len(output) + 1 :])
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
    return digest if re.fullmatch(r"[0-9a-f]{32}(\.dir)?", digest) else ""


def _digest(file: Path, kind: str) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256" if kind == "lfs" else _md5).hexdigest()


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)
