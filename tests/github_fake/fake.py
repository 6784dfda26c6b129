"""GitHub without a network: a request in, an answer out, both held against GitHub's own description."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.github_fake.call import HANDLERS, NOT_FOUND, Call, Refused, Reply
from tests.github_fake.clock import Clock
from tests.github_fake.description import Operation, github, unquoted
from tests.github_fake.faults import Answer, Fault, TransportFault
from tests.github_fake.gate import Gate
from tests.github_fake.handlers import (
    actions,
    artifacts,
    checks,
    commits,
    contents,
    deployments,
    git_data,
    issues,
    labels,
    pulls,
    releases,
    repositories,
    runs,
    search,
)
from tests.github_fake.world import Limits, World

VERSION = "2022-11-28"
MODULES = (  # each registers its operations when it is imported
    *(actions, artifacts, checks, commits, contents, deployments, git_data, issues, labels, pulls, releases),
    *(repositories, runs, search),
)


@dataclass(frozen=True)
class Seen:
    """A request that came, and the status it got (0: no answer)."""

    operation: str
    method: str
    target: str
    body: Any
    token: str | None
    status: int


class InProcessGitHub(World):
    """The whole fake without HTTP; leaving its context raises if anything broke GitHub's rules."""

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None) -> None:
        super().__init__(clock, limits)
        self.requests: list[Seen] = []
        self._gate = Gate(self)
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.verify()

    def verify(self) -> None:
        """Raises AssertionError if a request or a response broke GitHub's description or rules."""
        assert not self.violations, "\n".join(self.violations)

    def forgive(self, words: str) -> None:
        """The violations that hold `words` are expected; raises if there are none."""
        kept = [each for each in self.violations if words not in each]
        assert len(kept) < len(self.violations), f"no violation says {words!r}: {self.violations}"
        self.violations[:] = kept

    def lag(self, seconds: float | Callable[[], float]) -> None:
        """What clients write from now on shows in lists only after `seconds`."""
        self.horizon.lag = seconds if callable(seconds) else lambda: seconds

    def inject(
        self, operation: str, fault: Fault, *, times: int = 1, skip: int = 0, when: Callable[[Any], bool] | None = None
    ) -> None:
        """After `skip` requests of the operation (`*`: any) the next `times` fail so; `when` sees their body."""
        if operation not in ("*", "storage", *HANDLERS):
            raise ValueError(f"no such operation: {operation}")
        self.faults.plan(operation, fault, skip, times, when)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """The answer of whichever of GitHub's hosts the URL names; raises TransportFault where a client gets none."""
        if url.startswith(f"{self.storage_url}/"):
            return self.storage.handle(method, url.removeprefix(self.storage_url), headers)
        if url.startswith(f"{self.uploads_url}/"):
            return self.handle(method, url.removeprefix(self.uploads_url), headers, body, uploads=True)
        if url.startswith(f"{self.url}/"):
            return self.handle(method, url.removeprefix(self.url), headers, body)
        self.violations.append(f"{method} {url} is at none of GitHub's hosts")
        raise TransportFault("disconnect")

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", *, uploads: bool = False
    ) -> Answer:
        """The API's answer to a path and query; raises TransportFault where a client gets none."""
        with self._lock:
            lowered = {name.lower(): value for name, value in headers.items()}
            split = urlsplit(target)
            path = f"{split.path}/" if split.path.endswith("/contents") else split.path
            operation = github().find(method, path)
            if operation and operation.binary != uploads:
                operation = None  # assets, and nothing else, are taken by the host of uploads
            token = self._gate.token(lowered)
            seen = Seen(operation.id if operation else "", method, target, None, token.value if token else None, 0)
            try:
                if operation is None:
                    self.violations.append(f"{method} {path} is no operation of the cut description")
                    return self._send(Refused(404, NOT_FOUND).reply(), lowered)
                content, fault = self._content(operation, lowered, body)
                seen = Seen(seen.operation, method, target, content, seen.token, 0)
                answer = self._answer(operation, path, split.query, lowered, body, content, fault)
                seen = Seen(seen.operation, method, target, content, seen.token, answer.status)
                return answer
            finally:
                self.requests.append(seen)

    def _answer(
        self,
        operation: Operation,
        path: str,
        query: str,
        headers: Mapping[str, str],
        raw: bytes,
        content: Any,
        wrong: Any,
    ) -> Answer:
        fault = self.faults.take(operation.id, content)
        if fault and not fault.after:
            return self._fail(fault, None)
        try:
            if wrong:
                raise wrong
            reply = self._carry_out(operation, path, query, headers, raw, content)
        except Refused as refused:
            reply = refused.reply()
        if reply.raw is None and (problem := operation.response_fault(reply.status, reply.body)):
            self.violations.append(problem)
        answer = self._send(reply, headers)
        return self._fail(fault, answer) if fault else answer

    def _carry_out(
        self, operation: Operation, path: str, query: str, headers: Mapping[str, str], raw: bytes, content: Any
    ) -> Reply:
        match = operation.path.fullmatch(path)
        assert match
        values = self._path(operation, unquoted(match))
        asked = self._query(operation, query)
        token, repository = self._gate.admit(operation, values, headers)
        call = Call(self, operation, token, repository, values, asked, content, raw, headers, path)
        self.horizon.through_api = True
        try:
            return HANDLERS[operation.id].run(call)
        finally:
            self.horizon.through_api = False

    def _path(self, operation: Operation, texts: Mapping[str, str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, text in texts.items():
            values[name], problem = operation.in_path[name].read(text)
            if problem:
                self.violations.append(f"{operation.id}: {problem}")
                raise Refused(404, NOT_FOUND)
        return values

    def _query(self, operation: Operation, query: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, text in parse_qsl(query, keep_blank_values=True):
            parameter = operation.in_query.get(name)
            if parameter is None:
                self.violations.append(f"{operation.id}: no such query parameter: {name}")
                continue
            values[name], problem = parameter.read(text)
            if problem or (name == "per_page" and not 1 <= int(text) <= 100):
                self.violations.append(f"{operation.id}: {problem or f'per_page {text} is not in 1..100'}")
                raise Refused(422, problem or "Validation Failed")
        if missing := [name for name, each in operation.in_query.items() if each.required and name not in values]:
            self.violations.append(f"{operation.id}: missing query parameters {missing}")
            raise Refused(422, "Validation Failed")
        return values

    def _content(self, operation: Operation, headers: Mapping[str, str], raw: bytes) -> tuple[Any, Refused | None]:
        """The body's value; what is wrong with it is a violation too."""
        problems = []
        if not headers.get("user-agent"):
            problems.append((403, "Request forbidden by administrative rules: no User-Agent header"))
        if headers.get("x-github-api-version", VERSION) != VERSION:
            problems.append((400, f"X-GitHub-Api-Version is not {VERSION}, the only one that this fake speaks"))
        content: Any = None
        if operation.binary:
            content = None
        elif raw:
            try:
                content = json.loads(raw)
            except ValueError:
                problems.append((400, "Problems parsing JSON"))
        if not problems and operation.body_required and content is None and not operation.binary:
            problems.append((422, "Invalid request: a body is required"))
        elif not problems and content is not None and operation.body is None:
            problems.append((422, "Invalid request: a body is not described"))
        elif not problems and content is not None and operation.body and (problem := operation.body(content)):
            problems.append((422, f"Invalid request.\n\nbody{problem}"))
        for _, message in problems:
            self.violations.append(f"{operation.id}: {message}")
        return content, Refused(*problems[0]) if problems else None

    def _send(self, reply: Reply, headers: Mapping[str, str]) -> Answer:
        token = self._gate.token(headers)
        sent = {"date": formatdate(self.clock.now(), usegmt=True), **self.rate_headers(token), **reply.headers}
        sent["x-github-request-id"] = f"FAKE:{len(self.requests):X}"
        if reply.raw is not None:
            return Answer(reply.status, sent, reply.raw)
        if reply.body is None:
            return Answer(reply.status, sent, b"")
        body = json.dumps(reply.body, separators=(",", ":")).encode()
        sent["content-type"] = "application/json; charset=utf-8"
        if reply.status == 200:
            sent["etag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
            if headers.get("if-none-match") == sent["etag"]:
                return Answer(304, sent, b"")
        return Answer(reply.status, sent, body)

    def _fail(self, fault: Fault, answer: Answer | None) -> Answer:
        if fault.kind != "answer":
            raise TransportFault(fault.kind, answer)
        sent = self._send(Refused(fault.status, fault.message, headers=fault.headers).reply(), {})
        headers = dict(sent.headers)
        if fault.reset_in is not None:
            headers["x-ratelimit-reset"] = str(int(self.clock.now() + fault.reset_in))
        if fault.body is not None:
            return Answer(fault.status, {**headers, "content-type": "text/html"}, fault.body)
        return Answer(fault.status, headers, sent.body)
