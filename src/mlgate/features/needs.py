"""Needs: which versions of models need a feature version still, as a pure function of the ledger and its stages."""

import datetime
from collections.abc import Iterator

from msgspec import Struct

from mlgate.features.declared import seconds_of
from mlgate.ledger.events import Register
from mlgate.ledger.state import Spell, State
from mlgate.promotion.stages import Stages

UTC = datetime.UTC


class Need(Struct, frozen=True):
    """A version of a model that takes its input from a feature version, and why it may be wanted."""

    model: str
    version: str
    stage: str
    why: str  # "is at prod", "is the standby of prod", "left prod 3 days ago"


def needs(state: State, stages: Stages, label: str, now: datetime.datetime) -> tuple[Need, ...]:
    """Why the feature version `label` ("sums@2") must be served: champions, standbys, and what may yet come back."""
    name, _, version = label.rpartition("@")
    found = [each for key in sorted(state.spells) for each in _wanted(state, stages, *key, now)]
    wants = {need.version: need for need in reversed(found)}
    return tuple(
        need for need in wants.values()
        if (record := state.version(need.model, need.version)) and record.requires.get(name) == int(version)
    )  # fmt: skip


def _wanted(state: State, stages: Stages, model: str, stage: str, now: datetime.datetime) -> Iterator[Need]:
    """The versions of a model that stand at a stage or could be asked to stand there again, the first the champion."""
    current = state.current(model, stage)
    if current is not None:
        yield Need(model, current.version, stage, f"is at {stage}")
    window = stages.stages[stage].downgrade_window if stage in stages.stages else "30d"
    has_standby = False
    for spell in reversed(state.spells[model, stage]):
        record = state.version(model, spell.event.version)
        if record is None or not _may_return(state, record, current):
            continue
        if not has_standby:
            has_standby = True
            yield Need(model, record.version, stage, f"is the standby of {stage}")
        elif (left := _since(spell, now)) is not None and left <= seconds_of(window):
            yield Need(model, record.version, stage, f"left {stage} {left // 86_400} days ago")


def _may_return(state: State, record: Register, current: Register | None) -> bool:
    is_current = current is not None and record.version == current.version
    return not is_current and (record.model, record.version) not in state.revoked


def _since(spell: Spell, now: datetime.datetime) -> int | None:
    """Seconds since the spell ended; None while it goes on."""
    if spell.ended is None:
        return None
    ended = datetime.datetime.strptime(spell.ended, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return int((now - ended).total_seconds())
