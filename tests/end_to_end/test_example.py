"""The example's own pull requests, by the example's own workflow, with its requirements installed."""

import shutil
from pathlib import Path

from examples.pull_requests import EXAMPLE, NOT_COPIED, PULL_REQUESTS
from tests.end_to_end.consumer import open_pull_request
from tests.end_to_end.harness import Run, Runner


def run_example(runner: Runner, folder: Path, branch: str) -> Run:
    """The run of the example's workflow for one of its pull requests."""
    [change] = [pull.change for pull in PULL_REQUESTS if pull.branch == branch]

    def base(tree: Path) -> None:
        shutil.copytree(EXAMPLE, tree, ignore=NOT_COPIED, dirs_exist_ok=True)

    pull = open_pull_request(folder / "origin", base, change, folder / "checkout")
    return runner.run(pull.checkout, "pull_request", pull.event, folder / "run")


def test_a_refactoring_of_the_example_may_be_merged(runner: Runner, tmp_path: Path) -> None:
    run = run_example(runner, tmp_path, "refactor-features")

    assert run.jobs == {"gate / gate": "success"}, run.log
    assert run.outputs["verdict"] == "pass", run.summary


def test_broken_test_data_of_the_example_are_named_by_file_and_column(runner: Runner, tmp_path: Path) -> None:
    run = run_example(runner, tmp_path, "new-export")

    assert run.jobs == {"gate / gate": "failure"}, run.log
    assert run.outputs["verdict"] == "fail", run.log
    messages = " ".join(a.title + a.message for a in run.annotations if a.level == "error")
    assert "pirat" in messages
    assert "data/test.csv" in run.summary
