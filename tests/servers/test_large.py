"""A model of several GiB, which passes through every kind of backend in constant memory; `make large` runs this."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.programs import mlflow_server, oci_registry

GIB = int(os.environ.get("MLGATE_LARGE_GIB", "0"))
MOST_MIB = 200  # resident, of which Python and its libraries are about 60
PUSH_AND_PULL = """
import resource, sys
from pathlib import Path
from mlgate.registries.backend import open_backend
from mlgate.transfer.files import release_of
url, folder, into = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
release = release_of("churn", "v1.0.0", folder, ["model.bin"], source_sha="5" * 40, evidence_sha256="e" * 64)
backend = open_backend(url, {"XDG_CACHE_HOME": sys.argv[3] + ".cache"})
backend.push(release, folder, print)
backend.pull(release, into, print)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""

pytestmark = pytest.mark.skipif(not GIB, reason="takes minutes and gigabytes: make large")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a model of that size, which takes no room on the disk."""
    (tmp_path / "model").mkdir()
    with (tmp_path / "model/model.bin").open("wb") as stream:
        stream.truncate(GIB * 2**30)
    return tmp_path / "model"


def memory(url: str, model: Path) -> int:
    """The most MiB that a process held while it pushed and pulled the model."""
    into = model.with_name("here")
    command = [sys.executable, "-c", PUSH_AND_PULL, url, str(model), str(into)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert (into / "model.bin").stat().st_size == GIB * 2**30
    return int(done.stdout.splitlines()[-1])


def test_a_folder(model: Path) -> None:
    assert memory(str(model.with_name("registry")), model) < MOST_MIB


def test_a_place_of_fsspecs(model: Path) -> None:
    assert memory(f"file://{model.with_name('registry')}", model) < MOST_MIB


def test_an_oci_registry(model: Path) -> None:
    with oci_registry(model.with_name("registry")) as host:
        assert memory(f"oci://{host}/large", model) < MOST_MIB


def test_mlflow(model: Path) -> None:
    with mlflow_server(model.with_name("mlflow")) as address:
        assert memory(f"mlflow:{address}", model) < MOST_MIB
