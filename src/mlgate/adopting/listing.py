"""The files of a repository, with what git and DVC hold instead of them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlgate.inputs.git import Repository, find_repository
from mlgate.inputs.pointers import Pointer, pointer_for

MOST_FILES = 20_000
NOT_OURS = frozenset((
    "node_modules", "site-packages", "venv", "env", "build", "dist", "target", "mlruns", "mlartifacts",
    "wandb", "runs", "checkpoints", "lightning_logs", "outputs", "catboost_info", "htmlcov", "__pycache__",
    "vendor", "third_party",
))  # fmt: skip


@dataclass(frozen=True)
class File:
    """A file by its path from the top; `pointer` is what stands in git for it, `in_git` whether CI will have it."""

    path: str
    size: int = 0
    pointer: Pointer | None = None
    in_git: bool = True
    is_here: bool = True  # its own bytes, not a pointer's

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePosixPath(self.path).name

    @property
    def folder(self) -> str:
        """Where it lies, "." for the top."""
        return str(PurePosixPath(self.path).parent)


@dataclass(frozen=True)
class Listing:
    """A repository's files; `passed_over` names those that no configuration can name."""

    top: Path
    repository: Repository | None
    files: tuple[File, ...]
    passed_over: tuple[str, ...] = ()
    is_cut: bool = False

    def under(self, folder: str) -> tuple[File, ...]:
        """The files in a folder and below."""
        return tuple(f for f in self.files if is_under(f.path, folder))

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return any(f.path == path for f in self.files)


def is_under(path: str, folder: str) -> bool:
    """Whether a path lies in a folder or below it.

    >>> is_under("a/b.csv", "."), is_under("ab/c.csv", "a")
    (True, False)
    """
    return folder == "." or path.startswith(folder + "/")


def can_be_named(path: str) -> bool:
    """Whether a configuration and a workflow can hold the path: all of it visible, and no GitHub expression in it."""
    is_visible = path.isprintable() and not any("\ud800" <= c <= "\udfff" for c in path)
    return is_visible and path == path.strip() and "${{" not in path


def list_files(top: Path) -> Listing:
    """The files below `top` that may matter: no hidden folder but .github, no environment, no link that leads out."""
    repository = find_repository(top)
    known = _listed_by_git(repository, top, ["--cached"], ["--others", "--exclude-standard"])
    by_lfs = _listed_by_git(repository, top, [":(attr:filter=lfs)"]) or frozenset()
    files: list[File] = []
    passed_over: list[str] = []
    is_cut = False
    for path in _walk(top):
        if len(files) >= MOST_FILES:
            is_cut = True
            break
        if not can_be_named(path):
            passed_over.append(path)
        elif not path.endswith(".dvc"):
            files.append(_file(top, path, known, path in by_lfs))
        elif not (top / path.removesuffix(".dvc")).exists() and path.removesuffix(".dvc"):
            absent = path.removesuffix(".dvc")
            files.append(File(absent, 0, pointer_for(top / absent), is_here=False))
    return Listing(top, repository, tuple(files), tuple(passed_over), is_cut)


def _file(top: Path, path: str, known: frozenset[str] | None, by_lfs: bool) -> File:
    full = top / path
    pointer = pointer_for(full)
    by_dvc = full.with_name(full.name + ".dvc").is_file() or any(
        folder.with_name(folder.name + ".dvc").is_file() for folder in list(full.relative_to(top).parents)[:-1]
    )
    if pointer is None and (by_dvc or by_lfs):
        return File(path, full.stat().st_size, Pointer("dvc" if by_dvc else "lfs", ""))  # pulled already
    in_git = known is None or path in known
    return File(path, full.stat().st_size, pointer, in_git, is_here=pointer is None)


def _walk(top: Path) -> Iterator[str]:
    home = top.resolve()
    for folder, folders, names in os.walk(top):
        inside = Path(folder)
        folders[:] = sorted(d for d in folders if _is_ours(inside / d, d))
        for name in sorted(names):
            file = inside / name
            if file.is_file() and (not file.is_symlink() or file.resolve().is_relative_to(home)):
                yield file.relative_to(top).as_posix()


def _is_ours(folder: Path, name: str) -> bool:
    if name.startswith(".") and name != ".github":
        return False
    return name not in NOT_OURS and not (folder / "pyvenv.cfg").exists()


def _listed_by_git(repository: Repository | None, top: Path, *asked: list[str]) -> frozenset[str] | None:
    """The paths from `top` that `git ls-files` lists for one of the questions; None where there is no git."""
    if repository is None:
        return None
    found: set[str] = set()
    for arguments in asked:
        done = repository.run("ls-files", "-z", *arguments, cwd=top)
        found.update(os.fsdecode(path) for path in done.stdout.split(b"\0") if path)
    return frozenset(found)
