"""What is read of GitHub's answers: the few fields that are used, typed; all others are dropped."""

import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Sha = Annotated[str, Meta(pattern="^[0-9a-f]{40}([0-9a-f]{24})?$")]
FullName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
Time = Annotated[datetime.datetime, Meta(tz=True)]
StatusState = Literal["error", "failure", "pending", "success"]


class User(Struct, frozen=True):
    """An account: a person, an organisation or a bot."""

    login: str
    id: int = 0
    type: str = "User"


class Repo(Struct, frozen=True):
    """A repository."""

    id: int
    full_name: FullName
    default_branch: str = ""

    @property
    def owner(self) -> str:
        """The account that it belongs to."""
        return self.full_name.partition("/")[0]


class End(Struct, frozen=True):
    """One end of a pull request; a deleted fork has no repository."""

    ref: str
    sha: Sha
    repo: Repo | None = None


class Pull(Struct, frozen=True):
    """A pull request."""

    number: int
    state: str
    head: End
    base: End
    user: User | None = None


class PullNumber(Struct, frozen=True):
    """A pull request as a run names it: for forks it names none."""

    number: int


class WorkflowRun(Struct, frozen=True):
    """A run of the gate's workflow, as the event `workflow_run` tells it."""

    id: int
    path: str
    event: str
    run_number: int
    head_sha: Sha
    repository: Repo
    run_attempt: int = 1
    status: str | None = None
    conclusion: str | None = None
    run_started_at: Time | None = None  # this attempt of it
    head_branch: str | None = None
    head_repository: Repo | None = None
    pull_requests: tuple[PullNumber, ...] = ()


class Runs(Struct, frozen=True):
    """A page of runs."""

    workflow_runs: tuple[WorkflowRun, ...]


class EnvironmentName(Struct, frozen=True):
    """A deployment environment."""

    name: str


class RunApproval(Struct, frozen=True):
    """A reviewer's word on environments that a run waited for."""

    state: str
    user: User | None = None
    environments: tuple[EnvironmentName, ...] = ()


class RunEvent(Struct, frozen=True):
    """The payload of `workflow_run`."""

    action: str
    workflow_run: WorkflowRun
    repository: Repo


class Comment(Struct, frozen=True):
    """A comment on an issue or pull request."""

    id: int
    body: str | None = None
    user: User | None = None


class Review(Struct, frozen=True):
    """A review of a pull request."""

    id: int
    state: str
    user: User | None = None
    commit_id: str | None = None


class Artifact(Struct, frozen=True):
    """What a run kept."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool = False
    digest: str | None = None
    created_at: Time | None = None


class Entry(Struct, frozen=True):
    """A file, link or submodule in a tree."""

    path: str
    mode: str
    sha: str | None = None


class Tree(Struct, frozen=True):
    """All entries of a commit, or as many as GitHub tells."""

    tree: tuple[Entry, ...]
    truncated: bool = False


class Status(Struct, frozen=True):
    """The newest status of a context on a commit."""

    context: str
    state: str
    target_url: str | None = None


class Object(Struct, frozen=True):
    """A commit by its hash."""

    sha: Sha


class Branch(Struct, frozen=True):
    """A branch and its newest commit."""

    commit: Object


class Compared(Struct, frozen=True):
    """What two commits have in common."""

    merge_base_commit: Object


class FileContent(Struct, frozen=True):
    """A file at a commit."""

    type: str
    encoding: str = ""
    content: str = ""


class Permission(Struct, frozen=True):
    """What an account may do in a repository; `maintain` counts as write here."""

    permission: str


class Artifacts(Struct, frozen=True):
    """A page of artifacts."""

    artifacts: tuple[Artifact, ...]


class CombinedStatus(Struct, frozen=True):
    """The newest status of each context."""

    statuses: tuple[Status, ...]
