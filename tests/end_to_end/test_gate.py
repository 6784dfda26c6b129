"""A pull request is let in or not, by the very workflow that the README shows."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.consumer import CONFIGURATION, SHORT_WORKFLOW, curious, open_pull_request, predictions, write_base
from tests.end_to_end.harness import SECRET, Run, Runner

ONE_STEP = """\
name: mlgate
on: {pull_request: {}}
permissions: {contents: read}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {fetch-depth: 2, persist-credentials: false}
      - uses: mlgate/mlgate/actions/check@v1
"""
WORKFLOWS = {
    "gate / gate": SHORT_WORKFLOW,
    "gate": ONE_STEP,
    "gate of the Marketplace": ONE_STEP.replace("  gate:\n", "  gate:\n    name: gate of the Marketplace\n").replace(
        "mlgate/mlgate/actions/check@v1", "mlgate/mlgate@v1"
    ),
}
Change = Callable[[Path], None]


def unchanged_model(tree: Path) -> None:
    """A change that has nothing to do with the model."""
    (tree / "README.md").write_text("Churn\n", encoding="utf-8")


def worse_model(tree: Path) -> None:
    """Predictions whose AUC is proved to be lower."""
    (tree / "candidate.csv").write_text(predictions(0.4), encoding="utf-8")


def run_pull_request(runner: Runner, folder: Path, change: Change, workflow: str = SHORT_WORKFLOW) -> Run:
    """The run of `workflow` for a pull request with `change`."""
    pull = open_pull_request(folder / "origin", lambda tree: write_base(tree, workflow), change, folder / "checkout")
    return runner.run(pull.checkout, "pull_request", pull.event, folder / "run")


@pytest.mark.parametrize(("check", "workflow"), WORKFLOWS.items(), ids=WORKFLOWS)
def test_a_harmless_pull_request_passes(runner: Runner, tmp_path: Path, check: str, workflow: str) -> None:
    run = run_pull_request(runner, tmp_path, unchanged_model, workflow)

    assert run.jobs == {check: "success"}, run.log
    assert (run.outputs["verdict"], run.outputs["exit-code"]) == ("pass", "0")
    assert [a for a in run.annotations if a.level == "error"] == []
    assert "safe to merge" in run.summary


@pytest.mark.parametrize(("check", "workflow"), WORKFLOWS.items(), ids=WORKFLOWS)
def test_a_pull_request_that_makes_the_model_worse_fails(
    runner: Runner, tmp_path: Path, check: str, workflow: str
) -> None:
    run = run_pull_request(runner, tmp_path, worse_model, workflow)

    assert run.jobs == {check: "failure"}, run.log
    assert (run.outputs["verdict"], run.outputs["exit-code"]) == ("fail", "1")
    assert "do not merge" in run.summary


def test_the_failure_is_shown_at_the_line_of_the_check(runner: Runner, tmp_path: Path) -> None:
    run = run_pull_request(runner, tmp_path, worse_model)

    [error] = [a for a in run.annotations if a.level == "error"]
    assert (error.file, error.line) == ("mlgate.yml", CONFIGURATION.splitlines().index("    margins: {auc: 0.02}") + 1)
    assert "auc" in error.message.lower()


def test_evidence_and_report_are_kept_as_an_artifact(runner: Runner, tmp_path: Path) -> None:
    run = run_pull_request(runner, tmp_path, worse_model)

    assert [path.name for path in run.artifacts.iterdir()] == ["mlgate-evidence"]
    assert {"evidence.json", "report.md"} <= {path.name for path in (run.artifacts / "mlgate-evidence").iterdir()}


def test_a_configuration_that_cannot_be_used_is_named_at_its_line(runner: Runner, tmp_path: Path) -> None:
    def misspell(tree: Path) -> None:
        (tree / "mlgate.yml").write_text(CONFIGURATION.replace("model:", "modl:"), encoding="utf-8")

    run = run_pull_request(runner, tmp_path, misspell)

    assert run.jobs == {"gate / gate": "failure"}, run.log
    assert run.outputs["exit-code"] == "2"
    [error] = [a for a in run.annotations if a.level == "error"]
    assert (error.file, error.line) == ("mlgate.yml", 2)
    assert "modl" in error.message
    assert "did you mean 'model'?" in run.summary


def test_predictions_may_come_from_an_earlier_job(runner: Runner, tmp_path: Path) -> None:
    workflow = """\
name: mlgate
on: {pull_request: {}}
permissions: {contents: read}
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - run: mkdir "$ARTIFACTS/new" && sed 's/,1,0/,1,0.0/' baseline.csv > "$ARTIFACTS/new/candidate.csv"
  gate:
    needs: train
    if: always()
    uses: mlgate/mlgate/.github/workflows/gate.yml@v1
    with: {artifact: new}
"""
    run = run_pull_request(runner, tmp_path, unchanged_model, workflow)

    assert run.jobs == {"train": "success", "gate / gate": "failure"}, run.log
    assert run.outputs["verdict"] == "fail"


def test_the_callers_commands_replace_the_installation(runner: Runner, tmp_path: Path) -> None:
    workflow = (
        SHORT_WORKFLOW
        + """\
    with:
      setup: echo "MLGATE_TEST_SETUP=done" >> "$GITHUB_ENV"
      install: |
        test "$MLGATE_TEST_SETUP" = done
        false
        echo "a command after one that failed"
"""
    )
    run = run_pull_request(runner, tmp_path, unchanged_model, workflow)

    assert run.jobs == {"gate / gate": "failure"}, run.log
    assert "exit-code" not in run.outputs, "an installation that failed is not followed by a check"


def test_a_runner_may_be_named_by_several_labels(runner: Runner, tmp_path: Path) -> None:
    workflow = (
        SHORT_WORKFLOW
        + """\
    with:
      runs-on: '["ubuntu-latest"]'
"""
    )
    run = run_pull_request(runner, tmp_path, unchanged_model, workflow)

    assert run.jobs == {"gate / gate": "success"}, run.log


def test_a_push_is_checked_too(runner: Runner, tmp_path: Path) -> None:
    pull = open_pull_request(tmp_path / "origin", write_base, worse_model, tmp_path / "checkout")
    push = {"ref": "refs/heads/main", "repository": pull.event["repository"], "after": pull.merge_sha}
    run = runner.run(pull.checkout, "push", push | {"before": pull.base_sha}, tmp_path / "run")

    assert run.jobs == {"gate / gate": "failure"}, run.log


def test_the_kit_is_installed_where_there_is_none(runner: Runner, tmp_path: Path) -> None:
    pull = open_pull_request(tmp_path / "origin", write_base, unchanged_model, tmp_path / "checkout")
    run = runner.run(pull.checkout, "pull_request", pull.event, tmp_path / "run", {"MLGATE_VENV": ""})

    assert run.jobs == {"gate / gate": "success"}, run.log
    assert "mlgate: installing build core" in run.log


def test_evidence_names_the_commit_that_was_tested_and_the_two_it_comes_from(runner: Runner, tmp_path: Path) -> None:
    pull = open_pull_request(tmp_path / "origin", write_base, unchanged_model, tmp_path / "checkout")
    run = runner.run(pull.checkout, "pull_request", pull.event, tmp_path / "run")

    predicate = json.loads((run.artifacts / "mlgate-evidence" / "evidence.json").read_bytes())["predicate"]
    assert predicate["tested_sha"] == pull.merge_sha
    assert predicate["base_sha"] == pull.base_sha
    assert predicate["head_sha"] == pull.head_sha


def test_no_process_that_the_code_of_a_pull_request_can_see_holds_a_credential(runner: Runner, tmp_path: Path) -> None:
    loot = tmp_path / "loot"
    workflow = ONE_STEP + "        env: {DATA_TOKEN: '${{ secrets.DATA_TOKEN }}'}\n"

    def spy(tree: Path) -> None:
        (tree / "spy.py").write_text(curious(loot), encoding="utf-8")
        environment = "environment: {prepare: python3 spy.py}\n"
        (tree / "mlgate.yml").write_text(CONFIGURATION + environment, encoding="utf-8")

    run = run_pull_request(runner, tmp_path, spy, workflow)

    assert loot.exists(), run.log
    assert "PATH=" in loot.read_text(encoding="utf-8"), "the spy saw nothing at all"
    assert SECRET not in loot.read_text(encoding="utf-8")
