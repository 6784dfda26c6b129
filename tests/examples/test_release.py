"""The release of the example goes the way that the demo shows, and a command that ends otherwise is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples import pull_requests
from examples.demo import find_mlgate, release
from examples.pull_requests import commit, replace
from examples.release import Ended, Typed, scenes
from tests.examples.test_demo import stand_in

IN_CI = any(os.environ.get(name) for name in ("CI", "MLGATE_CI"))
ENDS = Typed("mlgate promote churn@v1.0.0", "refused", code=1)


def test_a_command_that_ends_as_it_should_is_no_surprise() -> None:
    assert Ended(ENDS, 1, "refused to promote").surprise is None


@pytest.mark.parametrize(("code", "output"), [(0, "refused"), (1, "done")])
def test_another_exit_code_or_other_words_are_a_surprise(code: int, output: str) -> None:
    assert "`mlgate promote churn@v1.0.0` should" in (Ended(ENDS, code, output).surprise or "")


def test_only_two_requests_are_refused_and_the_audit_is_last() -> None:
    typed = [each for scene in scenes() for each in scene.typed]
    refused = [each.words.split()[1:3] for each in typed if each.code]
    assert refused == [["promote", "mortgage@v0.2.0"], ["features", "retire"]]
    assert typed[-1].words == "mlgate audit verify"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example without pull requests."""
    monkeypatch.setattr(pull_requests, "PULL_REQUESTS", ())
    pull_requests.make_repository(tmp_path / "repository")
    return tmp_path / "repository"


def test_a_release_ends_with_the_first_command_that_goes_wrong(repository: Path, tmp_path: Path) -> None:
    mlgate = stand_in(tmp_path)  # it knows `mlgate check` of the pull requests alone
    wrong = release(str(mlgate), repository, Path(sys.executable))
    assert wrong == ["`mlgate check --quiet --output ../first` should end with 0, and ended with 1"]


@pytest.mark.usefixtures("example_requirements")
@pytest.mark.skipif(not IN_CI, reason="checks two models and takes half a minute; MLGATE_CI=1 runs it")
def test_the_real_commands_end_as_the_demo_says(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(repository / "mlgate.yml", "  notebooks: {paths: [notebook.ipynb]}\n", "")
    commit(repository, "Leave the notebook out, which takes most of the time")
    mlgate = find_mlgate()
    assert mlgate is not None
    assert release(mlgate, repository, Path(sys.executable)) == [], capsys.readouterr().out
    tags = subprocess.run(
        ["git", "tag"], cwd=repository.parent / "remote.git", check=True, capture_output=True, text=True
    )
    assert tags.stdout.split() == [
        "mortgage#prod#1", "mortgage#prod#2", "mortgage#prod#3", "mortgage@v0.1.0", "mortgage@v0.2.0",
    ]  # fmt: skip
