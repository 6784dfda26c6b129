"""The recipes for other forges, run as their runners would, with a recording stand-in for CML."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.conftest import Run
from tests.docs.prose import ROOT, blocks
from tests.end_to_end.consumer import CONFIGURATION, commit, git, predictions

PAGE = ROOT / "docs" / "other-forges.md"
CML = """\
#!{python}
import json, os, sys
seen = {{"arguments": sys.argv[1:], "env": dict(os.environ), "report": open(sys.argv[-1]).read()}}
json.dump(seen, open("{record}", "w"))
"""
TOKEN = "glpat-a-token-of-the-project"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A merge request: a base, and a head whose model is worse."""
    tree = tmp_path / "checkout"
    tree.mkdir()
    git(tree, "init", "--quiet", "--template=", "--initial-branch=main")
    (tree / "mlgate.yml").write_text(CONFIGURATION)
    for name in ("baseline.csv", "candidate.csv"):
        (tree / name).write_text(predictions(0.1))
    commit(tree, "Base")
    git(tree, "update-ref", "refs/remotes/origin/main", "HEAD")
    (tree / "candidate.csv").write_text(predictions(0.4))
    (tree / "mlgate.yml").write_text(CONFIGURATION.replace("margins: {auc: 0.02}", "margins: {auc: 0.9}"))
    commit(tree, "Worse, by a laxer policy")
    return tree


def recipe() -> dict[str, Any]:
    [text] = [block for block in blocks(PAGE, "yaml") if ".gitlab-ci.yml" in block]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def job(name: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The finished script of a job of the recipe, as GitLab's shell executor runs it."""
    of_job = {key: str(value) for key, value in recipe()[name]["variables"].items()}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(folder.parent), "CI": "true", "GITLAB_CI": "true", "TERM": "dumb"}
    script = "set -eo pipefail\n" + "\n".join(recipe()[name]["script"]).replace("--install ", "")
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env | of_job | variables, text=True, capture_output=True, check=False
    )


def test_gitlabs_gate_judges_against_the_base_of_the_merge_request_by_its_policy(checkout: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD~1")
    done = job("gate", checkout, CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_MERGE_REQUEST_TARGET_BRANCH_SHA="")
    assert done.returncode == 1, done.stdout + done.stderr
    evidence = json.loads((checkout / "out" / "evidence.json").read_bytes())
    assert evidence["predicate"]["base_sha"] == base


def test_gitlabs_comment_is_the_evidence_handed_to_cml_without_a_checkout(checkout: Path, tmp_path: Path) -> None:
    job("gate", checkout, CI_MERGE_REQUEST_DIFF_BASE_SHA=git(checkout, "rev-parse", "HEAD~1"))
    empty, record = tmp_path / "empty", tmp_path / "record.json"
    for folder in (empty / "out", empty / "cml" / "node_modules" / ".bin"):
        folder.mkdir(parents=True)
    (checkout / "out" / "evidence.json").rename(empty / "out" / "evidence.json")
    stand_in = empty / "cml" / "node_modules" / ".bin" / "cml"
    stand_in.write_text(CML.format(python=sys.executable, record=record))
    stand_in.chmod(0o755)

    done = job("comment", empty, CI_PROJECT_URL="https://gitlab.test/octo/models", CI_MERGE_REQUEST_IID="7",
               REPO_TOKEN=TOKEN)  # fmt: skip

    assert done.returncode == 0, done.stderr
    seen = json.loads(record.read_text())
    assert seen["arguments"] == [
        "comment", "update", "--publish=false", "--driver=gitlab", "--repo=https://gitlab.test/octo/models",
        "--target=pr/7", "--watermark-title=mlgate", "report.md",
    ]  # fmt: skip
    assert (seen["env"]["ITERATIVE_DO_NOT_TRACK"], seen["env"]["REPO_TOKEN"]) == ("1", TOKEN)
    assert seen["env"]["HOME"] != str(tmp_path), "CML would edit the git configuration there"
    assert "mlgate: do not merge" in seen["report"]


def test_the_job_that_runs_the_change_is_not_the_one_with_the_token() -> None:
    gate, comment = recipe()["gate"], recipe()["comment"]
    assert "environment" not in gate
    assert comment["environment"]["name"] == "mlgate"
    assert comment["variables"]["GIT_STRATEGY"] == "none"


def test_the_versions_of_cml_are_the_actions_own() -> None:
    installed = (ROOT / "actions" / "report" / "install-cml.sh").read_text()
    version = installed.split("version=", 1)[1].splitlines()[0]
    assert f"@dvcorg/cml@{version})" in str(recipe()["comment"]["before_script"])


def test_others_get_the_report_as_a_file_and_the_verdict_as_exit_code(checkout: Path, run: Run) -> None:
    [script] = blocks(PAGE, "bash")
    done = run(script, checkout)
    assert done.returncode == 1, done.stderr
    assert "mlgate: do not merge" in (checkout / "report.md").read_text()
