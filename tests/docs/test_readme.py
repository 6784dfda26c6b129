"""What the README says is so: its files work when pasted, its commands run, its tables are complete."""

import shutil
from pathlib import Path

import pytest

from examples.pull_requests import EXAMPLE, NOT_COPIED
from mlgate import exit_codes
from mlgate.measuring.metrics import FAMILIES, PRIMARY, metric_named, metrics_of
from mlgate.plugins import find_checks
from tests.docs.conftest import Run, commit
from tests.docs.prose import README, ROOT, blocks, commands, names, section, tables

CONFIGURATIONS = [text for text in blocks(README, "yaml") if text.startswith("version:")]
DATA_ONLY, PREDICTIONS_ONLY, WITH_MODEL = CONFIGURATIONS


def test_the_data_only_configuration_works_when_pasted(repository: Path, run: Run) -> None:
    (repository / "mlgate.yml").write_text(DATA_ONLY, encoding="utf-8")
    done = run("mlgate check", repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "safe to merge" in done.stdout


def test_the_predictions_only_configuration_works_when_pasted(repository: Path, run: Run) -> None:
    (repository / "mlgate.yml").write_text(PREDICTIONS_ONLY, encoding="utf-8")
    done = run("mlgate check", repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "safe to merge" in done.stdout


def test_the_configuration_with_a_model_works_when_pasted(tmp_path: Path, run: Run) -> None:
    pytest.importorskip("skops", reason="the example's requirements are not installed here")
    tree = tmp_path / "repository"
    shutil.copytree(EXAMPLE, tree, ignore=NOT_COPIED)
    (tree / "mlgate.yml").write_text(WITH_MODEL, encoding="utf-8")
    commit(tree, run)
    done = run("mlgate check", tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "safe to merge" in done.stdout


def test_every_mlgate_command_runs(repository: Path, run: Run) -> None:
    both = PREDICTIONS_ONLY.replace(
        "\nchecks:", "\ntables:\n  test: {path: data/test.csv, key: id, target: label}\nchecks:"
    )
    both += "  missing: {columns: {income: {max: 0.02}}}\n"
    (repository / "mlgate.yml").write_text(both.replace("{auc: 0.01}", "{auc: 0.01, accuracy: 0.01}"), encoding="utf-8")
    found = [command for command in commands(README) if command.startswith("mlgate ")]
    assert len(found) >= 5
    for command in found:
        done = run(command, repository)
        assert done.returncode == 0, command + done.stdout + done.stderr
    assert (repository / "out" / "evidence.json").is_file()
    assert (repository / "out" / "report.md").is_file()


def test_the_table_of_checks_has_every_check() -> None:
    listed = [names(row[0])[0] for row in tables(section(README, "Checks"))[0]]
    assert sorted(listed) == sorted(find_checks())


ARGUMENTS = {"recall": "a", "auc-ovr": "a", "top-k-accuracy": "3", "confusion": "a>b", "pinball": "0.9"}


def test_the_list_of_metrics_is_complete() -> None:
    rows = tables(section(README, "Checks"))[1]
    listed = {names(row[0])[0]: {name.partition(":")[0] for name in names(row[1])} for row in rows}
    assert set(listed) == set(PRIMARY)
    for task in PRIMARY:
        found = listed[task]
        of_family = [metric_named(f"{f}:{a}") for f, a in ARGUMENTS.items()]
        families = {m.id.partition(":")[0] for m in of_family if task in m.methods}
        assert found == set(metrics_of(task)) | families, task
    assert set(ARGUMENTS) == set(FAMILIES)


def test_the_table_of_exit_codes_is_the_command_lines_own() -> None:
    codes = {int(row[0]) for row in tables(section(README, "What blocks a merge, and why"))[1]}
    assert codes == {exit_codes.OK, exit_codes.FAILED, exit_codes.USER, exit_codes.OURS, exit_codes.INTERRUPTED}
    for code in codes:
        assert f"{code}  " in exit_codes.EXIT_CODES


def test_the_picture_is_small() -> None:
    assert 10_000 < (ROOT / "docs" / "images" / "report.png").stat().st_size < 200_000


def test_the_command_is_installed_by_the_name_of_the_package() -> None:
    (install,) = (command for command in commands(README) if command.startswith("pip "))
    assert install == 'pip install "mlgate @ git+https://github.com/mlgate/mlgate@v1"'
