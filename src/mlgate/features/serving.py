"""Serving: which feature versions are computed for production; one that a model needs still is not retired."""

import datetime
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from mlgate.errors import user_error
from mlgate.features.declared import DEFAULT_FILE, Declared, parse_features
from mlgate.features.freshness import freshness
from mlgate.features.needs import needs
from mlgate.features.states import FeatureState, states_at
from mlgate.ledger.events import FeatureRetire, FeatureServe, Reason
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import Proposal, record
from mlgate.ledger.state import State
from mlgate.promotion.case import Served
from mlgate.promotion.outcome import Declined, Outcome
from mlgate.promotion.place import Place
from mlgate.promotion.refusing import refuse

UTC = datetime.UTC


class Row(Struct, frozen=True, kw_only=True):
    """A feature version as the status shows it."""

    feature: str
    version: int
    served: bool
    fresh: bool | None = None
    needed_by: tuple[str, ...] = ()
    remark: str = ""
    is_fault: bool = False


def serve(place: Place, name: str, version: int, *, dry_run: bool = False) -> Outcome:
    """The feature version is recorded as served, by the code that the default branch declares; or why not."""
    label = f"{name}@{version}"
    try:
        state = _declared_state(place, name, version)
        done = _record(place, "serve", FeatureServe(feature=name, version=version, sha256=state.sha256), dry_run)
    except Declined as declined:
        return refuse(place, "serve", label, declined.reasons, dry_run=dry_run)
    return _outcome("serve", label, done, dry_run)


def retire(place: Place, name: str, version: int, reason: str, *, dry_run: bool = False) -> Outcome:
    """The feature version is recorded as no longer served; refused while a model may need it."""
    event = FeatureRetire(feature=name, version=version, reason=reason)
    try:
        done = _record(place, "retire", event, dry_run)
    except Declined as declined:
        return refuse(place, "retire", f"{name}@{version}", declined.reasons, dry_run=dry_run)
    return _outcome("retire", f"{name}@{version}", done, dry_run)


def served_now(place: Place, ledger: Ledger) -> dict[str, Served]:
    """The feature versions that the ledger says are served, each with whether its rows are fresh."""
    if not ledger.state.served:
        return {}
    declared, moment = _declared(place), datetime.datetime.now(UTC)
    found = {}
    for label, sha256 in ledger.state.served.items():
        name, _, version = label.rpartition("@")
        found[label] = freshness(declared.find(name, int(version)), place.repository.top, sha256, moment)
    return found


def status(place: Place) -> tuple[Row, ...]:
    """Every feature version that is declared or served, what needs it, and what is wrong with it."""
    ledger, moment = place.ledger(), datetime.datetime.now(UTC)
    declared = {state.label: state for state in states_at(place.repository, place.tip, DEFAULT_FILE) or ()}
    served = served_now(place, ledger)
    labels = sorted({*declared, *served}, key=lambda label: (label.rpartition("@")[0], int(label.rpartition("@")[2])))
    return tuple(_row(label, declared.get(label), served.get(label), ledger.state, place, moment) for label in labels)


def _row(
    label: str, state: FeatureState | None, served: Served | None, ledger: State, place: Place,
    moment: datetime.datetime,
) -> Row:  # fmt: skip
    name, _, version = label.rpartition("@")
    wanted = needs(ledger, place.stages, label, moment)
    remark, is_fault = _remark(state, served, bool(wanted))
    return Row(
        feature=name, version=int(version), served=served is not None, fresh=served.is_fresh if served else None,
        needed_by=tuple(f"{n.model}@{n.version} ({n.why})" for n in wanted), remark=remark, is_fault=is_fault,
    )  # fmt: skip


def _remark(state: FeatureState | None, served: Served | None, is_needed: bool) -> tuple[str, bool]:
    if served is None:
        return ("needed, and not served", True) if is_needed else ("declared, and not served", False)
    if state is None:
        return "served, and no longer declared", True
    if state.sha256 != served.sha256:
        return "declared with another schema or transform than it is served with", True
    return (served.detail, True) if served.is_fresh is False else ("", False)


def _record(
    place: Place, action: Literal["serve", "retire"], event: FeatureServe | FeatureRetire, dry_run: bool
) -> int | None:
    """The number of the event; None where it is so already, or nothing is to be recorded."""

    def propose(ledger: Ledger) -> Proposal | None:
        standing = ledger.state.served.get(f"{event.feature}@{event.version}")
        reasons = _against(place, ledger.state, event, standing)
        if reasons:
            raise Declined(*reasons)
        is_so = standing == event.sha256 if isinstance(event, FeatureServe) else False
        return None if is_so or dry_run else Proposal(event)

    _refuse_unsigned(place, action)
    recorded = record(place.remote, place.author, propose)
    return recorded.event.seq if recorded else None


def _against(
    place: Place, state: State, event: FeatureServe | FeatureRetire, standing: str | None
) -> tuple[Reason, ...]:
    label = f"{event.feature}@{event.version}"
    if isinstance(event, FeatureServe):
        if standing is None or standing == event.sha256:
            return ()
        return (Reason("other-code", f"{label} is served by another schema or transform than the one declared",
                       "declare the changed feature as a new version"),)  # fmt: skip
    if standing is None:
        return (Reason("not-served", f"{label} is not served", "see what is: mlgate features status"),)
    wanted = needs(state, place.stages, label, datetime.datetime.now(UTC))
    mend = "promote a version that does not need it, and wait until the downgrade window is over; or revoke it"
    return tuple(Reason("needed", f"{n.model}@{n.version} requires {label} and {n.why}", mend) for n in wanted)


def _refuse_unsigned(place: Place, action: str) -> None:
    if place.author.key is None and any(stage.signed for stage in place.stages.stages.values()):
        raise Declined(Reason("unsigned-event", f"a stage wants signed events, and there is no key to {action} with",
                              "give a key of an allowed signer: --key FILE"))  # fmt: skip


def _declared(place: Place) -> Declared:
    data = place.repository.show(place.tip, DEFAULT_FILE)
    if data is None:
        raise user_error(f"the branch '{place.branch}' has no {DEFAULT_FILE}", mend="merge one; mlgate schema features")
    return parse_features(data, f"{DEFAULT_FILE} at {place.branch}")


def _declared_state(place: Place, name: str, version: int) -> FeatureState:
    declared: Mapping[str, FeatureState] = {
        state.label: state for state in states_at(place.repository, place.tip, DEFAULT_FILE) or ()
    }
    state = declared.get(f"{name}@{version}")
    if state is None:
        _declared(place)  # tells what is wrong with the file, if that is why
        raise Declined(Reason("not-declared", f"{DEFAULT_FILE} at {place.branch} does not declare {name}@{version}",
                              f"declared are {', '.join(declared) or 'none'}"))  # fmt: skip
    if state.missing:
        raise Declined(Reason("no-transform", f"the transform of {state.label} names {', '.join(state.missing[:5])}, "
                              "which is not there", f"mend {DEFAULT_FILE}"))  # fmt: skip
    return state


def _outcome(action: str, label: str, event: int | None, dry_run: bool) -> Outcome:
    name, _, version = label.rpartition("@")
    return Outcome(
        action=action, done=True, model=name, version=version, already=event is None and not dry_run,
        dry_run=dry_run, event=event,
    )  # fmt: skip
