"""Runs of MLflow's: its registry takes only artifacts that belong to one, so each release has a run of its own."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from mlgate.errors import user_error
from mlgate.transfer.mlflow_models import API, decoded
from mlgate.transfer.web import Answer, Server

EXPERIMENT = "mlgate"
RELEASE = "mlgate.release"  # the tag by which a run is found again
SCHEME = "mlflow-artifacts:/"


class Info(Struct, frozen=True):
    """Where a run's artifacts are."""

    run_id: str
    artifact_uri: str = ""
    start_time: int = 0


class Run(Struct, frozen=True):
    """A run."""

    info: Info

    @property
    def folder(self) -> str:
        """The folder of its artifacts; a `UserError` if the server does not serve them itself."""
        if not self.info.artifact_uri.startswith(SCHEME):
            raise user_error(f"the MLflow server keeps artifacts at {self.info.artifact_uri[:100]}, and serves none",
                             mend="start it with --serve-artifacts, or keep the bytes elsewhere")  # fmt: skip
        return self.info.artifact_uri.removeprefix(SCHEME).strip("/")


class Found(Struct, frozen=True):
    """An answer with runs."""

    runs: tuple[Run, ...] = ()


class Made(Struct, frozen=True):
    """An answer with a run."""

    run: Run


class ExperimentId(Struct, frozen=True):
    """An experiment."""

    experiment_id: str


class Experiment(Struct, frozen=True):
    """An answer with an experiment."""

    experiment: ExperimentId


@dataclass(frozen=True)
class Runs:
    """The runs of the experiment that holds releases."""

    server: Server

    def of(self, release: str) -> Run | None:
        """The release's run: the first, where two were made at the same time."""
        experiment = self._experiment()
        if experiment is None:
            return None
        body = {"experiment_ids": [experiment], "filter": f"tags.`{RELEASE}` = '{release}'", "max_results": 100}
        found = decoded(self._post("runs/search", body), Found).runs
        return min(found, key=lambda run: (run.info.start_time, run.info.run_id), default=None)

    def make(self, release: str, tags: Mapping[str, str]) -> Run:
        """A run for the release."""
        experiment = self._experiment()
        if experiment is None:
            self._post("experiments/create", {"name": EXPERIMENT})
            experiment = self._experiment()
        listed = [{"key": key, "value": value} for key, value in {RELEASE: release, **tags}.items()]
        body = {
            "experiment_id": experiment, "run_name": release, "start_time": int(time.time() * 1000), "tags": listed,
        }  # fmt: skip
        run = decoded(self._post("runs/create", body), Made).run
        self._post("runs/update", {"run_id": run.info.run_id, "status": "FINISHED", "end_time": body["start_time"]})
        return self.of(release) or run

    def _experiment(self) -> str | None:
        params = {"experiment_name": EXPERIMENT}
        answer = self.server.ask("GET", f"{API}/experiments/get-by-name", params=params, expect=(200, 404))
        return decoded(answer, Experiment).experiment.experiment_id if answer.status == 200 else None

    def _post(self, what: str, body: Any) -> Answer:
        return self.server.ask("POST", f"{API}/{what}", json=body)
