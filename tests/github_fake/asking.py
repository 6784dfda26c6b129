"""A plain way for the fake's own tests to ask it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.github_fake.fake import InProcessGitHub


@dataclass(frozen=True)
class Got:
    """An answer, read."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def message(self) -> str:
        """The error's words."""
        return str(self.body["message"])


@dataclass
class Asker:
    """Asks about one repository with one token."""

    fake: InProcessGitHub
    token: str | None
    base: str = "/repos/octo/churn"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Got:
        sent = {"user-agent": "tests", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        data = b"" if body is None else json.dumps(body).encode()
        answer = self.fake.handle(method, path[1:] if path.startswith("//") else f"{self.base}{path}", sent, data)
        is_json = "json" in answer.headers.get("content-type", "") and answer.body
        return Got(answer.status, answer.headers, json.loads(answer.body) if is_json else answer.body)
