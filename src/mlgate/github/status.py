"""The commit status: set unless a newer run of the gate has set it already, and looked at again afterwards."""

import re
from typing import Protocol

from msgspec import Struct

from mlgate.github.models import Status, StatusState

WRITES = 3
_RUN = re.compile(r"/actions/runs/(\d{1,18})/attempts/(\d{1,9})$")


class Statuses(Protocol):
    """What is asked of GitHub."""

    def statuses(self, sha: str) -> tuple[Status, ...]:
        """The newest status of each context."""
        ...

    def set_status(self, sha: str, state: StatusState, description: str, context: str, target_url: str) -> None:
        """The commit has the status."""
        ...


class WantedStatus(Struct, frozen=True):
    """A status of a run of the gate, to which it links."""

    sha: str
    state: StatusState
    description: str
    context: str
    target_url: str
    is_request: bool = False  # the run has begun; it says nothing over what the same run has found out


def set_status(wanted: WantedStatus, github: Statuses) -> bool:
    """Whether the status was set: the newest run's counts, in whatever order reports arrive."""
    ours = _order(wanted.target_url)
    for attempt in range(WRITES):
        now = next((s for s in github.statuses(wanted.sha) if s.context == wanted.context), None)
        theirs = _order(now.target_url if now else None)
        if attempt and theirs >= ours:
            return True
        if theirs > ours or (wanted.is_request and theirs == ours):
            return False
        github.set_status(wanted.sha, wanted.state, wanted.description, wanted.context, wanted.target_url)
    return True


def _order(target_url: str | None) -> tuple[int, int]:
    """The run and attempt that a status links to; any other status is older than all runs."""
    found = _RUN.search(target_url or "")
    return (int(found[1]), int(found[2])) if found else (0, 0)
