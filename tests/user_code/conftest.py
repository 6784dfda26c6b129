"""Repositories in which user code runs, with an interpreter that has no library but its own."""

import os
import venv
from pathlib import Path

import pytest

from tests.user_code.gated import HONEST, Gated, as_csv, labelled


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter without pandas and numpy, so that a predict function is handed a path."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    return str(folder / "bin" / "python")


@pytest.fixture(autouse=True)
def at_a_laptop(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No event of GitHub's, whatever runs these tests; and a cache of the kit's that is no person's."""
    for name in [n for n in os.environ if n.startswith(("GITHUB_", "ACTIONS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLGATE_CACHE", str(tmp_path_factory.getbasetemp() / "kit-cache"))


@pytest.fixture
def empty(tmp_path: Path, bare_python: str) -> Gated:
    """A repository with no commit."""
    gated = Gated(tmp_path / "repository", bare_python)
    gated.folder.mkdir()
    gated.git("init", "-q", "-b", "main")
    return gated


@pytest.fixture
def gated(empty: Gated) -> Gated:
    """A repository whose `main` has a predict function that needs no library, a test table, and the gate."""
    empty.write("app.py", HONEST)
    empty.write("data/test.csv", as_csv(labelled()))
    empty.configure(
        model={"id": "m", "predict": "app:predict"},
        environment={"timeout": 120},
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"metrics": {"limits": {"auc": {"min": 0.5}}}},
    )
    empty.commit("base")
    return empty
