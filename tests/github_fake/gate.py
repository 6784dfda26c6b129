"""Who may do what, and how often."""

from collections.abc import Mapping
from typing import Any

from tests.github_fake.call import HANDLERS, NOT_FOUND, Refused, allows, refusal
from tests.github_fake.description import Operation
from tests.github_fake.faults import SECONDARY
from tests.github_fake.repository import Repository
from tests.github_fake.world import HOUR, Token, World

MINUTE = 60.0
NEVER_PUBLIC = ("administration=", "actions/download-artifact")
FREE = ("rate-limit/get", "meta/get")


class Gate:
    """Authentication, permissions and limits, in GitHub's order."""

    def __init__(self, world: World) -> None:
        self.world = world

    def token(self, headers: Mapping[str, str]) -> Token | None:
        """The token of a request, if it is one."""
        _, _, value = headers.get("authorization", "").partition(" ")
        return self.world.tokens.get(value)

    def admit(
        self, operation: Operation, values: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[Token | None, Repository | None]:
        """The token and the repository of a request that may go on; raises Refused."""
        token = self.token(headers)
        if token is None and "authorization" in headers:
            raise Refused(401, "Bad credentials")
        self._count(token, operation)
        if "owner" not in values:
            return token, None
        repository = self.world.repositories.get(f"{values['owner']}/{values['repo']}".lower())
        if repository is None or not self._sees(token, repository):
            raise Refused(404, NOT_FOUND)
        self._permit(token, operation, repository)
        return token, repository

    def _count(self, token: Token | None, operation: Operation) -> None:
        if operation.id in FREE:
            return
        who, now, limit = token or self.world.anonymous, self.world.clock.now(), self.world.limit(token)
        if now >= who.window + HOUR:
            who.window, who.used = now, 0
        if who.used >= limit:
            raise Refused(403, f"API rate limit exceeded for {'installation ID 1' if token else '127.0.0.1'}.")
        who.used += 1
        most = self.world.limits.writes_a_minute
        if operation.method == "GET" or most is None:
            return
        while who.writes and who.writes[0] <= now - MINUTE:
            who.writes.pop(0)
        if len(who.writes) >= most:
            raise Refused(403, SECONDARY, headers={"retry-after": str(int(who.writes[0] + MINUTE - now) + 1)})
        who.writes.append(now)

    @staticmethod
    def _sees(token: Token | None, repository: Repository) -> bool:
        return not repository.private or bool(token and token.level("metadata", repository) != "none")

    @staticmethod
    def _permit(token: Token | None, operation: Operation, repository: Repository) -> None:
        needs = HANDLERS[operation.id].needs
        strict = operation.id in NEVER_PUBLIC or any(need.startswith(NEVER_PUBLIC) for need in needs)
        if not needs or (operation.method == "GET" and not repository.private and not strict):
            return
        if token is None:
            raise Refused(401, "Requires authentication")
        if not any(allows(token, need, repository) for need in needs):
            raise refusal(token, needs)
