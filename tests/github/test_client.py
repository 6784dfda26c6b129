"""The client keeps its token, waits as it is asked to, follows few redirects, and trusts no address in an answer."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from mlgate.errors import UserError
from mlgate.github import transport as transports
from mlgate.github.client import GitHub
from mlgate.github.transport import Clock, GitHubError, Transport

API = "https://api.github.test"
TOKEN = "ghs_secret"


@dataclass
class Time:
    """A clock that remembers what was slept."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class Said:
    """An answer as a test writes it."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


class Script(BaseAdapter):
    """Answers from a list, in order; what was asked is kept."""

    def __init__(self, *answers: Said | Exception | Callable[[Any], Said]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.asked.append(request)
        said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        assert isinstance(said, Said)
        response = requests.Response()
        response.status_code, response.request, response.url = said.status, request, str(request.url)
        response.headers = CaseInsensitiveDict(said.headers)
        response.raw = HTTPResponse(io.BytesIO(said.body), preload_content=False)
        return response

    def close(self) -> None:
        pass


def client(*answers: Said | Exception, base: str = API) -> tuple[GitHub, Script, Time]:
    time, script = Time(), Script(*answers)
    made = Transport(base, TOKEN, clock=Clock(lambda: time.now, time.sleep))
    for scheme in ("https://", "http://"):
        made.session.mount(scheme, script)
    return GitHub(made, "acme/credit"), script, time


def authorized(script: Script) -> list[bool]:
    return [TOKEN in str(request.headers.get("Authorization")) for request in script.asked]


def redirect(to: str) -> Said:
    return Said(302, b"", {"location": to})


def test_token_has_no_repr() -> None:
    github, _, _ = client()
    assert TOKEN not in repr(github)
    assert TOKEN not in repr(github.transport.authorize())


def test_errors_hold_neither_token_nor_body() -> None:
    github, _, _ = client(Said(404, TOKEN.encode()))
    with pytest.raises(GitHubError) as caught:
        github.pull(1)
    assert TOKEN not in str(caught.value)
    assert str(caught.value) == "GET /repos/acme/credit/pulls/1: HTTP 404"


@pytest.mark.parametrize("base", ["http://github.example", "ftp://x", "github.com", "http://127.0.0.1.evil.example"])
def test_api_is_asked_over_https_only(base: str) -> None:
    with pytest.raises(UserError, match="https"):
        Transport(base, TOKEN)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8080", "http://localhost:1/api/v3", "https://ghes.example/api/v3/"])
def test_enterprise_servers_and_loopback_are_fine(base: str) -> None:
    github, script, _ = client(Said(body=b"[]"), base=base)
    github.comments(1)
    assert str(script.asked[0].url).startswith(base.rstrip("/") + "/repos/acme/credit/issues/1/comments?")


@pytest.mark.parametrize("name", ["acme", "acme/credit/x", "../..", "acme/cre dit", ""])
def test_repository_is_owner_and_name(name: str) -> None:
    with pytest.raises(UserError):
        GitHub(Transport(API, TOKEN), name)


WAITS: dict[str, tuple[Said | Exception, float]] = {
    "retry-after": (Said(403, headers={"retry-after": "7"}), 7.0),
    "429 with retry-after": (Said(429, headers={"retry-after": "3"}), 3.0),
    "429 without": (Said(429), 60.0),
    "hourly limit": (Said(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1090"}), 91.0),
    "secondary limit": (Said(403, b'{"message": "You have exceeded a secondary rate limit"}'), 60.0),
    "fault": (Said(502), 60.0),
    "no connection": (requests.ConnectionError("refused"), 60.0),
    "no answer": (requests.ReadTimeout("slow"), 60.0),
}


@pytest.mark.parametrize("case", WAITS)
def test_waits_as_long_as_it_is_asked_to(case: str) -> None:
    answer, seconds = WAITS[case]
    github, _, time = client(answer, Said(body=b"[]"))
    assert github.comments(1) == ()
    assert time.slept == [seconds]


def test_asks_at_most_three_times_more_and_waits_twice_as_long_each_time() -> None:
    github, script, time = client(*[Said(500)] * 5)
    with pytest.raises(GitHubError):
        github.comments(1)
    assert len(script.asked) == 4
    assert time.slept == [60.0, 120.0, 240.0]


def test_patience_ends() -> None:
    github, script, time = client(Said(429, headers={"retry-after": "100000"}))
    with pytest.raises(GitHubError):
        github.comments(1)
    assert (len(script.asked), time.slept) == (1, [])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 301, 302, 307])
def test_refusals_and_redirects_are_not_asked_again(status: int) -> None:
    github, script, _ = client(Said(status, headers={"location": "https://evil.example/"}))
    with pytest.raises(GitHubError) as caught:
        github.comments(1)
    assert caught.value.wait is None
    assert len(script.asked) == 1


def test_comment_is_written_once_since_a_fault_may_have_landed() -> None:
    github, script, _ = client(Said(502))
    with pytest.raises(GitHubError):
        github.create_comment(1, "hello")
    assert len(script.asked) == 1


def test_writes_are_a_second_apart() -> None:
    made = Said(201, b'{"id": 1}')
    github, _, time = client(made, made, made)
    for _ in range(3):
        github.create_comment(1, "hello")
    assert time.slept == [1.0, 1.0]


def page(number: int, following: str | None) -> Said:
    body = f'[{{"id": {number}}}]'.encode()
    return Said(body=body, headers={"link": f'<{following}>; rel="next"'} if following else {})


def test_pages_are_followed_by_number_and_not_by_address() -> None:
    github, script, _ = client(page(1, "https://evil.example/steal?page=2&per_page=100"), page(2, None))
    assert [comment.id for comment in github.comments(1)] == [1, 2]
    assert all(str(request.url).startswith(API) for request in script.asked)


@pytest.mark.parametrize("following", [f"{API}/x?page=1", f"{API}/x?page=99", f"{API}/x?page=no", f"{API}/x"])
def test_link_to_no_next_page_ends_the_list(following: str) -> None:
    github, script, _ = client(page(1, following))
    assert len(github.comments(1)) == 1
    assert len(script.asked) == 1


def test_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "MAX_ANSWER", 10)
    github, _, _ = client(Said(body=b"[" + b" " * 100_000_000 + b"]"))
    with pytest.raises(GitHubError, match="more than"):
        github.transport.fetch("GET", API, "GET x", limit=1_000)


def test_answer_that_is_no_json_is_an_error() -> None:
    github, _, _ = client(Said(body=b"<html>"))
    with pytest.raises(GitHubError, match="cannot be read"):
        github.comments(1)


def test_download_drops_the_token_on_another_host() -> None:
    github, script, _ = client(redirect("https://blob.example/x?sig=1"), Said(body=b"zip"))
    assert github.download_artifact(5, 100) == b"zip"
    assert authorized(script) == [True, False]


def test_download_keeps_the_token_only_on_the_same_host_and_port() -> None:
    hosts = (f"{API}/moved", "https://api.github.test:444/x")
    github, script, _ = client(redirect(hosts[0]), redirect(hosts[1]), Said(body=b"zip"))
    assert github.download_artifact(5, 100) == b"zip"
    assert authorized(script) == [True, True, False]


def test_token_does_not_come_back_after_another_host() -> None:
    github, script, _ = client(redirect("https://evil.example/"), redirect(f"{API}/x"), Said(body=b"zip"))
    github.download_artifact(5, 100)
    assert authorized(script) == [True, False, False]


@pytest.mark.parametrize(
    "to", ["http://blob.example/x", "ftp://blob.example/x", "file:///etc/passwd", "http://127.0.0.1/x", "//\\",
           "https://user:word@blob.example/", ""]
)  # fmt: skip
def test_download_goes_nowhere_unsafe(to: str) -> None:
    github, script, _ = client(redirect(to), Said(body=b"zip"))
    with pytest.raises(GitHubError):
        github.download_artifact(5, 100)
    assert len(script.asked) <= 2


def test_download_from_a_loopback_server_may_stay_there() -> None:
    github, script, _ = client(redirect("http://127.0.0.1:9/x"), Said(body=b"zip"), base="http://127.0.0.1:8")
    assert github.download_artifact(5, 100) == b"zip"
    assert authorized(script) == [True, False]


def test_download_follows_two_redirects_and_no_third() -> None:
    hops = [redirect(f"https://blob{n}.example/") for n in range(3)]
    github, script, _ = client(*hops, Said(body=b"zip"))
    with pytest.raises(GitHubError, match="302"):
        github.download_artifact(5, 100)
    assert len(script.asked) == 3


def test_download_is_capped() -> None:
    github, _, _ = client(redirect("https://blob.example/"), Said(body=b"x" * 101))
    with pytest.raises(GitHubError, match="more than 100 bytes"):
        github.download_artifact(5, 100)


def test_netrc_replaces_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine api.github.test login x password y\nmachine blob.example login x password y\n")
    monkeypatch.setenv("NETRC", str(netrc))
    github, script, _ = client(redirect("https://blob.example/"), Said(body=b"zip"))
    github.download_artifact(5, 100)
    assert authorized(script) == [True, False]
    assert "Authorization" not in script.asked[1].headers


@pytest.mark.parametrize("body", [b"[]", b'{"type": "symlink"}', b'{"type": "submodule"}',
                                  b'{"type": "file", "encoding": "none"}'])  # fmt: skip
def test_what_is_no_file_is_not_there(body: bytes) -> None:
    github, _, _ = client(Said(body=body))
    assert github.file("mlgate.yml", "a" * 40) is None


def test_path_of_a_file_is_quoted() -> None:
    github, script, _ = client(Said(404))
    assert github.file("a b/?x#.yml", "a" * 40) is None
    assert "/contents/a%20b/%3Fx%23.yml?ref=" in str(script.asked[0].url)
