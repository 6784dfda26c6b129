"""Repositories to adopt the kit in: an empty one, and one with a table and a predict function."""

import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adopting.throwaway import PREDICT, Place, as_csv, customers, start

Make = Callable[..., Place]


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without libraries, in which a worker starts fast."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder


@pytest.fixture
def empty(tmp_path: Path, bare: Path) -> Place:
    """A repository with nothing in it; models run with the standard library alone."""
    return start(tmp_path / "repository", bare)


@pytest.fixture
def full(empty: Place) -> Place:
    """The same, with the libraries of this test run."""
    return Place(empty.folder, Path(sys.prefix))


@pytest.fixture
def churn(empty: Place) -> Place:
    """A repository with a test table and a predict function, committed."""
    empty.write("app.py", PREDICT)
    empty.write("data/test.csv", as_csv(customers()))
    return empty.commit()
