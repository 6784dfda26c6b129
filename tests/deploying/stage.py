"""A verified model on its way to a stage, and a service that serves it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from mlgate.deploying.job import Action, Job
from mlgate.deploying.settings import Deploy
from tests.registries.contract import make_release

PATH = "/usr/bin:/bin"


def make_job(
    root: Path, environ: Mapping[str, str] | None = None, action: Action = "deploy", version: str = "v1.0.0"
) -> Job:
    """A job for one model file, whose settings are relative to `root`."""
    release = make_release(root / "fetched" / version, version)
    return Job(release, "prod", root / "fetched" / version, root, {"PATH": PATH, **(environ or {})}, action)


def settings(**given: Any) -> Deploy:
    """Settings as stages.yml spells them."""
    return msgspec.convert(given, Deploy)


class Service:
    """What a service answers, as a test wants it; `asked` holds what came."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.status = 200
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""


@contextmanager
def serving() -> Iterator[Service]:
    """A service on loopback."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            service.asked.append((self.path, dict(self.headers.items()), json.loads(body)))
            answer = service.answer() if callable(service.answer) else service.answer
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(service.status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_port}/predict"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
