"""Publishing: the effects of a report, run one by one; what cannot be done is told and changes no verdict."""

from random import Random
from typing import Any, TypeVar

from mlgate.github.client import GitHub
from mlgate.github.status import WantedStatus, set_status
from mlgate.github.transport import GitHubError
from mlgate.github.upsert import (
    Create,
    Delete,
    Edit,
    Effect,
    ListComments,
    Outcome,
    ReadPull,
    Steps,
    Wait,
    Wanted,
    upsert,
)

T = TypeVar("T")
TOLD: tuple[Outcome, ...] = ("crowded out", "other author")


def publish_comment(wanted: Wanted, number: int, github: GitHub, random: Random) -> str | None:
    """None when the comment is as it should be, else why it is not."""
    try:
        outcome = run(upsert(wanted, random), number, github)
    except GitHubError as error:
        return why_not(error)
    return outcome if outcome in TOLD else None


def publish_status(wanted: WantedStatus, github: GitHub) -> str | None:
    """None when the status is that of the newest run, else why it is not."""
    try:
        set_status(wanted, github)
    except GitHubError as error:
        return why_not(error)
    return None


def run(steps: Steps[T], number: int, github: GitHub) -> T:
    """What the steps return, each of their effects done on the pull request."""
    answer: Any = None
    error: GitHubError | None = None
    while True:
        try:
            effect = steps.throw(error) if error else steps.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value
        answer, error = None, None
        try:
            answer = _do(effect, number, github)
        except GitHubError as failed:
            error = failed


def _do(effect: Effect, number: int, github: GitHub) -> Any:
    match effect:
        case ReadPull():
            return github.pull(number)
        case ListComments():
            return github.comments(number)
        case Create(body):
            return github.create_comment(number, body)
        case Edit(id_, body):
            return github.edit_comment(id_, body)
        case Delete(id_):
            return github.delete_comment(id_)
        case Wait(seconds):
            return github.transport.pause(seconds)


def why_not(error: GitHubError) -> str:
    """What GitHub answered instead."""
    return f"HTTP {error.status}" if error.status else "no answer"
