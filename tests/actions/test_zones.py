"""Who holds what in the workflows of a release: code of the repository never stands beside a credential."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.actions.test_contract import OWNER, ROOT, WORKFLOWS, load

RELEASE = ("promote.yml", "rollback.yml", "drill.yml")
CHECK, PROMOTE = f"{OWNER}/actions/check", f"{OWNER}/actions/promote"
OTHERS = {"actions/checkout", "actions/setup-python", "actions/upload-artifact"}
ATTEST = "actions/attest-build-provenance"
Job = dict[str, Any]


def jobs() -> Iterator[tuple[str, Job]]:
    """Every job of every workflow, by "promote.yml: compare"."""
    for path in WORKFLOWS:
        yield from ((f"{path.name}: {name}", job) for name, job in load(path)["jobs"].items())


def used(job: Job) -> list[str]:
    return [step["uses"].partition("@")[0] for step in job.get("steps", ()) if "uses" in step]


def named(name: str) -> dict[str, Job]:
    found: dict[str, Job] = load(ROOT / ".github" / "workflows" / name)["jobs"]
    return found


def secrets(value: object) -> set[str]:
    return set(re.findall(r"\bsecrets\.(\w+)", json.dumps(value)))


each_job = pytest.mark.parametrize("job", [pytest.param(job, id=name) for name, job in jobs()])


@each_job
def test_a_job_that_runs_code_of_the_repository_can_only_read_and_gets_no_secret(job: Job) -> None:
    if not {CHECK, "./actions/check"} & set(used(job)):
        return
    assert job.get("permissions", {"contents": "read"}) == {"contents": "read"}
    assert secrets(job) == set()
    assert "environment" not in job
    assert "github.token" not in json.dumps(job)
    assert PROMOTE not in used(job)


@each_job
def test_a_job_with_a_secret_or_the_right_to_release_runs_nothing_of_the_repository(job: Job) -> None:
    if PROMOTE not in used(job):
        assert secrets(job) == set()
        assert job.get("permissions", {}).get("contents") != "write"
        return
    assert set(used(job)) <= {PROMOTE, *OTHERS}
    assert not any("run" in step for step in job["steps"])
    if secrets(job) or "write" in job["permissions"].values():
        assert job["environment"], "secrets live in an environment that is limited to protected branches"


@each_job
def test_no_checkout_leaves_a_token_behind(job: Job) -> None:
    for step in job.get("steps", ()):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@pytest.mark.parametrize("name", RELEASE)
def test_a_release_workflow_is_only_ever_called_and_holds_nothing_but_by_job(name: str) -> None:
    document = load(ROOT / ".github" / "workflows" / name)
    assert set(document["on"]) == {"workflow_call"}
    assert document["permissions"] == {}
    assert "env" not in document
    assert all("permissions" in job for job in document["jobs"].values())
    assert all(secret["required"] == "false" for secret in document["on"]["workflow_call"]["secrets"].values())


@pytest.mark.parametrize(
    ("name", "job", "permissions"),
    [
        ("promote.yml", "plan", {"contents": "read"}),
        ("promote.yml", "compare", {"contents": "read"}),
        ("promote.yml", "promote", {"actions": "read", "contents": "write", "deployments": "write"}),
        ("promote.yml", "attest", {"attestations": "write", "id-token": "write"}),
        ("rollback.yml", "rollback", {"contents": "write", "deployments": "write"}),
        ("drill.yml", "standby", {"contents": "read"}),
        ("drill.yml", "score", {"contents": "read"}),
        ("drill.yml", "drill", {"actions": "read", "contents": "read"}),
    ],
)
def test_each_job_of_a_release_has_these_rights_and_no_more(name: str, job: str, permissions: dict[str, str]) -> None:
    assert named(name)[job]["permissions"] == permissions


def test_no_job_of_a_release_is_missing_above() -> None:
    assert {name: set(named(name)) for name in RELEASE} == {
        "promote.yml": {"plan", "compare", "promote", "attest"},
        "rollback.yml": {"rollback"},
        "drill.yml": {"standby", "score", "drill"},
    }


def test_a_promotion_waits_for_the_comparison_with_todays_champion() -> None:
    found = named("promote.yml")
    assert (found["compare"]["needs"], found["promote"]["needs"]) == ("plan", ["plan", "compare"])
    assert not any("if" in found[job] for job in ("compare", "promote")), "a condition could go round what it needs"
    assert found["promote"]["environment"] == "${{ inputs.stage }}"


def test_only_a_persons_tag_or_release_in_this_repository_counts_as_a_request() -> None:
    condition = named("promote.yml")["plan"]["if"]
    for part in (
        "github.event.workflow_run.conclusion == 'success'",
        "github.event.workflow_run.head_repository.full_name == github.repository",
        """contains(fromJSON('["push", "release"]'), github.event.workflow_run.event)""",
        "startsWith(github.event.workflow_run.head_branch, 'release/')",
    ):
        assert part in condition
    assert condition.count("&&") == 3
    assert condition.startswith("github.event_name != 'workflow_run' ||")


def test_an_attestation_is_wanted_expressly_and_made_by_a_job_that_does_nothing_else() -> None:
    job = named("promote.yml")["attest"]
    assert (job["if"], job["needs"]) == ("inputs.attest", ["plan", "promote"])
    assert used(job) == [ATTEST]
    [step] = job["steps"]
    assert step["with"] == {
        "subject-name": "${{ needs.plan.outputs.version }}",
        "subject-digest": "sha256:${{ needs.promote.outputs.digest }}",
    }
    given = load(ROOT / ".github" / "workflows" / "promote.yml")["on"]["workflow_call"]["inputs"]["attest"]
    assert (given["type"], given["default"]) == ("boolean", "false")


def test_only_the_step_that_releases_has_credentials() -> None:
    action = load(ROOT / "actions" / "promote" / "action.yml")
    install, release = action["runs"]["steps"]
    assert "env" not in install
    holding = {name for name, value in release["env"].items() if re.search("token|environment|signing", value)}
    assert holding == {"GITHUB_TOKEN", "MLGATE_ENVIRONMENT", "MLGATE_SIGNING_KEY_TEXT"}
