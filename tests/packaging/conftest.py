"""The wheel and the sdist of this tree, and environments in which they are installed."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"


@dataclass(frozen=True)
class Built:
    """The files that are uploaded to an index."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True)
class Installed:
    """An environment outside of the repository, made from the locked requirements, with the kit in it."""

    folder: Path

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return next(self.folder.glob("lib/python*/site-packages"))

    def run(self, name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """A finished command of the environment's own, in `cwd`."""
        command = [str(self.folder / "bin" / name), *arguments]
        return subprocess.run(command, cwd=cwd, env=clean(), text=True, capture_output=True, check=False)


def clean() -> dict[str, str]:
    """This process's environment; the active Python is the tests' own, and nothing of GitHub's or git's is set."""
    foreign = ("GIT_", "GITHUB_", "PYTHON", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"VIRTUAL_ENV": sys.prefix, "TERM": "dumb", "COLUMNS": "120"}


def build(source: Path, target: Path) -> Built:
    """The wheel and the sdist of the tree `source`, without a build environment, and so without an index."""
    pytest.importorskip("hatchling", reason="hatchling, the build backend, is not installed here")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(target)]
    subprocess.run(command, cwd=source, env=clean(), check=True, capture_output=True)
    return Built(next(target.glob("*.whl")), next(target.glob("*.tar.gz")))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What is made of this tree."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def unpacked(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the sdist unpacks to."""
    target = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built.sdist) as archive:
        archive.extractall(target, filter="data")
    return next(target.iterdir())


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Installed]:
    """`install("core", what=…)`: a fresh environment with locked requirements and one installation of the kit.

    It needs a package index or a warm cache, and so runs on request and in CI only.
    """
    if not (os.environ.get("MLGATE_CI") or os.environ.get("CI")):
        pytest.skip("installs environments from the package index; MLGATE_CI=1 runs it")

    def installed(*requirements: str, what: tuple[str, ...]) -> Installed:
        folder = tmp_path_factory.mktemp("installed") / "venv"
        pip = _environment(folder)
        for name in requirements:
            locked = (
                "--require-hashes",
                "--only-binary",
                ":all:",
                "--no-deps",
                "-r",
                str(REQUIREMENTS / f"{name}.txt"),
            )
            _run([*pip, *locked])
        _run([*pip, "--no-build-isolation", "--no-deps", *what])
        return Installed(folder)

    return installed


def _environment(folder: Path) -> list[str]:
    """The command that installs into the new environment `folder`."""
    python = str(folder / "bin" / "python")
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(folder)])
        return [uv, "pip", "install", "--quiet", "--refresh-package", "mlgate", "--python", python]
    _run([sys.executable, "-m", "venv", str(folder)])
    return [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd="/", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
