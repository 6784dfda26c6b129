"""Rolling back: the newest earlier version of a stage that can stand there again; history only grows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from mlgate.features.serving import served_now
from mlgate.ledger.events import PassedOver, Reason, Register, Rollback, Withdraw
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import Proposal, record
from mlgate.ledger.state import State
from mlgate.promotion.accepting import feature_reasons
from mlgate.promotion.case import Served
from mlgate.promotion.contract import misfits
from mlgate.promotion.outcome import Declined, Outcome
from mlgate.promotion.place import Place
from mlgate.promotion.projecting import project
from mlgate.promotion.refusing import refuse
from mlgate.registries.backend import Say, released


@dataclass(frozen=True)
class Asked:
    """Which stage shall go back, to which version if not to the newest that can, and why."""

    model: str
    stage: str
    reason: str
    to: str | None = None
    dry_run: bool = False


class Candidate(Struct, frozen=True):
    """An earlier version of the stage, and why it cannot stand there again."""

    register: Register
    reasons: tuple[Reason, ...]


def roll_back(place: Place, asked: Asked, say: Say) -> Outcome:
    """An earlier version is at the stage again and the registry shows it, or why none could be."""
    conditions = place.stages.stage(asked.stage)
    passed: list[PassedOver] = []
    try:
        if conditions.signed and place.author.key is None:
            raise Declined(Reason("unsigned-event", f"the stage '{asked.stage}' wants signed events",
                                  "give a key of an allowed signer: --key FILE"))  # fmt: skip
        event = _decide(place, asked, passed, say)
    except Declined as declined:
        outcome = refuse(place, "rollback", asked.model, declined.reasons, stage=asked.stage, version=asked.to,
                         dry_run=asked.dry_run)  # fmt: skip
        return _with(outcome, passed)
    outcome = Outcome(
        action="rollback", done=True, model=asked.model, version=event.version, stage=asked.stage,
        event=None if asked.dry_run else event.seq, dry_run=asked.dry_run, sha256=event.sha256,
    )  # fmt: skip
    if not asked.dry_run:
        project(place, asked.model, asked.stage, say)
    return _with(outcome, passed)


def candidates(state: State, model: str, stage: str) -> tuple[Register, ...]:
    """The versions that stood at the stage before the present one, the newest first."""
    current = state.current(model, stage)
    stood = [spell.event.version for spell in reversed(state.spells.get((model, stage), ()))]
    found = (state.version(model, version) for version in dict.fromkeys(stood))
    return tuple(r for r in found if r is not None and (current is None or r.version != current.version))


def why_not(
    state: State, candidate: Register, stage: str, faults: Iterable[str], served: Mapping[str, Served]
) -> Iterator[Reason]:
    """Every reason why a version cannot stand at the stage again."""
    label = f"{candidate.model}@{candidate.version}"
    if revoked := state.revoked.get((candidate.model, candidate.version)):
        yield Reason("revoked", f"{label} was revoked: {revoked.reason}")
    if left := state.left(candidate.model, candidate.version, stage):
        how = "withdrawn" if isinstance(left, Withdraw) else "rolled back"
        yield Reason("rolled-back-from", f"{label} was {how} from '{stage}' before: {left.reason}",
                     "promote it with new evidence, if it is sound now")  # fmt: skip
    for fault in faults:
        yield Reason("bytes", f"the stored files of {label} are not what was registered: {fault}", "mlgate reconcile")
    yield from feature_reasons(candidate.requires, candidate.features, served, fresh=True)


def choose(place: Place, asked: Asked, ledger: Ledger, passed: list[PassedOver]) -> Register:
    """The version to go back to; the ones that were passed over are noted, and none raises `Declined`."""
    state = ledger.state
    if state.current(asked.model, asked.stage) is None:
        raise Declined(Reason("nothing-there", f"no version of {asked.model} is at '{asked.stage}'",
                              "see what is where: mlgate status"))  # fmt: skip
    found = candidates(state, asked.model, asked.stage)
    if asked.to is not None:
        found = tuple(r for r in found if r.version == asked.to)
        if not found:
            raise Declined(Reason("never-there", f"{asked.model}@{asked.to} was never at '{asked.stage}' before",
                                  "a version comes there for the first time by mlgate promote"))  # fmt: skip
    passed.clear()
    served = served_now(place, ledger)
    for register in found:
        faults = place.backend.faults(released(register))
        reasons = (
            *why_not(state, register, asked.stage, faults, served), *misfits(place, ledger, register),
        )  # fmt: skip
        if not reasons:
            return register
        passed.append(PassedOver(register.version, reasons))
    raise Declined(Reason("no-candidate", f"no earlier version of {asked.model} can stand at '{asked.stage}'",
                          "promote a sound version, or leave the stage empty: mlgate revoke --clear"))  # fmt: skip


def _decide(place: Place, asked: Asked, passed: list[PassedOver], say: Say) -> Rollback:
    proposed: list[Rollback] = []

    def propose(ledger: Ledger) -> Proposal | None:
        say(f"looking for a version to go back to at {asked.stage}")
        register, state = choose(place, asked, ledger, passed), ledger.state
        current = state.current(asked.model, asked.stage)
        assert current is not None
        event = Rollback(
            model=asked.model, version=register.version, sha256=register.sha256, stage=asked.stage,
            number=state.next_number(asked.model), previous=current.version, reason=asked.reason,
            passed_over=tuple(passed),
        )  # fmt: skip
        proposed.append(event)
        return None if asked.dry_run else Proposal(event)

    recorded = record(place.remote, place.author, propose)
    return recorded.event if recorded and isinstance(recorded.event, Rollback) else proposed[-1]


def _with(outcome: Outcome, passed: list[PassedOver]) -> Outcome:
    return msgspec.structs.replace(outcome, passed_over=tuple(passed))
