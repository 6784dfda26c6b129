"""Recording: one event with its tags, pushed whole or not at all; only one of several at once can win."""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from mlgate.errors import UserError, user_error
from mlgate.ledger.chain import Recorded, file_name, recorded
from mlgate.ledger.events import AnyEvent, event_bytes, parse_event
from mlgate.ledger.objects import FILE, FOLDER, Entry, Made, commit, read_tree, tree, write
from mlgate.ledger.reading import BRANCH, SIGNATURE, Ledger, read_ledger
from mlgate.ledger.remote import Remote, Update
from mlgate.ledger.signing import sign, signer_of
from mlgate.ledger.state import State
from mlgate.ledger.tags import epoch, release_objects, tag_object, tags_of

TRIES = 5  # of a decision, which is taken anew each time
FACT_TRIES = 20  # of what is so whatever was recorded meanwhile
LONGEST_WAIT = 1.0
TAGS = "refs/tags/"


@dataclass(frozen=True)
class Author:
    """Who records, with which key, and whose signatures count."""

    actor: str
    key: Path | None = None
    signers: bytes | None = None


@dataclass(frozen=True)
class Proposal:
    """What shall be recorded: an event, not yet linked, and files that come with it (path → bytes)."""

    event: AnyEvent
    files: Mapping[str, bytes] = field(default_factory=dict)


Propose = Callable[[Ledger], Proposal | None]  # called anew whenever the ledger has moved


def record(remote: Remote, author: Author, propose: Propose, *, tries: int = TRIES) -> Recorded | None:
    """The event as it is recorded; None if `propose` wants nothing recorded. A `UserError` after too many tries.

    An error of git's does not say whether the push landed, so the ledger is read again and the nonce looked for.
    """
    ledger, said = read_ledger(remote, author.signers), ""
    prepared: tuple[Recorded, list[Update]] | None = None
    for attempt in range(tries):
        if prepared is None:
            proposal = propose(ledger)
            if proposal is None:
                return None
            prepared = _prepare(remote, ledger, author, proposal)
        wanted, updates = prepared
        failure = remote.push(updates)
        if failure is None:
            return wanted
        said, before = failure, ledger.head
        _wait(attempt)
        ledger = _read_back(remote, author, failure)
        if landed := next((r for r in ledger.events if r.event.nonce == wanted.event.nonce), None):
            return landed
        if ledger.head != before:
            prepared = None  # somebody else was first, so everything is looked at again
    mend = "nothing was recorded; see that you may push the branch mlgate/ledger and tags, and run it again"
    raise user_error(f"the ledger could not be written in {tries} tries: {said}", mend=mend)


def _read_back(remote: Remote, author: Author, failure: str) -> Ledger:
    """The ledger after a push that failed; a `UserError` that says that nobody knows, if it cannot be read."""
    try:
        return read_ledger(remote, author.signers)
    except UserError as error:
        message = f"it is not known whether the event was recorded: {failure}; then {error.problems[0].message}"
        raise user_error(message, mend="look, and run it again if it is not there: mlgate log") from None


def link(event: AnyEvent, ledger: Ledger, actor: str, now: float) -> AnyEvent:
    """The event as the one after the ledger's last, later than it by a second at least."""
    last = ledger.events[-1] if ledger.events else None
    moment = max(int(now), epoch(last.event.time) + 1 if last else 0)
    return msgspec.structs.replace(
        event, seq=last.event.seq + 1 if last else 1, prev=last.sha256 if last else None, actor=actor,
        time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)), nonce=secrets.token_hex(16),
    )  # fmt: skip


def _prepare(remote: Remote, ledger: Ledger, author: Author, proposal: Proposal) -> tuple[Recorded, list[Update]]:
    """The linked event and the refs that shall change, with all their objects written here."""
    repository = remote.repository
    event = link(proposal.event, ledger, author.actor, time.time())
    wanted = recorded(event, _signature(event, author, ledger))
    _refuse_unreadable(wanted)
    files = {**proposal.files, file_name(event.seq): wanted.data}
    if wanted.signature:
        files[file_name(event.seq) + SIGNATURE] = wanted.signature
    root = _with_files(remote, ledger.head, files)
    kind = str(event.__struct_config__.tag)
    head = write(repository, commit(root, ledger.head, event.actor, epoch(event.time), f"{event.seq}: {kind}"))
    updates = [Update(BRANCH, head, ledger.head)]
    for tagged in tags_of(event, State((*ledger.events, wanted))):
        for made in release_objects(tagged.of, len(head)):
            write(repository, made)
        updates.append(Update(TAGS + tagged.name, write(repository, tag_object(tagged, wanted, head, len(head))), None))
    return wanted, updates


def _with_files(remote: Remote, head: str | None, files: Mapping[str, bytes]) -> str:
    """The tree of the ledger with more files, each in one of its folders."""
    repository = remote.repository
    root = read_tree(repository, repository.text("rev-parse", f"{head}^{{tree}}") if head else None)
    for folder in {name.partition("/")[0] for name in files}:
        entries = read_tree(repository, root[folder].id if folder in root else None)
        for name, data in files.items():
            if name.startswith(f"{folder}/"):
                inner = name.partition("/")[2]
                entries[inner] = Entry(FILE, inner, write(repository, Made("blob", data)))
        root[folder] = Entry(FOLDER, folder, write(repository, tree(list(entries.values()))))
    return write(repository, tree(list(root.values())))


def _refuse_unreadable(wanted: Recorded) -> None:
    """A `UserError` where the ledger's readers would not take the event: it would stop everybody for good."""
    try:
        parse_event(wanted.data, file_name(wanted.event.seq))
    except UserError as error:
        mend = "nothing was recorded; give shorter texts, fewer files, or file names without control characters"
        raise user_error(f"this cannot be recorded: {error.problems[0].message}", mend=mend) from None


def _signature(event: AnyEvent, author: Author, ledger: Ledger) -> bytes | None:
    """The author's signature; a `UserError` where there is no key, though signatures are wanted from now on."""
    if author.key is None:
        if author.signers is not None and any(before.signature for before in ledger.events):
            raise user_error("the events of this ledger are signed, and there is no key here",
                             mend="give --key FILE or MLGATE_SIGNING_KEY; nothing was recorded")  # fmt: skip
        return None
    signature = sign(event_bytes(event), author.key, "mlgate-ledger")
    if author.signers is not None and signer_of(event_bytes(event), signature, author.signers, "mlgate-ledger") is None:
        raise user_error(f"the key {author.key} is not among the allowed signers",
                         mend="add its public half to the file that 'signers' in stages.yml names")  # fmt: skip
    return signature


def _wait(attempt: int) -> None:
    """Longer after each try, and not as long as others who try at the same time."""
    time.sleep(random.uniform(0.01, min(LONGEST_WAIT, 0.05 * 2**attempt)))
