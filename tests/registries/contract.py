"""What every backend must do, whatever it is: a class of tests that each backend's own test class inherits."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlgate.errors import UserError
from mlgate.registries.backend import Backend, RegistryConflict, Release
from mlgate.transfer.files import release_of

SOURCE, EVIDENCE = "5" * 40, "e" * 64


def quiet(_: str) -> None:
    """Says nothing."""


def nothing(_: Release) -> None:
    """Is not needed."""


def make_release(
    folder: Path, version: str = "v1.0.0", model: str = "churn", files: dict[str, bytes] | None = None
) -> Release:
    """Files in `folder`, and the release that they are."""
    contents = files or {"model.bin": f"the model {version}".encode()}
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return release_of(model, version, folder, contents, source_sha=SOURCE, evidence_sha256=EVIDENCE)


@dataclass(frozen=True)
class Place:
    """A backend without any release, and what a test may do behind its back."""

    backend: Backend
    spoil: Callable[[Release], None]  # another byte stands in the first file
    lose: Callable[[Release], None]  # the first file is gone
    tag: Callable[[Release], None] = nothing  # git has the version's tag


class Contract:
    """Tests of one backend; `place` is the fixture that gives it."""

    @pytest.fixture
    def pushed(self, place: Place, tmp_path: Path) -> Release:
        """A release that lies there."""
        return self.push(place, tmp_path / "model")

    def push(
        self, place: Place, folder: Path, version: str = "v1.0.0", files: dict[str, bytes] | None = None
    ) -> Release:
        """A release that lies there."""
        release = make_release(folder, version, files=files)
        place.tag(release)
        place.backend.push(release, folder, quiet)
        return release

    def test_what_was_pushed_is_pulled(self, place: Place, tmp_path: Path) -> None:
        files = {"MLmodel": b"a: 1\n", "data/weights one.bin": bytes(range(256)) * 20_000, "data/ünï": b"x"}
        release = self.push(place, tmp_path / "model", files=files)
        place.backend.pull(release, tmp_path / "here", quiet)
        assert {name: (tmp_path / "here" / name).read_bytes() for name in files} == files
        assert place.backend.faults(release) == ()

    def test_pushing_twice_sends_once(self, place: Place, pushed: Release, tmp_path: Path) -> None:
        said: list[str] = []
        place.backend.push(pushed, tmp_path / "model", said.append)
        assert said == []
        assert place.backend.faults(pushed) == ()

    def test_other_bytes_are_refused_and_change_nothing(self, place: Place, pushed: Release, tmp_path: Path) -> None:
        other = make_release(tmp_path / "other", files={"model.bin": b"other bytes"})
        with pytest.raises(RegistryConflict, match="nothing was"):
            place.backend.push(other, tmp_path / "other", quiet)
        assert place.backend.faults(pushed) == ()

    def test_a_corrupt_byte_is_a_fault_and_is_not_pulled(
        self, place: Place, pushed: Release, tmp_path: Path
    ) -> None:  # fmt: skip
        place.spoil(pushed)
        assert any("model.bin" in fault for fault in place.backend.faults(pushed))
        with pytest.raises(UserError):
            place.backend.pull(pushed, tmp_path / "here", quiet)
        assert [*tmp_path.iterdir()] == [tmp_path / "model"]

    def test_what_is_lost_is_a_fault_and_is_put_back(self, place: Place, pushed: Release, tmp_path: Path) -> None:
        place.lose(pushed)
        assert any("missing" in fault or "0 of" in fault for fault in place.backend.faults(pushed))
        place.backend.push(pushed, tmp_path / "model", quiet)
        assert place.backend.faults(pushed) == ()

    def test_a_stage_shows_the_version_that_was_last_pointed_to(
        self, place: Place, pushed: Release, tmp_path: Path
    ) -> None:
        second = self.push(place, tmp_path / "second", "v1.1.0")
        for release in (pushed, second, second):
            place.backend.point(release, "prod")
        place.backend.point(pushed, "staging")
        assert place.backend.shown("churn") == {"prod": "v1.1.0", "staging": "v1.0.0"}
        place.backend.point(pushed, "prod")
        assert place.backend.shown("churn") == {"prod": "v1.0.0", "staging": "v1.0.0"}

    def test_a_stage_that_is_cleared_shows_nothing_and_the_version_stays(self, place: Place, pushed: Release) -> None:
        place.backend.point(pushed, "prod")
        for _ in range(2):
            place.backend.clear("churn", "prod")
        assert place.backend.shown("churn") == {}
        assert place.backend.faults(pushed) == ()

    def test_what_was_never_there_shows_nothing_and_is_not_pulled(self, place: Place, tmp_path: Path) -> None:
        release = make_release(tmp_path / "model")
        assert place.backend.shown("churn") == {}
        place.backend.clear("churn", "prod")
        assert place.backend.faults(release)
        with pytest.raises(UserError):
            place.backend.pull(release, tmp_path / "here", quiet)
        assert not (tmp_path / "here").exists()
