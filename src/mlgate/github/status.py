"""The commit status: set unless a newer run of the gate has set it already, and looked at again afterwards."""

import re
from typing import Protocol

from msgspec import Struct

from mlgate.github.models import Status, StatusState, WorkflowRun
from mlgate.github.transport import GitHubError

WRITES = 3
_RUN = re.compile(r"(\d{1,18})/attempts/(\d{1,9})")


class Statuses(Protocol):
    """What is asked of GitHub."""

    def statuses(self, sha: str) -> tuple[Status, ...]:
        """The newest status of each context."""
        ...

    def run(self, run_id: int) -> WorkflowRun:
        """The run as it is now."""
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
    workflow: str  # the gate's file
    is_request: bool = False  # the run has begun; it says nothing over what the same run has found out

    @property
    def runs(self) -> str:
        """How the address of every run of this repository begins."""
        return self.target_url.partition("/actions/runs/")[0] + "/actions/runs/"


def set_status(wanted: WantedStatus, github: Statuses) -> bool:
    """Whether the status was set: the newest run's counts, in whatever order reports arrive."""
    ours = _order(wanted.target_url, wanted.runs)
    for attempt in range(WRITES):
        now = next((s for s in github.statuses(wanted.sha) if s.context == wanted.context), None)
        theirs = _order(now.target_url if now else None, wanted.runs)
        if theirs > ours and not _is_of_the_gate(theirs[0], wanted, github):
            theirs = (0, 0)
        if attempt and theirs >= ours:
            return True
        if theirs > ours or (wanted.is_request and theirs == ours):
            return False
        github.set_status(wanted.sha, wanted.state, wanted.description, wanted.context, wanted.target_url)
    return True


def _is_of_the_gate(run_id: int, wanted: WantedStatus, github: Statuses) -> bool:
    """Whether a run that a status links to is the gate's on this commit: who sets a status writes the link."""
    try:
        run = github.run(run_id)
    except GitHubError as error:
        if error.status == 404:
            return False
        raise
    return run.head_sha == wanted.sha and run.path.partition("@")[0] == wanted.workflow


def _order(target_url: str | None, runs: str) -> tuple[int, int]:
    """The run and attempt that a status links to; any other status is older than all runs."""
    text = target_url or ""
    found = _RUN.fullmatch(text.removeprefix(runs)) if text.startswith(runs) else None
    return (int(found[1]), int(found[2])) if found else (0, 0)
