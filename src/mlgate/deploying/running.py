"""Running: a command of the user's with a time limit, of whose output the end is kept, without secrets."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from mlgate.deploying.job import HookFailed
from mlgate.deploying.scrubbing import scrub

KEPT = 16_384  # bytes of output
ALWAYS = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|SSL_CERT_\w+|(?i:https?|no|all)_PROXY|DOCKER_HOST"
    r"|KUBECONFIG|STORAGE_DRIVER|BUILDAH_ISOLATION|CONTAINERS_\w+|REGISTRY_AUTH_FILE"
)


class Tail:
    """The end of what a command prints, read until it ends."""

    def __init__(self, stream: IO[bytes], kept: int) -> None:
        self._stream, self._kept, self._data = stream, kept, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while part := os.read(self._stream.fileno(), 65_536):
            self._data = (self._data + part)[-self._kept :]

    def text(self) -> str:
        """What was kept; a service that the command left running may still hold the stream."""
        self._thread.join(1.0)
        return self._data.decode(errors="replace")


def environment(environ: Mapping[str, str], named: Sequence[str], facts: Mapping[str, str]) -> dict[str, str]:
    """What a command gets: what every program needs, the variables that the settings name, and the job's facts."""
    found = {key: value for key, value in environ.items() if ALWAYS.fullmatch(key) or key in named}
    return found | {f"MLGATE_{name.upper()}": value for name, value in facts.items()}


def run(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], seconds: float, secrets: Sequence[str]
) -> str:
    """What the command printed at its end; `HookFailed` if it cannot start, ends with an error, or takes too long."""
    name = Path(command[0]).name
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise HookFailed(f"'{name}' cannot be started: {error.strerror}") from None
    assert process.stdout is not None
    tail = Tail(process.stdout, KEPT + max(map(len, secrets), default=0) * 4)
    try:
        code = process.wait(seconds)
    except BaseException as error:
        _kill(process)
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        said = scrub(tail.text(), secrets)[-KEPT:]
        raise HookFailed(f"'{name}' had not ended after {seconds:,.0f} s and was stopped", said) from None
    said = scrub(tail.text(), secrets)[-KEPT:]
    if code:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        raise HookFailed(f"'{name}' {how}", said)
    return said


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The command and what it started are gone; it may not have the time to clean up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
