"""What commands did, as an audit hook in their process saw it."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRACING = Path(__file__).with_name("tracing.py")


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it did."""

    words: tuple[str, ...]
    code: int
    output: str
    events: tuple[tuple[str, ...], ...]  # event and its arguments

    def of(self, *events: str) -> list[Any]:
        """The first argument of each such event."""
        return [event[1] for event in self.events if event[0] in events]


@dataclass(frozen=True)
class Trace:
    """Commands of one process in their order."""

    commands: tuple[Ended, ...]

    def of(self, *events: str) -> list[Any]:
        """The first argument of each such event of all commands."""
        return [value for command in self.commands for value in command.of(*events)]


def started(command: Ended) -> list[list[str]]:
    """The words of each process that a command started."""
    return [[str(word) for word in event[2]] for event in command.events if event[0] == "subprocess.Popen"]


def trace(commands: Sequence[Sequence[str]], cwd: Path, environ: Mapping[str, str]) -> Trace:
    """What the commands did, one after the other in a process of its own with just this environment."""
    log = cwd.with_name(f"{cwd.name}.trace")
    command = [sys.executable, "-P", str(TRACING), str(log), json.dumps([[*each] for each in commands])]
    done = subprocess.run(command, cwd=cwd, env=dict(environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ended: list[Ended] = []
    events: list[tuple[str, ...]] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        kind, *rest = json.loads(line)
        if kind == "ended":
            words, code, output = rest
            ended.append(Ended(tuple(words), code, output, tuple(events)))
            events = []
        else:
            events.append((kind, *rest))
    assert len(ended) == len(commands)
    return Trace(tuple(ended))
