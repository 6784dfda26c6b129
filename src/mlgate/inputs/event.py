"""What started the run: a pull request, a push, a merge queue, or a person at a laptop."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

Kind = Literal["local", "pull_request", "merge_group", "push", "schedule", "workflow_dispatch"]
MAX_EVENT_BYTES = 25 * 2**20  # GitHub's own limit for a payload


class Event(Struct, frozen=True):
    """The facts of the event that the gate needs."""

    kind: Kind = "local"
    head_sha: str | None = None  # of the pull request's branch, not of the merge commit
    base_sha: str | None = None
    base_ref: str | None = None
    is_fork: bool = False

    @property
    def is_change(self) -> bool:
        """Whether somebody proposes code that is not on a protected branch yet."""
        return self.kind == "pull_request"


def read_event(environ: Mapping[str, str]) -> Event:
    """The event of this run from GitHub's environment; `local` where there is none.

    An unreadable payload of a pull request counts as one from a fork: it gets no credentials.
    """
    kind = environ.get("GITHUB_EVENT_NAME", "")
    if environ.get("GITHUB_ACTIONS") != "true" or not kind:
        return Event()
    payload = _payload(environ.get("GITHUB_EVENT_PATH"))
    if kind in ("pull_request", "pull_request_target"):
        return _pull_request(payload)
    if kind == "merge_group":
        return Event(
            "merge_group", _text(payload, "merge_group", "head_sha"), _text(payload, "merge_group", "base_sha")
        )
    if kind == "push":
        before = _text(payload, "before")
        return Event("push", _text(payload, "after"), None if not before or set(before) == {"0"} else before)
    return Event("schedule" if kind == "schedule" else "workflow_dispatch")


def _pull_request(payload: Mapping[str, Any]) -> Event:
    head_repository = _get(payload, "pull_request", "head", "repo", "id")
    base_repository = _get(payload, "pull_request", "base", "repo", "id")
    return Event(
        "pull_request",
        _text(payload, "pull_request", "head", "sha"),
        _text(payload, "pull_request", "base", "sha"),
        _text(payload, "pull_request", "base", "ref"),
        is_fork=head_repository is None or head_repository != base_repository,
    )


def _payload(path: str | None) -> Mapping[str, Any]:
    try:
        file = Path(path or "")
        if file.stat().st_size > MAX_EVENT_BYTES:
            return {}
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: Any, *keys: str) -> str | None:
    found = _get(value, *keys)
    return found if isinstance(found, str) else None
