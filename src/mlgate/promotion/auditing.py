"""Auditing: ledger, tags, history, evidence and stored bytes looked at together, online or from a clone alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from mlgate.errors import UserError, user_error
from mlgate.inputs.git import Repository, find_repository
from mlgate.ledger.auditing import Seen, audit
from mlgate.ledger.chain import Fault
from mlgate.ledger.names import is_ours
from mlgate.ledger.reading import BRANCH, Found, Ledger, find_ledger, ledger_at
from mlgate.ledger.recording import TAGS
from mlgate.ledger.signing import event_signers
from mlgate.promotion.guarding import guarded
from mlgate.promotion.place import find_place
from mlgate.promotion.stages import STAGES_FILE, Stages, parse_stages
from mlgate.registries.backend import Say, released

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:")


class Audit(Struct, frozen=True, kw_only=True):
    """What an audit found, and what it could not look at."""

    head: str | None
    events: int
    versions: int
    tags: int
    signed: int
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def statement(self) -> str:
        """The whole in one sentence."""
        if self.faults:
            count = len(self.faults)
            return f"{count} fault{'s' * (count != 1)} in {self.events} events; this ledger should not be trusted"
        proven = f"{self.signed} of them signed by an allowed signer" if self.signed else "authorship not proven"
        whole = f"chain intact, {self.events} events, {self.versions} versions and {self.tags} tags agree"
        return f"{whole}, {proven}"


@dataclass(frozen=True)
class Looked:
    """What is looked at."""

    repository: Repository
    found: Found
    tags: Mapping[str, str]
    protected: tuple[str, ...]
    stages: Stages
    signers: bytes | None
    offline: bool


def audit_online(folder: Path, remote: str, environ: Mapping[str, str], say: Say) -> tuple[Audit, Ledger]:
    """The audit of what the remote has now."""
    say("reading the ledger and its tags")
    place = find_place(folder, remote, None, environ)
    refs = place.remote.refs(TAGS + "*")
    tags = {ref: id_ for ref, id_ in refs.items() if is_ours(ref.removeprefix(TAGS))}
    place.remote.fetch(*tags)
    found = find_ledger(place.remote, place.author.signers)
    looked = Looked(place.repository, found, tags, place.protected, place.stages, place.author.signers, offline=False)
    return _audit(looked, environ, say), found.ledger


def audit_offline(folder: Path, environ: Mapping[str, str], say: Say) -> tuple[Audit, Ledger]:
    """The audit of what this clone has, without asking anybody."""
    repository = find_repository(folder)
    if repository is None:
        raise user_error("there is no repository to audit here", mend="clone it, with its tags")
    tip = repository.commit(repository.default_branch() or "HEAD")
    data = repository.show(tip, STAGES_FILE) if tip else None
    if tip is None or data is None:
        raise user_error(f"the default branch has no {STAGES_FILE} here", mend="fetch it, or leave --offline out")
    stages = parse_stages(data)
    signers = repository.show(tip, stages.signers) if stages.signers else None
    remote = BRANCH.replace("refs/heads/", "refs/remotes/origin/")
    found = ledger_at(repository, repository.commit(remote) or repository.commit(BRANCH), signers)
    lines = (repository.text("show-ref", "--tags") or "").splitlines()
    tags = {ref: id_ for id_, _, ref in (line.partition(" ") for line in lines) if is_ours(ref.removeprefix(TAGS))}
    if not tags and (repository.commit(remote) or repository.commit(BRANCH)):
        raise user_error("this clone has the ledger and none of its tags", mend="git fetch --tags origin")
    heads = (repository.commit(f"origin/{name}") or repository.commit(name) for name in stages.protected)
    protected = tuple(head for head in heads if head) or (tip,)
    return _audit(Looked(repository, found, tags, protected, stages, signers, offline=True), environ, say), found.ledger


def _audit(looked: Looked, environ: Mapping[str, str], say: Say) -> Audit:
    ledger, notes = looked.found.ledger, list[str]()
    faults = [*looked.found.faults, *audit(Seen(looked.repository, ledger, looked.tags, looked.protected))]
    if looked.offline and _SCHEME.match(looked.stages.registry):
        notes.append(f"the bytes in {looked.stages.registry} were not looked at (--offline)")
    else:
        faults += _byte_faults(looked, environ, say)
    signers = event_signers(ledger.events, looked.signers) if looked.signers is not None else {}
    if looked.signers is None:
        notes.append("no signers are configured: whoever may push could have written any event")
    versions = sum(map(len, ledger.state.versions.values()))
    return Audit(
        head=ledger.head, events=len(ledger.events), versions=versions, tags=len(looked.tags),
        signed=sum(signer is not None for signer in signers.values()), faults=tuple(dict.fromkeys(faults)),
        notes=tuple(notes),
    )  # fmt: skip


def _byte_faults(looked: Looked, environ: Mapping[str, str], say: Say) -> Iterator[Fault]:
    """Versions of which the registry holds something else than what was registered."""
    state = looked.found.ledger.state
    if not state.models:
        return
    backend = guarded(looked.stages.registry, environ)
    for model in state.models:
        for version, register in state.versions[model].items():
            label = f"{model}@{version}"
            say(f"verifying the bytes of {label}")
            try:
                for fault in backend.faults(released(register)):
                    if (model, version) not in state.revoked:
                        yield Fault("bytes", label, f"the registry's {label} is not what was registered: {fault}")
            except UserError as error:
                yield Fault("bytes", label, f"the registry's {label} cannot be read: {error.problems[0].message}")
