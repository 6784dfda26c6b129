"""What GitHub remembers, as plain values; a change replaces the value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.github_fake.repository import Repository


@dataclass(frozen=True)
class User:
    login: str
    id: int
    type: str = "User"


@dataclass(frozen=True)
class Issue:
    """An issue; a pull request is one too."""

    id: int
    number: int
    title: str
    body: str | None
    author: User
    created: float
    updated: float
    state: str = "open"
    state_reason: str | None = None
    closed: float | None = None
    labels: tuple[str, ...] = ()
    is_pull: bool = False
    by_app: bool = False


@dataclass(frozen=True)
class PullRequest:
    """What a pull request has beside its issue; `head_repository` is gone when the fork was deleted."""

    id: int
    number: int
    head_ref: str
    head_sha: str
    head_repository: "Repository | None"
    base_ref: str
    base_sha: str
    draft: bool = False
    merged: float | None = None
    merge_sha: str | None = None


@dataclass(frozen=True)
class Review:
    id: int
    number: int
    user: User | None
    state: str
    commit_id: str | None
    body: str
    submitted: float


@dataclass(frozen=True)
class Comment:
    id: int
    number: int
    author: User
    body: str
    created: float
    updated: float
    by_app: bool = False


@dataclass(frozen=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True)
class Status:
    id: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: User
    created: float


@dataclass(frozen=True)
class CheckRun:
    id: int
    head_sha: str
    name: str
    status: str
    conclusion: str | None = None
    started: float | None = None
    completed: float | None = None
    details_url: str | None = None
    external_id: str = ""
    output: Mapping[str, Any] = field(default_factory=dict)
    annotations: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Run:
    """A run of a workflow."""

    id: int
    workflow: str  # the path of its file
    name: str
    event: str
    head_branch: str | None
    head_sha: str
    head_repository: "Repository | None"
    actor: User
    status: str
    conclusion: str | None
    run_number: int
    created: float
    updated: float
    run_attempt: int = 1
    started: float | None = None  # this attempt, where it is not the first
    pulls: tuple[int, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunReview:
    """A reviewer's word on an environment that a run waited for."""

    run: int
    environment: str
    user: User
    state: str = "approved"
    comment: str = ""


@dataclass(frozen=True)
class Job:
    id: int
    run: int
    attempt: int
    name: str
    status: str
    conclusion: str | None
    started: float
    steps: tuple[tuple[str, str | None], ...] = ()  # names and conclusions


@dataclass(frozen=True)
class Artifact:
    id: int
    run: int
    name: str
    content: bytes = field(repr=False)
    created: float
    expires: float
    expired: bool = False


@dataclass(frozen=True)
class Ruleset:
    """Rules for refs; `rules` holds GitHub's own form, such as `{"type": "deletion"}`."""

    id: int
    name: str
    target: str  # branch or tag
    include: tuple[str, ...]
    rules: tuple[Mapping[str, Any], ...]
    enforcement: str = "active"


@dataclass(frozen=True)
class Protection:
    """A protected branch."""

    contexts: tuple[str, ...] = ()
    strict: bool = False
    reviews: int | None = None
    code_owners: bool = False
    admins: bool = False


@dataclass(frozen=True)
class Event:
    """Something that GitHub announces; what a GITHUB_TOKEN does starts no workflow."""

    name: str
    repository: str
    action: str | None
    ref: str | None
    sha: str | None
    actor: str
    starts_runs: bool
    details: Mapping[str, Any] = field(default_factory=dict)
