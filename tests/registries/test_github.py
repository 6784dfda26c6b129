"""GitHub Releases as a registry, on a fake that holds every request against GitHub's own description."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from mlgate.errors import UserError
from mlgate.github.releases import Releases
from mlgate.github.transport import Clock, GitHubError, Transport
from mlgate.registries.backend import RegistryConflict, Release, open_backend
from mlgate.registries.github import GitHubReleases
from tests.github_fake import faults
from tests.github_fake.delivery import Asset
from tests.github_fake.repository import Repository
from tests.github_fake.server import FakeGitHub
from tests.registries.contract import Contract, Place, make_release, quiet

NO_WAITING = Clock(now=lambda: 0.0, sleep=lambda _: None)


@pytest.fixture
def repository() -> Iterator[Repository]:
    """A repository on the fake."""
    with FakeGitHub() as fake:
        yield fake.repository("acme/churn")


def first_asset(repository: Repository, release: Release) -> Asset:
    """The asset of the release's first file."""
    ids = {each.id for each in repository.releases.current() if each.tag == str(release)}
    found = [each for each in repository.assets.current() if each.release in ids]
    return next(each for each in found if each.name.startswith(release.files[0].name))


def tag(repository: Repository, release: Release) -> None:
    """The ledger has pushed the version's tag."""
    repository.set_ref(f"tags/{release}", repository.tip("main"))


def make_place(repository: Repository, largest: int = 2_000_000) -> Place:
    """The repository's releases, with parts of at most `largest` bytes."""
    fake = repository.world
    token = fake.token(repository, {"contents": "write"})
    backend = GitHubReleases(
        "github:acme/churn", Releases(Transport(fake.url, token, clock=NO_WAITING), "acme/churn"), largest
    )

    def spoil(release: Release) -> None:
        asset = first_asset(repository, release)
        repository.assets.put(asset.id, replace(asset, content=asset.content[::-1]))

    def lose(release: Release) -> None:
        repository.assets.remove(first_asset(repository, release).id)

    return Place(backend, spoil, lose, lambda release: tag(repository, release))


class TestGitHub(Contract):
    """The contract."""

    @pytest.fixture
    def place(self, repository: Repository) -> Place:
        """A repository without releases."""
        return make_place(repository)

    def test_no_release_becomes_the_latest(self, place: Place, pushed: Release, repository: Repository) -> None:
        place.backend.point(pushed, "prod")
        released = repository.releases.current()
        assert [(each.tag, each.draft, each.latest) for each in released] == [("churn@v1.0.0", False, False)]

    def test_the_text_that_people_wrote_stays_when_stages_move(
        self, place: Place, pushed: Release, repository: Repository
    ) -> None:
        (made,) = repository.releases.current()
        repository.releases.put(made.id, replace(made, body=f"{made.body}\nNotes of a person."))
        place.backend.point(pushed, "prod")
        place.backend.clear("churn", "prod")
        (now,) = repository.releases.current()
        assert now.body == f"{made.body}\nNotes of a person."

    def test_an_asset_that_somebody_changed_is_not_overwritten(
        self, place: Place, pushed: Release, tmp_path: Path
    ) -> None:
        place.spoil(pushed)
        with pytest.raises(RegistryConflict):
            place.backend.push(pushed, tmp_path / "model", quiet)


def test_parts_that_are_there_are_not_sent_again(repository: Repository, tmp_path: Path) -> None:
    place = make_place(repository, largest=4)
    release = make_release(tmp_path / "model", files={"model.bin": b"0123456789"})
    tag(repository, release)
    fake = cast(FakeGitHub, repository.world)
    fake.inject("repos/upload-release-asset", faults.server_error(502), skip=2)
    with pytest.raises(GitHubError):
        place.backend.push(release, tmp_path / "model", quiet)
    said: list[str] = []
    place.backend.push(release, tmp_path / "model", said.append)
    assert said == ["sending model.bin.part-3-of-3 to github:acme/churn"]
    place.backend.pull(release, tmp_path / "here", quiet)
    assert (tmp_path / "here/model.bin").read_bytes() == b"0123456789"


def test_a_release_stays_a_draft_until_its_tag_is_there(repository: Repository, tmp_path: Path) -> None:
    place, release = make_place(repository), make_release(tmp_path / "model")
    place.backend.push(release, tmp_path / "model", quiet)
    assert place.backend.faults(release) == ("the release churn@v1.0.0: still a draft",)
    assert repository.refs.get(f"tags/{release}") is None
    tag(repository, release)
    place.backend.push(release, tmp_path / "model", quiet)
    assert place.backend.faults(release) == ()


def test_the_token_goes_to_no_other_host_for_an_upload(repository: Repository, tmp_path: Path) -> None:
    place, release = make_place(repository), make_release(tmp_path / "model")
    repository.world.uploads_url = "http://evil.test"
    with pytest.raises(GitHubError, match="another host"):
        place.backend.push(release, tmp_path / "model", quiet)


def test_without_a_token_it_says_what_to_set() -> None:
    with pytest.raises(UserError, match="GITHUB_TOKEN is not set"):
        open_backend("github:", {"GITHUB_REPOSITORY": "acme/churn"})


def test_the_repository_and_its_server_come_from_the_environment() -> None:
    environ = {"GITHUB_TOKEN": "secret", "GITHUB_REPOSITORY": "acme/churn", "GITHUB_API_URL": "https://ghe.test/api/v3"}
    backend = open_backend("github:", environ)
    assert backend.name == "github:acme/churn"
    assert "secret" not in repr(backend)
