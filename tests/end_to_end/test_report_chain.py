"""Event, gate, evidence, report: comment and status come about, and the code of a change never holds their token."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlgate.adopting.workflows import GATE_FILE, gate_workflow
from mlgate.adopting.workflows import Gated as GatedModel
from tests.end_to_end.chain import BETTER, FILES, MODELS, MONOREPO, WORSE, WRITE, Chain, Gated
from tests.end_to_end.consumer import curious
from tests.end_to_end.harness import Runner
from tests.github_fake import faults
from tests.github_fake.clock import SystemClock
from tests.github_fake.server import FakeGitHub

ONE_OF_TWO = gate_workflow([GatedModel(MODELS[0])], "main")
GREEN, RED = {"gate / gate": "success"}, {"gate / gate": "failure"}
REPORTED = {"report / report": "success"}


@pytest.fixture
def chain(runner: Runner, tmp_path: Path) -> Iterator[Chain]:
    """A repository `octo/consumer` that has been adopted as `mlgate init` proposes it."""
    with FakeGitHub(SystemClock()) as fake:
        yield Chain(runner, fake, fake.repository("octo/consumer", FILES), tmp_path)


def assert_without_rights(chain: Chain, gated: Gated) -> None:
    """No shell of the gate's steps had a token or a secret, and none asked GitHub anything."""
    assert any("GITHUB_STEP_SUMMARY" in environment for environment in gated.environments), "no step was seen"
    assert len(gated.environments) >= 2
    for environment in gated.environments:
        assert not [token for token in chain.tokens if token in environment]
        assert not re.findall(r"\w*(?:TOKEN|SECRET|PASSWORD)\w*=\S", environment)


def test_a_fork_gets_comment_and_status_and_its_code_sees_no_token(chain: Chain, tmp_path: Path) -> None:
    loot = tmp_path / "loot"
    files = {**WORSE, "prepare.py": curious(loot)}
    pull = chain.repository.pull_request("topic", files=files, fork="mallory")
    gated = chain.gate(pull, action="opened")

    assert gated.seen.jobs == RED, gated.seen.log
    assert_without_rights(chain, gated)
    assert "PATH=" in loot.read_text(encoding="utf-8"), "the spy saw nothing at all"
    assert not [token for token in chain.tokens if token in loot.read_text(encoding="utf-8")]
    assert chain.fake.requests == []

    reported = chain.report(gated.run)

    assert reported.jobs == REPORTED, reported.log
    [body] = chain.comments(pull.number)
    assert body.startswith("<!-- mlgate:report:v1 id=default -->\n\n### ❌ mlgate: do not merge — "), body
    assert "_fork PR: computed without secrets" in body
    assert chain.status(pull.head_sha) == "failure"
    assert "### ❌ mlgate: do not merge — " in reported.summary
    assert [a for a in reported.annotations if a.level != "debug"] == []


def test_a_pull_request_of_the_repository_is_followed_from_push_to_push(chain: Chain) -> None:
    pull = chain.repository.pull_request("topic", files=BETTER)
    queued = chain.repository.run(pull, status="queued")
    chain.report(queued, "requested")
    assert (chain.status(pull.head_sha), chain.comments(pull.number)) == ("pending", [])

    first = chain.gate(pull, queued, "opened")
    assert first.seen.jobs == GREEN, first.seen.log
    assert_without_rights(chain, first)
    chain.report(first.run)
    [body] = chain.comments(pull.number)
    assert "### ✅ mlgate: safe to merge — " in body
    assert chain.status(pull.head_sha) == "success"

    pushed = chain.repository.push(pull, WORSE)
    queued = chain.repository.run(pushed, status="queued")
    chain.report(queued, "requested")
    [body] = chain.comments(pull.number)
    assert f"## ⏳ mlgate: checking `{pushed.head_sha[:7]}`; results below are for `{pull.head_sha[:7]}`" in body
    assert chain.status(pushed.head_sha) == "pending"

    second = chain.gate(pushed, queued)
    assert second.seen.jobs == RED, second.seen.log
    chain.report(first.run)  # late, and of a commit that nobody asks about any more
    chain.report(second.run)
    [body] = chain.comments(pull.number)
    assert ("⏳" in body, "### ❌ mlgate: do not merge — " in body) == (False, True)
    assert (chain.status(pull.head_sha), chain.status(pushed.head_sha)) == ("success", "failure")


def test_a_second_attempt_replaces_the_result_of_the_first(chain: Chain) -> None:
    pull = chain.repository.pull_request("topic", files=BETTER)
    cancelled = chain.repository.run(pull, conclusion="cancelled")
    reported = chain.report(cancelled)
    assert reported.jobs == REPORTED, reported.log
    [body] = chain.comments(pull.number)
    assert "### ⚠️ mlgate: not measured — the gate's run was cancelled" in body
    assert chain.status(pull.head_sha) == "error"

    again = chain.gate(pull, cancelled)
    assert again.run.run_attempt == 2
    chain.report(again.run)
    [body] = chain.comments(pull.number)
    assert "### ✅ mlgate: safe to merge — " in body
    assert chain.status(pull.head_sha) == "success"
    assert (chain.repository.statuses_of(pull.head_sha)["mlgate"].target_url or "").endswith("/attempts/2")


def test_a_push_to_the_default_branch_gets_a_status_and_no_comment(chain: Chain) -> None:
    before = chain.repository.tip("main")
    assert before
    after = chain.repository.commit(BETTER, branch="main")
    gated = chain.gate(before)
    assert gated.seen.jobs == GREEN, gated.seen.log
    assert_without_rights(chain, gated)
    reported = chain.report(gated.run)
    assert reported.jobs == REPORTED, reported.log
    assert chain.status(after) == "success"
    assert "### ✅ mlgate: safe to merge" in reported.summary
    assert chain.repository.comments.current() == []


def test_the_merge_queue_gets_a_status_and_no_comment(chain: Chain) -> None:
    pull = chain.repository.pull_request("topic", files=WORSE)
    group = chain.repository.merge_group(pull.number)
    gated = chain.gate(group)
    assert gated.seen.jobs == RED, gated.seen.log
    assert_without_rights(chain, gated)
    chain.report(gated.run)
    assert chain.status(group.head_sha) == "failure"
    assert chain.comments(pull.number) == []


def test_a_closed_pull_request_gets_its_last_result_and_never_a_new_comment(chain: Chain) -> None:
    merged, abandoned = (chain.repository.pull_request(name, files=BETTER) for name in ("merged", "abandoned"))
    chain.report(chain.repository.run(merged, conclusion="cancelled"))
    runs = [chain.gate(pull).run for pull in (merged, abandoned)]
    chain.report(replace(runs[0], status="queued", conclusion=None), "requested")
    assert "## ⏳ mlgate: checking" in chain.comments(merged.number)[0]

    chain.repository.close(merged.number, merge=True)
    chain.repository.close(abandoned.number)
    for run in runs:
        reported = chain.report(run)
        assert reported.jobs == REPORTED, reported.log
        assert "### ✅ mlgate: safe to merge" in reported.summary
    [body] = chain.comments(merged.number)
    assert ("⏳" in body, "### ✅ mlgate: safe to merge — " in body) == (False, True)
    assert chain.comments(abandoned.number) == []


def test_a_gate_that_gives_no_evidence_is_never_green(chain: Chain) -> None:
    broken = FILES["mlgate.yml"].replace("model:", "modl:")
    pull = chain.repository.pull_request("topic", files={"mlgate.yml": broken}, fork="mallory")
    gated = chain.gate(pull)
    assert (gated.seen.jobs, gated.seen.outputs["exit-code"]) == (RED, "2"), gated.seen.log
    chain.report(gated.run)
    [body] = chain.comments(pull.number)
    assert "### ❌ mlgate: do not merge — the gate gave no evidence for" in body
    assert "This change edits the configuration `mlgate.yml`" in body
    assert chain.status(pull.head_sha) == "error"


def test_a_change_of_the_workflow_waits_for_an_approval_of_its_head(chain: Chain) -> None:
    edited = FILES[GATE_FILE].replace("jobs:\n", "jobs: # green by decree\n", 1)
    pull = chain.repository.pull_request("topic", files={GATE_FILE: edited}, fork="mallory")
    run = chain.gate(pull).run
    chain.report(run)
    [body] = chain.comments(pull.number)
    assert "### ⏳ mlgate: waiting for approval — " in body
    assert f"This change edits what the policy protects: `{GATE_FILE}`." in body
    assert chain.status(pull.head_sha) == "pending"

    chain.repository.collaborators["ada"] = "write"
    chain.repository.review(pull.number, "ada")
    chain.report(run)  # somebody runs it again, as the comment says
    [body] = chain.comments(pull.number)
    assert "### ✅ mlgate: safe to merge — " in body
    assert "`ada` approved" in body
    assert chain.status(pull.head_sha) == "success"


def test_what_keeps_the_comment_away_leaves_status_summary_and_exit_code_as_they_were(chain: Chain) -> None:
    pull = chain.repository.pull_request("topic", files=BETTER)
    gated = chain.gate(pull)
    chain.fake.inject("issues/create-comment", faults.forbidden())
    reported = chain.report(gated.run)
    assert (reported.exit_code, reported.jobs) == (0, REPORTED), reported.log
    [notice] = [a for a in reported.annotations if a.level == "notice"]
    assert notice.message == "mlgate could not write the comment: HTTP 403. The report is in this run's summary."
    assert "### ✅ mlgate: safe to merge" in reported.summary
    assert (chain.status(pull.head_sha), chain.comments(pull.number)) == ("success", [])


def test_models_of_one_repository_share_a_comment_and_the_worst_of_them_is_the_status(chain: Chain) -> None:
    chain.repository = chain.fake.repository("octo/models", MONOREPO)
    [worse] = WORSE.values()
    pull = chain.repository.pull_request("topic", files={"models/credit/candidate.csv": worse}, fork="mallory")
    gated = chain.gate(pull)
    # act gives both legs and the job that joins them one name: what they kept tells them apart.
    assert gated.seen.exit_code != 0, gated.seen.log
    kept = sorted(path.name for path in gated.seen.artifacts.iterdir())
    assert kept == ["mlgate-evidence-models--churn", "mlgate-evidence-models--credit"]
    assert_without_rights(chain, gated)

    reported = chain.report(gated.run)
    assert reported.jobs == REPORTED, reported.log
    [body] = chain.comments(pull.number)
    assert re.search(r"^## ❌ mlgate: do not merge — .* \(2 models: 1 ❌ · 1 ✅\)$", body, re.MULTILINE), body
    assert body.index("### ❌ mlgate: do not merge — ") < body.index("### ✅ mlgate: safe to merge — ")
    assert chain.status(pull.head_sha) == "failure"


def test_a_model_whose_gate_nobody_ran_is_an_error(chain: Chain) -> None:
    chain.repository = chain.fake.repository("octo/models", {**MONOREPO, GATE_FILE: ONE_OF_TWO})
    pull = chain.repository.pull_request("topic", files={"notes.txt": "A change\n"})
    gated = chain.gate(pull)
    assert gated.seen.jobs == GREEN, gated.seen.log
    chain.report(gated.run)
    [body] = chain.comments(pull.number)
    assert "### ❌ mlgate: do not merge — the gate gave no evidence for `models/credit/mlgate.yml`" in body
    assert chain.status(pull.head_sha) == "error"


def test_of_a_fork_that_was_deleted_there_is_the_summary_and_nothing_else(chain: Chain) -> None:
    pull = chain.repository.pull_request("topic", files=BETTER, fork="mallory")
    gated = chain.gate(pull)
    assert gated.seen.jobs == GREEN, gated.seen.log
    chain.fake.repositories["mallory/consumer"].delete()
    reported = chain.report(gated.run)
    assert (reported.exit_code, reported.jobs) == (0, REPORTED), reported.log
    assert "nothing was reported — no pull request has this head any more" in reported.summary
    assert (chain.status(pull.head_sha), chain.comments(pull.number)) == ("none", [])


def test_a_read_only_token_as_dependabot_has_it_leaves_the_summary_and_one_notice(chain: Chain) -> None:
    pull = chain.repository.pull_request("dependabot/pip/numpy", files=BETTER)
    gated = chain.gate(pull)
    assert gated.seen.jobs == GREEN, gated.seen.log
    reported = chain.report(gated.run, permissions=dict.fromkeys(WRITE, "read"))
    assert (reported.exit_code, reported.jobs) == (0, REPORTED), reported.log
    [notice] = [a for a in reported.annotations if a.level == "notice"]
    assert "could not set the status: HTTP 403" in notice.message
    assert "could not write the comment: HTTP 403" in notice.message
    assert "### ✅ mlgate: safe to merge" in reported.summary
    assert (chain.status(pull.head_sha), chain.comments(pull.number)) == ("none", [])


def test_an_enterprise_server_has_its_api_below_a_path(runner: Runner, tmp_path: Path) -> None:
    with FakeGitHub(SystemClock(), prefix="/api/v3") as fake:
        chain = Chain(runner, fake, fake.repository("octo/consumer", FILES), tmp_path)
        pull = chain.repository.pull_request("topic", files=BETTER, fork="mallory")
        gated = chain.gate(pull)
        reported = chain.report(gated.run)
        assert reported.jobs == REPORTED, reported.log
        assert "### ✅ mlgate: safe to merge — " in chain.comments(pull.number)[0]
        assert chain.status(pull.head_sha) == "success"
