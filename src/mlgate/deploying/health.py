"""Health: a service is asked golden rows until it answers them right, as the model that it should be."""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from mlgate.deploying.job import HookFailed, Job
from mlgate.deploying.settings import Health
from mlgate.errors import UserError
from mlgate.transfer.web import Server

MOST_BYTES, MOST_ROWS, MOST_ANSWER = 4 * 2**20, 1_000, 2**20
PAUSE = 0.25  # seconds between two rounds
ONE_ANSWER = (2.0, 10.0)  # seconds to connect, and for an answer


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row whose answer is known."""

    request: Any
    response: Any


def check(job: Job, settings: Health, *, now: Callable[[], float] = time.monotonic,
          sleep: Callable[[float], None] = time.sleep) -> int:  # fmt: skip
    """How many golden rows the service answered right, all of them; `HookFailed` with the last fault otherwise."""
    rows = list(golden_rows(job.path(settings.golden), settings.golden))
    began = now()
    while True:
        try:
            fault = next(_faults(job, settings, rows), None)
        except UserError as error:
            fault = error.problems[0].message
        if fault is None:
            return len(rows)
        if now() - began > settings.within:
            raise HookFailed(f"the service was not well after {settings.within:,.0f} s: {fault}")
        sleep(PAUSE)


def golden_rows(path: Path, name: str) -> Iterator[Golden]:
    """The rows of the file, at least one; `HookFailed` for a file that holds something else."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise HookFailed(f"there is no file of golden rows {name}, or it is larger than 4 MiB")
    lines = [line for line in path.read_bytes().splitlines() if line.strip()]
    if not 0 < len(lines) <= MOST_ROWS:
        raise HookFailed(f"{name} has {len(lines):,} golden rows; 1 to {MOST_ROWS:,} can be asked")
    for number, line in enumerate(lines, 1):
        try:
            yield msgspec.json.decode(line, type=Golden)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise HookFailed(f"{name}:{number} is no JSON object with 'request' and 'response'") from None


def _faults(job: Job, settings: Health, rows: list[Golden]) -> Iterator[str]:
    server = Server(settings.url, timeout=ONE_ANSWER)
    for number, row in enumerate(rows, 1):
        body = msgspec.json.encode(row.request)
        headers = {"Content-Type": "application/json"}
        answer = server.ask(
            "POST", settings.url, body=lambda body=body: body, headers=headers, tries=1, limit=MOST_ANSWER
        )
        try:
            found = msgspec.json.decode(answer.body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            yield f"its answer to golden row {number} is no JSON"
            return
        if settings.digest is not None:
            serves = found.get(settings.digest) if isinstance(found, dict) else None
            if serves != job.release.sha256:
                yield f"it serves {_short(serves)}, and should serve the model {job.release.sha256[:12]}"
        if where := difference(row.response, found, settings.tolerance):
            yield f"its answer to golden row {number} differs: {where}"


def difference(wanted: Any, found: Any, tolerance: float, where: str = "answer") -> str | None:
    """Where an answer differs from the one that is known; keys that the known one does not have do not count.

    >>> difference({"score": 0.5}, {"score": 0.5000001, "model": "churn"}, 1e-6) is None
    True
    >>> difference({"score": [0.5, 1]}, {"score": [0.5, 2]}, 1e-6)
    'answer.score[1] is 2, and 1 was expected'
    """
    if isinstance(wanted, dict) and isinstance(found, dict):
        pairs = ((f"{where}.{key}", value, found.get(key)) for key, value in wanted.items())
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = ((f"{where}[{i}]", *both) for i, both in enumerate(zip(wanted, found, strict=True)))
    elif _same(wanted, found, tolerance):
        return None
    else:
        return f"{where} is {_short(found)}, and {_short(wanted)} was expected"
    return next((fault for name, w, f in pairs if (fault := difference(w, f, tolerance, name))), None)


def _same(wanted: Any, found: Any, tolerance: float) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (wanted, found))
    if numbers:
        return math.isclose(wanted, found, rel_tol=tolerance, abs_tol=tolerance)
    return type(wanted) is type(found) and bool(wanted == found)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode(errors="replace")
    return text if len(text) <= 80 else f"{text[:79]}…"
