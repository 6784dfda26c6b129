"""Evidence by the run that made it, as GitHub tells: whose run it was, of which workflow, and who approved."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlgate.evidence import canonical
from mlgate.ledger.events import Promote
from tests.cli.console import Seen
from tests.github.stage import zipped
from tests.github_fake.repository import Repository as Hosted
from tests.github_fake.server import FakeGitHub
from tests.promotion.shop import Shop, make_shop
from tests.promotion.test_releasing import codes

FILES = {"mlgate.yml": "version: 1\n", ".github/workflows/mlgate.yml": "on: push\n"}


@dataclass
class Hub:
    """A shop on GitHub: the commits are in the real remote, and the fake knows the runs."""

    shop: Shop
    fake: FakeGitHub
    hosted: Hosted

    @property
    def environ(self) -> Mapping[str, str]:
        """What a step of a workflow on the default branch gets."""
        token = self.fake.token(self.hosted, permissions={"actions": "read", "contents": "write"})
        return {
            "GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat", "GITHUB_API_URL": self.fake.url,
            "GITHUB_TOKEN": token, "GITHUB_REPOSITORY": "acme/churn", "GITHUB_RUN_ID": "77",
            "NO_PROXY": "127.0.0.1", "PATH": os.environ["PATH"],
        }  # fmt: skip

    def gate(
        self, commit: str, champion: str | None = None, *, expired: bool = False, run: Any = None, **more: Any
    ) -> int:
        """A run of the gate on the commit, and its evidence as an artifact; the run's number."""
        made = canonical(self.shop.made(commit, champion, **{"event": "push", **more}))
        here = run or self.hosted.run(head_sha=self.hosted.tip("main"))
        self.hosted.artifact(here, "mlgate-evidence", zipped({"evidence.json": made}), expired=expired)
        return int(here.id)

    def register(self, run: int, *more: str) -> Seen:
        """The command in a workflow."""
        return self.shop.run("register", "--run", str(run), "--json", *more, environ=self.environ)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A shop that takes evidence of runs alone."""
    shop = make_shop(tmp_path)
    shop.stages({"prod": {"approval": ["environment"]}}, **{"evidence-from": ["run"]})
    with FakeGitHub() as fake:
        yield Hub(shop, fake, fake.repository("acme/churn", FILES))


def by_commit(hub: Hub, commit: str) -> Any:
    """A run whose commit is the shop's, which the fake's own repository does not have."""
    return hub.hosted.run(head_sha=hub.hosted.tip("main"), event="schedule")


def test_a_run_of_the_gate_is_evidence_and_the_ledger_says_which(hub: Hub) -> None:
    commit = hub.shop.train("one")
    seen = hub.register(hub.gate(commit, run=by_commit(hub, commit), event="schedule"))
    assert seen.code == 0, seen.out + seen.err
    event = hub.shop.first
    assert (event.origin.kind, event.origin.workflow, event.origin.event) == (
        "run",
        ".github/workflows/mlgate.yml",
        "schedule",
    )
    assert event.actor == "octocat"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"event": "pull_request"}, "run-event"),
        ({"event": "schedule", "workflow": ".github/workflows/mine.yml"}, "other-workflow"),
        ({"event": "schedule", "status": "in_progress", "conclusion": None}, "run-not-finished"),
        ({"event": "push"}, "run-commit"),
    ],
)
def test_a_run_that_is_none_of_the_gates_is_refused(more: dict[str, Any], code: str, hub: Hub) -> None:
    commit = hub.shop.train("one")
    run = hub.hosted.run(head_sha=hub.hosted.tip("main"), **more)
    seen = hub.register(hub.gate(commit, run=run, event="push" if more["event"] == "push" else "schedule"))
    assert (seen.code, code in codes(json.loads(seen.out))) == (1, True), seen.out + seen.err
    assert hub.shop.kinds == ["refused"]


def test_a_forks_run_is_refused(hub: Hub) -> None:
    commit = hub.shop.train("one")
    pull = hub.hosted.pull_request("topic", files={"a.txt": "1\n"}, fork="eve")
    seen = hub.register(hub.gate(commit, run=hub.hosted.run(pull, event="schedule"), event="schedule"))
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["fork-run"]), seen.out + seen.err


def test_an_expired_artifact_is_refused_with_the_commit_to_run_again(hub: Hub) -> None:
    commit = hub.shop.train("one")
    seen = hub.register(hub.gate(commit, run=by_commit(hub, commit), expired=True))
    assert seen.code == 1, seen.out + seen.err
    (reason,) = json.loads(seen.out)["reasons"]
    assert (reason["code"], reason["mend"].startswith("run the gate again on ")) == ("artifact-expired", True)
    assert hub.shop.kinds == ["refused"]


def test_a_file_does_not_count_where_only_runs_do(hub: Hub) -> None:
    commit = hub.shop.train("one")
    seen = hub.shop.run("register", "--evidence", str(hub.shop.evidence(commit)), "--json")
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["nobody-vouches"])


def test_a_reviewer_of_the_stages_environment_approves(hub: Hub) -> None:
    commit = hub.shop.train("one")
    hub.register(hub.gate(commit, run=by_commit(hub, commit), event="schedule"))
    promote = ("promote", "churn@v0.1.0", "--stage", "prod", "--json")
    waiting = hub.hosted.run(
        head_sha=hub.hosted.tip("main"), event="workflow_dispatch", workflow=".github/workflows/promote.yml"
    )
    environ = {**hub.environ, "GITHUB_RUN_ID": str(waiting.id)}
    seen = hub.shop.run(*promote, environ=environ)
    assert codes(json.loads(seen.out)) == ["not-approved"], seen.out + seen.err
    hub.hosted.approve(waiting, "staging", "ann")
    hub.hosted.approve(waiting, "prod", "bob", state="rejected")
    assert codes(json.loads(hub.shop.run(*promote, environ=environ).out)) == ["not-approved"]
    hub.hosted.approve(waiting, "prod", "ann")
    outcome = json.loads(hub.shop.run(*promote, environ=environ).out)
    assert outcome["approval"] == {"kind": "environment", "by": "ann", "where": f"run {waiting.id}"}


def promoting(hub: Hub, **more: Any) -> Any:
    """The run that promotes, which still goes on."""
    facts = {"event": "workflow_run", "workflow": ".github/workflows/release.yml", "status": "in_progress"}
    return hub.hosted.run(**{**facts, "head_sha": hub.hosted.tip("main"), "conclusion": None, **more})


def test_an_earlier_job_of_the_run_that_promotes_may_have_made_the_evidence(hub: Hub) -> None:
    commit = hub.shop.train("one")
    hub.register(hub.gate(commit, run=by_commit(hub, commit), event="schedule"))
    run = promoting(hub)
    hub.gate(commit, run=run, event="workflow_dispatch")
    hub.hosted.approve(run, "prod", "ann")
    arguments = ("promote", "churn@v0.1.0", "--stage", "prod", "--run", str(run.id), "--json")
    seen = hub.shop.run(*arguments, environ=hub.environ)
    assert "run-not-finished" in codes(json.loads(seen.out)), "it is another run, as far as this process knows"
    seen = hub.shop.run(*arguments, environ={**hub.environ, "GITHUB_RUN_ID": str(run.id)})
    assert seen.code == 0, seen.out + seen.err
    origin = next(r.event for r in reversed(hub.shop.ledger.events) if isinstance(r.event, Promote)).origin
    assert (origin.run, origin.workflow, origin.event) == (run.id, run.workflow, "workflow_run")


@pytest.mark.parametrize("more", [{"head_branch": "topic"}, {"event": "pull_request"}])
def test_a_run_of_another_branch_does_not_promote_by_its_own_evidence(hub: Hub, more: dict[str, Any]) -> None:
    commit = hub.shop.train("one")
    hub.register(hub.gate(commit, run=by_commit(hub, commit), event="schedule"))
    run = promoting(hub, **more)
    hub.gate(commit, run=run, event="workflow_dispatch")
    hub.hosted.approve(run, "prod", "ann")
    arguments = ("promote", "churn@v0.1.0", "--stage", "prod", "--run", str(run.id), "--json")
    seen = hub.shop.run(*arguments, environ={**hub.environ, "GITHUB_RUN_ID": str(run.id)})
    assert codes(json.loads(seen.out)) == ["run-branch"]


def test_a_champion_that_came_after_the_comparison_is_noticed_and_the_run_wanted_again(hub: Hub) -> None:
    for text, champion in (("one", None), ("two", None)):
        commit = hub.shop.train(text)
        hub.register(hub.gate(commit, champion, run=by_commit(hub, commit), event="schedule"))
    run = promoting(hub)
    environ = {**hub.environ, "GITHUB_RUN_ID": str(run.id)}
    hub.hosted.approve(run, "prod", "ann")
    hub.gate(commit, run=run, event="workflow_dispatch")
    assert hub.shop.run("promote", "churn@v0.1.0", "--stage", "prod", environ=environ).code == 0
    arguments = ("promote", "churn@v0.2.0", "--stage", "prod", "--run", str(run.id), "--json")
    (reason, *_) = json.loads(hub.shop.run(*arguments, environ=environ).out)["reasons"]
    assert (reason["code"], reason["mend"]) == ("no-baseline", "run this workflow again, from its first job")


def test_the_newest_run_of_the_gate_on_a_commit_is_found(hub: Hub) -> None:
    commit = hub.shop.train("one")
    seen = hub.shop.run("register", "--commit", hub.hosted.tip("main") or "", environ=hub.environ)
    assert (seen.code, "has ended" in seen.err) == (2, True), seen.err
    runs: tuple[dict[str, Any], ...] = (
        {"conclusion": "failure"}, {}, {"event": "pull_request"}, {"workflow": ".github/workflows/x.yml"}
    )  # fmt: skip
    for more in runs:
        run = hub.hosted.run(**{"head_sha": hub.hosted.tip("main"), "event": "schedule", **more})
        if not more:
            hub.gate(commit, run=run, event="schedule")
    seen = hub.shop.run("register", "--commit", hub.hosted.tip("main") or "", environ=hub.environ)
    assert seen.code == 0, seen.out + seen.err
    assert hub.shop.run("register", "--commit", commit, "--run", "1", environ=hub.environ).code == 2


def test_a_step_of_a_workflow_tells_outputs_summary_and_each_reason(hub: Hub, tmp_path: Path) -> None:
    commit = hub.shop.train("one")
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    environ = {**hub.environ, **{name: str(path) for name, path in files.items()}}
    run = hub.gate(commit, run=by_commit(hub, commit), event="schedule")
    hub.shop.run("register", "--run", str(run), environ=environ)
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    assert (outputs["done"], outputs["version"], outputs["digest"]) == ("true", "v0.1.0", hub.shop.first.sha256)
    seen = hub.shop.run("promote", "churn@v0.1.0", "--stage", "prod", environ=environ)
    assert "    churn@v0.1.0 is registered (event 1)\n" in files["GITHUB_STEP_SUMMARY"].read_text()
    assert "### ❌ mlgate promote\n\n    refused to promote" in files["GITHUB_STEP_SUMMARY"].read_text()
    title = "::error title=refused to promote churn@v0.1.0 for prod (event 2)::nobody approved churn@v0.1.0 for 'prod'"
    assert title in seen.err


def test_no_credential_is_told(hub: Hub) -> None:
    seen = hub.register(404_404)
    assert (seen.code, "cannot be read" in seen.err) == (2, True)
    assert hub.environ["GITHUB_TOKEN"] not in seen.out + seen.err
