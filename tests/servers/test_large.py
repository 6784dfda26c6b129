"""A model of several GiB, which passes through every kind of backend in constant memory; `make large` runs this."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.github_fake.server import FakeGitHub
from tests.servers.programs import mlflow_server, oci_registry

GIB = int(os.environ.get("MLGATE_LARGE_GIB", "0"))
MOST_MIB = 200  # resident, of which Python and its libraries are about 60
STEPS = GIB * 64  # of 16 MiB, by which an OCI registry takes a file
PUSH_AND_PULL = """
import os, sys
from pathlib import Path
from mlgate.registries.backend import open_backend
from mlgate.transfer.files import release_of
url, folder, into = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
release = release_of("churn", "v1.0.0", folder, ["model.bin"], source_sha="5" * 40, evidence_sha256="e" * 64)
backend = open_backend(url, os.environ)
say = lambda text: print(text, flush=True)
if url.startswith("oci:"):
    def seen(answer, **_):
        if answer.request.method == "PATCH":
            say("a step was sent")
    backend.server.session.hooks["response"].append(seen)
backend.push(release, folder, say)
backend.pull(release, into, say)
lines = Path("/proc/self/status").read_text().splitlines()  # getrusage would count the process that started this one
print(int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024)
"""

pytestmark = pytest.mark.skipif(not GIB, reason="takes minutes and gigabytes: make large")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a model of that size, which takes no room on the disk."""
    (tmp_path / "model").mkdir()
    with (tmp_path / "model/model.bin").open("wb") as stream:
        stream.truncate(GIB * 2**30)
    return tmp_path / "model"


@dataclass(frozen=True)
class Transfer:
    """The model on its way to a backend and back."""

    url: str
    model: Path
    environ: Mapping[str, str]

    @property
    def into(self) -> Path:
        """Where it is pulled to."""
        return self.model.with_name("here")

    def start(self) -> "subprocess.Popen[str]":
        """A process that pushes and pulls it."""
        command = [sys.executable, "-c", PUSH_AND_PULL, self.url, str(self.model), str(self.into)]
        environ = {**os.environ, "XDG_CACHE_HOME": str(self.model.with_name("cache")), **self.environ}
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)

    def cut_off(self, seconds: float = 2.0) -> list[str]:
        """What a process said that was killed while it pushed."""
        process = self.start()
        assert process.stdout is not None
        said = [process.stdout.readline()]
        time.sleep(seconds)
        process.kill()
        said += process.communicate()[0].splitlines()
        assert not self.into.exists(), f"it was not on its way any more: {said[-3:]}"
        return said

    def run(self) -> tuple[list[str], int]:
        """What a process says that pushes and pulls it, and the most MiB that it held."""
        process = self.start()
        *said, most = process.communicate()[0].splitlines()
        assert process.returncode == 0
        assert (self.into / "model.bin").stat().st_size == GIB * 2**30
        return said, int(most)


def transfer(url: str, model: Path, **environ: str) -> list[str]:
    """What is said on the way of the model, after a first try was cut off; in constant memory."""
    moved = Transfer(url, model, environ)
    moved.cut_off()
    said, most = moved.run()
    assert most < MOST_MIB
    return said


def test_a_folder(model: Path) -> None:
    assert "copying model.bin" in transfer(str(model.with_name("registry")), model)[0]


def test_a_place_of_fsspecs(model: Path) -> None:
    assert "copying model.bin" in transfer(f"file://{model.with_name('registry')}", model)[0]


def test_an_oci_registry_goes_on_where_it_was(model: Path) -> None:
    with oci_registry(model.with_name("registry")) as host:
        said = transfer(f"oci://{host}/large", model)
    assert 0 < said.count("a step was sent") < STEPS


def test_mlflow_sends_the_file_again(model: Path) -> None:
    with mlflow_server(model.with_name("mlflow")) as address:
        assert "copying model.bin" in transfer(f"mlflow:{address}", model)[0]


def test_github_sends_the_parts_that_are_missing(model: Path) -> None:
    with FakeGitHub() as fake:
        repository = fake.repository("acme/churn")
        repository.set_ref("tags/churn@v1.0.0", repository.tip("main"))
        token = fake.token(repository, {"contents": "write"})
        login = {"GITHUB_TOKEN": token, "GITHUB_API_URL": fake.url, "NO_PROXY": "127.0.0.1"}
        moved = Transfer("github:acme/churn", model, login)
        said, most = moved.run()
        parts = [line for line in said if line.startswith("sending model.bin.part-")]
        assert (len(parts), most < MOST_MIB) == (-(-GIB * 10 // 19), True), (parts, most)
        second = next(each for each in repository.assets.current() if each.name.startswith("model.bin.part-2"))
        repository.assets.remove(second.id)
        moved.into.joinpath("model.bin").unlink()
        moved.into.rmdir()
        said, most = moved.run()
        again = [line for line in said if line.startswith("sending ")]
        assert ([line.split()[1] for line in again], most < MOST_MIB) == ([f"model.bin.part-2-of-{len(parts)}"], True)
