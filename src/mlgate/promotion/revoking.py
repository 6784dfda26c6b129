"""Revoking: a version may never be used again; a stage is left empty only by an express wish."""

from dataclasses import dataclass

from mlgate.errors import did_you_mean
from mlgate.ledger.events import Reason, Revoke
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import Proposal, record
from mlgate.ledger.state import State
from mlgate.promotion.outcome import Declined, Outcome
from mlgate.promotion.place import Place
from mlgate.promotion.projecting import project
from mlgate.promotion.refusing import refuse
from mlgate.registries.backend import Say


@dataclass(frozen=True)
class Asked:
    """Which version, why, and whether stages where it stands may be left empty."""

    model: str
    version: str
    reason: str
    clear: bool = False
    dry_run: bool = False


def revoke(place: Place, asked: Asked, say: Say) -> Outcome:
    """The version is revoked, or the reasons why not."""
    again: list[Revoke] = []

    def propose(ledger: Ledger) -> Proposal | None:
        if there := ledger.state.revoked.get((asked.model, asked.version)):
            again.append(there)
            return None
        event = _event(ledger.state, asked)
        return None if asked.dry_run else Proposal(event)

    try:
        if place.author.key is None and any(stage.signed for stage in place.stages.stages.values()):
            raise Declined(Reason("unsigned-event", "a stage wants signed events, and there is no key",
                                  "give a key of an allowed signer: --key FILE"))  # fmt: skip
        recorded = record(place.remote, place.author, propose)
    except Declined as declined:
        known = {"version": asked.version} if place.ledger().state.version(asked.model, asked.version) else {}
        return refuse(place, "revoke", asked.model, declined.reasons, dry_run=asked.dry_run, **known)
    event = recorded.event if recorded and isinstance(recorded.event, Revoke) else None
    for stage in sorted({cleared.stage for cleared in event.cleared} if event else ()):
        project(place, asked.model, stage, say)
    return Outcome(
        action="revoke", done=True, model=asked.model, version=asked.version, already=bool(again),
        dry_run=asked.dry_run, event=event.seq if event else None,
    )  # fmt: skip


def _event(state: State, asked: Asked) -> Revoke:
    register = state.version(asked.model, asked.version)
    if register is None:
        raise Declined(Reason("unknown-version", f"{asked.model}@{asked.version} is not registered",
                              did_you_mean(asked.version, state.versions.get(asked.model, {}))))  # fmt: skip
    standing = [stage for stage, event in state.stages(asked.model).items() if event.version == asked.version]
    if standing and not asked.clear:
        raise Declined(Reason(
            "in-use", f"{asked.model}@{asked.version} is at {', '.join(standing)}",
            f"go back first: mlgate rollback {asked.model} --stage {standing[0]}; or leave it empty: --clear",
        ))  # fmt: skip
    return Revoke(
        model=asked.model, version=asked.version, sha256=register.sha256, reason=asked.reason,
        cleared=state.cleared(asked.model, *standing),
    )  # fmt: skip
