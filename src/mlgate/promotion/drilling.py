"""Drilling: what a rollback would do is tried, but for the decision: choose, fetch, verify, score and compare."""

import math
import time
from collections.abc import Callable, Iterator

import msgspec

from mlgate.ledger.events import PassedOver, Reason, Register
from mlgate.ledger.reading import Ledger
from mlgate.promotion.evidences import Given, from_ledger
from mlgate.promotion.looking import measured_values
from mlgate.promotion.outcome import Declined, Outcome
from mlgate.promotion.place import Place
from mlgate.promotion.refusing import refuse
from mlgate.promotion.rolling_back import Asked, choose
from mlgate.registries.backend import Say, released
from mlgate.scratch import scratch_folder

TOLERANCE = 1e-6  # of a measured value, relative and absolute: other processors round otherwise


def drill(place: Place, asked: Asked, given: Callable[[str], Given | None], say: Say) -> Outcome:
    """The version to go back to was fetched and verified, in this time, and scores as it did; nothing was changed.

    `given` brings evidence that was made of the version's commit today, by the version's configuration, where there is
    some. A dry run chooses the version and ends there.
    """
    passed: list[PassedOver] = []
    try:
        ledger = place.ledger()
        register = choose(place, asked, ledger, passed)
        notes = [] if asked.dry_run else [_fetched(place, register, say)]
        if (today := given(register.config)) is not None:
            notes.append(_scored(place, ledger, register, today))
    except Declined as declined:
        outcome = refuse(place, "rollback", asked.model, declined.reasons, stage=asked.stage, version=asked.to,
                         dry_run=True)  # fmt: skip
        return msgspec.structs.replace(outcome, action="drill", passed_over=tuple(passed))
    return Outcome(
        action="drill", done=True, model=asked.model, version=register.version, stage=asked.stage,
        sha256=register.sha256, source_sha=register.source_sha, config=register.config, notes=tuple(notes),
        passed_over=tuple(passed),
    )  # fmt: skip


def _fetched(place: Place, register: Register, say: Say) -> str:
    began = time.monotonic()
    with scratch_folder() as folder:
        place.backend.pull(released(register), folder / "model", say)
    size = sum(file.size for file in register.files)
    return f"fetched and verified {size:,} bytes in {time.monotonic() - began:.1f} s; nothing was changed"


def _scored(place: Place, ledger: Ledger, register: Register, given: Given) -> str:
    """That the model predicts today what it did when it was registered; `Declined` with every difference."""
    reasons = tuple(differences(register, from_ledger(place, ledger, register), given))
    if reasons:
        raise Declined(*reasons)
    said = given.evidence.predicate
    rows = max((table.rows for table in said.tables), default=0)
    count = len(dict(measured_values(said.findings)))
    return f"scored {rows:,} rows in {said.run.seconds:.1f} s; all {count} measured values are as registered"


def differences(register: Register, before: Given, today: Given) -> Iterator[Reason]:
    """In what today's evidence about a version differs from the one that it was registered with."""
    label, commit = f"{register.model}@{register.version}", register.source_sha[:12]
    said, then = today.evidence.predicate, before.evidence.predicate
    digest = {s.name: s.digest["sha256"] for s in today.evidence.subject}.get(f"model:{register.model}")
    if digest != register.sha256 or said.tested_sha != register.source_sha:
        yield Reason("other-subject", f"what was scored is not {label}", f"score it: mlgate check --ref {commit}")
        return
    rows = {table.name: table.sha256 for table in then.tables}
    for table in said.tables:
        if rows.get(table.name) not in (None, table.sha256):
            yield Reason("other-table", f"the table '{table.name}' is another one than {label} was registered with",
                         "bring the rows of that commit back, or register a version on today's rows")  # fmt: skip
            return
    values, wanted = dict(measured_values(said.findings)), dict(measured_values(then.findings))
    if not wanted:
        yield Reason("not-scored", f"{label} was registered without a measured value", "add 'metrics' to its checks")
    for name, value in wanted.items():
        found = values.get(name)
        if found is None or not math.isclose(found, value, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            now = "was not measured" if found is None else f"is {found:.6g}"
            yield Reason("other-scores", f"{name} of {label} {now} today, and was {value:.6g} when it was registered",
                         f"see why: mlgate check --ref {commit}")  # fmt: skip
