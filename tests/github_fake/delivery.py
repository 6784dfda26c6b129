"""What a repository delivers: releases, deployments and their environments."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.github_fake.state import User


@dataclass(frozen=True)
class Release:
    id: int
    tag: str
    target: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    author: User
    created: float
    published: float | None
    latest: bool = True


@dataclass(frozen=True)
class Asset:
    id: int
    release: int
    name: str
    label: str | None
    content_type: str
    content: bytes = field(repr=False)
    uploader: User
    created: float
    state: str = "uploaded"

    @cached_property
    def sha256(self) -> str:
        """The digest of the content, computed once: it may have gigabytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Deployment:
    id: int
    sha: str
    ref: str
    task: str
    environment: str
    payload: Any
    description: str | None
    creator: User
    created: float
    production: bool = False
    transient: bool = False


@dataclass(frozen=True)
class DeploymentStatus:
    id: int
    deployment: int
    state: str
    description: str
    environment: str
    target_url: str
    environment_url: str
    creator: User
    created: float


@dataclass(frozen=True)
class Environment:
    id: int
    name: str
    created: float
    reviewers: tuple[str, ...] = ()
    protected_branches: bool = False
