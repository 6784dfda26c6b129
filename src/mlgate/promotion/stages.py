"""Stages: `stages.yml` as frozen types, every fault with its line."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from msgspec import UNSET, Meta

from mlgate.config import Id, Section, WarnOrBlock
from mlgate.configuring.parsing import Parser
from mlgate.configuring.yaml_source import read_yaml
from mlgate.deploying.settings import Deploy
from mlgate.errors import UserError, did_you_mean, user_error
from mlgate.features.declared import Period
from mlgate.ledger.names import StageName, VersionName

STAGES_FILE = "stages.yml"

EvidenceFrom = Literal["run", "signature", "file"]
ApprovalKind = Literal["pull-request", "environment"]


class Stage(Section, frozen=True, kw_only=True):
    """What a version needs to come to a stage."""

    evidence_age: Period = "30d"  # how old the evidence may be
    inconclusive: WarnOrBlock = "block"  # what a finding that cannot tell does here, whatever a pull request may
    approval: tuple[ApprovalKind, ...] = ("pull-request", "environment")  # any of them; none is needed where it is []
    signed: bool = False  # evidence and events count only with the signature of an allowed signer
    downgrade_window: Period = "30d"  # how long a version that left the stage must be able to come back
    versions: Mapping[Id, VersionName] = {}  # model → the version that a promotion pull request asks for
    deploy: Deploy | None = None  # what happens when a version comes here


class Stages(Section, frozen=True, kw_only=True):
    """`stages.yml`: where models go, and on which conditions."""

    version: Annotated[int, Meta(ge=1, le=1)]
    registry: str = "github:"  # where the bytes are kept
    protected: tuple[str, ...] = ()  # branches whose commits may be released; the default branch where none is named
    workflow: str = ".github/workflows/mlgate.yml"  # the gate's; runs of others are not evidence
    evidence_from: Annotated[tuple[EvidenceFrom, ...], Meta(min_length=1)] = ("run", "signature")
    signers: str | None = None  # the file of allowed signers, as ssh-keygen reads it
    stages: Annotated[Mapping[StageName, Stage], Meta(min_length=1)]

    def protects(self, branch: str | None, default: str) -> bool:
        """Whether commits of a branch may be released."""
        return branch is not None and any(fnmatchcase(branch, name) for name in self.protected or (default,))

    def stage(self, name: str) -> Stage:
        """The conditions of a stage; a `UserError` if there is none such."""
        if name not in self.stages:
            raise user_error(f"{STAGES_FILE} has no stage '{name}'", mend=did_you_mean(name, self.stages))
        return self.stages[name]


def parse_stages(data: bytes, name: str = STAGES_FILE) -> Stages:
    """The stages; a `UserError` with all faults, each with its line."""
    parser = Parser(read_yaml(data, name))
    stages = parser.struct(parser.source.data, Stages)
    if stages is UNSET or parser.problems:
        raise UserError(*parser.problems)
    assert isinstance(stages, Stages)
    wanting: list[tuple[str, ...]] = [("evidence-from",)] if stages.evidence_from == ("signature",) else []
    wanting += [("stages", name, "signed") for name, stage in stages.stages.items() if stage.signed]
    if wanting and stages.signers is None:
        raise user_error("signatures are wanted, and nobody may sign", where=parser.source.where(wanting[0]),
                         mend="name the file of allowed signers: 'signers: .github/mlgate/signers'")  # fmt: skip
    return stages
