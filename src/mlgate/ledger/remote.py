"""The remote: the one place where the ledger counts, asked and changed by plain git."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mlgate.errors import user_error
from mlgate.inputs.git import Repository

_CREDENTIALS = re.compile(r"//[^/@\s]+@")


class Update(NamedTuple):
    """A ref that shall lead to an object, if it still leads to `old` (None: if it is not there)."""

    ref: str
    new: str
    old: str | None


@dataclass(frozen=True)
class Remote:
    """A remote of a repository; `.` is the repository itself."""

    repository: Repository
    name: str = "origin"

    def __post_init__(self) -> None:
        if not self.name or self.name.startswith("-"):
            raise user_error(f"--remote '{self.name[:100]}' is no remote", mend="name one that 'git remote' lists")

    def refs(self, *patterns: str) -> Mapping[str, str]:
        """The refs that match, with the objects that they lead to; a tag's commit is under its name with `^{}`."""
        lines = self._ask("ls-remote", self.name, *patterns).splitlines()
        return {ref: id_ for id_, _, ref in (line.partition("\t") for line in lines)}

    def default_branch(self) -> tuple[str, str]:
        """The branch that work is merged into, and its commit."""
        lines = self._ask("ls-remote", "--symref", self.name, "HEAD").splitlines()
        name = next((line[5:].partition("\t")[0] for line in lines if line.startswith("ref: ")), None)
        commit = next((line.partition("\t")[0] for line in lines if not line.startswith("ref: ")), None)
        if name is None or commit is None:
            raise user_error(f"the remote '{self.name}' has no default branch", mend="push one, and let HEAD name it")
        return name.removeprefix("refs/heads/"), commit

    def fetch(self, *refs: str) -> None:
        """The objects behind the refs are here; no ref, tag or file of the repository has changed."""
        if refs and self.name != ".":
            quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-recurse-submodules")
            self._ask("-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch", *quiet, self.name, *refs)

    def push(self, updates: Sequence[Update]) -> str | None:
        """None if all refs lead where they shall; else what git said, which does not mean that nothing happened."""
        leases = [f"--force-with-lease={u.ref}:{u.old or ''}" for u in updates]
        specs = [f"{u.new}:{u.ref}" for u in updates]
        done = self.repository.run("push", "--quiet", "--atomic", "--no-verify", *leases, self.name, *specs)
        return None if done.returncode == 0 else self._said(done.stderr)

    def _ask(self, *arguments: str) -> str:
        done = self.repository.run(*arguments)
        if done.returncode:
            mend = "say which one: --remote NAME ('.' is this repository itself)"
            raise user_error(f"git cannot read the remote '{self.name}': {self._said(done.stderr)}", mend=mend)
        return done.stdout.decode(errors="replace")

    @staticmethod
    def _said(stderr: bytes) -> str:
        """Git's complaint on one line, without credentials that stand in an address."""
        lines = [line.strip() for line in stderr.decode(errors="replace").splitlines()]
        told = [line for line in lines if line and not line.startswith(("hint:", "To ", "error: failed to push"))]
        theirs = [line for line in told if line.startswith("remote:")]
        return _CREDENTIALS.sub("//", " ".join((theirs or told)[:3]))[:600] or "it gave no reason"
