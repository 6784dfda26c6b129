"""A simulated GitHub on a fake clock, on which writers of comments run against each other, effect by effect."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mlgate.github.models import Comment, End, Pull, User
from mlgate.github.transport import GitHubError
from mlgate.github.upsert import Create, Delete, Edit, Effect, ListComments, ReadPull, Steps, Wait

BOT = User("github-actions[bot]", 41_898_282, "Bot")
LATENCY = (0.05, 0.5)  # seconds from a writer to GitHub, and back
BACKOFF = 60.0
LANDED = 0.5  # of the writes that end in a fault, this share landed all the same


@dataclass
class World:
    """Comments and the head of one pull request, with all their past: a read sees them as they were a moment ago."""

    random: Random
    lag: float
    heads: list[tuple[float, str]]  # from when on
    now: float = 0.0
    versions: dict[int, list[tuple[float, str | None]]] = field(default_factory=dict)
    calls: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def apply(self, effect: Effect) -> Any:
        """What GitHub answers."""
        self.calls += 1
        then = self.now - self.random.uniform(0, self.lag)
        if isinstance(effect, ReadPull):
            sha = next((sha for at, sha in reversed(self.heads) if at <= then), self.heads[0][1])
            return Pull(7, "open", End("topic", sha), End("main", "b" * 40))
        if isinstance(effect, ListComments):
            return self.comments(then)
        if isinstance(effect, Create):
            created = next(self._ids)
            self.versions[created] = [(self.now, effect.body)]
            return Comment(created, effect.body, BOT)
        assert isinstance(effect, Edit | Delete)
        if effect.id not in self.versions or self.versions[effect.id][-1][1] is None:
            raise GitHubError(404, "comment")
        self.versions[effect.id].append((self.now, effect.body if isinstance(effect, Edit) else None))
        return None

    def comments(self, then: float | None = None) -> tuple[Comment, ...]:
        """The comments as they were then, or are now."""
        moment = self.now if then is None else then
        seen = {id_: [body for at, body in past if at <= moment] for id_, past in sorted(self.versions.items())}
        return tuple(Comment(id_, bodies[-1], BOT) for id_, bodies in seen.items() if bodies and bodies[-1] is not None)


@dataclass
class Writer:
    """One process that writes: where it is, and how much bad luck is left for it."""

    steps: Steps[Any]
    starts: float
    faults: float = 0.0  # the probability that a call ends in a fault
    faults_left: int = 0
    dies_after: int | None = None  # calls, after which the process is killed
    outcome: Any = None
    calls: int = 0


def play(world: World, writers: list[Writer]) -> None:
    """All writers have run to their end, interleaved by the time that each of their steps takes."""
    queue: list[tuple[float, int, Writer, Any]] = []
    order = itertools.count()
    for writer in writers:
        heapq.heappush(queue, (world.now + writer.starts, next(order), writer, None))
    while queue:
        at, _, writer, answer = heapq.heappop(queue)
        world.now = max(world.now, at)
        if isinstance(answer, Effect):  # it arrives at GitHub now
            reply = _reply(world, writer, answer)
            heapq.heappush(queue, (world.now + world.random.uniform(*LATENCY), next(order), writer, (reply,)))
        elif (effect := _next(writer, answer)) is None:
            continue
        elif isinstance(effect, Wait):
            heapq.heappush(queue, (world.now + effect.seconds, next(order), writer, (None,)))
        else:
            heapq.heappush(queue, (world.now + world.random.uniform(*LATENCY), next(order), writer, effect))


def _next(writer: Writer, answer: tuple[Any] | None) -> Effect | None:
    """The writer's next effect, or None when it is done or dead."""
    if writer.dies_after is not None and writer.calls >= writer.dies_after:
        writer.outcome = "killed"
        return None
    try:
        if answer is None:
            return next(writer.steps)
        if isinstance(answer[0], GitHubError):
            return writer.steps.throw(answer[0])
        return writer.steps.send(answer[0])
    except StopIteration as end:
        writer.outcome = end.value
    except GitHubError as error:
        writer.outcome = error
    return None


def _reply(world: World, writer: Writer, effect: Effect) -> Any:
    """GitHub's answer, or a fault after which nobody knows whether the write landed."""
    writer.calls += 1
    is_fault = writer.faults_left > 0 and world.random.random() < writer.faults
    try:
        if not is_fault:
            return world.apply(effect)
        writer.faults_left -= 1
        if world.random.random() < LANDED:
            world.apply(effect)
        return GitHubError(502, "fault", wait=BACKOFF)
    except GitHubError as error:
        return error
