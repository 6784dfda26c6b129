"""The same fake over HTTP, over `requests` without sockets, and under many writers at once."""

import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.github_fake import faults
from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.repository import Repository
from tests.github_fake.scheduler import Killed, Scheduler
from tests.github_fake.server import FakeGitHub
from tests.github_fake.transport import Transport
from tests.github_fake.world import Limits

FAST = Limits(requests_an_hour=None, writes_a_minute=None)
COMMENTS = "repos/octo/churn/issues/1/comments"


def session_of(fake: InProcessGitHub, repository: Repository, transport: Transport | None = None) -> requests.Session:
    """A session with the repository's token."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {fake.token(repository)}"
    if transport:
        session.mount(fake.url, transport)
        session.mount(fake.storage_url, transport)
    return session


@pytest.fixture(params=["http", "in process"])
def talk(request: pytest.FixtureRequest) -> Iterator[tuple[InProcessGitHub, Repository, requests.Session]]:
    """The fake, its repository and a session with it, both ways."""
    with FakeGitHub(prefix="/api/v3") if request.param == "http" else InProcessGitHub() as fake:
        repository = fake.repository("octo/churn")
        repository.pull_request()
        transport = None if isinstance(fake, FakeGitHub) else Transport(fake)
        yield fake, repository, session_of(fake, repository, transport)


Talk = tuple[InProcessGitHub, Repository, requests.Session]


def test_a_comment_is_written_and_listed(talk: Talk) -> None:
    fake, _, session = talk
    made = session.post(f"{fake.url}/{COMMENTS}", json={"body": "hello"})
    assert (made.status_code, made.json()["url"].startswith(fake.url)) == (201, True)
    assert session.get(f"{fake.url}/{COMMENTS}", params={"per_page": 100}).json()[0]["body"] == "hello"


def test_an_artifact_is_downloaded_through_a_redirect_that_gets_no_token(talk: Talk) -> None:
    fake, repository, session = talk
    artifact = repository.artifact(repository.run(), "evidence", b"zip" * 1000)
    got = session.get(f"{fake.url}/repos/octo/churn/actions/artifacts/{artifact.id}/zip")
    assert got.content == b"zip" * 1000
    assert got.history[0].status_code == 302


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (faults.timeout(), requests.exceptions.ReadTimeout),
        (faults.disconnect(), requests.exceptions.ConnectionError),
        (faults.truncated(), requests.exceptions.ChunkedEncodingError),
    ],
)
def test_a_missing_answer_raises_what_requests_raises(
    talk: Talk, fault: faults.Fault, raised: type[requests.RequestException]
) -> None:
    fake, _, session = talk
    fake.inject("issues/create-comment", fault)
    with pytest.raises(raised):
        session.post(f"{fake.url}/{COMMENTS}", json={"body": "hello"}, timeout=0.2)


def test_an_unknown_host_is_a_violation() -> None:
    fake = InProcessGitHub()
    with pytest.raises(requests.exceptions.ConnectionError):
        Transport(fake).send(requests.Request("GET", "https://example.org/").prepare())
    fake.forgive("is at none of GitHub's hosts")


def naive(fake: InProcessGitHub, repository: Repository, scheduler: Scheduler) -> Callable[[], None]:
    """A writer that lists and then creates: two of them may both find nothing."""
    transport, token = Transport(fake, scheduler), fake.token(repository)

    def ask(method: str, body: bytes | None = None) -> requests.Response:
        request = requests.PreparedRequest()
        request.method, request.url, request.body = method, f"{fake.url}/{COMMENTS}", body
        request.headers = requests.structures.CaseInsensitiveDict(authorization=f"Bearer {token}")
        request.headers["user-agent"] = "naive"
        return transport.send(request)

    def write() -> None:
        if not ask("GET").json():
            ask("POST", b'{"body": "report"}')

    return write


def race(
    seed: int, writers: int = 2, latency: tuple[float, float] = (0.0, 0.0)
) -> tuple[InProcessGitHub, Repository, Scheduler]:
    """The writers' race in the order of the seed."""
    fake = InProcessGitHub()
    repository = fake.repository("octo/churn")
    repository.pull_request()
    scheduler = Scheduler.random(fake.clock, seed, latency=latency)
    outcome = scheduler.run({str(number): naive(fake, repository, scheduler) for number in range(writers)})
    assert set(outcome.values()) == {None}
    fake.verify()
    return fake, repository, scheduler


def test_random_orders_of_two_naive_writers_show_both_outcomes_of_their_race() -> None:
    assert {len(race(seed)[1].comments_on(1)) for seed in range(40)} == {1, 2}


def test_the_same_seed_gives_the_same_order_of_steps() -> None:
    first, again, other = (race(seed, writers=8, latency=(0.05, 0.3))[2].trace for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_what_goes_wrong_in_a_writer_is_raised_where_the_test_sees_it() -> None:
    def fail() -> None:
        raise KeyError("section")

    with pytest.raises(KeyError, match="section"):
        Scheduler.random(InProcessGitHub().clock, 1).run({"a": fail, "b": lambda: None})


def test_a_killed_writer_leaves_what_had_landed() -> None:
    for at, landed in ((3, 0), (4, 1)):
        fake = InProcessGitHub()
        repository = fake.repository("octo/churn")
        repository.pull_request()
        scheduler = Scheduler.random(fake.clock, 1)
        scheduler.kill("a", at)
        outcome = scheduler.run({"a": naive(fake, repository, scheduler)})
        assert isinstance(outcome["a"], Killed)
        assert len(repository.comments_on(1)) == landed


def test_sleeping_writers_cost_no_real_time_and_wake_in_order() -> None:
    fake = InProcessGitHub()
    scheduler = Scheduler.random(fake.clock, 1)
    began, start, woken = time.perf_counter(), fake.clock.now(), []

    def sleeper(seconds: float) -> Callable[[], None]:
        def act() -> None:
            scheduler.sleep(seconds)
            woken.append(fake.clock.now() - start)

        return act

    scheduler.run({str(seconds): sleeper(seconds) for seconds in (3600.0, 60.0, 600.0)})
    assert woken == [60.0, 600.0, 3600.0]
    assert time.perf_counter() - began < 5


def test_thousands_of_requests_a_second_are_handled_in_process() -> None:
    """About 4,000 a second on one busy core; the limit here is low, for slow machines."""
    fake = InProcessGitHub(limits=FAST)
    repository = fake.repository("octo/churn")
    repository.pull_request()
    comment = repository.comment(1, "x" * 1000).id
    headers = {"user-agent": "t", "authorization": f"Bearer {fake.token(repository)}"}
    began = time.process_time()
    for _ in range(500):
        fake.handle("GET", f"/{COMMENTS}", headers)
        fake.handle("PATCH", f"/repos/octo/churn/issues/comments/{comment}", headers, b'{"body": "y"}')
    rate = 1000 / (time.process_time() - began)
    fake.verify()
    assert rate > 500, f"{rate:.0f} requests a second"
