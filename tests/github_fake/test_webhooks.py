"""The payloads of events have GitHub's own keys and tell one story."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.github_fake import webhooks
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.repository import Repository

REAL = json.loads(Path(__file__).with_name("webhooks.json").read_text())
LEFT_OUT = {"stargazers", "master_branch", "custom_properties"}  # keys of the examples that nothing here reads


@pytest.fixture
def repository() -> Repository:
    """A repository with one pull request of its own."""
    made = InProcessGitHub().repository("octo/churn")
    made.pull_request()
    return made


def built(repository: Repository, name: str) -> webhooks.Payload:
    """The payload of the named event."""
    event, _, action = name.partition(".")
    if event == "pull_request":
        return webhooks.pull_request(repository, 1, action)
    if event == "push":
        return webhooks.push(repository, "refs/heads/main")
    if event == "workflow_run":
        return webhooks.workflow_run(repository, repository.run(repository.pull(1)), action)
    if event == "merge_group":
        return webhooks.merge_group(repository, repository.merge_group(1))
    if event == "release":
        return webhooks.release(repository, repository.release("v1"), action)
    return webhooks.workflow_dispatch(repository, ".github/workflows/retrain.yml")


def at(payload: Any, path: str) -> Any:
    """What lies at a dotted path."""
    for part in filter(None, path.split(".")):
        payload = payload[part]
    return payload


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in REAL for path in REAL[name]])
def test_a_payload_has_every_key_of_githubs_example(repository: Repository, name: str, path: str) -> None:
    assert set(REAL[name][path]) - LEFT_OUT <= set(at(built(repository, name), path))


def test_a_synchronize_event_names_the_head_before_and_after(repository: Repository) -> None:
    before = repository.pull(1).head_sha
    after = repository.push(repository.pull(1)).head_sha
    payload = webhooks.pull_request(repository, 1, "synchronize", before)
    assert (payload["before"], payload["after"], payload["pull_request"]["head"]["sha"]) == (before, after, after)


def test_a_deleted_fork_leaves_a_pull_request_without_a_head_repository(repository: Repository) -> None:
    fork = repository.fork("mallory")
    pull = repository.pull_request(fork=fork)
    assert (
        webhooks.pull_request(repository, pull.number)["pull_request"]["head"]["repo"]["full_name"] == "mallory/churn"
    )
    fork.delete()
    assert webhooks.pull_request(repository, pull.number)["pull_request"]["head"]["repo"] is None


def test_a_forks_run_names_no_pull_request_and_our_own_does(repository: Repository) -> None:
    own = webhooks.workflow_run(repository, repository.run(repository.pull(1)))
    forked = webhooks.workflow_run(repository, repository.run(repository.pull_request(fork="mallory")))
    assert [each["number"] for each in own["workflow_run"]["pull_requests"]] == [1]
    assert forked["workflow_run"]["pull_requests"] == []
    assert forked["workflow_run"]["head_repository"]["full_name"] == "mallory/churn"


@pytest.mark.parametrize("conclusion", ["success", "failure", "cancelled", "action_required"])
def test_a_completed_run_has_its_conclusion_and_a_requested_one_none(repository: Repository, conclusion: str) -> None:
    run = repository.run(repository.pull(1), conclusion=conclusion)
    assert webhooks.workflow_run(repository, run)["workflow_run"]["conclusion"] == conclusion
    requested = webhooks.workflow_run(repository, run, "requested")["workflow_run"]
    assert (requested["status"], requested["conclusion"]) == ("queued", None)


def test_a_merge_groups_head_has_the_base_as_its_first_parent(repository: Repository) -> None:
    group = webhooks.merge_group(repository, repository.merge_group(1))["merge_group"]
    assert repository.objects.commit(group["head_sha"]).parents[0] == group["base_sha"] == repository.tip("main")


def test_a_push_says_what_was_added_and_whether_it_was_forced(repository: Repository) -> None:
    before = repository.tip("main")
    repository.commit({"new.txt": "x"}, branch="main")
    payload = webhooks.push(repository, "refs/heads/main", before)
    assert payload["head_commit"]["added"] == ["new.txt"]
    assert not payload["forced"]
    repository.commit({"other.txt": "x"}, branch="main", parents=[])
    assert webhooks.push(repository, "refs/heads/main", payload["after"])["forced"]


def test_a_schedule_has_its_cron_line_and_no_sender(repository: Repository) -> None:
    payload = webhooks.schedule(repository, "0 5 * * *", ".github/workflows/monitor.yml")
    assert payload["schedule"] == "0 5 * * *"
    assert "sender" not in payload
