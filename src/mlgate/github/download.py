"""Downloads: the only place where a redirect is followed, and only as far as a download needs."""

from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import requests

from mlgate.github.transport import LOOPBACK, GitHubError, Transport

MOST_REDIRECTS = 2
Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]
REDIRECTS = (301, 302, 303, 307, 308)


def download(transport: Transport, path: str, limit: int) -> bytes:
    """At most `limit` bytes from `path`; the token goes to the API alone, not to where it redirects."""
    found, size = [], 0
    for part in stream(transport, path):
        size += len(part)
        if size > limit:
            raise GitHubError(200, f"GET {path}: more than {limit:,} bytes")
        found.append(part)
    return b"".join(found)


def stream(transport: Transport, path: str, accept: str = "application/vnd.github+json") -> Iterator[bytes]:
    """The bytes behind `path`, redirects followed."""
    url, what = transport.base_url + path, f"GET {path}"
    headers = {"Accept": accept}
    auth: Auth = transport.authorize()
    response = transport.open("GET", url, what, auth=auth, headers=headers)
    try:
        for _ in range(MOST_REDIRECTS):
            if response.status_code not in REDIRECTS:
                break
            url = urljoin(url, response.headers.get("location") or "about:blank")
            _refuse_unsafe(url, transport.base_url, what)
            auth = auth if _host(url) == _host(transport.base_url) else _anonymous  # once dropped, it stays dropped
            response.close()
            response = transport.open("GET", url, what, auth=auth, headers=headers)
        if response.status_code != 200:
            raise GitHubError(response.status_code, what)
        yield from response.iter_content(65_536)
    except requests.RequestException:
        raise GitHubError(0, what) from None
    finally:
        response.close()


def _refuse_unsafe(target: str, base_url: str, what: str) -> None:
    """Only https is followed; from a server on loopback also http to loopback."""
    parts, base = urlsplit(target), urlsplit(base_url)
    is_local = base.scheme == "http" and parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.scheme == "https" or is_local) or parts.username or parts.password:
        raise GitHubError(0, f"{what}: a redirect that is not followed")


def _host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No token: given as `auth`, it also keeps a `.netrc` out."""
    return request
