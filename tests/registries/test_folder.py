"""A plain folder as a registry."""

from pathlib import Path

import pytest

from mlgate.registries.backend import Backend, RegistryConflict, open_backend
from tests.registries.contract import make_release, quiet


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    """An empty folder as a backend."""
    return open_backend(str(tmp_path / "registry"), {})


def test_what_was_pushed_is_pulled(backend: Backend, tmp_path: Path) -> None:
    release = make_release(tmp_path / "model", weights__a=b"a" * 3_000_000, config=b"{}")
    backend.push(release, tmp_path / "model", quiet)
    backend.push(release, tmp_path / "model", quiet)
    backend.pull(release, tmp_path / "here", quiet)
    assert (tmp_path / "here/weights/a").read_bytes() == b"a" * 3_000_000
    assert backend.faults(release) == ()


def test_other_bytes_are_refused(backend: Backend, tmp_path: Path) -> None:
    backend.push(make_release(tmp_path / "a", weights=b"one"), tmp_path / "a", quiet)
    with pytest.raises(RegistryConflict):
        backend.push(make_release(tmp_path / "b", other=b"two"), tmp_path / "b", quiet)
