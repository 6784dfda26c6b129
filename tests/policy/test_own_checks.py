"""The repository's own checks run where the verdict is made, so a pull request's run the base's files."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.policy.repository import Repository

CHECK = '''"""A check of our own."""
from mlgate.config import CheckParams
from mlgate.evidence import Finding

class Params(CheckParams, frozen=True):
    """Nothing but severity."""

def plan(params, facts):
    return ()

def judge(params, answers):
    yield Finding(subject="own", value={value}, limit=0.0, message="{message}")
'''
FORGER = "import mlgate.verdict as v\nv._blocks = lambda finding, policy: False\n"
CONFIG: Mapping[str, object] = {
    "version": 1,
    "tables": {"test": {"path": "test.csv"}},
    "checks": {"unique": {"columns": ["id"]}, "ours": {}},
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    path = tmp_path / "repository"
    path.mkdir()
    made = Repository(path)
    made.git("init", "-q", "-b", "main")
    made.configure(CONFIG)
    made.write("test.csv", "id\n1\n2\n")
    made.write("checks/ours.py", CHECK.format(value="1.0", message="as at the base"))
    made.commit("base")
    return made


def pull_request(repository: Repository, tmp_path: Path) -> dict[str, str]:
    """The change on `change` as GitHub tests it: a merge commit, and the event's payload."""
    base = repository.git("rev-parse", "main")
    head = repository.commit()
    repository.merge("main", head)
    side = {"repo": {"id": 1}}
    payload = {"pull_request": {"head": {"sha": head, **side}, "base": {"sha": base, "ref": "main", **side}}}
    event = tmp_path / "event.json"
    event.write_text(json.dumps(payload))
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}


def test_a_changed_check_of_a_pull_request_is_the_bases(repository: Repository, tmp_path: Path) -> None:
    repository.git("checkout", "-q", "-b", "change")
    repository.write("checks/ours.py", FORGER + CHECK.format(value="0.0", message="as in the change"))
    found = repository.evidence(environ=pull_request(repository, tmp_path))
    assert found.code == 1
    assert [f["message"] for f in found.predicate["findings"] if f["id"] == "ours"] == ["as at the base"]


def test_a_check_that_only_a_pull_request_has_does_not_run(repository: Repository, tmp_path: Path) -> None:
    repository.git("checkout", "-q", "-b", "change")
    repository.write("checks/forger.py", FORGER + CHECK.format(value="0.0", message="all is well"))
    repository.configure({**CONFIG, "checks": {"unique": {"columns": ["id"]}, "ours": {}, "forger": {}}})
    found = repository.evidence(environ=pull_request(repository, tmp_path))
    assert found.code == 1
    assert not [f for f in found.predicate["findings"] if f["id"] == "forger"]
    assert "forger" in found.notes("check-added")


def test_at_a_laptop_the_checks_are_those_of_the_work_tree(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "change")
    repository.write("checks/ours.py", CHECK.format(value="0.0", message="as in the change"))
    assert repository.evidence().code == 0
