"""The fake on 127.0.0.1: one port for the API, uploads and git, a second for what it redirects to."""

import mmap
import tempfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from tests.github_fake.clock import Clock
from tests.github_fake.fake import InProcessGitHub, Seen
from tests.github_fake.faults import Answer, TransportFault
from tests.github_fake.git_hosting import GitHosting
from tests.github_fake.world import Limits

UPLOADS, GIT = "/_uploads", "/_git"
LARGE = 64 * 2**20  # bytes; more are kept on the disk


def received(stream: BufferedIOBase, size: int) -> bytes:
    """The body of a request; a large one is mapped from a file that has no name, so that it takes no memory."""
    if size < LARGE:
        return stream.read(size)
    with tempfile.TemporaryFile() as file:
        while size > 0 and (part := stream.read(min(size, 2**20))):
            size -= file.write(part)
        file.flush()
        return cast(bytes, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


class Handler(BaseHTTPRequestHandler):
    """A thin layer over `InProcessGitHub.send`."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True  # or every request costs 90 ms
    server: "Port"

    def respond(self) -> None:
        """Answers, or breaks off as a fault demands."""
        fake = self.server.fake
        if "chunked" in self.headers.get("transfer-encoding", ""):
            fake.violations.append(f"{self.command} {self.path}: a chunked body, where GitHub wants a Content-Length")
            self.close_connection = True
            return
        body = received(self.rfile, int(self.headers.get("content-length", 0)))
        try:
            if self.path.startswith(f"{GIT}/"):
                answer = fake.git(self.command, self.path.removeprefix(GIT), dict(self.headers.items()), body)
            else:
                answer = fake.send(self.command, f"{self.server.origin}{self.path}", dict(self.headers.items()), body)
        except TransportFault as fault:
            self.close_connection = True
            if fault.kind == "timeout":
                fake.closing.wait(fake.hang_seconds)
            elif fault.kind == "truncate" and fault.answer:
                self.write(fault.answer, fault.answer.body[: len(fault.answer.body) // 2])
            return
        self.write(answer, answer.body)

    def write(self, answer: Answer, body: bytes) -> None:
        """Sends the answer's head and `body`."""
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: `fake.requests` holds what came."""

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = respond


class Port(ThreadingHTTPServer):
    """One of the two ports."""

    daemon_threads = True
    fake: "FakeGitHub"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server_port}"


class FakeGitHub(InProcessGitHub):
    """`with FakeGitHub() as fake:` serves at `fake.url` and raises at the end if a rule of GitHub was broken.

    `prefix` is "/api/v3" on GitHub Enterprise Server. Give a `SystemClock` when the clients' own clock counts.

    >>> import requests
    >>> from tests.github_fake import faults
    >>> with FakeGitHub() as fake:
    ...     repository = fake.repository("octo/churn", {"mlgate.yml": "version: 1"})
    ...     pull = repository.pull_request("feature", fork="mallory", files={"train.py": "pass"})
    ...     artifact = repository.artifact(repository.run(pull), "evidence", b"the zip's bytes")
    ...     token = fake.token(repository, {"pull_requests": "write", "statuses": "write"})
    ...     fake.inject("issues/create-comment", faults.server_error(502, after=True))
    ...     url = f"{fake.url}/repos/octo/churn/issues/{pull.number}/comments"
    ...     answer = requests.post(url, json={"body": "hello"}, headers={"Authorization": f"Bearer {token}"})
    ...     answer.status_code, [comment.body for comment in repository.comments_on(pull.number)]
    (502, ['hello'])
    """

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None, prefix: str = "") -> None:
        super().__init__(clock, limits)
        self.closing = threading.Event()
        self.hang_seconds = 10.0  # how long a fault of the kind `timeout` holds a connection
        self._ports = [Port(("127.0.0.1", 0), Handler) for _ in range(2)]
        for port in self._ports:
            port.fake = self
        self.url = f"{self._ports[0].origin}{prefix}"
        self.uploads_url = f"{self._ports[0].origin}{UPLOADS}"
        self.storage_url = self._ports[1].origin
        self.git_url = f"{self._ports[0].origin}{GIT}"
        self._folder = tempfile.TemporaryDirectory(prefix="github-fake-")
        self._hosting = GitHosting(self, Path(self._folder.name))

    def git(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer of git's server; what was asked stands among the requests."""
        lowered = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            answer = self._hosting.answer(method, target, lowered, body)
            self.requests.append(Seen("git", method, target, None, None, answer.status))
        return answer

    def __enter__(self) -> Self:
        for port in self._ports:
            threading.Thread(target=port.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        for port in self._ports:
            port.shutdown()
            port.server_close()
        self._folder.cleanup()
        super().__exit__(kind, error, trace)
