"""The fake without sockets, for clients on `requests` or with a `send(request)` callable."""

from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from tests.github_fake.fake import InProcessGitHub
from tests.github_fake.faults import Answer, TransportFault
from tests.github_fake.scheduler import Scheduler

PATIENCE = 30.0


class Request(Protocol):
    """What `requests.PreparedRequest` has, and whatever a client makes like it."""

    method: Any
    url: Any
    headers: Any
    body: Any


class Transport(BaseAdapter):
    """`send(request)` asks the fake; with a scheduler others may act before and after it does.

    Mount it with `session.mount(fake.url, transport)`, and on `fake.storage_url` too when links are followed.
    """

    def __init__(self, fake: InProcessGitHub, scheduler: Scheduler | None = None) -> None:
        super().__init__()
        self.fake = fake
        self.scheduler = scheduler

    def send(self, request: Request, *_: Any, timeout: Any = None, **__: Any) -> requests.Response:
        """GitHub's answer; raises what `requests` raises where there is none."""
        body = request.body or b""
        body = body.read() if hasattr(body, "read") else body
        data = body.encode() if isinstance(body, str) else bytes(body)
        point = f"{request.method} {urlsplit(request.url).path}"
        self._pause(f"before {point}")
        try:
            answer = self.fake.send(request.method, request.url, request.headers, data)
        except TransportFault as fault:
            raise self._raised(fault, timeout) from fault
        finally:
            self._pause(f"after {point}")
        return response(answer, request)

    def close(self) -> None:
        """There is nothing to close."""

    def _pause(self, point: str) -> None:
        if self.scheduler:
            self.scheduler.pause(point)

    def _raised(self, fault: TransportFault, timeout: Any) -> requests.RequestException:
        if fault.kind == "timeout":
            patience = timeout[1] if isinstance(timeout, tuple) else timeout
            (self.scheduler or self.fake.clock).sleep(patience or PATIENCE)
            return requests.exceptions.ReadTimeout("the fake gave no answer in time")
        if fault.kind == "truncate":
            return requests.exceptions.ChunkedEncodingError("the fake's answer broke off")
        return requests.exceptions.ConnectionError("the fake closed the connection")


def response(answer: Answer, request: Request) -> requests.Response:
    """The answer as `requests` has it."""
    made = requests.Response()
    made.status_code = answer.status
    made.headers = CaseInsensitiveDict(answer.headers)
    made._content = answer.body
    made.url = request.url
    made.encoding = "utf-8"
    if isinstance(request, requests.PreparedRequest):
        made.request = request
    return made
