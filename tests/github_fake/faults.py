"""What can go wrong between a client and GitHub, injected by a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


class TransportFault(Exception):
    """The client gets no whole answer: `timeout`, `disconnect`, or `truncate` with what did arrive."""

    def __init__(self, kind: str, answer: "Answer | None" = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.answer = answer


@dataclass(frozen=True)
class Answer:
    """A response as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong; `after` means that the request was carried out all the same."""

    kind: str = "answer"
    status: int = 500
    message: str = "Server Error"
    headers: Mapping[str, str] = field(default_factory=dict)
    reset_in: float | None = None
    body: bytes | None = None
    after: bool = False


@dataclass
class Planned:
    """A fault that waits for its request."""

    operation: str
    fault: Fault
    skip: int
    times: int
    when: Callable[[Any], bool] | None

    def fires(self, operation: str, body: Any) -> bool:
        """Whether this request is the one; counts it."""
        if self.times == 0 or self.operation not in ("*", operation) or (self.when and not self.when(body)):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Faults:
    """The faults that wait."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []

    def plan(
        self, operation: str, fault: Fault, skip: int, times: int, when: Callable[[Any], bool] | None = None
    ) -> None:
        """The fault waits for its request."""
        self._planned.append(Planned(operation, fault, skip, times, when))

    def take(self, operation: str, body: Any) -> Fault | None:
        """The fault that waits for this request."""
        return next((each.fault for each in self._planned if each.fires(operation, body)), None)


def forbidden(message: str = "Resource not accessible by integration") -> Fault:
    """403 without any hint at a rate limit."""
    return Fault(status=403, message=message)


def not_found() -> Fault:
    """404."""
    return Fault(status=404, message="Not Found")


def invalid(message: str = "Validation Failed") -> Fault:
    """422."""
    return Fault(status=422, message=message)


def rate_limited(*, retry_after: int | None = None, reset_in: float | None = None, status: int = 403) -> Fault:
    """A secondary limit, with `retry-after`; or with `reset_in` the hourly limit; or with neither, no hint at all."""
    headers = {"retry-after": str(retry_after)} if retry_after is not None else {}
    if reset_in is None:
        return Fault(status=status, message=SECONDARY, headers=headers)
    message = "API rate limit exceeded for installation ID 1."
    return Fault(status=status, message=message, headers={**headers, "x-ratelimit-remaining": "0"}, reset_in=reset_in)


def server_error(status: int = 502, *, after: bool = False) -> Fault:
    """5xx; `after` the write landed. 502 and 504 answer with a page, as GitHub's front does."""
    page = b"<html><head><title>Unicorn!</title></head></html>" if status in (502, 504) else None
    return Fault(status=status, body=page, after=after)


def timeout(*, after: bool = False) -> Fault:
    """No answer in the client's time."""
    return Fault(kind="timeout", after=after)


def disconnect(*, after: bool = False) -> Fault:
    """The connection is closed without an answer."""
    return Fault(kind="disconnect", after=after)


def truncated() -> Fault:
    """The request is carried out; half of the answer arrives."""
    return Fault(kind="truncate", after=True)
