"""Looking: what is where, what happened, and how two versions differ, as rows for people and programs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mlgate.evidence import Evidence, Finding
from mlgate.ledger.events import (
    AnyEvent,
    Deployed,
    FeatureRetire,
    FeatureServe,
    Projected,
    Promote,
    Refused,
    Register,
    Revoke,
    Rollback,
    Withdraw,
)
from mlgate.ledger.state import State


class Standing(Struct, frozen=True):
    """A model at a stage, or a version that is at none."""

    model: str
    version: str
    stage: str | None
    since: str
    by: str
    state: str  # what the registry shows, or that it was revoked


def status(state: State, shown: Mapping[str, Mapping[str, str]], only: str | None) -> tuple[Standing, ...]:
    """The stages of each model, then its newest version if it is at none; `shown` is model → stage → version."""
    rows = []
    for model in state.models:
        if only not in (None, model):
            continue
        stages = state.stages(model)
        for stage, event in stages.items():
            seen = shown.get(model, {}).get(stage)
            said = "shown" if seen == event.version else f"the registry shows {seen or 'nothing'}: mlgate reconcile"
            rows.append(Standing(model, event.version, stage, event.time, event.actor, said))
        newest = state.version(model, state.latest(model) or "")
        if newest and newest.version not in {event.version for event in stages.values()}:
            said = "revoked" if (model, newest.version) in state.revoked else "at no stage"
            rows.append(Standing(model, newest.version, None, newest.time, newest.actor, said))
    return tuple(rows)


def told(event: AnyEvent) -> str:
    """What an event says, in one line."""
    if isinstance(event, FeatureServe | FeatureRetire):
        verb = "serve" if isinstance(event, FeatureServe) else "retire"
        return f"{verb} {event.feature}@{event.version}"
    version = event.version
    label = f"{event.model}@{version}" if version else event.model
    if isinstance(event, Register):
        return f"register {label} from {event.source_sha[:12]}"
    if isinstance(event, Promote):
        after = f" after {event.previous}" if event.previous else ", the first there"
        by = f", approved by {event.approval.by} ({event.approval.kind})" if event.approval else ""
        return f"promote {label} to {event.stage}{after}{by}"
    if isinstance(event, Rollback):
        return f"roll {event.model} at {event.stage} back from {event.previous} to {event.version}: {event.reason}"
    if isinstance(event, Revoke):
        empty = ", ".join(sorted({cleared.stage for cleared in event.cleared}))
        return f"revoke {label}: {event.reason}" + (f" ({empty} left empty)" if empty else "")
    if isinstance(event, Withdraw):
        return f"withdraw {label} from {event.stage}, which is empty now: {event.reason}"
    if isinstance(event, Refused):
        stage = f" for {event.stage}" if event.stage else ""
        return f"refuse to {event.action} {label}{stage}: {event.reasons[0].message}" + (
            f" (and {len(event.reasons) - 1} more)" if len(event.reasons) > 1 else ""
        )
    if isinstance(event, Deployed):
        how = f"in {event.seconds:.1f} s" if event.ok else f"failed: {event.message}"
        return f"deploy {label} to {event.stage} {how}"
    assert isinstance(event, Projected)
    return f"show {label} at {event.stage} in {event.backend}"


def differences(one: tuple[Register, Evidence], other: tuple[Register, Evidence]) -> Iterator[tuple[str, Any, Any]]:
    """What two versions say otherwise: name, the one's value, the other's; equal ones only for what was measured."""
    (before, ours), (after, theirs) = one, other
    plain: Sequence[tuple[str, Any, Any]] = [
        ("source", before.source_sha[:12], after.source_sha[:12]), ("model", before.sha256[:12], after.sha256[:12]),
        ("requires", _features(before), _features(after)), ("registered", before.time, after.time),
        ("by", before.actor, after.actor),
        ("policy", ours.predicate.policy_sha256[:12], theirs.predicate.policy_sha256[:12]),
        ("environment", _environment(ours), _environment(theirs)),
    ]  # fmt: skip
    yield from (row for row in plain if row[1] != row[2])
    tables = [{t.name: t.sha256[:12] for t in e.predicate.tables} for e in (ours, theirs)]
    for name in sorted({*tables[0], *tables[1]}):
        if tables[0].get(name) != tables[1].get(name):
            yield f"table {name}", tables[0].get(name), tables[1].get(name)
    values = [dict(measured_values(e.predicate.findings)) for e in (ours, theirs)]
    for name in dict.fromkeys([*values[0], *values[1]]):
        yield name, values[0].get(name), values[1].get(name)


def _environment(evidence: Evidence) -> str:
    return (evidence.predicate.environment_sha256 or "")[:12]


def _features(register: Register) -> str:
    return ", ".join(f"{name}@{version}" for name, version in register.requires.items())


def measured_values(findings: Iterable[Finding]) -> Iterator[tuple[str, float]]:
    """The candidate's own value of each metric, the first time that it is told."""
    seen = set()
    for finding in findings:
        if finding.candidate_value is not None and finding.metric and finding.source != "test@base":
            name = f"{finding.metric} {finding.slice or finding.group or ''}".strip()
            if name not in seen:
                seen.add(name)
                yield name, finding.candidate_value


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text under each other."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)
