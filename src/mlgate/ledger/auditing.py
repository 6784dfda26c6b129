"""Auditing: whether ledger, tags and the code's history agree, from what git holds and without any server."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlgate.evidence import sha256
from mlgate.inputs.git import Repository
from mlgate.ledger.chain import Fault, Recorded, file_name
from mlgate.ledger.events import Clearing, Decision, Promote, Register, Revoke, Withdraw
from mlgate.ledger.names import is_ours
from mlgate.ledger.objects import object_id
from mlgate.ledger.reading import Ledger, evidence_file, evidence_in
from mlgate.ledger.recording import TAGS
from mlgate.ledger.state import State
from mlgate.ledger.tags import release_commit, tag_object, tags_of


@dataclass(frozen=True)
class Seen:
    """What is looked at: the ledger, the tags as they are, and the commits of the protected branches."""

    repository: Repository
    ledger: Ledger
    tags: Mapping[str, str]  # refs/tags/… → object
    protected: tuple[str, ...]


def audit(seen: Seen) -> tuple[Fault, ...]:
    """Every fault that git alone shows; the chain's own and the signatures' are known from reading."""
    return (*_order_faults(seen.ledger), *_tag_faults(seen), *_evidence_faults(seen), *_source_faults(seen))


def _order_faults(ledger: Ledger) -> Iterator[Fault]:
    """Events that could not have been recorded by mlgate after those before them."""
    for index, record in enumerate(ledger.events):
        event = record.event
        if not isinstance(event, Decision):
            continue
        before = State(ledger.events[:index])
        if why := _impossible(event, before):
            yield Fault("impossible-event", file_name(event.seq), f"the event {event.seq} {why}")


def _impossible(event: Decision, before: State) -> str | None:
    known = before.version(event.model, event.version)
    label = f"{event.model}@{event.version}"
    if isinstance(event, Register):
        return f"registers {label}, which is registered already" if known else None
    if known is None:
        return f"is about {label}, which was never registered"
    if event.sha256 != known.sha256:
        return f"gives {label} another digest than it was registered with"
    if isinstance(event, Clearing):
        return _cleared_wrongly(event, before)
    if (event.model, event.version) in before.revoked:
        return f"brings back {label}, which was revoked"
    if event.number != before.next_number(event.model):
        return f"has the number {event.number}, and {before.next_number(event.model)} would be next"
    current = before.current(event.model, event.stage)
    if event.previous != (current.version if current else None):
        return f"replaces {event.previous or 'nothing'} at {event.stage}, where {current and current.version} was"
    return None


def _cleared_wrongly(event: Revoke | Withdraw, before: State) -> str | None:
    """What is wrong with the stages that an event leaves empty."""
    stages = tuple(dict.fromkeys(cleared.stage for cleared in event.cleared))
    standing = [before.assignment(event.model, stage) for stage in stages]
    if any(there is None or there.version != event.version for there in standing):
        return f"empties {', '.join(stages)}, where {event.version} was not"
    if event.cleared != before.cleared(event.model, *stages):
        return f"does not end all that was at {', '.join(stages)}, in the order of the numbers"
    return None


def _tag_faults(seen: Seen) -> Iterator[Fault]:
    """Tags that are missing, lead elsewhere, tell of another record, or of none."""
    commits = (
        (seen.repository.text("rev-list", "--reverse", seen.ledger.head) or "").split() if seen.ledger.head else []
    )
    if len(commits) != len(seen.ledger.events):
        what = f"the branch has {len(commits)} commits for {len(seen.ledger.events)} events"
        yield Fault("rewritten", "branch", what)
        return
    state, expected = seen.ledger.state, set()
    for record, commit in zip(seen.ledger.events, commits, strict=True):
        if isinstance(record.event, Decision) and not _is_orphan(record.event, state):
            for tagged in tags_of(record.event, state):
                expected.add(tagged.name)
                yield from _one_tag(seen, record, commit, tagged.name, tagged.of)
    for ref in seen.tags:
        name = ref.removeprefix(TAGS)
        if is_ours(name) and name not in expected:
            yield Fault("tag-without-event", name, f"the ledger has no event for the tag {name}")


def _one_tag(seen: Seen, record: Recorded, commit: str, name: str, of: Register) -> Iterator[Fault]:
    found = seen.tags.get(TAGS + name)
    wanted = tag_object(next(t for t in tags_of(record.event, seen.ledger.state) if t.name == name), record, commit,
                        len(commit))  # fmt: skip
    if found is None:
        yield Fault("missing-tag", name, f"the tag {name} of the event {record.event.seq} is not there")
        return
    if found == object_id(wanted, len(commit)):
        return
    text = seen.repository.text("cat-file", "tag", found) or ""
    fields = dict(re.findall(r"^(object|Ledger|Record)[: ]+(?:sha256:)?([0-9a-f]{40,64})$", text, re.MULTILINE))
    target = release_commit(of, len(commit))
    if fields.get("object") != target:
        message = f"the tag {name} leads to {fields.get('object', found)[:12]}, and its version is {target[:12]}"
        yield Fault("moved-tag", name, message)
    elif fields.get("Record") != record.sha256:
        message = f"the tag {name} tells of another record than the event {record.event.seq}: one of them was rewritten"
        yield Fault("rewritten", name, message)
    else:
        yield Fault("rewritten", name, f"the tag {name} names another commit of the ledger, or was made anew")


def _is_orphan(event: Decision, state: State) -> bool:
    """Whether its version was never registered, which is a fault by itself."""
    return state.version(event.model, event.version) is None


def _evidence_faults(seen: Seen) -> Iterator[Fault]:
    """Evidence that a decision rests on and that is gone, or has other bytes."""
    for record in seen.ledger.events:
        event = record.event
        if (
            isinstance(event, Register | Promote)
            and evidence_in(seen.repository, seen.ledger, event.evidence_sha256) is None
        ):
            data = seen.repository.show(seen.ledger.head or "", evidence_file(event.evidence_sha256))
            what = "is gone" if data is None else f"has other bytes (now {sha256(data)[:12]})"
            yield Fault(
                "lost-evidence", evidence_file(event.evidence_sha256), f"the evidence of the event {event.seq} {what}"
            )


def _source_faults(seen: Seen) -> Iterator[Fault]:
    """Versions made from a commit that is on no protected branch."""
    for record in seen.ledger.events:
        event = record.event
        if isinstance(event, Register) and not is_merged(seen.repository, event.source_sha, seen.protected):
            label = f"{event.model}@{event.version}"
            message = f"{label} was made from {event.source_sha[:12]}, which is on no protected branch"
            yield Fault("unmerged-source", label, message)


def is_merged(repository: Repository, commit: str, protected: tuple[str, ...]) -> bool:
    """Whether the commit is part of a protected branch's history."""
    return repository.commit(commit) is not None and any(
        repository.run("merge-base", "--is-ancestor", commit, head).returncode == 0 for head in protected
    )
