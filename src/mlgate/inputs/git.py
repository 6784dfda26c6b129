"""Git, asked without hooks, filters or prompts: commits, files at a commit, and short-lived work trees."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlgate.errors import user_error
from mlgate.scratch import scratch_folder

_SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false",
    "-c", "advice.detachedHead=false",
)  # fmt: skip


@dataclass(frozen=True)
class Repository:
    """A git work tree."""

    top: Path

    def run(
        self, *arguments: str, cwd: Path | None = None, data: bytes = b"", environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """The finished `git` process, which read `data`; never raises for its exit code."""
        safe = {"GIT_LFS_SKIP_SMUDGE": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        return subprocess.run(
            ["git", *_SAFE, *arguments], cwd=cwd or self.top, env={**os.environ, **safe, **(environ or {})},
            input=data, capture_output=True, check=False,
        )  # fmt: skip

    def text(self, *arguments: str) -> str | None:
        """What `git` printed, without the last newline; None if it failed."""
        done = self.run(*arguments)
        return done.stdout.decode(errors="replace").rstrip("\n") if done.returncode == 0 else None

    def commit(self, ref: str) -> str | None:
        """The full hash of the commit that `ref` names, or None."""
        return self.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents that the commit records, whether or not they were fetched."""
        text = self.text("cat-file", "commit", commit) or ""
        header = text.split("\n\n", 1)[0].splitlines()
        return tuple(line.removeprefix("parent ") for line in header if line.startswith("parent "))

    def show(self, commit: str, path: str) -> bytes | None:
        """The bytes of the file at `path` (from the top) in `commit`, or None if it is not a file there."""
        done = self.run("cat-file", "blob", f"{commit}:{path}")
        return done.stdout if done.returncode == 0 else None

    def files(self, commit: str) -> tuple[str, ...]:
        """The paths of all files in `commit`."""
        text = self.text("ls-tree", "-r", "-z", "--name-only", commit)
        return tuple(p for p in (text or "").split("\0") if p)

    def tracked(self) -> tuple[str, ...]:
        """The paths of all files of the work tree that git knows, those that a sparse checkout leaves out included."""
        deleted = frozenset((self.text("ls-files", "--deleted", "-z") or "").split("\0"))
        return tuple(p for p in (self.text("ls-files", "-z") or "").split("\0") if p and p not in deleted)

    def changed(self, base: str, head: str | None) -> tuple[str, ...]:
        """The paths that differ between `base` and `head`, or the work tree (with untracked files) if head is None."""
        listed = self.text("diff", "--name-only", "-z", "--no-renames", base, *([head] if head else [])) or ""
        found = listed.split("\0")
        if head is None:
            found += (self.text("ls-files", "--others", "--exclude-standard", "-z") or "").split("\0")
        return tuple(p for p in found if p)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, or None."""
        return self.text("merge-base", one, other)

    def default_branch(self) -> str | None:
        """The branch that work is merged into: what the remote says, else main or master."""
        remote = self.text("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        candidates = [remote] if remote else []
        candidates += ["refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"]
        return next((ref for ref in candidates if self.commit(ref)), None)

    @contextmanager
    def worktree(self, commit: str, paths: Sequence[str]) -> Iterator[Path]:
        """A detached work tree of `commit` in a temporary folder, with only `paths` in it; gone after the block."""
        with scratch_folder() as folder:
            tree = folder / "tree"
            self.run("worktree", "prune")  # what a killed run registered
            try:
                self._need(self.run("worktree", "add", "--quiet", "--detach", "--no-checkout", str(tree), commit))
                present = [p if p == "." else f":(top,literal){p}" for p in paths if p == "." or self._has(commit, p)]
                if present:
                    self._need(self.run("checkout", "--quiet", commit, "--", *present, cwd=tree))
                yield tree
            finally:
                self.run("worktree", "remove", "--force", str(tree))

    @contextmanager
    def exported(self, commit: str, paths: Sequence[str]) -> Iterator[Path]:
        """The files of `commit` below `paths`, in a temporary folder that git does not know of as a work tree.

        Another process may fetch meanwhile, which a work tree that is only half there would make fail.
        """
        with scratch_folder() as folder:
            tree, index = folder / "tree", {"GIT_INDEX_FILE": str(folder / "index")}
            tree.mkdir()
            listed = self.files(commit)
            wanted = [n for n in listed if any(p == "." or n == p or n.startswith(p.rstrip("/") + "/") for p in paths)]
            self._need(self.run("read-tree", commit, environ=index))
            names = "".join(f"{name}\0" for name in wanted).encode()
            prefix = f"--prefix={tree}/"
            self._need(self.run("checkout-index", "--quiet", "-z", "--stdin", prefix, data=names, environ=index))
            yield tree

    def _has(self, commit: str, path: str) -> bool:
        return bool(self.text("ls-tree", commit, "--", path))

    def _need(self, done: subprocess.CompletedProcess[bytes]) -> None:
        if done.returncode:
            message = done.stderr.decode(errors="replace").strip().splitlines()
            raise user_error(f"git could not make a work tree: {message[-1] if message else done.returncode}")


def find_repository(folder: Path) -> Repository | None:
    """The repository that `folder` lies in, or None; a `UserError` if git refuses to look at it."""
    if not shutil.which("git"):
        return None
    done = subprocess.run(
        ["git", "rev-parse", "--show-toplevel"], cwd=folder, capture_output=True, check=False,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    if done.returncode == 0:
        return Repository(Path(done.stdout.decode().rstrip("\n")))
    if b"dubious ownership" in done.stderr:
        raise user_error(
            f"git refuses to read {folder}, which belongs to another user",
            mend=f"git config --global --add safe.directory {folder}",
        )
    return None
