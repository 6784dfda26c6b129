"""Faults do what they say, and the fake notices a client that breaks GitHub's description."""

import pytest

from tests.github_fake import faults
from tests.github_fake.asking import Asker
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.faults import Fault, TransportFault
from tests.github_fake.repository import Repository

WRITE = "issues/create-comment"


def comment(ask: Asker) -> int:
    """The status of writing a comment."""
    return ask("POST", "/issues/1/comments", {"body": "x"}).status


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.forbidden(), 403),
        (faults.not_found(), 404),
        (faults.invalid(), 422),
        (faults.rate_limited(status=429, retry_after=7), 429),
        (faults.server_error(500), 500),
        (faults.server_error(502), 502),
    ],
)
def test_a_fault_answers_once_and_nothing_is_written(
    fake: InProcessGitHub, ask: Asker, repository: Repository, fault: Fault, status: int
) -> None:
    fake.inject(WRITE, fault)
    assert comment(ask) == status
    assert repository.comments_on(1) == []
    assert comment(ask) == 201


def test_a_server_error_after_the_write_landed_leaves_the_comment(
    fake: InProcessGitHub, ask: Asker, repository: Repository
) -> None:
    fake.inject(WRITE, faults.server_error(502, after=True))
    assert comment(ask) == 502
    assert len(repository.comments_on(1)) == 1


@pytest.mark.parametrize(
    ("fault", "landed"),
    [
        (faults.timeout(), 0),
        (faults.timeout(after=True), 1),
        (faults.disconnect(), 0),
        (faults.disconnect(after=True), 1),
        (faults.truncated(), 1),
    ],
)
def test_a_client_that_gets_no_answer_cannot_know_whether_the_write_landed(
    fake: InProcessGitHub, ask: Asker, repository: Repository, fault: Fault, landed: int
) -> None:
    fake.inject(WRITE, fault)
    with pytest.raises(TransportFault, match=fault.kind):
        comment(ask)
    assert len(repository.comments_on(1)) == landed


def test_a_secondary_limit_has_retry_after_and_the_hourly_one_its_reset(fake: InProcessGitHub, ask: Asker) -> None:
    fake.inject(WRITE, faults.rate_limited(retry_after=30))
    fake.inject(WRITE, faults.rate_limited(reset_in=90))
    secondary = ask("POST", "/issues/1/comments", {"body": "x"})
    assert (secondary.headers["retry-after"], "secondary rate limit" in secondary.message) == ("30", True)
    hourly = ask("POST", "/issues/1/comments", {"body": "x"})
    assert hourly.headers["x-ratelimit-remaining"] == "0"
    assert float(hourly.headers["x-ratelimit-reset"]) == fake.clock.now() + 90


def test_faults_can_be_skipped_repeated_and_chosen_by_the_body(fake: InProcessGitHub, ask: Asker) -> None:
    fake.inject(WRITE, faults.not_found(), skip=1, times=2, when=lambda body: body["body"] == "x")
    assert ask("POST", "/issues/1/comments", {"body": "y"}).status == 201
    assert [comment(ask) for _ in range(4)] == [201, 404, 404, 201]
    with pytest.raises(ValueError, match="no such operation"):
        fake.inject("issues/comment", faults.not_found())


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/issues/1/comments", {"text": "x"}, "body lacks 'body'"),
        ("POST", "/issues/1/comments", {"body": "x", "draft": True}, "has 'draft', which is not described"),
        ("POST", "/issues/1/comments", {"body": 1}, "body.body is 1, not string"),
        ("POST", "/issues/1/comments", None, "a body is required"),
        ("GET", "/issues/1/comments?per_page=1000", None, "per_page 1000 is not in 1..100"),
        ("GET", "/issues/1/comments?size=5", None, "no such query parameter: size"),
        ("GET", "/pulls?state=merged", None, "parameter state is 'merged'"),
        ("GET", "/issues/one/comments", None, "parameter issue_number is 'one'"),
        ("GET", "/issues/1/comments", {"body": "x"}, "a body is not described"),
        ("POST", "/comments", {"body": "x"}, "is no operation of the cut description"),
        ("POST", "/releases/1/assets?name=a", None, "is no operation of the cut description"),
    ],
)
def test_a_malformed_request_is_a_violation(
    fake: InProcessGitHub, ask: Asker, method: str, path: str, body: object, words: str
) -> None:
    ask(method, path, body)
    fake.forgive(words)
    assert fake.violations == []


def test_a_violation_fails_the_test_at_the_end_and_an_expected_one_must_come(fake: InProcessGitHub, ask: Asker) -> None:
    with pytest.raises(AssertionError, match="no violation says"):
        fake.forgive("anything")
    ask("GET", "/nothing")
    with pytest.raises(AssertionError, match="GET /repos/octo/churn/nothing"):
        fake.verify()
    fake.forgive("nothing")


def test_bad_json_an_unknown_version_and_no_user_agent_are_noticed(fake: InProcessGitHub, ask: Asker) -> None:
    path, token = "/repos/octo/churn/issues/1/comments", f"Bearer {ask.token}"
    assert fake.handle("POST", path, {"user-agent": "t", "authorization": token}, b"{").status == 400
    fake.forgive("Problems parsing JSON")
    assert ask("GET", "/issues/1", x_github_api_version="2021-01-01").status == 400
    fake.forgive("X-GitHub-Api-Version")
    assert fake.handle("GET", path, {"authorization": token}).status == 403
    fake.forgive("no User-Agent")


def test_a_token_that_reaches_the_storage_host_is_a_violation(
    fake: InProcessGitHub, ask: Asker, repository: Repository
) -> None:
    artifact = repository.artifact(repository.run(), "evidence", b"zip")
    link = ask("GET", f"/actions/artifacts/{artifact.id}/zip").headers["location"]
    assert fake.send("GET", link, {"Authorization": "Bearer x"}).status == 400
    fake.forgive("an Authorization header reached the storage host")
    assert fake.send("GET", link, {}).status == 200
