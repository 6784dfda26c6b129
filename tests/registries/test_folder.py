"""A plain folder as a registry."""

from pathlib import Path

import pytest

from mlgate.registries.backend import RegistryConflict, Release, open_backend
from tests.registries.contract import Contract, Place, make_release, quiet


class TestFolder(Contract):
    """The contract."""

    @pytest.fixture
    def place(self, tmp_path_factory: pytest.TempPathFactory) -> Place:
        """An empty folder."""
        root = tmp_path_factory.mktemp("registry")

        def first(release: Release) -> Path:
            return root / release.model / release.version / "files" / release.files[0].name

        def spoil(release: Release) -> None:
            first(release).write_bytes(bytes(reversed(first(release).read_bytes())))

        return Place(open_backend(str(root), {}), spoil, lambda release: first(release).unlink())

    def test_a_byte_that_somebody_changed_is_not_overwritten(
        self, place: Place, pushed: Release, tmp_path: Path
    ) -> None:
        place.spoil(pushed)
        with pytest.raises(RegistryConflict, match="other bytes"):
            place.backend.push(pushed, tmp_path / "model", quiet)


def test_an_upload_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    release = make_release(tmp_path / "model", files={"a": b"1", "b": b"2"})
    (tmp_path / "model/b").unlink()
    backend = open_backend(str(tmp_path / "registry"), {})
    with pytest.raises(FileNotFoundError):
        backend.push(release, tmp_path / "model", quiet)
    assert [path.name for path in (tmp_path / "registry/churn/v1.0.0/files").iterdir()] == ["a"]
    (tmp_path / "model/b").write_bytes(b"2")
    said: list[str] = []
    backend.push(release, tmp_path / "model", said.append)
    assert said == [f"copying b to {backend.name}"]
    assert backend.faults(release) == ()
