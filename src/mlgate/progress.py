"""Progress: what is going on, told once it has gone on for a while."""

import threading
import time
from collections.abc import Callable

import click


class Progress:
    """Says on standard error what is going on, once it has gone on for two seconds."""

    def __init__(self, *, quiet: bool = False, after: float = 2.0, echo: Callable[..., None] = click.echo) -> None:
        self._quiet, self._after, self._echo = quiet, after, echo
        self._timer: threading.Timer | None = None
        self._began = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._cancel()

    def say(self, what: str) -> None:
        """`what` is going on from now; it is shown when it takes long."""
        self._cancel()
        if not self._quiet:
            self._timer = threading.Timer(self._after, self._show, (what,))
            self._timer.daemon = True
            self._timer.start()

    def _show(self, what: str) -> None:
        seconds = time.monotonic() - self._began
        self._echo(f"[{seconds:5.1f} s] {what} …", err=True)

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
