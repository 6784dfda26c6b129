"""What GitHub refuses, and in which words."""

import pytest

from tests.github_fake.asking import Asker
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.repository import Repository

INTEGRATION = "Resource not accessible by integration"


def test_a_token_without_the_permission_is_refused_and_told_which_would_do(
    fake: InProcessGitHub, repository: Repository
) -> None:
    ask = Asker(fake, fake.token(repository, {"contents": "read", "statuses": "read"}))
    got = ask("POST", f"/statuses/{repository.tip('main')}", {"state": "success"})
    assert (got.status, got.message) == (403, INTEGRATION)
    assert got.headers["x-accepted-github-permissions"] == "statuses=write"
    assert repository.statuses.current() == []


def test_a_comment_on_a_pull_request_needs_either_permission_and_on_an_issue_only_one(
    fake: InProcessGitHub, repository: Repository
) -> None:
    issue = repository.issue("Drift").number
    ask = Asker(fake, fake.token(repository, {"pull_requests": "write"}))
    assert ask("POST", "/issues/1/comments", {"body": "x"}).status == 201
    assert ask("POST", f"/issues/{issue}/comments", {"body": "x"}).status == 403


def test_a_private_repository_does_not_exist_for_others_and_a_public_one_may_be_read(fake: InProcessGitHub) -> None:
    fake.repository("octo/secret", private=True)
    fake.repository("octo/open").issue("Drift")
    other = fake.token(fake.repository("mallory/own"))
    assert Asker(fake, other, "/repos/octo/secret")("GET", "/issues").status == 404
    assert Asker(fake, other, "/repos/octo/open")("GET", "/issues").status == 200
    assert Asker(fake, other, "/repos/octo/open")("POST", "/issues", {"title": "x"}).status == 403
    assert Asker(fake, None, "/repos/octo/open")("GET", "/issues").status == 200
    assert Asker(fake, None, "/repos/octo/open")("POST", "/issues", {"title": "x"}).status == 401


def test_an_unknown_token_is_401_and_a_github_token_is_nobody(fake: InProcessGitHub, ask: Asker) -> None:
    assert Asker(fake, "ghs_wrong")("GET", "").message == "Bad credentials"
    assert ask("GET", "//user").status == 403
    assert ask("GET", "/branches/main/protection").status == 403


def test_a_body_over_the_limit_of_bytes_is_refused(ask: Asker) -> None:
    assert ask("POST", "/issues/1/comments", {"body": "x" * 65_536}).status == 201
    got = ask("POST", "/issues/1/comments", {"body": "é" * 32_769})
    assert (got.status, got.message) == (422, "Validation Failed")
    assert ask("POST", "/issues/1/comments", {"body": " "}).status == 422


def test_a_statuss_description_has_at_most_140_characters_and_a_context_1000_statuses(
    ask: Asker, fake: InProcessGitHub, repository: Repository
) -> None:
    sha = repository.tip("main") or ""
    assert ask("POST", f"/statuses/{sha}", {"state": "success", "description": "x" * 141}).status == 422
    for _ in range(1000):
        repository.status(sha, "mlgate", "pending")
    assert ask("POST", f"/statuses/{sha}", {"state": "success", "context": "mlgate"}).status == 422
    assert ask("POST", f"/statuses/{sha}", {"state": "success", "context": "other"}).status == 201
    assert ask("POST", f"/statuses/{'0' * 40}", {"state": "success"}).status == 422


def test_a_completed_check_run_needs_a_conclusion_and_a_request_has_at_most_50_annotations(
    ask: Asker, fake: InProcessGitHub, repository: Repository
) -> None:
    base = {"name": "gate", "head_sha": repository.tip("main")}
    assert ask("POST", "/check-runs", {**base, "status": "completed"}).status == 422
    note = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    assert (
        ask(
            "POST", "/check-runs", {**base, "output": {"title": "t", "summary": "s", "annotations": [note] * 51}}
        ).status
        == 422
    )
    fake.forgive("checks/create: Invalid request")


def test_refs_are_created_once_moved_forward_and_never_beside_it_without_force(
    ask: Asker, repository: Repository
) -> None:
    first, second = repository.tip("main"), repository.commit({"a": "1"}, branch="main")
    aside = repository.commit({"b": "1"}, parents=[first or ""])
    ledger = "/git/refs/heads/mlgate/ledger"
    assert ask("POST", "/git/refs", {"ref": "refs/heads/mlgate/ledger", "sha": first}).status == 201
    assert (
        ask("POST", "/git/refs", {"ref": "refs/heads/mlgate/ledger", "sha": first}).message
        == "Reference already exists"
    )
    assert ask("PATCH", ledger, {"sha": second}).status == 200
    assert ask("PATCH", ledger, {"sha": aside}).message == "Update is not a fast forward"
    assert ask("PATCH", ledger, {"sha": aside, "force": True}).status == 200
    assert ask("POST", "/git/refs", {"ref": "refs/heads/new", "sha": "0" * 40}).message == "Object does not exist"
    assert ask("DELETE", "/git/refs/heads/none").message == "Reference does not exist"


def test_a_ruleset_keeps_the_ledger_from_being_deleted_or_rewritten(ask: Asker, repository: Repository) -> None:
    first = repository.tip("main")
    repository.set_ref("heads/mlgate/ledger", repository.commit({"a": "1"}, parents=[first or ""]))
    repository.ruleset("ledger", "branch", ["refs/heads/mlgate/ledger"], "deletion", "non_fast_forward")
    assert ask("DELETE", "/git/refs/heads/mlgate/ledger").status == 422
    got = ask("PATCH", "/git/refs/heads/mlgate/ledger", {"sha": first, "force": True})
    assert got.message.startswith("Repository rule violations found")


@pytest.mark.parametrize("way", ["ref", "tag object", "release"])
def test_a_github_token_cannot_point_a_ref_at_workflows_that_no_branch_has(
    ask: Asker, repository: Repository, way: str
) -> None:
    old = repository.tip("main") or ""
    for branch in ("main", "feature"):
        repository.commit({".github/workflows/retrain.yml": "on: push\n"}, branch=branch)
    if way == "release":
        got = ask("POST", "/releases", {"tag_name": "v0.9.0", "target_commitish": old})
    else:
        tag = {"tag": "v0.9.0", "message": "m", "object": old, "type": "commit"}
        sha = ask("POST", "/git/tags", tag).body["sha"] if way == "tag object" else old
        got = ask("POST", "/git/refs", {"ref": "refs/tags/v0.9.0", "sha": sha})
    assert (got.status, got.message) == (403, INTEGRATION)
    assert got.headers["x-accepted-github-permissions"] == "contents=write; contents=write,workflows=write"
    assert repository.refs.get("tags/v0.9.0") is None


def test_a_release_commit_without_workflows_may_be_tagged_at_any_time(
    fake: InProcessGitHub, ask: Asker, repository: Repository
) -> None:
    old = repository.tip("main") or ""
    release = repository.commit({".mlgate/release.json": "{}"}, parents=[])
    for branch in ("main", "feature"):
        repository.commit({".github/workflows/retrain.yml": "on: push\n"}, branch=branch)
    assert ask("POST", "/git/refs", {"ref": "refs/tags/v1", "sha": release}).status == 201
    user = Asker(fake, fake.token(user="octo"))
    assert user("POST", "/git/refs", {"ref": "refs/tags/v2", "sha": old}).status == 201, (
        "a person's token has `workflows`"
    )


def test_what_a_github_token_does_starts_no_workflow_except_the_two_dispatches(
    fake: InProcessGitHub, ask: Asker, repository: Repository
) -> None:
    sha = repository.tip("main")
    ask("POST", "/git/refs", {"ref": "refs/tags/v1", "sha": sha})
    ask("POST", "/actions/workflows/retrain.yml/dispatches", {"ref": "main", "inputs": {"model": "churn"}})
    ask("POST", "/dispatches", {"event_type": "retrain"})
    Asker(fake, fake.token(user="octo"))("POST", "/git/refs", {"ref": "refs/tags/v2", "sha": sha})
    started = {(each.name, each.ref): each.starts_runs for each in fake.events}
    assert started == {
        ("create", "refs/tags/v1"): False,
        ("push", "refs/tags/v1"): False,
        ("workflow_dispatch", "main"): True,
        ("repository_dispatch", "main"): True,
        ("create", "refs/tags/v2"): True,
        ("push", "refs/tags/v2"): True,
    }


def test_a_github_token_opens_a_pull_request_only_where_the_setting_allows_it(
    ask: Asker, repository: Repository
) -> None:
    repository.commit({"model.skops": "2"}, branch="retrain")
    wanted = {"head": "retrain", "base": "main", "title": "Retrained"}
    repository.actions_may_open_pulls = False
    assert ask("POST", "/pulls", wanted).message.startswith("GitHub Actions is not permitted")
    repository.actions_may_open_pulls = True
    assert ask("POST", "/pulls", wanted).status == 201
    assert "already exists" in ask("POST", "/pulls", wanted).body["errors"][0]["message"]


def test_a_dispatch_needs_the_trigger_and_the_inputs_of_the_workflow(ask: Asker, repository: Repository) -> None:
    dispatches = "/actions/workflows/retrain.yml/dispatches"
    assert ask("POST", dispatches, {"ref": "main"}).message == "Required input 'model' not provided"
    wrong = ask("POST", dispatches, {"ref": "main", "inputs": {"model": "churn", "modle": "x"}})
    assert wrong.message == "Unexpected inputs provided: ['modle']"
    repository.commit({".github/workflows/retrain.yml": "on: push\n"}, branch="main")
    assert "does not have 'workflow_dispatch'" in ask("POST", dispatches, {"ref": "main"}).message
    assert ask("POST", "/actions/workflows/none.yml/dispatches", {"ref": "main"}).status == 404


def test_an_expired_artifact_is_gone_and_its_link_lives_a_minute(
    fake: InProcessGitHub, ask: Asker, repository: Repository
) -> None:
    artifact = repository.artifact(repository.run(), "evidence", b"zip")
    link = ask("GET", f"/actions/artifacts/{artifact.id}/zip").headers["location"]
    assert fake.send("GET", link, {}).body == b"zip"
    fake.clock.sleep(61)
    assert fake.send("GET", link, {}).status == 403
    fake.clock.sleep(91 * 86_400)
    assert ask("GET", f"/actions/artifacts/{artifact.id}/zip").status == 410
    assert ask("GET", f"/actions/artifacts/{artifact.id}").body["expired"] is True


def test_a_token_has_its_requests_an_hour_and_its_writes_a_minute(fake: InProcessGitHub, ask: Asker) -> None:
    for _ in range(80):
        assert ask("POST", "/issues/1/comments", {"body": "x"}).status == 201
    refused = ask("POST", "/issues/1/comments", {"body": "x"})
    assert (refused.status, refused.headers["retry-after"]) == (403, "61")
    fake.clock.sleep(61)
    assert ask("POST", "/issues/1/comments", {"body": "x"}).headers["x-ratelimit-remaining"] == str(1000 - 82)
    for _ in range(1000 - 82):
        ask("GET", "/issues/1")
    spent = ask("GET", "/issues/1")
    assert (spent.status, spent.headers["x-ratelimit-remaining"]) == (403, "0")
    fake.clock.advance_to(float(spent.headers["x-ratelimit-reset"]))
    assert ask("GET", "/issues/1").status == 200


def test_a_lagging_list_shows_neither_a_new_comment_nor_a_change_nor_a_deletion(
    fake: InProcessGitHub, ask: Asker
) -> None:
    def listed() -> list[str]:
        return [each["body"] for each in ask("GET", "/issues/1/comments").body]

    fake.lag(5)
    comment = ask("POST", "/issues/1/comments", {"body": "first"}).body["id"]
    assert listed() == []
    assert ask("GET", f"/issues/comments/{comment}").body["body"] == "first", "a single comment has no lag"
    fake.clock.sleep(5)
    ask("PATCH", f"/issues/comments/{comment}", {"body": "second"})
    assert listed() == ["first"]
    fake.clock.sleep(5)
    ask("DELETE", f"/issues/comments/{comment}")
    assert listed() == ["second"]
    fake.clock.sleep(5)
    assert listed() == []
