"""The other host, where artifacts and assets lie behind signed links that need no token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.github_fake.faults import Answer, TransportFault

if TYPE_CHECKING:
    from tests.github_fake.world import World

LIFETIME = 60.0
DENIED = b'<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code></Error>'


@dataclass(frozen=True)
class Link:
    """A signed link."""

    content: bytes
    content_type: str
    expires: float


class Storage:
    """Serves what the API redirects to; a token that arrives here has leaked."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._links: dict[str, Link] = {}

    def link(self, content: bytes, content_type: str) -> str:
        """A link that works for a minute."""
        target = f"/blob/{len(self._links) + 1}?sig=fake"
        self._links[target] = Link(content, content_type, self.world.clock.now() + LIFETIME)
        return f"{self.world.storage_url}{target}"

    def handle(self, method: str, target: str, headers: Mapping[str, str]) -> Answer:
        """The bytes behind a link."""
        if any(name.lower() == "authorization" for name in headers):
            self.world.violations.append(
                f"{method} {urlsplit(target).path}: an Authorization header reached the storage host"
            )
            return Answer(400, {"content-type": "application/xml"}, DENIED)
        link = self._links.get(target)
        if method != "GET" or link is None or link.expires < self.world.clock.now():
            return Answer(403, {"content-type": "application/xml"}, DENIED)
        answer = Answer(200, {"content-type": link.content_type}, link.content)
        fault = self.world.faults.take("storage", None)
        if fault is None:
            return answer
        if fault.kind != "answer":
            raise TransportFault(fault.kind, answer)
        return Answer(fault.status, dict(fault.headers), fault.body or fault.message.encode())
