"""Every operation answers as GitHub describes, and what was written can be read."""

import base64
import re

import pytest

from tests.github_fake.asking import Asker
from tests.github_fake.call import HANDLERS
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.repository import Repository


def test_every_operation_answers_as_described(fake: InProcessGitHub, repository: Repository) -> None:
    """One walk through the whole API; the context of `fake` raises if any answer did not fit."""
    ask, user = Asker(fake, fake.token(repository)), Asker(fake, fake.token(user="octo"))
    issues(ask)
    pulls_and_commits(ask, repository)
    git(ask)
    releases(fake, ask)
    deployments(ask, repository)
    runs(ask, repository)
    facts(ask, user, repository)
    assert {each.operation for each in fake.requests} == set(HANDLERS)
    assert all(each.status < 400 for each in fake.requests), [each for each in fake.requests if each.status >= 400]


def issues(ask: Asker) -> None:
    comment = ask("POST", "/issues/1/comments", {"body": "first"}).body["id"]
    ask("PATCH", f"/issues/comments/{comment}", {"body": "second"})
    assert ask("GET", f"/issues/comments/{comment}").body["body"] == "second"
    assert ask("GET", "/issues/1/comments").body[0]["user"]["login"] == "github-actions[bot]"
    ask("DELETE", f"/issues/comments/{comment}")
    number = ask("POST", "/issues", {"title": "Drift", "labels": ["alert"]}).body["number"]
    ask("POST", "/labels", {"name": "churn", "color": "ff0000"})
    ask("POST", f"/issues/{number}/labels", {"labels": ["churn"]})
    assert [each["name"] for each in ask("GET", f"/issues/{number}").body["labels"]] == ["alert", "churn"]
    ask("DELETE", f"/issues/{number}/labels/churn")
    ask("PATCH", f"/issues/{number}", {"state": "closed", "state_reason": "completed"})
    assert ask("GET", "/issues?labels=alert").body == []
    assert len(ask("GET", "/issues?labels=alert&state=all").body) == 1
    assert ask("GET", "//search/issues?q=repo:octo/churn+is:issue+label:alert+is:closed").body["total_count"] == 1
    assert ask("GET", "/labels").body[0] == ask("GET", "/labels/alert").body


def pulls_and_commits(ask: Asker, repository: Repository) -> None:
    repository.review(1, "bob")
    repository.commit({"a.txt": "1\n"}, branch="other")
    assert ask("POST", "/pulls", {"head": "other", "base": "main", "title": "Other"}).body["number"] == 3
    ask("PATCH", "/pulls/3", {"state": "closed"})
    sha = ask("GET", "/pulls?state=open&head=octo:feature").body[0]["head"]["sha"]
    assert ask("GET", "/pulls/1").body["changed_files"] == 1
    assert ask("GET", "/pulls/1/files").body[0]["status"] == "added"
    assert ask("GET", "/pulls/1/reviews").body[0]["commit_id"] == sha
    assert ask("GET", f"/commits/{sha}/pulls").body[0]["number"] == 1
    assert ask("GET", f"/commits/{sha}").body["sha"] == ask("GET", f"/commits?sha={sha}").body[0]["sha"] == sha
    ask("POST", f"/statuses/{sha}", {"state": "pending", "context": "mlgate"})
    ask("POST", f"/statuses/{sha}", {"state": "success", "context": "mlgate", "description": "31 pass"})
    assert [each["state"] for each in ask("GET", f"/commits/{sha}/statuses").body] == ["success", "pending"]
    assert ask("GET", f"/commits/{sha}/status").body["state"] == "success"
    compared = ask("GET", "/compare/main...feature").body
    assert (compared["status"], compared["ahead_by"], compared["files"][0]["filename"]) == ("ahead", 1, "feature.txt")
    note = {"path": "a.txt", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    output = {"title": "t", "summary": "s", "annotations": [note]}
    check = ask("POST", "/check-runs", {"name": "gate", "head_sha": sha, "output": output}).body["id"]
    ask("PATCH", f"/check-runs/{check}", {"conclusion": "success", "output": output})
    assert ask("GET", f"/check-runs/{check}").body["output"]["annotations_count"] == 2
    assert len(ask("GET", f"/check-runs/{check}/annotations").body) == 2
    assert ask("GET", f"/commits/{sha}/check-runs").body["check_runs"][0]["status"] == "completed"


def git(ask: Asker) -> None:
    blob = ask("POST", "/git/blobs", {"content": "e30=", "encoding": "base64"}).body["sha"]
    assert blob == "9e26dfeeb6e641a33dae4961196235bdb965b21b", "the id that git gives to `{}`"
    assert base64.b64decode(ask("GET", f"/git/blobs/{blob}").body["content"]) == b"{}"
    entry = {"path": ".mlgate/release.json", "mode": "100644", "type": "blob", "sha": blob}
    tree = ask("POST", "/git/trees", {"tree": [entry]}).body["sha"]
    assert [each["path"] for each in ask("GET", f"/git/trees/{tree}?recursive=1").body["tree"]] == [
        ".mlgate",
        ".mlgate/release.json",
    ]
    commit = ask("POST", "/git/commits", {"message": "Release", "tree": tree, "parents": []}).body["sha"]
    assert ask("GET", f"/git/commits/{commit}").body["parents"] == []
    tag = ask("POST", "/git/tags", {"tag": "churn@v1.0.0", "message": "m", "object": commit, "type": "commit"}).body
    assert ask("GET", f"/git/tags/{tag['sha']}").body["object"]["sha"] == commit
    ask("POST", "/git/refs", {"ref": "refs/tags/churn@v1.0.0", "sha": tag["sha"]})
    ask("POST", "/git/refs", {"ref": "refs/tags/churn#prod#1", "sha": tag["sha"]})
    assert ask("GET", "/git/ref/tags/churn%23prod%231").body["ref"] == "refs/tags/churn#prod#1"
    assert len(ask("GET", "/git/matching-refs/tags/churn").body) == 2
    ask("PATCH", "/git/refs/tags/churn%23prod%231", {"sha": commit, "force": True})
    ask("DELETE", "/git/refs/tags/churn%23prod%231")
    assert base64.b64decode(ask("GET", "/contents/README.md?ref=main").body["content"]) == b"# churn\n"
    assert {each["type"] for each in ask("GET", "/contents").body} == {"file", "dir"}
    raw = ask("GET", "/contents/README.md", accept="application/vnd.github.raw+json")
    assert raw.body == b"# churn\n"


def releases(fake: InProcessGitHub, ask: Asker) -> None:
    release = ask("POST", "/releases", {"tag_name": "v1.0.0", "draft": True}).body
    upload = release["upload_url"].partition("{")[0] + "?name=model.skops"
    sent = {"user-agent": "t", "authorization": f"Bearer {ask.token}", "content-type": "application/zip"}
    assert fake.send("POST", upload, sent, b"bytes").status == 201
    number = release["id"]
    ask("PATCH", f"/releases/{number}", {"draft": False})
    for path in (f"/releases/{number}", "/releases/latest", "/releases/tags/v1.0.0"):
        assert ask("GET", path).body["draft"] is False
    assert ask("GET", "/releases").body[0]["assets"][0]["name"] == "model.skops"
    asset = ask("GET", f"/releases/{number}/assets").body[0]["id"]
    link = ask("GET", f"/releases/assets/{asset}", accept="application/octet-stream").headers["location"]
    assert fake.send("GET", link, {}).body == b"bytes"
    ask("PATCH", f"/releases/assets/{asset}", {"label": "the model"})
    ask("DELETE", f"/releases/assets/{asset}")
    ask("DELETE", f"/releases/{number}")


def deployments(ask: Asker, repository: Repository) -> None:
    repository.environment("prod", reviewers=("octo",), protected_branches=True)
    number = ask("POST", "/deployments", {"ref": "main", "environment": "prod", "required_contexts": []}).body["id"]
    ask("POST", f"/deployments/{number}/statuses", {"state": "success", "environment_url": "https://churn.example"})
    assert ask("GET", f"/deployments/{number}/statuses").body[0]["state"] == "success"
    assert ask("GET", "/deployments?environment=prod").body[0] == ask("GET", f"/deployments/{number}").body
    assert ask("GET", "/environments").body["environments"][0] == ask("GET", "/environments/prod").body


def runs(ask: Asker, repository: Repository) -> None:
    run = repository.run(repository.pull(1), workflow=".github/workflows/retrain.yml")
    job = repository.job(run, "gate", steps=(("Set up job", "success"),))
    artifact = repository.artifact(run, "evidence", b"zip")
    assert ask("GET", "/actions/runs?event=pull_request").body["workflow_runs"][0]["id"] == run.id
    assert ask("GET", f"/actions/runs/{run.id}").body["pull_requests"][0]["number"] == 1
    assert ask("GET", f"/actions/runs/{run.id}/jobs").body["jobs"][0] == ask("GET", f"/actions/jobs/{job.id}").body
    assert ask("GET", f"/actions/runs/{run.id}/artifacts?name=evidence").body["total_count"] == 1
    assert ask("GET", "/actions/artifacts").body["artifacts"][0] == ask("GET", f"/actions/artifacts/{artifact.id}").body
    assert ask("GET", f"/actions/artifacts/{artifact.id}/zip").status == 302
    repository.approve(run, "prod", "bob")
    (review,) = ask("GET", f"/actions/runs/{run.id}/approvals").body
    assert (review["user"]["login"], review["environments"][0]["name"]) == ("bob", "prod")
    ask("POST", f"/actions/runs/{run.id}/rerun-failed-jobs")
    done = repository.run(workflow=".github/workflows/retrain.yml")
    ask("POST", f"/actions/runs/{done.id}/rerun")
    assert ask("GET", f"/actions/runs/{done.id}").body["run_attempt"] == 2
    ask("POST", "/actions/workflows/retrain.yml/dispatches", {"ref": "main", "inputs": {"model": "churn"}})
    assert ask("GET", "/actions/workflows/retrain.yml/runs?event=workflow_dispatch").body["total_count"] == 1
    assert ask("GET", "/actions/workflows/retrain.yml").body["path"] == ".github/workflows/retrain.yml"
    ask("POST", "/dispatches", {"event_type": "retrain", "client_payload": {"model": "churn"}})


def facts(ask: Asker, user: Asker, repository: Repository) -> None:
    repository.protect("main", contexts=("gate / gate",), reviews=1)
    rules = repository.ruleset("ledger", "branch", ["refs/heads/mlgate/ledger"], "deletion", "non_fast_forward")
    assert ask("GET", "").body["full_name"] == "octo/churn"
    assert [each["name"] for each in ask("GET", "/branches").body] == ["feature", "main", "other"]
    assert ask("GET", "/branches/main").body["protected"] is True
    assert user("GET", "/branches/main/protection").body["required_status_checks"]["contexts"] == ["gate / gate"]
    assert user("GET", "/actions/permissions/workflow").body["default_workflow_permissions"] == "read"
    assert ask("GET", "/rulesets").body[0]["id"] == rules.id
    assert len(ask("GET", f"/rulesets/{rules.id}").body["rules"]) == 2
    assert ask("GET", "/rules/branches/mlgate/ledger").body[0]["type"] == "deletion"
    assert ask("GET", "/collaborators/octo/permission").body["permission"] == "admin"
    assert user("GET", "//user").body["login"] == "octo"
    assert ask("GET", "//rate_limit").body["rate"]["limit"] == 1000
    assert ask("GET", "//meta").status == 200


@pytest.mark.parametrize("path", ["/pulls/9", "/issues/9", "/git/ref/heads/no", "/contents/no", "/releases/9"])
def test_what_is_not_there_is_404(ask: Asker, path: str) -> None:
    assert ask("GET", path).status == 404


def test_pages_are_linked_and_together_hold_everything_once(ask: Asker, repository: Repository) -> None:
    made = [repository.comment(1, str(number)).id for number in range(7)]
    seen, path = [], "/issues/1/comments?per_page=3"
    while path:
        got = ask("GET", path)
        seen += [each["id"] for each in got.body]
        following = re.search(r'/repos/octo/churn([^>]*)>; rel="next"', got.headers.get("link", ""))
        path = following.group(1) if following else ""
    assert seen == made


def test_a_fork_is_found_by_its_branch_and_its_commits_are_read_through_upstream(
    ask: Asker, repository: Repository
) -> None:
    pull = repository.pull_request("attack", fork="mallory", files={"mlgate.yml": "policy: none\n"})
    found = ask("GET", "/pulls?state=open&head=mallory:attack").body
    assert [each["number"] for each in found] == [pull.number]
    assert found[0]["head"]["repo"]["full_name"] == "mallory/churn"
    assert ask("GET", f"/commits/{pull.head_sha}/pulls").body == []
    assert ask("GET", f"/contents/mlgate.yml?ref={pull.head_sha}").status == 200


def test_a_deleted_fork_leaves_its_pull_request_and_run_readable_without_a_head_repository(
    ask: Asker, repository: Repository
) -> None:
    fork = repository.fork("mallory")
    pull = repository.pull_request("attack", fork=fork)
    run = repository.run(pull)
    repository.artifact(run, "evidence", b"zip")
    fork.delete()
    assert ask("GET", f"/actions/runs/{run.id}").body["head_repository"] is None
    assert ask("GET", f"/actions/runs/{run.id}/artifacts").body["total_count"] == 1
    assert ask("GET", f"/pulls/{pull.number}").body["head"]["repo"] is None
    assert ask("GET", "/pulls?head=mallory:attack").body == []
    assert [each["number"] for each in ask("GET", "/pulls").body] == [pull.number, 1]


def test_a_push_moves_the_open_pull_request_and_not_a_closed_one(repository: Repository) -> None:
    before = repository.pull(1)
    after = repository.push(before)
    assert after.head_sha != before.head_sha
    repository.close(1)
    assert repository.push(after).head_sha == after.head_sha


def test_a_tree_that_is_too_large_says_that_it_is_truncated(ask: Asker, repository: Repository) -> None:
    repository.tree_limit = 2
    assert ask("GET", "/git/trees/main?recursive=1").body["truncated"] is True


def test_an_unchanged_list_is_304_for_its_etag(ask: Asker) -> None:
    first = ask("GET", "/issues/1/comments")
    assert ask("GET", "/issues/1/comments", if_none_match=first.headers["etag"]).status == 304
