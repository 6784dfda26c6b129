"""Requests to a server: only safe addresses, patience for faults, and no credential for another host."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mlgate.errors import UserError
from mlgate.transfer.oci_token import Login, answer_challenge, login_of
from mlgate.transfer.web import Header, Server, WebError, checked

Answer = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes]]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[str | None]]]:
    """A server's address, and the Authorization header of each request that came."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("authorization"))
            status, headers, body = answer(self)
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x", "ftp://example.com", "file:///etc/passwd", "https://", "https://a:b@example.com/",
     "http://127.0.0.1.example.com/", "//example.com", "https://[", "https://host:port/"],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(UserError):
        checked(url)


def test_a_server_elsewhere_does_not_lead_to_this_machine() -> None:
    with pytest.raises(UserError):
        checked("http://127.0.0.1:1/admin", like="https://example.com")


def test_a_redirect_to_another_host_gets_no_credential() -> None:
    with serving(lambda _: (200, {}, b"the blob")) as (elsewhere, theirs):
        redirect = {"location": f"{elsewhere}/blob"}
        with serving(lambda _: (307, redirect, b"")) as (here, ours):
            assert b"".join(Server(here, Header("Bearer s3cr3t")).read("/blob")) == b"the blob"
    assert (ours, theirs) == (["Bearer s3cr3t"], [None])


def test_a_fault_is_waited_out_and_a_refusal_is_not() -> None:
    answers = iter([(503, {}, b""), (429, {"retry-after": "7"}, b""), (200, {}, b"well")])
    waited: list[float] = []
    with serving(lambda _: next(answers)) as (here, _):
        assert Server(here, sleep=waited.append).ask("GET", "/").body == b"well"
    assert waited == [1.0, 7.0]
    with serving(lambda _: (403, {}, b"")) as (here, seen), pytest.raises(WebError, match="HTTP 403"):
        Server(here, sleep=waited.append).ask("GET", "/")
    assert len(seen) == 1


def test_neither_a_message_nor_a_repr_holds_the_credential_or_the_query() -> None:
    server = Server("http://127.0.0.1:9", Header("Bearer s3cr3t"), sleep=lambda _: None)
    with pytest.raises(WebError) as failed:
        server.ask("GET", "/upload?_state=s3cr3t")
    assert "s3cr3t" not in f"{failed.value} {server!r} {login_of('host', {'MLGATE_OCI_PASSWORD': 's3cr3t'})!r}"


def test_an_answer_without_an_end_is_not_read_to_it() -> None:
    with serving(lambda _: (200, {}, b"x" * 5_000_000)) as (here, _), pytest.raises(WebError, match="more than"):
        Server(here).ask("GET", "/", limit=1_000_000)


def token_for(realm: str, registry: str, login: Login) -> object:
    """What a registry's challenge leads to."""
    headers = {"www-authenticate": f'Bearer realm="{realm}/token",service="r",scope="repository:a:pull"'}
    return answer_challenge(registry, login, headers, "acme/churn")


def test_a_registrys_own_host_gets_the_login_for_a_token() -> None:
    with serving(lambda handler: (200, {}, b'{"token": "t0ken"}')) as (here, seen):
        assert isinstance(token_for(here, here, Login("ann", "s3cr3t")), Header)
    assert seen == ["Basic YW5uOnMzY3IzdA=="]


def test_another_host_gets_no_login_unless_it_is_named() -> None:
    with serving(lambda handler: (200, {}, b'{"token": "t0ken"}')) as (elsewhere, seen):
        registry = "http://localhost:1"
        with pytest.raises(UserError, match="MLGATE_OCI_REALM_HOST=127"):
            token_for(elsewhere, registry, Login("ann", "s3cr3t"))
        assert seen == []
        assert isinstance(token_for(elsewhere, registry, Login()), Header)
        assert isinstance(token_for(elsewhere, registry, Login("ann", "s3cr3t", "127.0.0.1")), Header)
    assert seen == [None, "Basic YW5uOnMzY3IzdA=="]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"token": 1}', b'{"token": "a\\nb"}', b"[" * 10_000])
def test_an_answer_that_is_no_token_is_none(body: bytes) -> None:
    with serving(lambda handler: (200, {}, body)) as (here, _):
        assert token_for(here, here, Login()) is None


def test_githubs_registry_takes_the_jobs_own_token_and_no_other_does() -> None:
    environ = {"GITHUB_TOKEN": "ghs_1", "GITHUB_ACTOR": "ann"}
    assert login_of("ghcr.io", environ).password == "ghs_1"
    assert login_of("registry.example.com", environ).password == ""
