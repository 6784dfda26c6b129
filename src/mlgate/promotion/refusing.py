"""Refusing: that something was asked for and not done stands in the ledger too."""

from collections.abc import Sequence
from typing import Literal

from mlgate.errors import UserError
from mlgate.ledger.events import Reason, Refused
from mlgate.ledger.recording import FACT_TRIES, Proposal, record
from mlgate.promotion.outcome import Outcome
from mlgate.promotion.place import Place


def refuse(
    place: Place, action: Literal["register", "promote", "rollback", "revoke", "serve", "retire"], model: str,
    reasons: Sequence[Reason], *, version: str | None = None, stage: str | None = None, evidence: str | None = None,
    dry_run: bool = False,
) -> Outcome:  # fmt: skip
    """The refusal, recorded where the ledger can be written; it is one all the same where it cannot."""
    event, notes = None, tuple[str, ...]()
    if not dry_run:
        refused = Refused(
            action=action, model=model, version=version, stage=stage, evidence_sha256=evidence, reasons=tuple(reasons)
        )
        try:
            event = record(place.remote, place.author, lambda _: Proposal(refused), tries=FACT_TRIES)
        except UserError as error:
            notes = (f"the refusal could not be recorded: {error.problems[0].message}",)
    return Outcome(
        action=action, done=False, model=model, version=version, stage=stage, reasons=tuple(reasons),
        event=event.event.seq if event else None, dry_run=dry_run, notes=notes,
    )  # fmt: skip
