"""The place of a release: repository, remote, protected branches, and what `stages.yml` there says."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlgate.errors import user_error
from mlgate.inputs.git import Repository, find_repository
from mlgate.ledger.reading import Ledger, read_ledger
from mlgate.ledger.recording import Author
from mlgate.ledger.remote import Remote
from mlgate.promotion.guarding import guarded
from mlgate.promotion.stages import STAGES_FILE, Stages, parse_stages
from mlgate.registries.backend import Backend

HEADS = "refs/heads/"
EXAMPLE = 'version: 1\\nregistry: "github:"\\nstages: {prod: {}}'


@dataclass(frozen=True)
class Place:
    """Where a release is decided; the protected branch's `stages.yml` counts, never the work tree's."""

    remote: Remote
    branch: str
    tip: str  # the newest commit of the default branch
    protected: tuple[str, ...]  # the newest commit of each protected branch
    stages: Stages
    author: Author
    environ: Mapping[str, str]

    @property
    def repository(self) -> Repository:
        """The clone that is worked in."""
        return self.remote.repository

    @property
    def backend(self) -> Backend:
        """Where the bytes are."""
        return guarded(self.stages.registry, self.environ)

    def ledger(self) -> Ledger:
        """The ledger as it is now."""
        return read_ledger(self.remote, self.author.signers)


def find_place(folder: Path, remote: str, key: Path | None, environ: Mapping[str, str]) -> Place:
    """The place of the repository that `folder` lies in; a `UserError` if it has no stages, or no remote."""
    repository = find_repository(folder)
    if repository is None:
        raise user_error("releases are kept in git, and this is no repository", mend="git init, and push it somewhere")
    asked = Remote(repository, remote)
    branch, tip = asked.default_branch()
    asked.fetch(HEADS + branch)
    data = repository.show(tip, STAGES_FILE)
    if data is None:
        raise user_error(f"the branch '{branch}' of '{remote}' has no {STAGES_FILE}",
                         mend=f"merge one: printf '{EXAMPLE}' > {STAGES_FILE}")  # fmt: skip
    stages = parse_stages(data, f"{STAGES_FILE} at {branch}")
    author = Author(actor_of(repository, environ), key, _signers(repository, tip, stages))
    return Place(asked, branch, tip, _protected(asked, stages, branch, tip), stages, author, environ)


def actor_of(repository: Repository, environ: Mapping[str, str]) -> str:
    """Who does it: the account that started the workflow, else the name that git knows."""
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("GITHUB_ACTOR"):
        return environ["GITHUB_ACTOR"][:200]
    return (repository.text("config", "user.name") or getpass.getuser())[:200]


def _protected(remote: Remote, stages: Stages, branch: str, tip: str) -> tuple[str, ...]:
    if not stages.protected:
        return (tip,)
    found = remote.refs(*(HEADS + name for name in stages.protected))
    for name in stages.protected:
        if "*" not in name and HEADS + name not in found:
            raise user_error(f"the protected branch '{name}' is not there", where=STAGES_FILE,
                             mend=f"correct 'protected', such as [{branch}]")  # fmt: skip
    remote.fetch(*found)
    return tuple(found.values())


def _signers(repository: Repository, tip: str, stages: Stages) -> bytes | None:
    if stages.signers is None:
        return None
    data = repository.show(tip, stages.signers)
    if data is None:
        raise user_error(f"the file of allowed signers {stages.signers} is not there", where=STAGES_FILE,
                         mend=f"merge it: echo \"ann $(cat key.pub)\" >> {stages.signers}")  # fmt: skip
    return data
