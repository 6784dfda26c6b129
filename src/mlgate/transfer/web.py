"""Web: requests to one server, with patience for faults, and credentials that never leave for another."""

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase

from mlgate.errors import Problem, UserError, user_error
from mlgate.transfer.files import CHUNK

TIMEOUT = (10.0, 120.0)  # seconds to connect, and between two bytes
MAX_ANSWER = 8 * 2**20
TRIES = 4
MOST_REDIRECTS = 3
LONGEST_WAIT = 60.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
REDIRECTS = (301, 302, 303, 307, 308)
Body = Callable[[], Any]  # made anew for each try


class WebError(UserError):
    """A server did not do what was asked; `status` is 0 where it gave no answer."""

    def __init__(self, status: int, what: str, mend: str) -> None:
        super().__init__(Problem(f"{what}: {f'HTTP {status}' if status else 'no answer'}", mend=mend))
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Anonymous(AuthBase):
    """No credential: given as `auth`, it also keeps a `.netrc` out."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Header(AuthBase):
    """A credential as a header."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def basic(username: str, password: str) -> AuthBase:
    """The login as a header."""
    return Header("Basic " + base64.b64encode(f"{username}:{password}".encode()).decode())


Challenge = Callable[[Mapping[str, str], tuple[str, str]], AuthBase | None]  # headers of a 401, and what was asked


@dataclass
class Server:
    """One server by its https:// address; only loopback may be asked without TLS."""

    base: str
    auth: AuthBase = field(default_factory=Anonymous, repr=False)
    challenge: Challenge | None = field(default=None, repr=False)
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    timeout: tuple[float, float] = TIMEOUT

    def __post_init__(self) -> None:
        self.base = checked(self.base.rstrip("/"))

    def ask(
        self, method: str, url: str, *, expect: tuple[int, ...] = (200,), limit: int = MAX_ANSWER, **how: Any
    ) -> Answer:
        """The answer, if its status is one that is expected; at most `limit` bytes of it are read."""
        with self.open(method, url, expect=expect, **how) as response:
            body = b""
            for part in response.iter_content(CHUNK):
                body += part
                if len(body) > limit:
                    raise WebError(response.status_code, f"{self._what(method, url)}: more than {limit:,} bytes", "")
            return Answer(response.status_code, response.headers, body)

    def read(self, url: str, **how: Any) -> Iterator[bytes]:
        """The bytes behind a URL, redirects followed; what breaks off is for the reader to notice."""
        with self.open("GET", url, redirects=MOST_REDIRECTS, **how) as response:
            try:
                yield from response.iter_content(CHUNK)
            except requests.RequestException:
                raise WebError(0, f"{self._what('GET', url)} broke off", "run it again") from None

    @contextmanager
    def open(
        self, method: str, url: str, *, body: Body | None = None, expect: tuple[int, ...] = (200,),
        redirects: int = 0, tries: int = TRIES, **how: Any,
    ) -> Iterator[requests.Response]:  # fmt: skip
        """The response before its body is read."""
        response = self._patiently(method, self.url(url), body, tries, how)
        try:
            for _ in range(redirects):
                if response.status_code not in REDIRECTS:
                    break
                target = urljoin(response.url, response.headers.get("location") or "about:blank")
                response.close()
                response = self._once(method, checked(target, like=self.base), None, {})
            if response.status_code not in expect:
                raise WebError(response.status_code, self._what(method, url), _mend(response.status_code))
            yield response
        finally:
            response.close()

    def url(self, url: str) -> str:
        """The absolute address; a path is below the server's."""
        return self.base + url if url.startswith("/") else checked(url, like=self.base)

    def is_same(self, url: str) -> bool:
        """Whether a URL leads to this very server."""
        return origin(url) == origin(self.base)

    def _patiently(
        self, method: str, url: str, body: Body | None, tries: int, how: Mapping[str, Any]
    ) -> requests.Response:
        """The response after waiting out faults of the server, and after its challenge, which is answered once."""
        challenged = False
        for attempt in range(tries):
            try:
                response = self._once(method, url, body, how)
            except WebError:
                if attempt == tries - 1:
                    raise
                self.sleep(2.0**attempt)
                continue
            if response.status_code == 401 and self.challenge and not challenged and self.is_same(url):
                challenged = True
                found = self.challenge(response.headers, (method, url))
                if found is not None:
                    response.close()
                    self.auth = found
                    response = self._once(method, url, body, how)
            wait = _wait(response, attempt)
            if wait is None or attempt == tries - 1:
                return response
            response.close()
            self.sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, method: str, url: str, body: Body | None, how: Mapping[str, Any]) -> requests.Response:
        auth = self.auth if self.is_same(url) else Anonymous()
        headers = {"User-Agent": "mlgate", **how.get("headers", {})}
        rest = {key: value for key, value in how.items() if key != "headers"}
        try:
            return self.session.request(
                method, url, data=body() if body else None, headers=headers, auth=auth, timeout=self.timeout,
                allow_redirects=False, stream=True, **rest,
            )  # fmt: skip
        except requests.RequestException:
            raise WebError(0, self._what(method, url), "see that the server can be reached from here") from None

    def _what(self, method: str, url: str) -> str:
        """The request as messages say it: without its query, which may hold a secret."""
        parts = urlsplit(self.url(url))
        return f"{method} {parts.hostname}{parts.path[:200]}"


def checked(url: str, like: str | None = None) -> str:
    """The URL, if it is https://, or http:// on this machine, and holds no credential; a `UserError` otherwise.

    `like` is the server that named it: one elsewhere never leads to this machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise user_error(f"'{url[:200]}' is no address", mend="write it like https://host/path") from None
    is_local = host in LOOPBACK and (like is None or urlsplit(like).hostname in LOOPBACK)
    if parts.username or parts.password:
        raise user_error(
            f"the address of {host} holds a credential", mend="take it out of the URL; see docs/registries.md"
        )
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
        raise user_error(f"'{url.partition('?')[0][:200]}' is not a safe address", mend="use an https:// address")
    return url


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _wait(response: requests.Response, attempt: int) -> float | None:
    """How long to wait before the same is asked again; None where that is no use."""
    if response.status_code != 429 and response.status_code < 500:
        return None
    after = response.headers.get("retry-after", "")
    return min(float(after), LONGEST_WAIT) if after.isdecimal() else 2.0**attempt


def _mend(status: int) -> str:
    if status in (401, 403):
        return "give a credential that may do this; see docs/registries.md"
    return "see that the address is right" if status == 404 else "see what the server's log says of it"
