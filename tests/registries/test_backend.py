"""Which backend a URL means, and what names a release may have."""

import pytest
from msgspec import structs

from mlgate.errors import UserError
from mlgate.ledger.events import FileRecord
from mlgate.registries.backend import Release, backends, open_backend
from mlgate.transfer.files import inside, model_digest

RELEASE = Release(
    model="churn", version="v1.0.0", sha256="0" * 64, files=(), source_sha="5" * 40, evidence_sha256="e" * 64
)


@pytest.mark.parametrize("url", ["githbu:", "mlfow:https://host", "oic:x"])
def test_a_misspelt_backend_is_refused_with_the_nearest_name(url: str) -> None:
    with pytest.raises(UserError, match="did you mean"):
        open_backend(url, {})


def test_backends_are_the_files_beside_the_protocol() -> None:
    assert backends() == ("folder", "github", "mlflow", "oci", "remote")


@pytest.mark.parametrize("version", ["../v1.0.0", "v1", "v1.0.0/..", "v1.0.0\n", ""])
def test_a_release_cannot_have_a_version_that_leads_elsewhere(version: str) -> None:
    with pytest.raises(UserError):
        structs.replace(RELEASE, version=version)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../b", "a//b", "a\\b", "", ".", "a\0b"])
def test_a_file_cannot_lie_outside_its_folder(name: str, tmp_path: object) -> None:
    from pathlib import Path

    with pytest.raises(UserError, match="cannot be the name"):
        inside(Path("/models"), name)


def test_the_digest_of_several_files_is_that_of_their_raw_digests_by_name() -> None:
    import hashlib

    one, two = hashlib.sha256(b"1"), hashlib.sha256(b"2")
    files = (FileRecord("b", two.hexdigest(), 1), FileRecord("a", one.hexdigest(), 1))
    assert model_digest(files) == hashlib.sha256(one.digest() + two.digest()).hexdigest()
    assert model_digest(files[:1]) == two.hexdigest()
