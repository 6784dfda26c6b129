"""Transport: one authenticated request at a time, with patience for limits and faults and none for surprises."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from mlgate.errors import Problem, UserError, user_error

TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two bytes
MAX_ANSWER = 32 * 2**20
RETRIES = 3
SHORTEST_BACKOFF = 60.0
BETWEEN_WRITES = 1.0
API_VERSION = "2022-11-28"
T = TypeVar("T")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class GitHubError(UserError):
    """GitHub did not do what was asked; `wait` is how long to wait before it may be asked again, None for never.

    After a fault (`status` 0 or 5xx) a write may have landed all the same.
    """

    def __init__(self, status: int, what: str, wait: float | None = None) -> None:
        refused = status in (401, 403, 404)
        mend = "see the token's permissions, and the repository's name" if refused else "run it again in a while"
        super().__init__(Problem(f"{what}: {f'HTTP {status}' if status else 'no answer'}", mend=mend))
        self.status = status
        self.wait = wait

    def __str__(self) -> str:
        return self.problems[0].message


@dataclass(frozen=True)
class Clock:
    """Time, as it can be replaced in a test."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Transport:
    """The connection to one GitHub server; the token never leaves for another host and never shows in a repr."""

    base_url: str
    token: str = field(repr=False)
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    clock: Clock = field(default_factory=Clock, repr=False)
    patience: float = 900.0  # seconds that all waiting of this process may take
    requests_made: int = 0
    _last_write: float = field(default=float("-inf"), repr=False)

    def __post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        parts = urlsplit(self.base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise user_error(f"GITHUB_API_URL is '{self.base_url[:200]}'", mend="use an https:// address")

    def call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Any = None,
        retries: int = RETRIES,
    ) -> Answer:  # fmt: skip
        """GitHub's answer, asked again at most `retries` times; `GitHubError` for any refusal."""
        return self.again(lambda attempt: self._once(method, path, params, body, attempt), retries)

    def again(self, attempted: Callable[[int], T], retries: int = RETRIES) -> T:
        """What `attempted` returns, tried again at most `retries` times where GitHub says that it may work later."""
        for attempt in range(retries + 1):
            try:
                return attempted(attempt)
            except GitHubError as error:
                if error.wait is None or attempt == retries or error.wait > self.patience:
                    raise
                self.pause(error.wait)
        raise AssertionError("unreachable")

    def pause(self, seconds: float) -> None:
        """That time has passed; raises instead where patience does not last so long."""
        if seconds > self.patience:
            raise GitHubError(429, f"waiting for {seconds:,.0f} s")
        self.patience -= seconds
        self.clock.sleep(seconds)

    def authorize(self) -> requests.auth.AuthBase:
        """What adds the token to a request to GitHub's own API."""
        return _Bearer(self.token)

    def _once(self, method: str, path: str, params: Mapping[str, str] | None, body: Any, attempt: int) -> Answer:
        if method != "GET":
            self._space_writes()
        what = f"{method} {path}"
        url = self.base_url + path
        answer = self.fetch(method, url, what, attempt, params=params, json=body, auth=self.authorize())
        if 200 <= answer.status < 300:
            return answer
        raise GitHubError(answer.status, what, self.patience_for(answer, attempt))

    def fetch(self, method: str, url: str, what: str, attempt: int = 0, limit: int = MAX_ANSWER, **how: Any) -> Answer:
        """One request as it is, redirects not followed, at most `limit` bytes read."""
        try:
            with self.open(method, url, what, attempt, **how) as response:
                return Answer(response.status_code, response.headers, _capped(response, limit, what))
        except requests.RequestException:
            raise GitHubError(0, what, backoff(attempt)) from None

    def open(self, method: str, url: str, what: str, attempt: int = 0, **how: Any) -> requests.Response:
        """The answer to one request before its body is read."""
        self.requests_made += 1
        headers = {
            "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION, "User-Agent": "mlgate",
            **how.pop("headers", {}),
        }  # fmt: skip
        try:
            return self.session.request(
                method, url, headers=headers, allow_redirects=False, stream=True, **{"timeout": TIMEOUT, **how}
            )
        except requests.RequestException:
            raise GitHubError(0, what, backoff(attempt)) from None

    def _space_writes(self) -> None:
        early = self._last_write + BETWEEN_WRITES - self.clock.now()
        if early > 0:
            self.clock.sleep(early)
        self._last_write = self.clock.now()

    def patience_for(self, answer: Answer, attempt: int) -> float | None:
        """How long GitHub asks to wait; None where asking again is no use."""
        after, left = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-remaining")
        reset = answer.headers.get("x-ratelimit-reset", "")
        secondary = b"secondary rate limit" in answer.body[:2_000].lower()
        is_limit = answer.status == 429 or (answer.status == 403 and (after or left == "0" or secondary))
        if not is_limit and answer.status < 500:
            return None
        if after.isdecimal():
            return float(after)
        if is_limit and left == "0" and reset.isdecimal():
            return max(0.0, float(reset) - self.clock.now()) + 1.0
        return backoff(attempt)


def backoff(attempt: int) -> float:
    return float(SHORTEST_BACKOFF * 2**attempt)


def _capped(response: requests.Response, limit: int, what: str) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(65_536):
        size += len(part)
        if size > limit:
            raise GitHubError(response.status_code, f"{what}: more than {limit:,} bytes")
        parts.append(part)
    return b"".join(parts)


class _Bearer(requests.auth.AuthBase):
    """The token as a header; given as `auth`, so that no `.netrc` can replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
