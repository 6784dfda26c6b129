"""Everything that one fake GitHub holds: users, tokens, repositories, and what it noticed."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.github_fake.clock import Clock, Horizon
from tests.github_fake.objects import Objects
from tests.github_fake.repository import Repository
from tests.github_fake.state import Event, User

LEVELS = ("none", "read", "write", "admin")
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
    requests: list[float] = field(default_factory=list, repr=False)
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
        self._users: dict[str, User] = {}
        self._ids = itertools.count(1001)
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
