"""An OCI registry, the real one of Debian's docker-registry, and what skopeo reads in it."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgate.registries.backend import RegistryConflict, Release, open_backend
from mlgate.registries.oci import Registry
from mlgate.transfer import oci_upload
from tests.registries.contract import Contract, Place, make_release, quiet
from tests.servers.programs import oci_registry, program


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Host and port, and the folder in which the registry keeps its data."""
    folder = tmp_path_factory.mktemp("registry")
    with oci_registry(folder) as host:
        yield host, folder / "data"


def blob(data: Path, digest: str) -> Path:
    """Where the registry keeps a blob."""
    return data / "docker/registry/v2/blobs/sha256" / digest[:2] / digest / "data"


def open_at(host: str, repository: str, folder: Path) -> Registry:
    """The backend, which remembers uploads in `folder`."""
    backend = open_backend(f"oci://{host}/{repository}", {"XDG_CACHE_HOME": str(folder)})
    assert isinstance(backend, Registry)
    return backend


@pytest.fixture
def place(server: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A repository of its own for each test; its name makes the blobs others than another test's."""
    host, data = server
    folder = tmp_path_factory.mktemp("acme")

    def spoil(release: Release) -> None:
        path = blob(data, release.files[0].sha256)
        path.write_bytes(path.read_bytes()[::-1])

    def lose(release: Release) -> None:
        digest = release.files[0].sha256
        (data / f"docker/registry/v2/repositories/{folder.name}/churn/_layers/sha256/{digest}/link").unlink()
        blob(data, digest).unlink()

    return Place(open_at(host, folder.name, folder), spoil, lose)


class TestOci(Contract):
    """The contract."""

    @pytest.fixture(autouse=True)
    def whole(self, server: tuple[str, Path]) -> Iterator[None]:
        """Blobs are shared by all repositories: what a test broke is removed."""
        yield
        for path in (server[1] / "docker/registry/v2/blobs").glob("sha256/*/*/data"):
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.parent.name:
                path.unlink()


def test_skopeo_reads_what_was_pushed(place: Place, tmp_path: Path) -> None:
    release = make_release(tmp_path / "model")
    place.backend.push(release, tmp_path / "model", quiet)
    place.backend.point(release, "prod")
    address = f"docker://{place.backend.name.removeprefix('oci://')}/churn:prod"
    command = [program("skopeo"), "inspect", "--tls-verify=false"]
    raw = subprocess.run([*command, "--raw", address], capture_output=True, check=True).stdout
    seen = json.loads(subprocess.run([*command, address], capture_output=True, check=True).stdout)
    assert json.loads(raw)["annotations"]["io.mlgate.evidence.sha256"] == "e" * 64
    assert sorted(seen["RepoTags"]) == ["prod", "v1.0.0"]
    assert f"sha256:{release.files[0].sha256}" in seen["Layers"]


def test_an_upload_that_was_killed_goes_on_where_it_was(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oci_upload, "STEP", 1_000_000)
    release = make_release(tmp_path / "model", files={"model.bin": os.urandom(3_500_000)})
    backend = place.backend
    assert isinstance(backend, Registry)
    sent, whole = [], backend.server.session.request

    def cut_off(method: str, url: str, **how: object) -> object:
        sent.append(method)
        if sent.count("PATCH") == 3:
            raise KeyboardInterrupt
        return whole(method, url, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(backend.server.session, "request", cut_off)
    with pytest.raises(KeyboardInterrupt):
        backend.push(release, tmp_path / "model", quiet)
    host, again = backend.name.removeprefix("oci://").partition("/")[0], list[str]()
    later = open_at(host, backend.path, backend.remembered.parent.parent)
    later.server.session.hooks["response"].append(lambda answer, **_: again.append(answer.request.method))
    later.push(release, tmp_path / "model", quiet)
    assert again.count("PATCH") == 2 + 2  # the rest of the file; record and config
    assert later.faults(release) == ()


def test_a_tag_with_other_bytes_is_refused(place: Place, tmp_path: Path) -> None:
    place.backend.push(make_release(tmp_path / "one"), tmp_path / "one", quiet)
    other = make_release(tmp_path / "two", files={"model.bin": b"other"})
    with pytest.raises(RegistryConflict):
        place.backend.push(other, tmp_path / "two", quiet)
