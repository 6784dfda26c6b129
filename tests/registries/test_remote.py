"""A place of fsspec's as a registry: its file system in memory, which like a bucket has no folders."""

import fsspec
import pytest

from mlgate.errors import UserError
from mlgate.registries.backend import Release, open_backend
from tests.registries.contract import Contract, Place


class TestRemote(Contract):
    """The contract."""

    @pytest.fixture
    def place(self, tmp_path_factory: pytest.TempPathFactory) -> Place:
        """An empty bucket."""
        root = f"memory://{tmp_path_factory.mktemp('bucket').name}"
        files = fsspec.filesystem("memory")

        def first(release: Release) -> str:
            return f"{root}/{release.model}/{release.version}/files/{release.files[0].name}"

        def spoil(release: Release) -> None:
            files.pipe(first(release), files.cat(first(release))[::-1])

        return Place(open_backend(root, {}), spoil, lambda release: files.rm(first(release)))


@pytest.mark.parametrize("url", ["http://host/models", "ftp://host/models", "s3://key:secret@bucket/models"])
def test_a_place_without_encryption_or_with_a_credential_in_it_is_refused(url: str) -> None:
    with pytest.raises(UserError) as refused:
        open_backend(url, {})
    assert "secret" not in str(refused.value)


def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(UserError, match="mend: install its driver"):
        open_backend("adl://bucket/models", {})
