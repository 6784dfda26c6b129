"""A case: all that is known when a version asks for a stage, as values; nothing here reads or asks."""

import datetime
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from mlgate.evidence import Evidence
from mlgate.github.governing import Governing, Ungoverned
from mlgate.ledger.events import Approval, Register
from mlgate.ledger.state import State
from mlgate.promotion.stages import EvidenceFrom, Stage, Stages


class RunFacts(Struct, frozen=True, kw_only=True):
    """The run of a workflow that made the evidence, as the server tells it."""

    id: int
    workflow: str
    event: str
    head_sha: str
    is_own: bool = True  # its commit is from this repository, not from a fork
    conclusion: str | None = "success"
    is_this: bool = False  # the run that promotes: an earlier job of it, without credentials, made the evidence
    is_protected: bool = False  # its workflow is the one of a branch whose commits may be released
    is_expired: bool = False  # the artifact is gone


class Provenance(Struct, frozen=True, kw_only=True):
    """Who vouches for the evidence."""

    kind: EvidenceFrom
    run: RunFacts | None = None
    has_signature: bool = False
    signer: str | None = None  # whoever signed these very bytes and is allowed to


class Source(Struct, frozen=True, kw_only=True):
    """What git holds at the commit that the model was made from; what git does not hold is left out."""

    sha: str
    is_merged: bool = True
    requires: Mapping[str, int] | None = None
    tables: Mapping[str, str] = {}
    features: Mapping[str, str] = {}
    environment_sha256: str | None = None


class Served(Struct, frozen=True):
    """A feature version in production: its digest, and whether its rows are fresh (None: nobody measured that)."""

    sha256: str
    is_fresh: bool | None = None
    detail: str = ""


class Case(Struct, frozen=True, kw_only=True):
    """A version of a model, its evidence, and what stands around it."""

    model: str
    evidence: Evidence
    evidence_sha256: str
    provenance: Provenance
    source: Source
    stages: Stages
    state: State
    now: datetime.datetime
    sha256: str  # of the model's bytes, computed anew
    config: str = "mlgate.yml"
    governing: Governing | Ungoverned | None = None  # the protected branch's policy
    version: str | None = None
    stage: str | None = None
    served: Mapping[str, Served] = {}
    approvals: tuple[Approval, ...] = ()
    bytes_faults: tuple[str, ...] = ()  # what is wrong with the stored files
    can_sign: bool = False  # whether the one who promotes has a key that is allowed

    def at(self, state: State, now: datetime.datetime) -> "Case":
        """The same case after the ledger has moved."""
        served = {label: self.served.get(label, Served(sha256)) for label, sha256 in state.served.items()}
        return msgspec.structs.replace(self, state=state, now=now, served=served)

    @property
    def conditions(self) -> Stage:
        """The conditions of the stage."""
        assert self.stage is not None
        return self.stages.stage(self.stage)

    @property
    def record(self) -> Register | None:
        """The version as it was registered."""
        return self.state.version(self.model, self.version) if self.version else None

    @property
    def champion(self) -> Register | None:
        """The version at the stage."""
        return self.state.current(self.model, self.stage) if self.stage else None

    @property
    def is_bootstrap(self) -> bool:
        """Whether the stage is empty, so that there is no champion to compare with."""
        return self.champion is None

    @property
    def label(self) -> str:
        """What people call the version."""
        return f"{self.model}@{self.version}" if self.version else self.model
