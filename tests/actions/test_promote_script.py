"""The script of the promote action, run as its step would run it, with a recording stand-in for the kit."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ACTION = Path(__file__).parents[2] / "actions" / "promote"
STAND_IN = """\
import json, os, pathlib, sys
arguments = sys.argv[1:]
key = os.environ.get("MLGATE_SIGNING_KEY")
seen = {"arguments": arguments, "isolated": sys.flags.isolated, "environment": dict(os.environ)}
if key:
    seen["key"] = [pathlib.Path(key).read_text(), oct(os.stat(key).st_mode)]
with open(os.environ["RUNNER_TEMP"] + "/record", "a") as record:
    record.write(json.dumps(seen) + "\\n")
said = json.loads(pathlib.Path("says.json").read_text()).get(arguments[0], {})
with open(os.environ["GITHUB_OUTPUT"], "a") as output:
    output.writelines(f"{name}={value}\\n" for name, value in said.get("outputs", {}).items())
if "--into" in arguments and not said.get("exits"):
    folder = pathlib.Path(arguments[arguments.index("--into") + 1])
    folder.mkdir()
    (folder / "model.skops").write_text("bytes")
sys.stderr.write(said.get("stderr", ""))
sys.exit(said.get("exits", 0))
"""
PLANNED = {
    "model": "churn", "version": "v1.2.0", "sha": "b" * 40, "config": "mlgate.yml", "registered": "true",
    "champion": "v1.1.0", "champion-sha": "a" * 40,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What a step left behind."""

    exit_code: int
    log: str
    outputs: Mapping[str, str]
    calls: tuple[Mapping[str, Any], ...]

    @property
    def commands(self) -> list[str]:
        """What was called, as a person would type it."""
        return [" ".join(call["arguments"]) for call in self.calls]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with an origin, and a stand-in for the kit."""
    for name in ("workspace", "temp", "venv/bin", "kit/requirements"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copytree(ACTION, tmp_path / "kit" / "actions" / "promote")
    (tmp_path / "venv" / "bin" / "mlgate").write_text(STAND_IN)
    (tmp_path / "venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "venv" / "bin" / "python").chmod(0o755)
    for command in (["init", "-q"], ["remote", "add", "origin", "https://github.test/octo/churn"]):
        subprocess.run(["git", *command], cwd=tmp_path / "workspace", check=True)
    return tmp_path


def step(folder: Path, command: str, says: Mapping[str, Any] | None = None, **given: str) -> Step:
    """The finished step, with the inputs' defaults where nothing else is given."""
    (folder / "workspace" / "says.json").write_text(json.dumps(says or {}))
    for name in ("output", "temp/record"):
        (folder / name).write_text("")
    env = {
        "PATH": os.environ["PATH"], "RUNNER_TEMP": str(folder / "temp"), "MLGATE_VENV": str(folder / "venv"),
        "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_TOKEN": "ghs_x", "GITHUB_RUN_ID": "77",
        "MLGATE_COMMAND": command, "MLGATE_STAGE": "prod", "MLGATE_CONFIGS": "mlgate.yml",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", str(folder / "kit" / "actions" / "promote" / "release.sh")],
        cwd=folder / "workspace", env=env | given, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False,
    )  # fmt: skip
    outputs = dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())
    calls = tuple(json.loads(line) for line in (folder / "temp" / "record").read_text().splitlines())
    return Step(done.returncode, done.stdout, outputs, calls)


def test_a_plan_is_made_and_both_models_are_fetched_for_the_job_without_credentials(folder: Path) -> None:
    done = step(folder, "plan", {"promote": {"outputs": PLANNED}}, MLGATE_VERSION="release/churn/v1.2.0")
    fetched = folder / "temp" / "mlgate-fetched"
    assert done.exit_code == 0, done.log
    assert done.commands == [
        "promote release/churn/v1.2.0 --plan --stage prod --config mlgate.yml",
        f"pull churn@v1.2.0 --into {fetched}/mlgate-models/candidate",
        f"pull churn@v1.1.0 --into {fetched}/mlgate-models/baseline",
    ]
    assert done.outputs["models"] == str(fetched)
    assert (fetched / done.outputs["candidate-model"] / "model.skops").read_text() == "bytes"
    assert done.outputs["baseline-model"] == "mlgate-models/baseline"


def test_a_registry_that_wants_a_login_leaves_the_files_to_git_and_says_so(folder: Path) -> None:
    says = {"promote": {"outputs": PLANNED}, "pull": {"exits": 2, "stderr": "no login\n"}}
    done = step(folder, "plan", says, MLGATE_VERSION="churn@v1.2.0")
    assert (done.exit_code, "models" in done.outputs) == (0, False)
    assert "::warning title=mlgate::The registry does not give v1.1.0 to this job" in done.log


def test_a_version_that_is_not_registered_is_so_before_it_is_promoted_by_this_run(folder: Path) -> None:
    done = step(
        folder, "promote", MLGATE_VERSION="churn@v1.2.0", MLGATE_COMMIT="b" * 40, MLGATE_CONFIGS=" a/b c.yml \n"
    )
    assert done.commands == [
        f"register --commit {'b' * 40} --version v1.2.0 --config a/b c.yml",
        "promote churn@v1.2.0 --stage prod --run 77",
    ]
    assert all(call["isolated"] for call in done.calls)


def test_what_cannot_be_registered_is_not_promoted(folder: Path) -> None:
    done = step(folder, "promote", {"register": {"exits": 1}}, MLGATE_VERSION="churn@v1.2.0", MLGATE_COMMIT="b" * 40)
    assert (done.exit_code, len(done.calls)) == (1, 1)


def test_a_reason_is_one_argument_whatever_it_holds(folder: Path) -> None:
    reason = 'recall fell; $(touch pwned) "quoted"'
    done = step(folder, "rollback", MLGATE_MODEL="churn", MLGATE_TO="v1.0.0", MLGATE_REASON=reason)
    assert done.calls[0]["arguments"] == [
        *("rollback", "churn", "--stage", "prod", "--to", "v1.0.0", "--reason", reason)
    ]
    assert not (folder / "workspace" / "pwned").exists()


def test_a_drill_chooses_fetches_and_then_looks_at_the_evidence_of_this_run(folder: Path) -> None:
    chosen = {"rollback": {"outputs": {"model": "churn", "version": "v1.0.0"}}}
    first = step(folder, "standby", chosen, MLGATE_MODEL="churn")
    assert first.commands[0] == "rollback churn --stage prod --drill --dry-run"
    assert first.outputs["candidate-model"] == "mlgate-models/candidate"
    last = step(folder, "drill", MLGATE_MODEL="churn", MLGATE_TO="v1.0.0")
    assert last.commands == ["rollback churn --stage prod --to v1.0.0 --drill --run 77"]


def test_git_gets_the_token_by_a_variable_and_the_checkout_keeps_none(folder: Path) -> None:
    before = (folder / "workspace" / ".git" / "config").read_text()
    done = step(folder, "rollback", MLGATE_MODEL="churn", MLGATE_REASON="x")
    seen = done.calls[0]["environment"]
    basic = base64.b64encode(b"x-access-token:ghs_x").decode()
    assert seen["GIT_CONFIG_KEY_0"] == "http.https://github.test/octo/churn.extraheader"
    assert seen["GIT_CONFIG_VALUE_0"] == f"AUTHORIZATION: basic {basic}"
    assert f"::add-mask::{basic}" in done.log
    assert (folder / "workspace" / ".git" / "config").read_text() == before


def test_the_environments_lines_are_variables_and_masked_and_the_key_is_gone_afterwards(folder: Path) -> None:
    lines = "MLGATE_OCI_PASSWORD=p=w d\nnot a variable\n1X=2\nKUBE_TOKEN=k"
    done = step(
        folder, "rollback", MLGATE_MODEL="churn", MLGATE_REASON="x", MLGATE_ENVIRONMENT=lines,
        MLGATE_SIGNING_KEY_TEXT="-----BEGIN\nkey",
    )  # fmt: skip
    seen = done.calls[0]
    assert (seen["environment"]["MLGATE_OCI_PASSWORD"], seen["environment"]["KUBE_TOKEN"]) == ("p=w d", "k")
    assert not {"1X", "MLGATE_ENVIRONMENT", "MLGATE_SIGNING_KEY_TEXT"} & set(seen["environment"])
    assert seen["key"] == ["-----BEGIN\nkey\n", "0o100600"]
    assert "::add-mask::p=w d\n::add-mask::k\n" in done.log
    assert not list((folder / "temp").glob("mlgate-key*"))


def test_what_needs_mending_is_annotated_with_its_mend(folder: Path) -> None:
    says = {"promote": {"exits": 2, "stderr": "the branch has no stages.yml\n  mend: merge one, 100%\n"}}
    done = step(folder, "promote", says, MLGATE_VERSION="churn@v1.2.0")
    assert done.exit_code == 2
    assert "::error title=mlgate promote::the branch has no stages.yml%0A  mend: merge one, 100%25%0A" in done.log


def test_a_command_that_there_is_not_is_said(folder: Path) -> None:
    done = step(folder, "publish")
    assert (done.exit_code, done.calls) == (2, ())
    assert "There is no command 'publish'" in done.log


@pytest.mark.parametrize(("exits", "code"), [("0", 0), ("1", 3), ("2", 2)])
def test_the_kit_is_installed_with_pinned_packages_only(folder: Path, exits: str, code: int) -> None:
    installer = 'echo "${GITHUB_TOKEN:-no token} $*" > "$RUNNER_TEMP/installed"; exit "$EXITS"\n'
    (folder / "kit" / "requirements" / "install.sh").write_text(installer)
    env = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(folder / "temp"), "EXITS": exits}
    command = ["bash", str(folder / "kit" / "actions" / "promote" / "install.sh")]
    done = subprocess.run(command, env=env, text=True, capture_output=True, check=False)
    assert done.returncode == code
    assert (folder / "temp" / "installed").read_text() == f"no token {folder / 'temp'}/mlgate-kit build core\n"
    assert ("::error title=mlgate could not be installed::" in done.stdout) == bool(code)
