"""The example has too few rows for a margin of half a point: its next model may be merged, and is not promoted."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples.pull_requests import EXAMPLE, NOT_COPIED, environment, replace
from tests.cli.console import Seen, mlgate
from tests.policy.repository import ALONE, Repository

CHECKS = """checks:
  metrics: {limits: {auc: {min: 0.7}}}
  regression: {primary: auc, margins: {auc: 0.005}}
policy: {inconclusive: warn, required: [regression]}
"""
STAGES = """version: 1
registry: ../store
evidence-from: [file]
stages: {prod: {approval: []}}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The example with a margin of half a point, and a remote."""
    for module in ("sklearn", "pandas", "skops"):
        pytest.importorskip(module, reason="the example's requirements are not installed here")
    made = Repository(tmp_path / "repository")
    shutil.copytree(EXAMPLE, made.path, ignore=NOT_COPIED)
    configuration = made.path / "mlgate.yml"
    head = re.split(r"^checks:$", configuration.read_text(encoding="utf-8"), flags=re.MULTILINE)[0]
    made.write("mlgate.yml", head + CHECKS)
    made.write("stages.yml", STAGES.replace("approval: []", "versions: {mortgage: v0.1.0}"))
    made.git("init", "-q", "-b", "main")
    made.git("init", "-q", "--bare", "-b", "main", "../remote.git")
    made.git("remote", "add", "origin", "../remote.git")
    made.commit("The example")
    made.git("push", "-q", "origin", "main")
    return made


def typed(repository: Repository, *arguments: str) -> Seen:
    """A command on a laptop."""
    return mlgate(*arguments, cwd=repository.path, environ=ALONE)


def registered(repository: Repository, output: str, *more: str) -> None:
    """The model of the work tree is a version; its pull request could be merged."""
    seen = typed(repository, "check", "--quiet", "--output", f"../{output}", *more)
    assert seen.code == 0, seen.out + seen.err
    seen = typed(repository, "register", "--evidence", f"../{output}/evidence.json")
    assert seen.code == 0, seen.out + seen.err


def test_the_refusal_says_how_many_rows_would_settle_it(repository: Repository) -> None:
    registered(repository, "first")
    assert typed(repository, "promote", "mortgage@v0.1.0", "--stage", "prod").code == 0

    replace(repository.path / "train.py", '["phist", "selfemp", ', '["phist", ')
    subprocess.run([sys.executable, "train.py"], cwd=repository.path, env=environment(), check=True)
    repository.write("stages.yml", STAGES)
    repository.commit("Leave out who is self-employed")
    repository.git("push", "-q", "origin", "main")
    registered(repository, "second", "--baseline", "main~1", "--own-policy")

    refused = typed(repository, "promote", "mortgage@v0.2.0", "--stage", "prod")
    assert (refused.code, "refused to promote mortgage@v0.2.0 for prod" in refused.out) == (1, True), refused.out
    said = r"cannot tell: AUC fell [\d.]+ \(95 % CI .*, n=714\); at most 0\.005 allowed, needs ≈ ([\d,]+) rows"
    mend = r"mend: collect rows until it can tell \(about ([\d,]+) rows would\)"
    found = re.search(rf"^  regression: {said}\n    {mend}$", refused.out, re.MULTILINE)
    assert found, refused.out
    assert found[1] == found[2]
    assert int(found[1].replace(",", "")) > 714
