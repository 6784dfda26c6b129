"""Withdrawing: a stage is left empty, because its service is not well and nothing can stand there instead."""

from mlgate.ledger.events import Withdraw
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import Proposal, record
from mlgate.promotion.place import Place
from mlgate.promotion.projecting import project
from mlgate.registries.backend import Say


def withdraw(place: Place, model: str, version: str, stage: str, reason: str, say: Say) -> None:
    """The stage is empty in ledger and registry, unless another version came there meanwhile."""

    def propose(ledger: Ledger) -> Proposal | None:
        there = ledger.state.current(model, stage)
        if there is None or there.version != version:
            return None
        event = Withdraw(
            model=model, version=version, sha256=there.sha256, stage=stage, reason=reason,
            cleared=ledger.state.cleared(model, stage),
        )  # fmt: skip
        return Proposal(event)

    if record(place.remote, place.author, propose) is not None:
        project(place, model, stage, say)
