"""An MLflow server: a run of its own for each release, whose artifacts are the files, and a stage as an alias."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from requests.auth import AuthBase

from mlgate.errors import user_error
from mlgate.registries.backend import Backend, Release, Say
from mlgate.transfer.mlflow_artifacts import Artifacts
from mlgate.transfer.mlflow_models import Models, ModelVersion
from mlgate.transfer.mlflow_runs import Run, Runs
from mlgate.transfer.shelf import Shelf
from mlgate.transfer.web import Anonymous, Header, Server, basic

VERSION, DIGEST = "mlgate.version", "mlgate.sha256"
_RESERVED = re.compile(r"latest|v\d+", re.IGNORECASE)


@dataclass(frozen=True)
class MLflow:
    """A tracking server that serves artifacts."""

    name: str
    server: Server

    @property
    def models(self) -> Models:
        """The server's registry."""
        return Models(self.server)

    @property
    def runs(self) -> Runs:
        """The runs that hold releases."""
        return Runs(self.server)

    def push(self, release: Release, folder: Path, say: Say) -> None:
        """The bytes are a run's artifacts, and the registry has a version that says which."""
        run = self.runs.of(str(release)) or self.runs.make(str(release), _tags(release))
        self._shelf(run).push(release, folder, say)
        if self._registered(release) is None:
            self.models.create(release.model, _source(release, run), run.info.run_id, _tags(release))

    def pull(self, release: Release, into: Path, say: Say) -> None:
        """The artifacts are in `into`, verified."""
        run = self.runs.of(str(release))
        if run is None:
            raise user_error(f"{self.name} has no run for {release}", mend="put it there: mlgate reconcile")
        self._shelf(run).pull(release, into, say)

    def shown(self, model: str) -> Mapping[str, str]:
        """Alias → our version; an alias that leads to no version of ours shows MLflow's own number."""
        numbers = {version.version: version.named(VERSION) for version in self.models.versions(model)}
        return {alias: numbers.get(number) or f"#{number}" for alias, number in self.models.aliases(model).items()}

    def point(self, release: Release, stage: str) -> None:
        """The alias leads to the release's version."""
        if _RESERVED.fullmatch(stage):
            raise user_error(f"MLflow cannot show a stage named '{stage}'", mend="those names are its own")
        registered = self._registered(release)
        if registered is None:
            raise user_error(f"{self.name} has no version for {release}", mend="put it there: mlgate reconcile")
        if self.models.aliases(release.model).get(stage) != registered.version:
            self.models.set_alias(release.model, stage, registered.version)

    def clear(self, model: str, stage: str) -> None:
        """There is no such alias."""
        if stage in self.models.aliases(model):
            self.models.delete_alias(model, stage)

    def faults(self, release: Release) -> tuple[str, ...]:
        """Artifacts that are missing or others, and a version that is missing or leads elsewhere."""
        run, registered = self.runs.of(str(release)), self._registered(release)
        if run is None:
            return (f"the run {release}: missing",)
        found = list(self._shelf(run).faults(release))
        if registered is None:
            found.append(f"the registered version {release.version}: missing")
        elif registered.source != _source(release, run):
            found.append(f"the registered version {release.version}: its source is {registered.source[:200]}")
        return tuple(found)

    def _shelf(self, run: Run) -> Shelf:
        return Shelf(self.name, Artifacts(self.server, run.folder))

    def _registered(self, release: Release) -> ModelVersion | None:
        """MLflow's version for the release: the first, where two were made at the same time."""
        return min(self._of(release), key=lambda version: int(version.version), default=None)

    def _of(self, release: Release) -> Iterator[ModelVersion]:
        for version in self.models.versions(release.model):
            if (version.named(VERSION), version.named(DIGEST)) == (release.version, release.sha256):
                yield version


def open_backend(url: str, environ: Mapping[str, str]) -> Backend:
    """The server at `mlflow:https://…`, with MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD."""
    token, password = environ.get("MLFLOW_TRACKING_TOKEN"), environ.get("MLFLOW_TRACKING_PASSWORD")
    auth: AuthBase = Header(f"Bearer {token}") if token else Anonymous()
    if password and not token:
        auth = basic(environ.get("MLFLOW_TRACKING_USERNAME", ""), password)
    server = Server(url.removeprefix("mlflow:"), auth)
    return MLflow(f"mlflow:{server.base}", server)


def _source(release: Release, run: Run) -> str:
    return f"{run.info.artifact_uri}/{release.model}/{release.version}/files"


def _tags(release: Release) -> dict[str, str]:
    return {
        VERSION: release.version, DIGEST: release.sha256, "mlgate.source_sha": release.source_sha,
        "mlgate.evidence_sha256": release.evidence_sha256,
    }  # fmt: skip
