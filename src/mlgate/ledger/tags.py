"""Tags: what a decision looks like to people and to GTO, and the commit that holds a version's record."""

import calendar
import time
from collections.abc import Iterator
from typing import NamedTuple

from mlgate.evidence import canonical
from mlgate.ledger.chain import Recorded
from mlgate.ledger.events import AnyEvent, Clearing, Promote, Register, Revoke, Rollback
from mlgate.ledger.objects import FILE, FOLDER, Entry, Made, commit, object_id, tag, tree
from mlgate.ledger.state import State

RELEASE_FILE = "release.json"
RELEASE_FOLDER = ".mlgate"


class Tagged(NamedTuple):
    """A tag that a decision has, and the version to whose commit it leads."""

    name: str
    of: Register


def epoch(moment: str) -> int:
    """An event's time in seconds.

    >>> epoch("1970-01-02T00:00:00Z")
    86400
    """
    return calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ"))


def release_objects(register: Register, id_length: int) -> tuple[Made, ...]:
    """The objects of the version's commit, the commit last: without parents, holding `.mlgate/release.json` alone.

    It never holds a source tree, since a token of GitHub's may not tag one with other workflow files than a branch has.
    The same record makes the same commit, wherever and whenever.
    """
    record = {
        "schema": "urn:mlgate:release:v1", "model": register.model, "version": register.version,
        "sha256": register.sha256, "source_sha": register.source_sha, "evidence_sha256": register.evidence_sha256,
        "files": [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in register.files],
    }  # fmt: skip
    file = Made("blob", canonical(record) + b"\n")
    inner = tree([Entry(FILE, RELEASE_FILE, object_id(file, id_length))])
    outer = tree([Entry(FOLDER, RELEASE_FOLDER, object_id(inner, id_length))])
    message = f"{register.model}@{register.version}"
    whole = commit(object_id(outer, id_length), None, "mlgate", epoch(register.time), message)
    return file, inner, outer, whole


def release_commit(register: Register, id_length: int) -> str:
    """The id of the version's commit."""
    return object_id(release_objects(register, id_length)[-1], id_length)


def tags_of(event: AnyEvent, state: State) -> Iterator[Tagged]:
    """The tags of a decision; `state` knows the versions, the decision's own included."""
    if isinstance(event, Register):
        yield Tagged(f"{event.model}@{event.version}", event)
    elif isinstance(event, Promote | Rollback):
        yield Tagged(f"{event.model}#{event.stage}#{event.number}", _known(state, event.model, event.version))
    elif isinstance(event, Clearing):
        if isinstance(event, Revoke):
            yield Tagged(f"{event.model}@{event.version}!", _known(state, event.model, event.version))
        for cleared in event.cleared:
            known = _known(state, event.model, cleared.version)
            yield Tagged(f"{event.model}#{cleared.stage}!#{cleared.number}", known)


def tag_object(tagged: Tagged, record: Recorded, ledger_commit: str, id_length: int) -> Made:
    """The annotated tag: its message ties it to one event of one ledger commit, so that neither can change alone."""
    event = record.event
    message = "\n".join([
        f"{event.__struct_config__.tag} {tagged.name}", "",
        f"Ledger: {ledger_commit}", f"Event: {event.seq}", f"Record: sha256:{record.sha256}",
        f"Nonce: {event.nonce}", f"Model: sha256:{tagged.of.sha256}",
    ])  # fmt: skip
    return tag(release_commit(tagged.of, id_length), tagged.name, event.actor, epoch(event.time), message)


def _known(state: State, model: str, version: str) -> Register:
    found = state.version(model, version)
    assert found is not None, f"{model}@{version}"
    return found
