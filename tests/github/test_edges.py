"""Which change a run is about, which status counts, and what the command hands to GitHub."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from mlgate.errors import UserError
from mlgate.github.command import report_from
from mlgate.github.facts import Change, Unknown, find_change
from mlgate.github.models import End, Pull, PullNumber, Repo, RunEvent, Status, StatusState, WorkflowRun
from mlgate.github.report import Options
from mlgate.github.status import WantedStatus, set_status
from mlgate.github.transport import GitHubError
from tests.github.stage import Stage
from tests.github_fake import webhooks

WORKFLOW = ".github/workflows/mlgate.yml"
UPSTREAM, FORK = Repo(1, "acme/credit", "main"), Repo(2, "octo/credit", "main")
HEAD, BASE = "1" * 40, "2" * 40


def pull(
    number: int = 7, *, head: Repo | None = FORK, base: str = "main", sha: str = HEAD, state: str = "open"
) -> Pull:
    return Pull(number, state, End("topic", sha, head), End(base, BASE, UPSTREAM))


def run(**more: Any) -> WorkflowRun:
    made = WorkflowRun(id=5, path=WORKFLOW, event="pull_request", run_number=3, head_sha=HEAD, repository=UPSTREAM,
                       head_branch="topic", head_repository=FORK)  # fmt: skip
    return structs.replace(made, **more)


@dataclass
class Pulls:
    """GitHub's list of pull requests, and what it was asked for."""

    known: Iterable[Pull]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def pulls(self, head: str, state: str) -> tuple[Pull, ...]:
        self.asked.append((head, state))
        return tuple(p for p in self.known if p.state == state)

    def branch_tip(self, name: str) -> str | None:
        return HEAD if name == "main" else None

    def merge_base(self, base: str, head: str) -> str:
        return base if base == BASE else "9" * 40


def found(made: WorkflowRun, *known: Pull) -> Change | Unknown:
    return find_change(RunEvent("completed", made, UPSTREAM), WORKFLOW, Pulls(known))


def test_pull_request_is_found_by_owner_branch_commit_and_repository() -> None:
    pulls = Pulls([pull()])
    change = find_change(RunEvent("completed", run(), UPSTREAM), WORKFLOW, pulls)
    assert isinstance(change, Change)
    assert (change.policy_sha, change.context, change.is_fork) == (BASE, "mlgate", True)
    assert pulls.asked == [("octo:topic", "open")]


@pytest.mark.parametrize("other", [pull(head=Repo(3, "octo/credit")), pull(head=None), pull(head=UPSTREAM)])
def test_pull_request_from_another_repository_of_that_name_is_not_it(other: Pull) -> None:
    assert isinstance(found(run(), other), Unknown)


def test_two_open_pull_requests_of_one_head_are_told_apart_or_refused() -> None:
    both = (pull(7), pull(8, base="release"))
    assert isinstance(found(run(), *both), Unknown)
    change = found(run(pull_requests=(PullNumber(8),)), *both)
    assert isinstance(change, Change)
    assert change.context == "mlgate/release"
    assert isinstance(found(run(pull_requests=(PullNumber(7), PullNumber(8))), *both), Unknown)


def test_branch_that_went_on_is_the_same_pull_request() -> None:
    change = found(run(), pull(sha="9" * 40))
    assert isinstance(change, Change)
    assert change.is_moved
    assert change.head_sha == HEAD


def test_closed_pull_request_needs_the_same_commit() -> None:
    assert isinstance(found(run(), pull(state="closed", sha="9" * 40)), Unknown)
    change = found(run(), pull(state="closed"))
    assert isinstance(change, Change)
    assert not change.is_open


@pytest.mark.parametrize(
    "more",
    [{"path": ".github/workflows/MLGATE.yml"}, {"path": f"evil/{WORKFLOW}"}, {"repository": FORK},
     {"event": "schedule"}, {"event": "push"}, {"event": "merge_group"}, {"head_repository": None},
     {"event": "merge_group", "head_repository": UPSTREAM, "head_branch": "topic"}],
)  # fmt: skip
def test_other_runs_are_about_nothing(more: dict[str, Any]) -> None:
    assert isinstance(found(run(**more), pull()), Unknown)


def test_path_may_name_the_ref_that_it_was_read_at() -> None:
    assert isinstance(found(run(path=f"{WORKFLOW}@refs/heads/main"), pull()), Change)


def test_merge_queues_base_is_in_its_branch() -> None:
    queue = {"event": "merge_group", "head_repository": UPSTREAM}
    change = found(run(**queue, head_branch=f"gh-readonly-queue/release/1.0/pr-7-{BASE}"))
    assert isinstance(change, Change)
    assert (change.context, change.policy_sha) == ("mlgate/release/1.0", BASE)


@pytest.mark.parametrize("name", ["pr-7-abc", f"pr-7-{'3' * 40}", "pr-x-" + BASE])
def test_a_queue_whose_base_is_not_below_its_commit_is_about_nothing(name: str) -> None:
    queue = {"event": "merge_group", "head_repository": UPSTREAM}
    assert isinstance(found(run(**queue, head_branch=f"gh-readonly-queue/main/{name}")), Unknown)


@pytest.mark.parametrize(("branch", "sha", "counts"), [("main", HEAD, True), ("main", BASE, True),
                                                       ("main", "4" * 40, False), ("v1", HEAD, False)])  # fmt: skip
def test_a_push_counts_only_for_a_commit_of_a_branch(branch: str, sha: str, counts: bool) -> None:
    pushed = found(run(event="push", head_repository=UPSTREAM, head_branch=branch, head_sha=sha))
    assert isinstance(pushed, Change) == counts


def test_another_gates_status_has_its_own_name() -> None:
    event = RunEvent("completed", run(path=".github/workflows/b.yml"), UPSTREAM)
    change = find_change(event, ".github/workflows/b.yml", Pulls([pull()]))
    assert isinstance(change, Change)
    assert change.context == "mlgate (b.yml)"


@dataclass
class Commit:
    """A commit's statuses; `late` writes something right after the first write."""

    written: list[Status] = field(default_factory=list)
    late: Status | None = None
    runs: tuple[int, ...] = (4, 5, 6)  # the gate's on this commit

    def run(self, run_id: int) -> WorkflowRun:
        if run_id == 7:
            return run(id=7, path=".github/workflows/other.yml")
        if run_id not in self.runs:
            raise GitHubError(404, "GET run")
        return run(id=run_id)

    def statuses(self, sha: str) -> tuple[Status, ...]:
        newest = {status.context: status for status in self.written}
        return tuple(newest.values())

    def set_status(self, sha: str, state: StatusState, description: str, context: str, target_url: str) -> None:
        self.written.append(Status(context, state, target_url))
        if self.late:
            self.written.append(self.late)
            self.late = None


def status(run: int, attempt: int, state: StatusState = "success", *, is_request: bool = False) -> WantedStatus:
    link = f"https://x/actions/runs/{run}/attempts/{attempt}"
    return WantedStatus(HEAD, state, "said", "mlgate", link, WORKFLOW, is_request)


def test_newest_runs_status_stays_in_whatever_order_reports_arrive() -> None:
    commit = Commit()
    assert set_status(status(6, 1), commit)
    assert not set_status(status(5, 9, "failure"), commit)
    assert not set_status(status(6, 1, "pending", is_request=True), commit)
    assert set_status(status(6, 2, "pending", is_request=True), commit)
    assert not set_status(status(6, 1, "failure"), commit)
    assert set_status(status(6, 2, "failure"), commit)
    assert commit.statuses(HEAD)[0].state == "failure"


def test_status_of_an_older_run_that_slips_in_is_covered_again() -> None:
    commit = Commit(late=Status("mlgate", "failure", "https://x/actions/runs/4/attempts/1"))
    set_status(status(6, 1), commit)
    assert commit.statuses(HEAD)[0].state == "success"


@pytest.mark.parametrize("link", ["https://x/actions/runs/7/attempts/1", "https://x/actions/runs/999999/attempts/1",
                                  "https://evil/actions/runs/6/attempts/9"])  # fmt: skip
def test_a_status_that_claims_a_run_that_is_not_the_gates_is_replaced(link: str) -> None:
    commit = Commit([Status("mlgate", "success", link)])
    assert set_status(status(5, 1, "failure"), commit)
    assert commit.statuses(HEAD)[0].state == "failure"


def test_status_that_somebody_else_set_is_replaced() -> None:
    commit = Commit([Status("mlgate", "success", "https://elsewhere"), Status("other", "failure", None)])
    set_status(status(1, 1, "failure"), commit)
    assert {s.context: s.state for s in commit.statuses(HEAD)} == {"mlgate": "failure", "other": "failure"}


@pytest.mark.parametrize(
    "options",
    [Options(configs=()), Options(configs=("../mlgate.yml",)), Options(configs=("/etc/x.yml",)), Options(name="a b"),
     Options(configs=("a.yml", "a.yml")), Options(configs=("mlgate",)),
     Options(configs=tuple(f"{n}.yml" for n in range(41)))],
)  # fmt: skip
def test_inputs_that_cannot_be_used_are_the_users_to_mend(stage: Stage, options: Options) -> None:
    made = stage.gated(stage.pull())
    with pytest.raises(UserError):
        stage.report(made, options=options)


def environment(stage: Stage, tmp_path: Path, made: Any) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_bytes(msgspec.json.encode(webhooks.workflow_run(stage.repository, made)))
    return {
        "GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(event), "GITHUB_REPOSITORY": "acme/credit",
        "GITHUB_SERVER_URL": "https://github.test", "GITHUB_API_URL": stage.fake.url, "GITHUB_RUN_ID": "9",
        "GITHUB_RUN_NUMBER": "4", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }  # fmt: skip


def test_command_without_a_token_writes_the_summary_and_one_notice(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report_from(environment(stage, tmp_path, stage.gated(stage.pull())), Options()) == 0
    assert (tmp_path / "summary.md").read_text().startswith("### ⚠️ mlgate: nothing was reported")
    assert capsys.readouterr().out.count("::notice") == 1


@pytest.mark.parametrize("change", [{"GITHUB_EVENT_NAME": "pull_request_target"}, {"GITHUB_EVENT_PATH": "/nowhere"}])
def test_command_serves_workflow_run_only(stage: Stage, tmp_path: Path, change: dict[str, str]) -> None:
    environ = environment(stage, tmp_path, stage.gated(stage.pull())) | change
    with pytest.raises(UserError):
        report_from(environ, Options())
