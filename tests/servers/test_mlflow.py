"""A real MLflow server, and what MLflow's own client reads in it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mlgate.errors import UserError
from mlgate.registries.backend import Release, open_backend
from mlgate.registries.mlflow import MLflow
from tests.registries.contract import Contract, Place, make_release, quiet
from tests.servers.programs import mlflow_server, program


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Its address, and the folder in which it keeps artifacts."""
    folder = tmp_path_factory.mktemp("mlflow")
    with mlflow_server(folder) as address:
        yield address, folder / "artifacts"


class TestMlflow(Contract):
    """The contract, on one server for all: each test begins without models."""

    @pytest.fixture
    def place(self, server: tuple[str, Path]) -> Place:
        """The server without models; the runs of earlier tests are deleted."""
        address, artifacts = server
        api = f"{address}/api/2.0/mlflow"
        requests.delete(f"{api}/registered-models/delete", json={"name": "churn"}, timeout=30)
        backend = open_backend(f"mlflow:{address}", {})
        assert isinstance(backend, MLflow)
        for version in ("v1.0.0", "v1.1.0"):
            if run := backend.runs.of(f"churn@{version}"):
                requests.post(f"{api}/runs/delete", json={"run_id": run.info.run_id}, timeout=30).raise_for_status()

        def first(release: Release) -> Path:
            run = backend.runs.of(str(release))
            return artifacts / run.folder / release.model / release.version / "files" / release.files[0].name

        def spoil(release: Release) -> None:
            first(release).write_bytes(first(release).read_bytes()[::-1])

        return Place(backend, spoil, lambda release: first(release).unlink())

    def test_a_version_that_somebody_deleted_is_a_fault_and_is_put_back(
        self, place: Place, pushed: Release, server: tuple[str, Path], tmp_path: Path
    ) -> None:
        body = {"name": "churn", "version": "1"}
        requests.delete(f"{server[0]}/api/2.0/mlflow/model-versions/delete", json=body, timeout=30)
        assert place.backend.faults(pushed) == ("the registered version v1.0.0: missing",)
        place.backend.push(pushed, tmp_path / "model", quiet)
        place.backend.point(pushed, "prod")
        assert (place.backend.faults(pushed), place.backend.shown("churn")) == ((), {"prod": "v1.0.0"})

    def test_an_alias_that_somebody_moved_to_a_foreign_version_is_shown(
        self, place: Place, pushed: Release, server: tuple[str, Path]
    ) -> None:
        api = f"{server[0]}/api/2.0/mlflow"
        source = "oci://ghcr.io/acme/elsewhere"
        requests.post(f"{api}/model-versions/create", json={"name": "churn", "source": source}, timeout=30)
        alias = {"name": "churn", "alias": "prod", "version": "2"}
        requests.post(f"{api}/registered-models/alias", json=alias, timeout=30).raise_for_status()
        assert place.backend.shown("churn") == {"prod": "#2"}
        place.backend.point(pushed, "prod")
        assert place.backend.shown("churn") == {"prod": "v1.0.0"}

    @pytest.mark.parametrize("stage", ["latest", "v3"])
    def test_a_stage_with_a_name_of_mlflows_own_is_refused(self, place: Place, pushed: Release, stage: str) -> None:
        with pytest.raises(UserError, match="cannot show a stage"):
            place.backend.point(pushed, stage)

    def test_mlflows_own_client_loads_the_model_by_its_alias(
        self, place: Place, server: tuple[str, Path], tmp_path: Path
    ) -> None:
        python = str(Path(program("mlflow")).with_name("python"))
        subprocess.run([python, "-c", SAVE, str(tmp_path / "model")], check=True, capture_output=True)
        names = [str(p.relative_to(tmp_path / "model")) for p in (tmp_path / "model").rglob("*") if p.is_file()]
        files = {name: (tmp_path / "model" / name).read_bytes() for name in names}
        release = make_release(tmp_path / "model", files=files)
        place.backend.push(release, tmp_path / "model", quiet)
        place.backend.point(release, "prod")
        done = subprocess.run([python, "-c", LOAD, server[0]], capture_output=True, text=True, check=False)
        assert done.stdout.split() == ["42", "42"], done.stderr[-2000:]


SAVE = """
import sys, mlflow
class Same(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [42] * len(model_input)
mlflow.pyfunc.save_model(sys.argv[1], python_model=Same(), pip_requirements=[])
"""
LOAD = """
import sys, mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
print(*mlflow.pyfunc.load_model("models:/churn@prod").predict(pandas.DataFrame({"a": [1, 2]})))
"""
