"""Events have one spelling, and whatever else stands in a file is refused with a reason."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.errors import UserError
from mlgate.ledger.chain import read_chain, recorded
from mlgate.ledger.events import AnyEvent, Projected, Reason, Refused, event_bytes, parse_event
from mlgate.ledger.names import Asked, following, is_ours, parse_asked
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import link
from tests.ledger.place import promote, register, revoke

EVENTS: list[AnyEvent] = [
    register("v1.0.0"), promote("v1.0.0", 1), revoke("v1.0.0"),
    Refused(action="promote", model="churn", reasons=(Reason("expired", "it is old", "check again"),)),
    Projected(model="churn", version="v1.0.0", stage="prod", of=2, backend="folder"),
]  # fmt: skip


def chain(*events: AnyEvent) -> Ledger:
    """The events, linked one to the other."""
    ledger = Ledger()
    for number, event in enumerate(events):
        ledger = Ledger("0" * 40, (*ledger.events, recorded(link(event, ledger, "ann", 1_000 + number))))
    return ledger


def files(ledger: Ledger) -> list[tuple[str, bytes]]:
    """The files of a ledger."""
    return [(f"events/{record.event.seq:06}.json", record.data) for record in ledger.events]


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: type(e).__name__)
def test_an_event_is_read_as_it_was_written(event: AnyEvent) -> None:
    assert parse_event(event_bytes(event), "events/000001.json") == event
    assert json.loads(event_bytes(event))["kind"] == event.__struct_config__.tag


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data.replace(b'"v1.0.0"', b'"1.0"'), "cannot be read"),
        (lambda data: data.replace(b'"kind":"register"', b'"kind":"promise"'), "cannot be read"),
        (lambda data: data.replace(b'"name":"model.bin"', b'"name":"../../etc/passwd"'), "cannot be read"),
        (lambda data: data.replace(b'"actor":', b'"color":"red","actor":'), "cannot be read"),
        (lambda data: data.replace(b":", b": ", 1), "is not spelled"),
        (lambda data: data.rstrip(), "is not spelled"),
        (lambda data: b'{"actor":"eve",' + data[1:], "is not spelled"),
        (lambda data: b"", "cannot be read"),
        (lambda data: b"[" * 100_000, "cannot be read"),
        (lambda data: b"\xff" + data, "cannot be read"),
        (lambda data: data + b" " * 300_000, "bytes; at most"),
    ],
)
def test_any_other_spelling_is_refused(change, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError, match=re.escape(said)):
        parse_event(change(event_bytes(register("v1.0.0"))), "events/000001.json")


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    with pytest.raises(UserError):
        parse_event(data, "events/000001.json")


def test_linked_events_are_a_chain_without_fault() -> None:
    ledger = chain(*EVENTS)
    events, faults = read_chain(files(ledger), {})
    assert (tuple(events), faults) == (ledger.events, [])


def test_time_never_stands_still() -> None:
    ledger = chain(register("v1.0.0"))
    again = link(promote("v1.0.0", 1), ledger, "ann", 0)
    assert again.time > ledger.events[0].event.time


@given(st.integers(0, 4), st.data())
def test_a_changed_dropped_or_swapped_event_breaks_the_chain(place: int, data: st.DataObject) -> None:
    whole = files(chain(*EVENTS))
    how = data.draw(st.sampled_from(["drop", "swap", "change", "double"]))
    broken = list(whole)
    if how == "drop":
        del broken[place]
        if place == len(whole) - 1:  # a chain cannot tell that its end is missing; its tags can
            return
    elif how == "swap":
        broken[place - 1], broken[place] = (
            (whole[place - 1][0], whole[place][1]),
            (whole[place][0], whole[place - 1][1]),
        )
    elif how == "double":
        broken.insert(place, whole[place])
    else:
        broken[place] = (whole[place][0], whole[place][1].replace(b'"actor":"ann"', b'"actor":"eve"'))
        if place == len(whole) - 1:
            return
    assert read_chain(broken, {})[1]


def test_what_a_person_types_is_a_model_a_version_or_a_stage() -> None:
    assert parse_asked("churn") == Asked("churn")
    assert parse_asked("churn@v1.2.0", needs="version") == Asked("churn", "v1.2.0")
    assert parse_asked("churn#prod", needs="stage") == Asked("churn", None, "prod")
    for text in ("", "churn@1.2", "churn@", "#prod", "a/b", "churn#Prod", "churn@v1.0.0\n", "--all"):
        with pytest.raises(UserError, match="does not name a model"):
            parse_asked(text)
    with pytest.raises(UserError, match=r"write it like churn@v1\.2\.0"):
        parse_asked("churn#prod", needs="version")


@pytest.mark.parametrize("tag", ["v1.0.0", "churn@v1", "churn#prod", "release/churn/v1.0.0", "churn@v1.0.0!!"])
def test_other_tags_are_nobodys_business(tag: str) -> None:
    assert not is_ours(tag)


def test_the_next_version_raises_one_part() -> None:
    assert [following("v1.9.9", part) for part in ("major", "minor", "patch")] == ["v2.0.0", "v1.10.0", "v1.9.10"]
    assert following(None, "major") == "v1.0.0"
