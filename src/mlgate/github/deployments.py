"""Deployments of a repository: made, and shown with a state."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from mlgate.github.client import GitHub, decoded


class Made(Struct, frozen=True):
    """A deployment."""

    id: int


@dataclass(frozen=True)
class Deployments(GitHub):
    """The deployments of one repository."""

    def create(self, tag: str, environment: str, payload: Mapping[str, str]) -> int:
        """There is one more, of the tag as it stands; asked once, since a fault does not say whether it landed."""
        body = {
            "ref": tag, "environment": environment, "payload": dict(payload), "auto_merge": False,
            "required_contexts": [], "description": f"{payload['action']} {tag}",
        }  # fmt: skip
        return decoded(self._call("POST", "/deployments", body=body, retries=0), Made).id

    def show(self, deployment: int, state: str, description: str) -> None:
        """The deployment has the state; those before it in the environment become inactive by GitHub itself."""
        body = {"state": state, "description": description}
        self._call("POST", f"/deployments/{deployment}/statuses", body=body)
