"""A change of the gate itself waits for somebody else's review of exactly that commit."""

from dataclasses import replace

import pytest
from msgspec import structs

from mlgate.github.changes import changed_paths, sort_out
from mlgate.github.client import GitHub
from mlgate.github.governing import Governing, govern
from mlgate.github.models import Entry, Tree
from mlgate.github.report import Options
from tests.github.stage import CONFIG, FILES, WORKFLOW, Stage, failing
from tests.github_fake.state import PullRequest

_GOVERNED = govern("mlgate.yml", CONFIG.encode(), None, None)
assert isinstance(_GOVERNED, Governing)
GOVERNING = _GOVERNED
EDITS = {
    "workflow": {WORKFLOW: "on: push\n"},
    "another workflow": {".github/workflows/new.yml": "on: push\n"},
    "local action": {".github/actions/x/action.yml": "runs: {}\n"},
    "own check": {"checks/own.py": "# loosened\n"},
    "new check": {"checks/deep/new.py": "# new\n"},
}


def reported(stage: Stage, pull: PullRequest) -> str:
    """The status after the gate and its report."""
    stage.report(stage.gated(pull, stage.evidence(pull, stage.options.configs[0])))
    return stage.status(pull.head_sha)[0]


def collaborator(stage: Stage, login: str, level: str) -> None:
    """The account may do so much in the repository."""
    stage.repository.collaborators[login] = level


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("fork", [None, "octocat"])
def test_change_of_the_gate_waits(stage: Stage, edit: str, fork: str | None) -> None:
    pull = stage.pull(EDITS[edit], fork=fork)
    assert reported(stage, pull) == "pending"
    heading, _, first = stage.body(pull.number).splitlines()[2:5]
    assert heading.startswith("### ⏳ mlgate: waiting for approval — this change edits what the policy protects: `")
    assert heading.endswith("; otherwise safe to merge")
    assert first == "> [!IMPORTANT]"
    assert "/actions/runs/901)." in stage.body(pull.number)


def test_change_that_fails_too_is_red_while_it_waits(stage: Stage) -> None:
    pull = stage.pull(EDITS["workflow"])
    stage.report(stage.gated(pull, stage.evidence(pull, findings=failing())))
    assert stage.status(pull.head_sha)[0] == "failure"
    assert "### ❌" in stage.body(pull.number)


def test_approval_of_a_newer_commit_is_none_of_the_older_one(stage: Stage) -> None:
    collaborator(stage, "reviewer", "write")
    pull = stage.pull(EDITS["workflow"], fork="mallory")
    slow = stage.gated(pull, stage.evidence(pull))
    pushed = stage.repository.push(pull, {WORKFLOW: FILES[WORKFLOW], "new.csv": "1\n"})
    stage.report(stage.gated(pushed, stage.evidence(pushed)))
    stage.repository.review(pull.number, "reviewer")
    stage.report(slow)
    assert stage.status(pull.head_sha)[0] == "pending"
    assert stage.status(pushed.head_sha)[0] == "success"


@pytest.mark.parametrize("edit", [{"mlgate.yml": CONFIG + "policy: {}\n"}, {"data/test.csv": "a\n2\n"}])
def test_change_of_configuration_or_data_is_told_first_and_does_not_wait(stage: Stage, edit: dict[str, str]) -> None:
    pull = stage.pull(edit)
    assert reported(stage, pull) == "success"
    assert stage.body(pull.number).splitlines()[4] == "> [!IMPORTANT]"


def test_review_of_that_commit_and_a_new_report_turn_it_green_and_a_push_does_not(stage: Stage) -> None:
    collaborator(stage, "reviewer", "write")
    pull = stage.pull(EDITS["workflow"])
    run = stage.gated(pull, stage.evidence(pull))
    stage.report(run)
    stage.repository.review(pull.number, "reviewer")
    stage.report(run)
    assert stage.status(pull.head_sha)[0] == "success"
    assert "`reviewer` approved `" in stage.body(pull.number)
    pushed = stage.repository.push(pull, {"new.csv": "2\n"})
    assert reported(stage, pushed) == "pending"


@pytest.mark.parametrize("level", ["admin", "maintain", "write"])
def test_who_may_write_may_approve(stage: Stage, level: str) -> None:
    collaborator(stage, "reviewer", level)
    pull = stage.pull(EDITS["workflow"])
    stage.repository.review(pull.number, "reviewer")
    assert reported(stage, pull) == "success"


IGNORED = {
    "reader": ("reader", "read", {}),
    "triager": ("reader", "triage", {}),
    "stranger": ("stranger", None, {}),
    "author": ("octocat", "write", {}),
    "an older commit": ("reviewer", "write", {"commit_id": "e" * 40}),
    "a comment": ("reviewer", "write", {"state": "COMMENTED"}),
    "dismissed": ("reviewer", "write", {"state": "DISMISSED"}),
    "changes requested": ("reviewer", "write", {"state": "CHANGES_REQUESTED"}),
    "a deleted account": (None, None, {}),
}


@pytest.mark.parametrize("case", IGNORED)
def test_other_approvals_are_ignored(stage: Stage, case: str) -> None:
    login, level, more = IGNORED[case]
    if login and level:
        collaborator(stage, login, level)
    pull = stage.pull(EDITS["workflow"], fork="octocat")
    stage.repository.review(pull.number, login, **more)
    assert reported(stage, pull) == "pending"


def test_label_approves_nothing(stage: Stage) -> None:
    pull = stage.pull(EDITS["workflow"])
    issue = stage.repository.issues.get(pull.number)
    assert issue
    stage.repository.issues.put(pull.number, replace(issue, labels=("approved", "mlgate-approved")))
    assert reported(stage, pull) == "pending"


def test_later_request_for_changes_takes_an_approval_back(stage: Stage) -> None:
    collaborator(stage, "reviewer", "write")
    pull = stage.pull(EDITS["workflow"])
    stage.repository.review(pull.number, "reviewer")
    stage.repository.review(pull.number, "reviewer", state="CHANGES_REQUESTED")
    assert reported(stage, pull) == "pending"


def test_later_comment_does_not_take_it_back(stage: Stage) -> None:
    collaborator(stage, "reviewer", "write")
    pull = stage.pull(EDITS["workflow"])
    stage.repository.review(pull.number, "reviewer")
    stage.repository.review(pull.number, "reviewer", state="COMMENTED")
    assert reported(stage, pull) == "success"


def test_what_the_base_changed_meanwhile_is_not_the_changes_doing(stage: Stage) -> None:
    pull = stage.pull()
    stage.repository.commit({**FILES, WORKFLOW: "on: merge_group\n"}, branch="main")
    pushed = stage.repository.push(pull, {"new.csv": "2\n"})
    assert reported(stage, pushed) == "success"


def test_first_configuration_is_used_once_it_is_approved(stage: Stage) -> None:
    collaborator(stage, "reviewer", "write")
    stage.options = Options(configs=("first.yml",))
    stage.repository.commit({}, branch="main", remove=["mlgate.yml"])
    pull = stage.pull({"first.yml": CONFIG})
    assert reported(stage, pull) == "pending"
    assert "Bootstrap: the base has no configuration that can be used" in stage.body(pull.number)
    stage.repository.review(pull.number, "reviewer")
    assert reported(stage, pull) == "success"


@pytest.mark.parametrize("named", ["first.yml", "models/mlgate.yml"])
def test_moved_configuration_is_no_bootstrap(stage: Stage, named: str) -> None:
    stage.options = Options(configs=(named,))
    moved = stage.repository.commit({named: CONFIG}, branch="topic", remove=["mlgate.yml"],
                                    parents=[stage.repository.tip("main") or ""])  # fmt: skip
    pull = stage.repository.pull_request("topic")
    assert pull.head_sha == moved
    assert reported(stage, pull) == "error"
    assert "the base's configuration `mlgate.yml` is gone" in stage.body(pull.number)


def test_tree_that_is_not_told_whole_counts_as_changed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = GitHub.tree
    monkeypatch.setattr(GitHub, "tree", lambda self, sha: structs.replace(whole(self, sha), truncated=True))
    pull = stage.pull()
    assert reported(stage, pull) == "pending"
    assert "The trees are too large to compare" in stage.body(pull.number)


@pytest.mark.parametrize("protect", ["[]", "[workflow]", "[checks, data]"])
def test_bases_policy_says_what_is_protected(stage: Stage, protect: str) -> None:
    config = CONFIG + f"policy: {{protect: {protect}}}\n"
    stage.repository.commit({"mlgate.yml": config}, branch="main")
    pull = stage.pull({"checks/own.py": "# edited", "mlgate.yml": CONFIG})
    assert reported(stage, pull) == ("pending" if "checks" in protect else "success")


def test_executable_bit_or_link_in_the_place_of_a_check_is_a_change() -> None:
    before = Tree((Entry("checks/own.py", "100644", "a"), Entry("checks", "040000", "t")))
    after = Tree((Entry("checks/own.py", "100755", "a"), Entry("checks", "040000", "u")))
    link = Tree((Entry("checks", "120000", "b"),))
    assert changed_paths(before, after) == {"checks/own.py"}
    assert changed_paths(before, link) == {"checks", "checks/own.py"}
    assert sort_out(["checks", "checksum.txt"], [GOVERNING]).protected == ("checks",)


def test_checks_and_data_of_a_model_in_a_folder_are_found_there() -> None:
    inside = structs.replace(GOVERNING, path="models/credit/mlgate.yml")
    paths = [
        "models/credit/checks/x.py",
        "models/credit/data/test.csv.dvc",
        "models/other/checks/x.py",
        "data/test.csv",
    ]
    found = sort_out(paths, [inside])
    assert found.protected == ("models/credit/checks/x.py",)
    assert found.data == ("models/credit/data/test.csv.dvc",)
