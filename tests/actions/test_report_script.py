"""The scripts of the report's action, run as its steps would run them, with a recording stand-in for the kit."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ACTION = Path(__file__).parents[2] / "actions" / "report"
STAND_IN = """\
import json, os, sys
with open(os.environ["RUNNER_TEMP"] + "/record", "w") as record:
    token = os.environ.get("GITHUB_TOKEN")
    first = os.environ["PATH"].split(":")[0]
    json.dump({"arguments": sys.argv[1:], "isolated": sys.flags.isolated, "token": token, "first": first}, record)
sys.exit(int(os.environ.get("EXITS", "0")))
"""
INPUTS = {
    "MLGATE_CONFIGS": "mlgate.yml", "MLGATE_WORKFLOW": ".github/workflows/mlgate.yml", "MLGATE_COMMENT": "always",
    "MLGATE_NAME": "default", "MLGATE_AUTHOR": "github-actions[bot]", "MLGATE_PUBLISHER": "github",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the action beside a recording installer, and an environment with a stand-in for the kit."""
    for name in ("workspace", "temp", "venv/bin", "kit/requirements"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copytree(ACTION, tmp_path / "kit" / "actions" / "report")
    installer = 'echo "${GITHUB_TOKEN:-no token} $*" > "$RUNNER_TEMP/installed"; exit "${INSTALL_EXITS:-0}"\n'
    (tmp_path / "kit" / "requirements" / "install.sh").write_text(installer)
    (tmp_path / "venv" / "bin" / "mlgate").write_text(STAND_IN)
    (tmp_path / "venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "venv" / "bin" / "python").chmod(0o755)
    return tmp_path


def step(folder: Path, script: str, **given: str) -> subprocess.CompletedProcess[str]:
    """The finished step."""
    env = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(folder / "temp"), "MLGATE_VENV": str(folder / "venv")}
    return subprocess.run(
        ["bash", str(folder / "kit" / "actions" / "report" / script)],
        cwd=folder / "workspace", env=env | given, text=True, capture_output=True, check=False,
    )  # fmt: skip


def test_inputs_become_arguments_of_the_one_process_with_the_token(folder: Path) -> None:
    configs = "  models/a b/$(touch pwned).yml \n\n\tchurn/mlgate.yml"
    done = step(folder, "report.sh", **{**INPUTS, "MLGATE_CONFIGS": configs, "GITHUB_TOKEN": "ghs_x", "EXITS": "1"})

    assert done.returncode == 1, done.stderr
    record = json.loads((folder / "temp" / "record").read_text())
    assert record["arguments"] == [
        *("report", "--workflow", ".github/workflows/mlgate.yml", "--comment", "always", "--name", "default"),
        *("--author", "github-actions[bot]", "--publisher", "github", "--config", "models/a b/$(touch pwned).yml"),
        *("--config", "churn/mlgate.yml"),
    ]
    assert (record["token"], record["isolated"]) == ("ghs_x", 1)
    assert list((folder / "workspace").iterdir()) == []


def test_the_kit_is_installed_with_pinned_packages_only(folder: Path) -> None:
    assert step(folder, "install.sh").returncode == 0
    assert (folder / "temp" / "installed").read_text() == f"no token {folder / 'venv'} build core\n"


@pytest.mark.parametrize(("exits", "code"), [("1", 3), ("2", 2)])
def test_a_kit_that_cannot_be_installed_is_said(folder: Path, exits: str, code: int) -> None:
    done = step(folder, "install.sh", INSTALL_EXITS=exits)
    assert done.returncode == code
    assert "::error title=mlgate could not be installed::" in done.stdout


def stand_in_for_npm(folder: Path, code: int = 0) -> str:
    """A PATH on which npm writes down what it was told and where, and makes what it would have installed."""
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    made = "mkdir -p node_modules/.bin && echo > node_modules/.bin/cml && chmod +x node_modules/.bin/cml"
    npm.write_text(f'#!/bin/sh\necho "$PWD ${{GITHUB_TOKEN:-no token}} $*" >> "{folder}/npm"\n{made}\nexit {code}\n')
    npm.chmod(0o755)
    return f"{npm.parent}{os.pathsep}{os.environ['PATH']}"


def test_cml_is_installed_once_at_one_version_without_scripts_and_without_the_token(folder: Path) -> None:
    path = stand_in_for_npm(folder)
    (folder / "workspace" / ".npmrc").write_text("registry=https://evil.test\n")
    for _ in range(2):
        assert step(folder, "install-cml.sh", PATH=path).returncode == 0
    where = folder / "temp" / "mlgate-cml"
    [said] = (folder / "npm").read_text().splitlines()
    assert said.startswith(f"{where} no token install --ignore-scripts ")
    assert re.search(r" --prefix \S+/mlgate-cml @dvcorg/cml@\d+\.\d+\.\d+$", said)


def test_a_cml_that_cannot_be_installed_is_a_warning_and_the_report_still_runs(folder: Path) -> None:
    done = step(folder, "install-cml.sh", PATH=stand_in_for_npm(folder, code=1))
    assert done.returncode == 0
    assert "::warning title=mlgate::CML could not be installed" in done.stdout


def test_the_report_finds_the_installed_cml_first(folder: Path) -> None:
    step(folder, "report.sh", **{**INPUTS, "MLGATE_PUBLISHER": "cml", "GITHUB_TOKEN": "ghs_x"})
    record = json.loads((folder / "temp" / "record").read_text())
    assert record["first"] == str(folder / "temp" / "mlgate-cml" / "node_modules" / ".bin")
    assert "--publisher cml --config" in " ".join(record["arguments"])
