"""Downloads: the only place where a redirect is followed, and only as far as a download needs."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import requests

from mlgate.github.transport import LOOPBACK, Answer, GitHubError, Transport, backoff

MOST_REDIRECTS = 2
Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]
REDIRECTS = (301, 302, 303, 307, 308)


def download(transport: Transport, path: str, limit: int) -> bytes:
    """At most `limit` bytes from `path`; the token goes to the API alone, not to where it redirects."""
    return transport.again(lambda attempt: _whole(transport, path, limit, attempt))


def _whole(transport: Transport, path: str, limit: int, attempt: int) -> bytes:
    found, size = [], 0
    for part in stream(transport, path, attempt=attempt):
        size += len(part)
        if size > limit:
            raise GitHubError(200, f"GET {path}: more than {limit:,} bytes")
        found.append(part)
    return b"".join(found)


def stream(
    transport: Transport, path: str, accept: str = "application/vnd.github+json", *, attempt: int = 0
) -> Iterator[bytes]:
    """The bytes behind `path`, redirects followed."""
    url, what = transport.base_url + path, f"GET {path}"
    headers = {"Accept": accept}
    auth: Auth = transport.authorize()
    response = transport.open("GET", url, what, auth=auth, headers=headers, attempt=attempt)
    try:
        for _ in range(MOST_REDIRECTS):
            if response.status_code not in REDIRECTS:
                break
            url = urljoin(url, response.headers.get("location") or "about:blank")
            _refuse_unsafe(url, transport.base_url, what)
            auth = auth if _host(url) == _host(transport.base_url) else _anonymous  # once dropped, it stays dropped
            response.close()
            response = transport.open("GET", url, what, auth=auth, headers=headers, attempt=attempt)
        if response.status_code != 200:
            said = Answer(response.status_code, response.headers, next(response.iter_content(2_000), b""))
            raise GitHubError(said.status, what, transport.patience_for(said, attempt))
        yield from response.iter_content(65_536)
    except requests.RequestException:
        raise GitHubError(0, what, backoff(attempt)) from None
    finally:
        response.close()


def _refuse_unsafe(target: str, base_url: str, what: str) -> None:
    """Only https is followed; from a server on loopback also http to loopback."""
    parts, base = urlsplit(target), urlsplit(base_url)
    is_local = base.scheme == "http" and parts.scheme == "http" and parts.hostname in LOOPBACK
    has_host = bool(re.fullmatch(r"[A-Za-z0-9.-]+|\[?[0-9A-Fa-f:]+\]?", parts.hostname or ""))
    if not (parts.scheme == "https" or is_local) or not has_host or parts.username or parts.password:
        raise GitHubError(0, f"{what}: a redirect that is not followed")


def _host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No token: given as `auth`, it also keeps a `.netrc` out."""
    return request
