"""A job: one version on its way to one stage, and what its hooks are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mlgate.registries.backend import Release
from mlgate.transfer.files import inside

Action = Literal["deploy", "return"]  # "return": to this version, because the next one failed


class HookFailed(Exception):
    """A hook or the health check did not do what it should; the message is one sentence without secrets."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True)
class Job:
    """What is deployed, from where, and for whom."""

    release: Release
    stage: str
    folder: Path  # holds the verified files
    root: Path  # what relative paths of stages.yml start from
    environ: Mapping[str, str] = field(repr=False)
    action: Action = "deploy"
    previous: str | None = None  # the version that was there

    @property
    def facts(self) -> dict[str, str]:
        """What hooks are told, by name."""
        first = inside(self.folder, self.release.files[0].name)
        return {
            "action": self.action, "model": self.release.model, "version": self.release.version, "stage": self.stage,
            "sha256": self.release.sha256, "folder": str(self.folder), "previous": self.previous or "",
            "file": str(first) if len(self.release.files) == 1 else "", "source_sha": self.release.source_sha,
            "evidence_sha256": self.release.evidence_sha256,
        }  # fmt: skip

    def path(self, name: str) -> Path:
        """A path of the settings."""
        return self.root / name
