"""This repository gates its own example by the action in its own checkout."""

import shutil
from pathlib import Path

from tests.end_to_end.consumer import commit, git
from tests.end_to_end.harness import Runner


def test_the_job_gate_of_ci_passes(runner: Runner, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(runner.kit, checkout)
    git(checkout, "init", "--quiet", "--template=", "--initial-branch=main")
    before = commit(checkout, "Before")
    (checkout / "notes.txt").write_text("A change that has nothing to do with the model.\n", encoding="utf-8")
    after = commit(checkout, "Change")
    push = {"ref": "refs/heads/main", "before": before, "after": after}
    run = runner.run(checkout, "push", push, tmp_path / "run", workflow="ci.yml", job="gate")

    assert run.jobs == {"gate (mortgage)": "success"}, run.log
    assert run.outputs["verdict"] == "pass", run.summary
    assert [path.name for path in run.artifacts.iterdir()] == ["mlgate-evidence-examples--mortgage"]
