"""Facts: which change a run of the gate was about, from GitHub's API alone and never from evidence."""

import posixpath
import re
from typing import Literal, Protocol

from msgspec import Struct

from mlgate.github.models import Pull, Repo, RunEvent, WorkflowRun

Kind = Literal["pull_request", "merge_group", "push"]
GATE = ".github/workflows/mlgate.yml"  # the gate's file where nobody names another
_QUEUE = re.compile(r"gh-readonly-queue/(?P<base>.+)/pr-\d+-(?P<sha>[0-9a-f]{40}([0-9a-f]{24})?)")


class Change(Struct, frozen=True, kw_only=True):
    """What was gated: its commit, the commit whose policy counts, and the pull request if it is one."""

    kind: Kind
    head_sha: str
    policy_sha: str
    context: str  # of the commit status
    pull: Pull | None = None
    is_fork: bool = False
    is_moved: bool = False  # the pull request has a newer head
    is_default_base: bool = True  # it goes into the default branch, where report.yml stands

    @property
    def is_open(self) -> bool:
        """Whether somebody may still merge it."""
        return self.pull is None or self.pull.state == "open"


class Unknown(Struct, frozen=True):
    """Why there is nothing to report on."""

    why: str


class Reader(Protocol):
    """What is asked of GitHub to find the change."""

    def pulls(self, head: str, state: str) -> tuple[Pull, ...]:
        """The pull requests from `owner:branch`."""
        ...

    def branch_tip(self, name: str) -> str | None:
        """The newest commit of a branch, or None if there is none of that name."""
        ...

    def merge_base(self, base: str, head: str) -> str:
        """The commit that both come from."""
        ...


def find_change(event: RunEvent, workflow: str, github: Reader) -> Change | Unknown:
    """The change that the run gated; unknown where the run is not one of the gate that this report serves."""
    run, repository = event.workflow_run, event.repository
    if run.repository.id != repository.id:
        return Unknown("the run belongs to another repository")
    if run.path.partition("@")[0] != workflow:
        return Unknown(f"the run is of the workflow '{run.path}', and this report serves '{workflow}'")
    if run.event == "pull_request":
        return _of_pull_request(run, workflow, repository, github)
    if run.head_repository is None or run.head_repository.id != repository.id:
        return Unknown("the run's commit is not from this repository")
    branch = run.head_branch or ""
    if run.event == "push":
        return _of_push(run.head_sha, branch, workflow, repository, github)
    if run.event == "merge_group":
        return _of_queue(run.head_sha, branch, workflow, repository, github)
    return Unknown(f"a run for the event '{run.event}' changes nothing that could be merged")


def status_context(base: str, workflow: str, repository: Repo) -> str:
    """The name of the status: a status belongs to a commit, so that for another base or gate names it too."""
    of_gate = "" if workflow == GATE else f" ({posixpath.basename(workflow)})"
    return ("mlgate" if base == repository.default_branch else f"mlgate/{base}") + of_gate


def is_on(commit: str, tip: str, github: Reader) -> bool:
    """Whether a commit is the tip, or one that the tip comes from."""
    return commit == tip or github.merge_base(commit, tip) == commit


def _of_push(head: str, branch: str, workflow: str, repository: Repo, github: Reader) -> Change | Unknown:
    tip = github.branch_tip(branch)
    if tip is None or not is_on(head, tip, github):  # a tag may have any name, and the commit under it any policy
        return Unknown("the push was not of a commit of a branch that is there")
    return Change(kind="push", head_sha=head, policy_sha=head, context=status_context(branch, workflow, repository),
                  is_default_base=branch == repository.default_branch)  # fmt: skip


def _of_queue(head: str, branch: str, workflow: str, repository: Repo, github: Reader) -> Change | Unknown:
    """The change that a queue tests: its base is what GitHub put into the name of the queue's branch."""
    found = _QUEUE.fullmatch(branch)
    if found is None or not is_on(found["sha"], head, github):
        return Unknown("the merge queue's branch is not of the usual form")
    return Change(kind="merge_group", head_sha=head, policy_sha=found["sha"],
                  context=status_context(found["base"], workflow, repository),
                  is_default_base=found["base"] == repository.default_branch)  # fmt: skip


def _of_pull_request(run: WorkflowRun, workflow: str, repository: Repo, github: Reader) -> Change | Unknown:
    """The open pull request with the run's head, else the open one whose branch went on, else the closed one."""
    head = run.head_repository
    if head is None:
        return Unknown("the fork was deleted, so its pull request cannot be told for sure")
    branch = f"{head.owner}:{run.head_branch}"
    from_branch = [pull for pull in github.pulls(branch, "open") if _is_between(pull, head, repository)]
    found = [pull for pull in from_branch if pull.head.sha == run.head_sha]
    if len(found) > 1:
        named = {pull.number for pull in run.pull_requests}
        found = [pull for pull in found if pull.number in named]
        if len(found) != 1:
            return Unknown("several open pull requests have this head, and the run does not say for which it is")
    if not found and not from_branch:
        closed = [pull for pull in github.pulls(branch, "closed") if _is_between(pull, head, repository)]
        found = [pull for pull in closed if pull.head.sha == run.head_sha][:1]
    if not found and len(from_branch) != 1:
        return Unknown("no pull request has this head any more")
    pull = (found or from_branch)[0]
    return Change(
        kind="pull_request", head_sha=run.head_sha, policy_sha=pull.base.sha, pull=pull, is_moved=not found,
        context=status_context(pull.base.ref, workflow, repository), is_fork=head.id != repository.id,
        is_default_base=pull.base.ref == repository.default_branch,
    )  # fmt: skip


def _is_between(pull: Pull, head: Repo, base: Repo) -> bool:
    """Whether the pull request goes from the one repository to the other, by their ids."""
    ends = (pull.head.repo, pull.base.repo)
    return all(end is not None for end in ends) and [end.id for end in ends if end] == [head.id, base.id]
