"""One request as a handler sees it, and how a handler answers or refuses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.github_fake.description import Operation
from tests.github_fake.repository import Repository
from tests.github_fake.state import Event, User
from tests.github_fake.world import Token, World

Item = TypeVar("Item")


@dataclass(frozen=True)
class Reply:
    """What a handler answers; `raw` is a body that is not JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class Refused(Exception):
    """GitHub says no."""

    def __init__(
        self, status: int, message: str, *, errors: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}

    def reply(self) -> Reply:
        """The refusal as GitHub words it."""
        body = {
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(self.status),
        }
        return Reply(self.status, {**body, **({"errors": self.errors} if self.errors else {})}, self.headers)


def invalid(resource: str, field_name: str, code: str = "invalid", message: str | None = None) -> Refused:
    """422 with GitHub's list of errors."""
    error = {"resource": resource, "field": field_name, "code": code}
    return Refused(422, "Validation Failed", errors=[error | ({"message": message} if message else {})])


NOT_FOUND = "Not Found"


@dataclass
class Call:
    """A request that is allowed and well formed."""

    world: World
    operation: Operation
    token: Token | None
    found: Repository | None
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any
    raw: bytes
    headers: Mapping[str, str]
    target: str

    @property
    def repository(self) -> Repository:
        """The repository that the path names."""
        assert self.found
        return self.found

    @property
    def user(self) -> User:
        """Who asks."""
        return self.token.user if self.token else self.world.user("ghost")

    @property
    def by_app(self) -> bool:
        """Whether a GITHUB_TOKEN asks."""
        return bool(self.token and self.token.integration)

    @property
    def now(self) -> float:
        """The time."""
        return self.world.clock.now()

    def require(self, *needs: str) -> None:
        """The token may do one of `needs`, such as `issues=write`, for writes that a path alone does not tell apart."""
        if self.token and not any(allows(self.token, need, self.repository) for need in needs):
            raise refusal(self.token, needs)

    def page(self, items: Sequence[Item], render: Callable[[Item], Any], key: str | None = None) -> Reply:
        """One page of `items` with its links; under `key` with the total count, as some lists are."""
        size = self.query.get("per_page", 30)
        number = max(1, self.query.get("page", 1))
        shown = [render(item) for item in items[(number - 1) * size : number * size]]
        last = max(1, -(-len(items) // size))
        headers = {"link": links} if (links := self._links(number, last)) else {}
        return Reply(200, {"total_count": len(items), key: shown} if key else shown, headers)

    def _links(self, number: int, last: int) -> str:
        wanted = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        shown = {"prev", "first"} if number > 1 else set()
        shown |= {"next", "last"} if number < last else set()
        return ", ".join(
            f'<{self.world.url}{self.target}?{urlencode({**self.query, "page": page})}>; rel="{name}"'
            for name, page in wanted.items()
            if name in shown
        )

    def announce(self, name: str, action: str | None = None, ref: str | None = None, **more: Any) -> None:
        """GitHub tells the world; a GITHUB_TOKEN starts no workflow except by the two dispatches."""
        starts = not self.by_app or name in ("workflow_dispatch", "repository_dispatch")
        sha = more.pop("sha", None)
        full_name = self.repository.full_name
        self.world.announce(Event(name, full_name, action, ref, sha, self.user.login, starts, more))


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Handled:
    """How an operation is carried out, and the permissions of which one suffices."""

    run: Handler
    needs: tuple[str, ...]


HANDLERS: dict[str, Handled] = {}


def operation(name: str, *needs: str) -> Callable[[Handler], Handler]:
    """Registers a handler."""

    def register(run: Handler) -> Handler:
        HANDLERS[name] = Handled(run, needs)
        return run

    return register


def allows(token: Token, need: str, repository: Repository) -> bool:
    """Whether the token has the permission `need`."""
    order = ("none", "read", "write", "admin")
    category, _, level = need.partition("=")
    return order.index(token.level(category, repository)) >= order.index(level)


def refusal(token: Token, needs: Sequence[str]) -> Refused:
    """403 as GitHub words it; the header names what would do."""
    what = "integration" if token.integration else "personal access token"
    return Refused(
        403, f"Resource not accessible by {what}", headers={"x-accepted-github-permissions": "; ".join(needs)}
    )
