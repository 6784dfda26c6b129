"""Outcomes: how a release command ended, for people and for programs."""

from collections.abc import Sequence

from msgspec import Struct

from mlgate.ledger.events import Approval, PassedOver, Reason


class Declined(Exception):
    """Something may not be done; the reasons are for the one who asked, and for the ledger."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.message for reason in reasons))
        self.reasons = reasons


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was done, or why not."""

    action: str
    done: bool
    model: str
    version: str | None = None
    stage: str | None = None
    already: bool = False  # it was so before
    dry_run: bool = False  # it would be so
    failed: bool = False  # it was done, and its service did not get well
    event: int | None = None  # the number of the event that was recorded
    sha256: str | None = None  # of the model
    source_sha: str | None = None  # the commit that it was made from
    config: str | None = None
    reasons: tuple[Reason, ...] = ()
    approval: Approval | None = None
    passed_over: tuple[PassedOver, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if it is so now, 1 if it was refused."""
        return 0 if self.done else 1

    def as_text(self) -> str:
        """For a person."""
        label = f"{self.model}@{self.version}" if self.version else self.model
        lines = [*_headline(self, label), *reasons_text(self.reasons)]
        for passed in self.passed_over:
            lines.append(f"  passed over {self.model}@{passed.version}:")
            lines += reasons_text(passed.reasons)
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


_DONE = {
    "register": "{label} is registered", "promote": "{label} is at {stage}",
    "rollback": "{label} is at {stage} again", "revoke": "{label} is revoked",
    "serve": "{label} is served", "retire": "{label} is retired",
    "deploy": "{label} is at {stage}", "drill": "{label} could be at {stage} again",
}  # fmt: skip


def _headline(outcome: Outcome, label: str) -> list[str]:
    if outcome.failed:
        return [f"{label} is not well at {outcome.stage}"]
    if not outcome.done:
        where = f" for {outcome.stage}" if outcome.stage else ""
        recorded = f" (event {outcome.event})" if outcome.event else ""
        return [f"refused to {outcome.action} {label}{where}{recorded}"]
    said = _DONE[outcome.action].format(label=label, stage=outcome.stage)
    if outcome.dry_run:
        return [f"{said}: it would be so, and nothing was changed (--dry-run)"]
    if outcome.already:
        return [f"{said} already"]
    by = f", approved by {outcome.approval.by}" if outcome.approval else ""
    return [f"{said} (event {outcome.event}{by})" if outcome.event else said]


def reasons_text(reasons: Sequence[Reason]) -> list[str]:
    """Each reason with its mend below."""
    return [line for r in reasons for line in (f"  {r.message}", *([f"    mend: {r.mend}"] if r.mend else []))]
