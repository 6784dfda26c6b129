"""Features in a real repository: the same files have the same digests in a folder and at a commit."""

from pathlib import Path
from typing import Any

import pytest

from mlgate.errors import UserError
from mlgate.features.states import states_at, states_in_folder
from mlgate.inputs.git import Repository as Git
from tests.policy.repository import CONFIG, Repository, make_repository

FILE = """
version: 1
features:
  - name: sums
    versions:
      - {version: 1, schema: {age: integer}, transform: [pipeline/sums.py]}
      - {version: 2, schema: {age: integer}, transform: [pipeline]}
"""
CONFIGURED: dict[str, Any] = {
    **CONFIG,
    "model": {**CONFIG["model"], "requires": {"sums": 1}},
    "checks": {"feature-version": {}, "regression": CONFIG["checks"]["regression"]},
}


@pytest.fixture
def declared(tmp_path: Path) -> Repository:
    repository = make_repository(tmp_path / "repository", CONFIGURED)
    repository.write("features.yml", FILE)
    repository.write("pipeline/sums.py", "def sums(): ...\n")
    repository.write("pipeline/more.py", "x = 1\n")
    repository.commit("features")
    repository.git("branch", "-f", "main", "HEAD")
    return repository


def test_a_folder_and_a_commit_of_the_same_files_have_the_same_states(declared: Repository) -> None:
    (declared.path / "pipeline" / "__pycache__").mkdir()
    (declared.path / "pipeline" / "__pycache__" / "sums.pyc").write_bytes(b"1")
    here = states_in_folder(declared.path, "features.yml")
    assert here == states_at(Git(declared.path), "HEAD", "features.yml")
    assert len({state.sha256 for state in here}) == 2


def test_the_age_of_a_file_does_not_count_but_its_bytes_and_its_name_do(declared: Repository) -> None:
    before = states_in_folder(declared.path, "features.yml")
    (declared.path / "pipeline" / "sums.py").touch()
    assert states_in_folder(declared.path, "features.yml") == before
    (declared.path / "pipeline" / "more.py").rename(declared.path / "pipeline" / "other.py")
    after = states_in_folder(declared.path, "features.yml")
    assert [a.sha256 == b.sha256 for a, b in zip(after, before, strict=True)] == [True, False]


def test_without_the_file_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no features\.yml"):
        states_in_folder(tmp_path, "features.yml")


def test_a_pull_request_that_changes_a_transform_without_a_version_does_not_pass(declared: Repository) -> None:
    declared.git("checkout", "-q", "-b", "feature")
    declared.write("pipeline/sums.py", "def sums(): return 1\n")
    declared.commit()
    found = declared.evidence()
    assert found.code == 1
    about = [f for f in found.predicate["findings"] if f["id"] == "feature-version"]
    assert {f["subject"]: f.get("status", "pass") for f in about} == {
        "sums@1": "fail", "sums@2": "fail", "requires sums@1": "pass",
    }  # fmt: skip


def test_evidence_names_the_versions_that_the_model_requires(declared: Repository) -> None:
    found = declared.evidence()
    assert found.predicate["requires"] == {"sums": 1}
