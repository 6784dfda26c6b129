"""Everything that one fake GitHub holds: users, tokens, repositories, and what it noticed."""

import itertools
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.github_fake.clock import Clock, Horizon
from tests.github_fake.faults import Faults
from tests.github_fake.objects import Objects
from tests.github_fake.repository import Repository
from tests.github_fake.state import Event, User
from tests.github_fake.storage import Storage

HOUR = 3600.0
CATEGORIES = (
    *("actions", "attestations", "checks", "contents", "deployments", "issues", "metadata", "packages", "pages"),
    *("pull_requests", "statuses"),
)


@dataclass
class Token:
    """A token and what it may do; an integration's is a GITHUB_TOKEN."""

    value: str = field(repr=False)
    user: User
    integration: bool
    repository: str | None  # the only one that it may change; nothing: all
    permissions: Mapping[str, str]
    window: float = 0.0  # when the present hour began
    used: int = 0  # requests in it
    writes: list[float] = field(default_factory=list, repr=False)

    def level(self, category: str, repository: Repository) -> str:
        """What the token may do with a category of that repository."""
        if self.repository not in (None, repository.full_name):
            return "none"
        return "read" if category == "metadata" else self.permissions.get(category, "none")


@dataclass(frozen=True)
class Limits:
    """How much a token may ask; nothing means no limit."""

    requests_an_hour: int | None = 1000
    writes_a_minute: int | None = 80


class World:
    """State without any API: what a test builds and looks at."""

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self.clock = clock or Clock()
        self.limits = limits or Limits()
        self.horizon = Horizon(self.clock)
        self.url = "https://api.github.test"
        self.html_url = "https://github.test"
        self.uploads_url = "https://uploads.github.test"
        self.storage_url = "https://storage.github.test"
        self.repositories: dict[str, Repository] = {}
        self.events: list[Event] = []
        self.violations: list[str] = []
        self.tokens: dict[str, Token] = {}
        self.rendered: dict[Hashable, dict[str, Any]] = {}  # what never changes, kept for speed
        self._users: dict[str, User] = {}
        self._ids = itertools.count(1001)
        self.anonymous = Token("", self.user("ghost"), False, None, {})
        self.faults = Faults()
        self.storage = Storage(self)
        self.bot = self.user("github-actions[bot]", "Bot")

    def next_id(self) -> int:
        """A number above every earlier one."""
        return next(self._ids)

    def user(self, login: str, kind: str = "User") -> User:
        """The user of that name."""
        if login not in self._users:
            self._users[login] = User(login, self.next_id(), kind)
        return self._users[login]

    def token(
        self,
        repository: Repository | None = None,
        permissions: Mapping[str, str] | None = None,
        *,
        user: str | None = None,
    ) -> str:
        """A GITHUB_TOKEN of `repository` with only `permissions` (all of its kind without), or `user`'s own token."""
        value = f"ghs_{len(self.tokens):08}" if user is None else f"github_pat_{len(self.tokens):08}"
        everything = dict.fromkeys(CATEGORIES, "write")
        if user is not None:
            everything |= {"administration": "write", "workflows": "write"}
        granted = everything if permissions is None else {**permissions}
        if wrong := [key for key in granted if key not in (*CATEGORIES, "administration", "workflows")]:
            raise ValueError(f"no such permissions: {wrong}; they are spelt as GitHub's API does, as pull_requests")
        owner = self.bot if user is None else self.user(user)
        name = repository.full_name if repository else None
        self.tokens[value] = Token(value, owner, user is None, name, granted)
        return value

    def repository(
        self,
        full_name: str,
        files: Mapping[str, str | bytes] | None = None,
        *,
        private: bool = False,
        default_branch: str = "main",
    ) -> Repository:
        """A new repository whose default branch holds one commit."""
        repository = Repository(self, full_name, Objects(), private=private, default_branch=default_branch)
        self.repositories[full_name.lower()] = repository
        repository.commit({"README.md": f"# {repository.name}\n"} if files is None else files, branch=default_branch)
        return repository

    def announce(self, event: Event) -> None:
        """GitHub tells the world about `event`."""
        self.events.append(event)

    def rate_headers(self, token: Token | None) -> dict[str, str]:
        """What GitHub says of the hourly limit in every answer."""
        who = token or self.anonymous
        limit = self.limit(token)
        return {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0, limit - who.used)),
            "x-ratelimit-used": str(who.used),
            "x-ratelimit-reset": str(int((who.window or self.clock.now()) + HOUR)),
            "x-ratelimit-resource": "core",
        }

    def limit(self, token: Token | None) -> int:
        """Requests an hour."""
        if token is None:
            return 60
        return (self.limits.requests_an_hour or 1_000_000_000) if token.integration else 5000
