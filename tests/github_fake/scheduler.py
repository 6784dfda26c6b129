"""Many clients in one fake time, one step at a time, in an order that a seed decides."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.github_fake.clock import Clock

MOST_STEPS = 100_000
Choose = Callable[[Sequence[str]], int]


class Killed(BaseException):
    """The client's process was killed at a yield point."""


class Writer:
    """A client that runs only while it holds the baton."""

    def __init__(self, name: str, act: Callable[[], Any]) -> None:
        self.name = name
        self.act = act
        self.baton = threading.Lock()
        self.baton.acquire()
        self.wakes = 0.0
        self.steps = 0
        self.done = False
        self.outcome: Any = None


class Scheduler:
    """Runs writers so that exactly one acts at any moment and the clock jumps when all sleep.

    `choose` picks among those who could act; `latency` is how long each request and each answer travels.

    >>> clock = Clock()
    >>> scheduler = Scheduler.random(clock, seed=1, latency=(0.05, 0.3))
    >>> began = clock.now()
    >>> scheduler.run({"slow": lambda: scheduler.sleep(60), "quick": lambda: scheduler.pause("a yield point")})
    {'slow': None, 'quick': None}
    >>> clock.now() - began
    60.0
    """

    def __init__(self, clock: Clock, choose: Choose, latency: Callable[[], float] = float) -> None:
        self.clock = clock
        self.trace: list[tuple[str, str]] = []
        self._choose = choose
        self._latency = latency
        self._writers: list[Writer] = []
        self._main = threading.Lock()
        self._main.acquire()
        self._local = threading.local()
        self._kills: dict[str, int] = {}

    @classmethod
    def random(cls, clock: Clock, seed: int, latency: tuple[float, float] = (0.0, 0.0)) -> "Scheduler":
        """Orders and latencies drawn from a seed."""
        source = random.Random(seed)
        return cls(clock, lambda names: source.randrange(len(names)), lambda: source.uniform(*latency))

    def kill(self, writer: str, at: int) -> None:
        """The writer is killed at its `at`-th yield point from 1: an odd one is before a request, an even one after."""
        self._kills[writer] = at

    def run(self, writers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """What each writer returned, or the Killed that ended it; any other exception of a writer is raised."""
        self._writers = [Writer(name, act) for name, act in writers.items()]
        for writer in self._writers:
            writer.wakes = self.clock.now()
            threading.Thread(target=self._live, args=(writer,), daemon=True).start()
        for _ in range(MOST_STEPS):
            waiting = [writer for writer in self._writers if not writer.done]
            if not waiting:
                return self._outcomes()
            self.clock.advance_to(min(writer.wakes for writer in waiting))
            ready = [writer for writer in waiting if writer.wakes <= self.clock.now()]
            self._step(ready[self._choose([writer.name for writer in ready]) if len(ready) > 1 else 0])
        raise RuntimeError(f"the writers did not end in {MOST_STEPS} steps")

    def _outcomes(self) -> dict[str, Any]:
        for writer in self._writers:
            if isinstance(writer.outcome, BaseException) and not isinstance(writer.outcome, Killed):
                raise writer.outcome
        return {writer.name: writer.outcome for writer in self._writers}

    def pause(self, point: str) -> None:
        """Others may act now; this writer goes on when its message has travelled."""
        writer: Writer | None = getattr(self._local, "writer", None)
        if writer is None:
            return
        self.trace.append((writer.name, point))
        writer.steps += 1
        if self._kills.get(writer.name) == writer.steps:
            raise Killed(f"{writer.name}: {point}")
        self._yield(writer, self._latency())

    def sleep(self, seconds: float) -> None:
        """Others act for `seconds`; outside a writer the clock just moves."""
        writer: Writer | None = getattr(self._local, "writer", None)
        if writer is None:
            self.clock.sleep(seconds)
        else:
            self._yield(writer, seconds)

    def _yield(self, writer: Writer, seconds: float) -> None:
        writer.wakes = self.clock.now() + max(0.0, seconds)
        self._main.release()
        writer.baton.acquire()

    def _step(self, writer: Writer) -> None:
        writer.baton.release()
        self._main.acquire()

    def _live(self, writer: Writer) -> None:
        self._local.writer = writer
        writer.baton.acquire()
        try:
            writer.outcome = writer.act()
        except BaseException as error:  # noqa: BLE001  `run` raises it where a test sees it
            writer.outcome = error
        writer.done = True
        self._main.release()
