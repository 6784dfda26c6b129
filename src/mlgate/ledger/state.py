"""The state: what the events amount to, as a pure function of them."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from mlgate.ledger.chain import Recorded
from mlgate.ledger.events import (
    Assignment,
    Cleared,
    Clearing,
    Deployed,
    FeatureRetire,
    FeatureServe,
    Projected,
    Promote,
    Register,
    Revoke,
    Rollback,
    Withdraw,
)
from mlgate.ledger.names import order


class Spell(Struct, frozen=True):
    """A time in which a version was at a stage; `ended` is when the next one came, or the stage was left empty."""

    event: Assignment
    ended: str | None = None


class State(Struct, frozen=True, dict=True):
    """Versions, stages and features as they stand after the last event."""

    events: tuple[Recorded, ...] = ()

    @cached_property
    def versions(self) -> Mapping[str, Mapping[str, Register]]:
        """Model → version → its record; revoked ones are among them."""
        found: dict[str, dict[str, Register]] = {}
        for event in self._of(Register):
            found.setdefault(event.model, {})[event.version] = event
        return {m: dict(sorted(v.items(), key=lambda item: order(item[0]))) for m, v in found.items()}

    @cached_property
    def revoked(self) -> Mapping[tuple[str, str], Revoke]:
        """(model, version) → why it may never be used again."""
        return {(event.model, event.version): event for event in self._of(Revoke)}

    @cached_property
    def spells(self) -> Mapping[tuple[str, str], tuple[Spell, ...]]:
        """(model, stage) → what was there, the oldest first."""
        found: dict[tuple[str, str], list[Spell]] = {}
        for record in self.events:
            event = record.event
            if isinstance(event, Promote | Rollback):
                _end(found.setdefault((event.model, event.stage), []), event.time)
                found[event.model, event.stage].append(Spell(event))
            elif isinstance(event, Clearing):
                for stage in {cleared.stage for cleared in event.cleared}:
                    _end(found.get((event.model, stage), []), event.time)
        return {key: tuple(spells) for key, spells in found.items()}

    @cached_property
    def served(self) -> Mapping[str, str]:
        """The feature versions that are served, "sums@2" → the digest of its schema and transform."""
        found: dict[str, str] = {}
        for record in self.events:
            event = record.event
            if isinstance(event, FeatureServe):
                found[f"{event.feature}@{event.version}"] = event.sha256
            elif isinstance(event, FeatureRetire):
                found.pop(f"{event.feature}@{event.version}", None)
        return found

    @property
    def models(self) -> tuple[str, ...]:
        """The models that have a version."""
        return tuple(sorted(self.versions))

    def version(self, model: str, version: str) -> Register | None:
        """The record of a version."""
        return self.versions.get(model, {}).get(version)

    def latest(self, model: str) -> str | None:
        """The highest version."""
        return next(reversed([*self.versions.get(model, {})]), None)

    def of_digest(self, model: str, sha256: str) -> Register | None:
        """The newest version with these bytes, revoked or not."""
        return next((r for r in reversed([*self.versions.get(model, {}).values()]) if r.sha256 == sha256), None)

    def assignment(self, model: str, stage: str) -> Assignment | None:
        """The decision that stands for the stage; None where it is empty."""
        spells = self.spells.get((model, stage), ())
        return spells[-1].event if spells and spells[-1].ended is None else None

    def current(self, model: str, stage: str) -> Register | None:
        """The champion: the version at the stage, or None."""
        standing = self.assignment(model, stage)
        return self.version(model, standing.version) if standing else None

    def stages(self, model: str) -> Mapping[str, Assignment]:
        """What stands where, of the stages that are not empty."""
        found = {stage: self.assignment(model, stage) for name, stage in self.spells if name == model}
        return {stage: standing for stage, standing in sorted(found.items()) if standing}

    def assigned(self, model: str, stage: str) -> tuple[str, ...]:
        """The versions that GTO would still find at the stage: all that came there since it was last empty."""
        spells = self.spells.get((model, stage), ())
        since = max(
            (i + 1 for i, spell in enumerate(spells[:-1]) if spell.ended != spells[i + 1].event.time), default=0
        )
        return tuple(dict.fromkeys(spell.event.version for spell in spells[since:]))

    def cleared(self, model: str, *stages: str) -> tuple[Cleared, ...]:
        """What it takes for GTO to find nothing at the stages: an end of each version that it would fall back to."""
        number = self.next_number(model)
        found = [(stage, version) for stage in stages for version in self.assigned(model, stage)]
        return tuple(Cleared(*each, number + place) for place, each in enumerate(found))

    def left(self, model: str, version: str, stage: str) -> Rollback | Withdraw | None:
        """The event by which the version was taken from the stage, if it was not promoted there since."""
        found: Rollback | Withdraw | None = None
        for event in (record.event for record in self.events):
            if isinstance(event, Assignment | Withdraw) and (event.model, event.stage) == (model, stage):
                taken = event.previous if isinstance(event, Rollback) else event.version
                if taken == version:
                    found = None if isinstance(event, Promote) else event
        return found

    def next_number(self, model: str) -> int:
        """The number of the model's next assignment; one series over all stages, as GTO counts."""
        count = 0
        for event in (record.event for record in self.events):
            if isinstance(event, Promote | Rollback) and event.model == model:
                count += 1
            elif isinstance(event, Clearing) and event.model == model:
                count += len(event.cleared)
        return count + 1

    def is_projected(self, seq: int, backend: str) -> bool:
        """Whether a backend has been seen to show the decision."""
        return any(event.of == seq and event.backend == backend for event in self._of(Projected))

    def is_deployed(self, seq: int) -> bool:
        """Whether the last deployment of the decision went well."""
        return [event.ok for event in self._of(Deployed) if event.of == seq][-1:] == [True]

    def _of(self, kind: type) -> Iterable:  # type: ignore[type-arg]
        return (record.event for record in self.events if isinstance(record.event, kind))


def _end(spells: list[Spell], time: str) -> None:
    if spells and spells[-1].ended is None:
        spells[-1] = Spell(spells[-1].event, time)
