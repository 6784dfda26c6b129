"""A command runs apart from the kit, within limits, and nothing of it is left when it has ended."""

import codecs
import json
import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

SUPERVISOR = Path(__file__).with_name("supervisor.py")
TAIL = 8192  # bytes of output that are kept
SLACK = 30.0  # seconds beyond the limit after which the supervisor itself counts as hung
LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH")  # without which some Pythons do not start

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n])")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Limits:
    """How long a command may run and how much resident memory all its processes together may use."""

    seconds: float = 600
    memory: int = 4 * 2**30


@dataclass(frozen=True)
class Outcome:
    """How a command ended; `code` is set for "exit" only, `signal` for "signal" only."""

    ended: Literal["exit", "timeout", "memory", "signal"]
    code: int | None
    signal: int | None
    output: str
    seconds: float
    peak_memory: int
    left_behind: int
    isolation: tuple[str, ...]


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limits: Limits | None = None,
    network: bool = True,
    namespaces: bool = True,
    echo: Callable[[str], None] | None = None,
) -> Outcome:
    """The command has ended, by itself or by a limit, and none of its descendants is left.

    Its environment is exactly `env`, its standard input is empty. `echo` gets the output as it comes, escape sequences
    included; the outcome keeps the last 8 KiB as plain text. A command that cannot be started has exit code 127.
    `namespaces=False` leaves the Linux namespaces out even where they are allowed. KeyboardInterrupt and what `echo`
    raises pass through, after everything was killed.
    """
    limits = limits or Limits()
    request = {
        "argv": list(argv),
        "cwd": os.fspath(cwd.absolute()),
        "env": dict(env),
        "seconds": limits.seconds,
        "memory": limits.memory,
        "network": network,
        "namespaces": namespaces,
    }
    tail = _Tail(echo)
    with _supervisor(request) as (output, result):
        answer = _drain(output, result, tail, until=time.monotonic() + limits.seconds + SLACK)
    return _outcome(answer, tail)


_running: set[subprocess.Popen[bytes]] = set()


def stop_all() -> None:
    """Every command that any thread is running ends now; its `run` returns there with what it has."""
    for process in tuple(_running):
        if process.stdin:
            process.stdin.close()


def explain(outcome: Outcome, limits: Limits | None = None) -> str:
    """What happened, as the predicate of a sentence: "ran longer than 600 s and was stopped"."""
    limits = limits or Limits()
    words = {
        "exit": f"ended with exit code {outcome.code}",
        "timeout": f"ran longer than {limits.seconds:g} s and was stopped",
        "memory": f"used more than {limits.memory / 2**30:.3g} GiB of memory and was stopped",
        "signal": f"was ended by signal {outcome.signal}",
    }[outcome.ended]
    left = outcome.left_behind
    return words + (f"; {left} process{'es' if left > 1 else ''} that it left behind had to be killed" if left else "")


@contextmanager
def _supervisor(request: Mapping[str, Any]) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Inside the block the supervisor runs, with its output and its result to read; after it all processes are gone."""
    receive, send = os.pipe()
    with os.fdopen(receive, "rb", buffering=0) as result:
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", os.fspath(SUPERVISOR), str(send)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                cwd="/",
                env={name: os.environ[name] for name in LOADER if name in os.environ},
                pass_fds=(send,),
                start_new_session=True,  # a Ctrl-C is the kit's alone; the supervisor ends when its standard input does
            )
        finally:
            os.close(send)
        assert process.stdin is not None
        assert process.stdout is not None
        _running.add(process)
        with process.stdout as output:
            try:
                with suppress(BrokenPipeError):
                    _send(process.stdin, json.dumps(request).encode() + b"\n")
                yield output, result
            finally:
                process.stdin.close()
                _await(process)
                _running.discard(process)


def _send(pipe: IO[bytes], text: bytes) -> None:
    while text:
        text = text[pipe.write(text) :]


def _await(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=SLACK)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _drain(output: IO[bytes], result: IO[bytes], tail: "_Tail", *, until: float) -> bytes:
    """What the supervisor answered, with all output passed to `tail`; empty if it did not answer by then."""
    answer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        selector.register(result, selectors.EVENT_READ)
        while selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, 65536)
                if key.fileobj is output:
                    tail.feed(chunk)
                else:
                    answer += chunk
                if not chunk:
                    selector.unregister(key.fileobj)
                    if key.fileobj is result:  # an escaped process (macOS only) may hold the output open for ever
                        until = min(until, time.monotonic() + 1)
    return answer


def _outcome(answer: bytes, tail: "_Tail") -> Outcome:
    if not answer:
        note = "\nmlgate: the process that supervises the command was killed or failed"
        return Outcome("signal", None, 9, tail.text() + note, 0.0, 0, 0, ())
    fields = json.loads(answer)
    return Outcome(**{**fields, "isolation": tuple(fields["isolation"]), "output": tail.text()})


class _Tail:
    """The end of a stream, however long the stream is."""

    def __init__(self, echo: Callable[[str], None] | None) -> None:
        self._echo = echo
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._kept = bytearray()

    def feed(self, chunk: bytes) -> None:
        """The chunk is echoed, and kept if it is among the last; an empty one ends the stream."""
        if self._echo and (text := self._decoder.decode(chunk, final=not chunk)):
            self._echo(text)
        self._kept += chunk
        del self._kept[:-TAIL]

    def text(self) -> str:
        """At most 8 KiB of plain text: no escape sequences or control characters, of a progress bar the last state."""
        kept = self._kept.lstrip(bytes(range(0x80, 0xC0))) if len(self._kept) == TAIL else self._kept
        text = ESCAPES.sub("", kept.decode(errors="replace").replace("\r\n", "\n"))
        return CONTROLS.sub("", OVERWRITTEN.sub("", text))
