"""The convergent upsert: whatever other writers do at the same time, one comment is left and it says the newest.

It is a generator of effects: it yields what is to be done and is sent what came of it, so that it can be run by the
client and, step by step against others, by a simulation. The comment with the lowest id is the one that stays. A
write is made from what was read just before; then the writer looks again, twice, with jitter, whether the comment
still says what it wrote, and merges again if it does not. Other comments of ours are deleted last.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeVar

from msgspec import Struct

from mlgate.github.comment import compose, is_ours, said
from mlgate.github.models import Comment, Pull
from mlgate.github.sections import Sections, merge, with_history, without_pending
from mlgate.github.transport import GitHubError

WRITES = 6
FAULTS = 3
LOOKS = 2  # at an unchanged comment, before it counts as settled
MOST_UNSEEN = 3
MOST_ROUNDS = 30
JITTER = (1.5, 4.0)  # seconds between a write and a look at it
GROWTH = 1.4  # of the jitter, with each write
SETTLING = (6.0, 9.0)  # seconds between two looks: twice GitHub's lag, and a writer's time from its look to its write

T = TypeVar("T")
Outcome = Literal["written", "unchanged", "not wanted", "head moved", "crowded out", "other author"]


class ReadPull(Struct, frozen=True):
    """Read the pull request."""


class ListComments(Struct, frozen=True):
    """Read all its comments."""


class Create(Struct, frozen=True):
    """Write a new comment."""

    body: str


class Edit(Struct, frozen=True):
    """Let a comment say something else."""

    id: int
    body: str


class Delete(Struct, frozen=True):
    """Remove a comment."""

    id: int


class Wait(Struct, frozen=True):
    """Let time pass."""

    seconds: float


Effect = ReadPull | ListComments | Create | Edit | Delete | Wait
Steps = Generator[Effect, Any, T]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be in the comment, and under which conditions."""

    sections: Sections
    head_sha: str
    name: str = "default"
    author: str = "github-actions[bot]"
    may_create: bool = True
    may_add: bool = True  # models that the comment does not have yet
    is_final: bool = False  # the pull request is closed: nothing follows, nothing is created


def upsert(wanted: Wanted, random: Random) -> Steps[Outcome]:
    """The steps after which one comment holds our sections and the newest of all others."""
    memory = _Memory()
    for _ in range(MOST_ROUNDS):
        try:
            outcome = yield from _round(wanted, memory)
        except GitHubError as error:  # what landed of a write is seen in the next round
            memory.faults += 1
            if error.wait is None or memory.faults > FAULTS:
                raise
            yield Wait(error.wait)
            continue
        if outcome is not None:
            return outcome
        settling = memory.looks > 0
        yield Wait(random.uniform(*SETTLING) if settling else random.uniform(*JITTER) * GROWTH**memory.writes)
    return "crowded out"


@dataclass
class _Memory:
    """What a writer knows of its own doings."""

    writes: int = 0
    looks: int = 0
    faults: int = 0
    unseen: int = 0
    moved: int = 0
    created: int | None = None


def _round(wanted: Wanted, memory: _Memory) -> Steps[Outcome | None]:
    """One look and what follows from it; an outcome when there is nothing more to do."""
    listed: tuple[Comment, ...] = yield ListComments()
    ours = sorted((c for c in listed if is_ours(c, wanted.name, wanted.author)), key=lambda c: c.id)
    if _is_behind(ours, memory):
        memory.unseen += 1
        return None
    body = body_of(wanted, ours)
    if not ours or ours[0].body != body:
        return (yield from _write(wanted, memory, ours, body))
    duplicates = {c.id for c in ours[1:]} | ({memory.created} if memory.created else set()) - {ours[0].id}
    if not memory.writes and not duplicates:
        return "unchanged"
    memory.looks += 1
    if memory.looks < LOOKS:
        return None
    if not duplicates:
        return "written"
    for duplicate in sorted(duplicates):
        yield from _gone_is_fine(Delete(duplicate))
    memory.created, memory.looks, memory.writes = None, 0, max(1, memory.writes)
    return None


def _is_behind(ours: list[Comment], memory: _Memory) -> bool:
    """Whether GitHub does not list yet what it said that it created."""
    is_listed = any(c.id == memory.created for c in ours)
    return memory.created is not None and not is_listed and memory.unseen < MOST_UNSEEN


def body_of(wanted: Wanted, ours: Sequence[Comment]) -> str:
    """What is wanted merged with what our comments say."""
    known = merge(*said(ours))
    told = {name: each for name, each in wanted.sections.items() if wanted.may_add or name in known}
    sections = merge(known, with_history(told, known))
    return compose(without_pending(sections) if wanted.is_final else sections, wanted.name)


def _write(wanted: Wanted, memory: _Memory, ours: list[Comment], body: str) -> Steps[Outcome | None]:
    """The body is written, unless the pull request went on or nothing is to be created."""
    if not ours and (wanted.is_final or not wanted.may_create):
        return "not wanted"
    if memory.writes == WRITES:
        return "crowded out"
    pull: Pull = yield ReadPull()
    if pull.head.sha != wanted.head_sha:  # it moved, or GitHub does not tell yet that it moved to ours
        memory.moved += 1
        return "head moved" if memory.moved >= LOOKS else None
    memory.looks, memory.writes = 0, memory.writes + 1
    if ours:
        yield from _gone_is_fine(Edit(ours[0].id, body))
        return None
    created: Comment = yield Create(body)
    if created.user is None or created.user.login != wanted.author:  # it would not be found again
        yield from _gone_is_fine(Delete(created.id))
        return "other author"
    memory.created, memory.unseen = created.id, 0
    return None


def _gone_is_fine(effect: Edit | Delete) -> Steps[None]:
    """The effect, unless somebody removed the comment meanwhile, which the next look sees."""
    try:
        yield effect
    except GitHubError as error:
        if error.status != 404:
            raise
