"""The chain: events in their order, each with the digest of the one before, and what is wrong with a chain."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from mlgate.errors import UserError
from mlgate.evidence import sha256
from mlgate.ledger.events import AnyEvent, event_bytes, parse_event

FOLDER = "events"


class Recorded(Struct, frozen=True):
    """An event with the digest of its bytes, and whose signature stands beside it."""

    event: AnyEvent
    sha256: str
    data: bytes
    signature: bytes | None = None


class Fault(Struct, frozen=True):
    """What is wrong with the ledger, its tags or its bytes, and where."""

    code: str
    where: str
    message: str


def file_name(seq: int) -> str:
    """The event's file.

    >>> file_name(12)
    'events/000012.json'
    """
    return f"{FOLDER}/{seq:06}.json"


def recorded(event: AnyEvent, signature: bytes | None = None) -> Recorded:
    """The event as it is recorded."""
    data = event_bytes(event)
    return Recorded(event, sha256(data), data, signature)


def read_chain(files: Sequence[tuple[str, bytes]], signatures: dict[str, bytes]) -> tuple[list[Recorded], list[Fault]]:
    """The events of the files, which are in the order of their names, and every fault of the chain."""
    found: list[Recorded] = []
    faults: list[Fault] = []
    for name, data in files:
        try:
            event = parse_event(data, name)
        except UserError as error:
            faults.append(Fault("unreadable-event", name, error.problems[0].message))
            continue
        record = Recorded(event, sha256(data), data, signatures.get(name))
        faults += _link_faults(name, record, found[-1] if found else None)
        found.append(record)
    return found, faults


def _link_faults(name: str, record: Recorded, before: Recorded | None) -> Iterator[Fault]:
    event = record.event
    expected = before.event.seq + 1 if before else 1
    if name != file_name(event.seq):
        yield Fault("misplaced-event", name, f"the file {name} holds the event {event.seq}")
    if event.seq != expected:
        yield Fault(
            "dropped-event", name, f"after the event {expected - 1} comes {event.seq}: what was between is gone"
        )
    elif event.prev != (before.sha256 if before else None):
        yield Fault("broken-chain", name, f"the event {event.seq} does not follow the one that stands before it")
    if before and event.time <= before.event.time:
        yield Fault("time-runs-back", name, f"the event {event.seq} is not later than the one before it")
