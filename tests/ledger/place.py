"""A repository with a bare remote of its own, and events to record there."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from mlgate.inputs.git import Repository as Git
from mlgate.ledger.events import AnyEvent, FileRecord, Origin, Promote, Register, Revoke
from mlgate.ledger.reading import Ledger, read_ledger
from mlgate.ledger.recording import Author, Proposal, record
from mlgate.ledger.remote import Remote
from tests.policy.repository import Repository

ANN = Author("ann")
FILE = Origin("file")


@dataclass(frozen=True)
class Place:
    """A clone, and the bare remote that it pushes to."""

    clone: Repository
    bare: Path

    @property
    def remote(self) -> Remote:
        """The remote as the kit asks it."""
        return Remote(Git(self.clone.path))

    @property
    def ledger(self) -> Ledger:
        """What the remote has now."""
        return read_ledger(self.remote)

    def record(self, event: AnyEvent, author: Author = ANN) -> None:
        """The event is in the ledger."""
        assert record(self.remote, author, lambda _: Proposal(event)) is not None

    def git(self, *arguments: str) -> str:
        """What `git` prints in the remote."""
        return Repository(self.bare).git(*arguments)

    def tags(self) -> list[str]:
        """The remote's tags."""
        return self.git("tag", "--list").splitlines()

    def clone_again(self, path: Path) -> Repository:
        """Another clone."""
        self.clone.git("clone", "-q", str(self.bare), str(path))
        return Repository(path)


def copied(place: Place, folder: Path) -> Place:
    """The same repository and remote in another folder, where a test may break them."""
    shutil.copytree(place.clone.path, folder / "clone")
    shutil.copytree(place.bare, folder / "bare.git")
    clone = Repository(folder / "clone")
    clone.git("remote", "set-url", "origin", str(folder / "bare.git"))
    return Place(clone, folder / "bare.git")


def make_place(folder: Path) -> Place:
    """A repository with one commit on `main`, pushed to a bare remote."""
    clone = Repository(folder / "clone")
    clone.path.mkdir(parents=True)
    clone.git("init", "-q", "-b", "main")
    clone.git("init", "-q", "--bare", "-b", "main", str(folder / "bare.git"))
    clone.git("remote", "add", "origin", str(folder / "bare.git"))
    clone.write("model.bin", b"one")
    clone.commit("the model")
    clone.git("tag", "-a", "1.0", "-m", "a release of the code")
    clone.git("push", "-q", "origin", "main", "1.0")
    return Place(clone, folder / "bare.git")


def digest(text: str) -> str:
    """A digest that is another for each text."""
    return hashlib.sha256(text.encode()).hexdigest()


def register(version: str, model: str = "churn", source: str = "a" * 40) -> Register:
    """A version with bytes of its own."""
    sha256 = digest(f"{model} {version}")
    files = (FileRecord("model.bin", sha256, 3),)
    return Register(
        model=model, version=version, sha256=sha256, files=files, source_sha=source, config="mlgate.yml",
        evidence_sha256=digest(f"evidence {version}"), origin=FILE,
    )  # fmt: skip


def promote(
    version: str, number: int, stage: str = "prod", model: str = "churn", previous: str | None = None
) -> Promote:
    """A version comes to a stage."""
    return Promote(
        model=model, version=version, sha256=digest(f"{model} {version}"), stage=stage, number=number,
        evidence_sha256=digest(f"evidence {version}"), origin=FILE, previous=previous,
    )  # fmt: skip


def revoke(version: str, model: str = "churn") -> Revoke:
    """A version may not be used again."""
    return Revoke(model=model, version=version, sha256=digest(f"{model} {version}"), reason="it was wrong")
