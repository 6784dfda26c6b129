"""The example's repository with its pull requests, made once for all tests that look at it."""

import subprocess
from pathlib import Path

import pytest

from examples.pull_requests import PULL_REQUESTS, make_repository


@pytest.fixture(scope="session")
def example_requirements() -> None:
    """Skips where the example cannot be trained."""
    for module in ("sklearn", "pandas", "skops"):
        pytest.importorskip(module, reason="the example's requirements are not installed here")


@pytest.fixture(scope="session")
def repository(example_requirements: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository made by `make_repository`."""
    path = tmp_path_factory.mktemp("demo") / "repository"
    make_repository(path)
    return path


@pytest.fixture(scope="session")
def trees(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checked-out copy of each branch, by its name."""
    folder = tmp_path_factory.mktemp("trees")
    branches = ["main", *(pull_request.branch for pull_request in PULL_REQUESTS)]
    for branch in branches:
        subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", folder / branch, branch], cwd=repository, check=True
        )
    return {branch: folder / branch for branch in branches}
