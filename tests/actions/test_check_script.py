"""The action's script, run as a step would run it, with a recording stand-in for the kit."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "actions" / "check" / "check.sh"
SECRET = "a-credential-for-the-data"
STAND_IN = """\
import json, os, pathlib, sys
arguments = sys.argv[1:]
with open(os.environ["RUNNER_TEMP"] + "/record", "a") as record:
    parent = pathlib.Path(f"/proc/{os.getppid()}/environ")
    seen = parent.read_text(errors="replace") if parent.exists() else ""
    record.write(json.dumps({"arguments": arguments, "environment": dict(os.environ), "parent": seen}) + "\\n")
if arguments[0] == "render":
    print("::error file=mlgate.yml,line=5::AUC fell")
    sys.exit(int(pathlib.Path("render-exits").read_text()) if pathlib.Path("render-exits").exists() else 0)
output = pathlib.Path(arguments[arguments.index("--output") + 1])
for file in ("evidence.json", "report.md"):
    if pathlib.Path(file).exists():
        (output / file).write_text(pathlib.Path(file).read_text())
sys.stderr.write(pathlib.Path("says").read_text() if pathlib.Path("says").exists() else "")
sys.exit(int(pathlib.Path("exits").read_text()))
"""


@dataclass(frozen=True)
class Step:
    """What a step left behind."""

    exit_code: int
    log: str
    outputs: Mapping[str, str]
    summary: str
    calls: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class Bench:
    """A workspace, and an environment with a stand-in for the kit."""

    folder: Path

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def kit(self, **files: str) -> None:
        """The next check ends with `exits`, says `says`, and leaves `evidence` and `report`."""
        names = {"evidence": "evidence.json", "report": "report.md", "render": "render-exits"}
        for name, text in files.items():
            (self.workspace / names.get(name, name)).write_text(text, encoding="utf-8")

    def step(self, **given: str) -> Step:
        """The action's step with these variables."""
        for file in ("output", "summary", "temp/record"):
            (self.folder / file).write_text("")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "MLGATE_VENV": str(self.folder / "venv"),
        }
        script = self.folder / "kit" / "actions" / "check" / "check.sh"
        done = subprocess.run(
            ["bash", str(script)],
            cwd=self.workspace,
            env=env | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        outputs = dict(line.split("=", 1) for line in (self.folder / "output").read_text().splitlines())
        calls = tuple(json.loads(line) for line in (self.folder / "temp" / "record").read_text().splitlines())
        return Step(done.returncode, done.stdout.decode(), outputs, (self.folder / "summary").read_text(), calls)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    for name in ("workspace", "temp", "venv/bin", "kit/actions/check", "kit/requirements"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(SCRIPT, tmp_path / "kit" / "actions" / "check")
    (tmp_path / "kit" / "requirements" / "install.sh").write_text('exit "${INSTALL_EXITS:-0}"\n')
    (tmp_path / "venv" / "bin" / "mlgate").write_text(STAND_IN)
    (tmp_path / "venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "venv" / "bin" / "python").chmod(0o755)
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("exits", "heading", "verdict"),
    [
        ("0", "### ✅ mlgate: safe to merge", "pass"),
        ("0", "### ❔ mlgate: cannot tell", "inconclusive"),
        ("0", "### ⚠️ mlgate: not measured", "not-measured"),
        ("1", "<!-- marker -->\n### ❌ mlgate: do not merge", "fail"),
    ],
)
def test_the_step_ends_as_the_check_does_and_shows_its_report(
    bench: Bench, exits: str, heading: str, verdict: str
) -> None:
    bench.kit(exits=exits, evidence="{}", report=f"{heading}\n")
    step = bench.step()

    assert step.exit_code == int(exits)
    assert (step.outputs["verdict"], step.outputs["exit-code"]) == (verdict, exits)
    assert step.summary == f"{heading}\n"
    assert "::error file=mlgate.yml,line=5::AUC fell" in step.log
    assert Path(step.outputs["evidence"]).read_text() == "{}"
    assert Path(step.outputs["report"]).is_file()


def test_inputs_become_arguments(bench: Bench) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅")
    step = bench.step(MLGATE_CONFIG="models/a b/$(touch pwned).yml", MLGATE_OUTPUT="out", MLGATE_INSTALL="true")

    assert step.calls[0]["arguments"] == [
        *("check", "--config", "models/a b/$(touch pwned).yml"),
        *("--output", "out", "--install"),
    ]
    assert not (bench.workspace / "pwned").exists()


def test_a_release_names_its_commits_and_their_verified_files(bench: Bench) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅")
    given = {"MLGATE_REF": "abc", "MLGATE_BASELINE": "def", "MLGATE_MODEL": "m/a b", "MLGATE_BASELINE_MODEL": "m/c"}
    [check, _] = bench.step(**given).calls
    wanted = ["--install", "--ref", "abc", "--baseline", "def", "--model", "m/a b", "--baseline-model", "m/c"]
    assert check["arguments"][-9:] == wanted  # type: ignore[index]


def test_nothing_is_installed_where_the_workflow_did_it(bench: Bench) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅")
    assert "--install" not in bench.step(MLGATE_INSTALL="false").calls[0]["arguments"]  # type: ignore[operator]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows another process's environment")
def test_only_the_kit_gets_credentials_and_no_process_above_it_keeps_them(bench: Bench) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅")
    odd = 'two\nlines, "quotes" and $(touch pwned)'
    check, render = bench.step(AWS_SECRET_ACCESS_KEY=SECRET, ODD=odd).calls

    assert check["environment"]["AWS_SECRET_ACCESS_KEY"] == SECRET  # type: ignore[index]  # `fetch` needs it
    assert check["environment"]["ODD"] == odd  # type: ignore[index]
    assert "PATH=" in str(check["parent"])
    assert SECRET not in str(check["parent"])
    assert SECRET not in json.dumps(render)
    assert not (bench.workspace / "pwned").exists()


def test_a_large_environment_arrives_whole(bench: Bench) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅")
    large = {f"LARGE_{n}": "x" * 50_000 for n in range(10)}  # more than a pipe holds
    [check, _] = bench.step(**large).calls
    assert large.items() <= check["environment"].items()  # type: ignore[attr-defined]


@pytest.mark.parametrize("exits", ["0", "1"])
def test_a_check_that_leaves_no_evidence_has_neither_passed_nor_failed(bench: Bench, exits: str) -> None:
    bench.kit(exits=exits)
    step = bench.step()
    assert (step.exit_code, step.outputs["artifact"]) == (3, "")
    assert (step.outputs["verdict"], step.outputs["exit-code"]) == ("error", "3")


def test_evidence_of_an_earlier_run_is_not_taken_for_this_one(bench: Bench) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅")
    bench.step()
    for name in ("evidence.json", "report.md"):
        (bench.workspace / name).unlink()
    assert bench.step().exit_code == 3


def test_a_fault_of_the_configuration_is_annotated_at_its_line(bench: Bench) -> None:
    bench.kit(exits="2", says="mlgate.yml:12: 100% of column 'agee' is unknown\n  mend: did you mean 'age'?\n")
    step = bench.step()

    assert step.exit_code == 2
    assert "::error title=mlgate cannot use the configuration,file=mlgate.yml,line=12::100%25 of col" in step.log
    assert "    mlgate.yml:12: 100% of column 'agee' is unknown\n      mend: did you mean 'age'?\n" in step.summary


def test_every_fault_of_the_configuration_is_annotated(bench: Bench) -> None:
    bench.kit(exits="2", says="a.yml:1: one\n  mend: x\na.yml:22: two: too\n\n2 things to mend.\n")
    commands = [line for line in bench.step().log.splitlines() if line.startswith("::")]
    title = "title=mlgate cannot use the configuration,file=a.yml"
    assert commands == [f"::error {title},line=1::one", f"::error {title},line=22::two: too"]


def test_what_a_crash_says_cannot_leave_its_block_of_the_summary(bench: Bench) -> None:
    bench.kit(exits="3", says="Traceback\n```\n<img src=x>\n\x1b[31mValueError: no\n")
    step = bench.step()

    assert step.exit_code == 3
    heading, _, *block = step.summary.splitlines()
    assert heading == "### ❌ mlgate failed"
    assert block
    assert all(line.startswith("    ") for line in block)
    assert "\x1b" not in step.summary


def test_a_report_that_cannot_be_rendered_does_not_change_the_verdict(bench: Bench) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅", render="3")
    assert bench.step().exit_code == 0


@pytest.mark.parametrize(("exits", "code"), [("1", 3), ("2", 2)])
def test_nothing_is_checked_when_the_kit_cannot_be_installed(bench: Bench, exits: str, code: int) -> None:
    step = bench.step(INSTALL_EXITS=exits)
    assert (step.exit_code, step.calls) == (code, ())
    assert "::error title=mlgate could not be installed::" in step.log


@pytest.mark.parametrize(
    ("config", "artifact"),
    [
        ("mlgate.yml", "mlgate-evidence"),
        ("./mlgate.yml", "mlgate-evidence"),
        ("models/credit/mlgate.yml", "mlgate-evidence-models--credit"),
        ("credit.yml", "mlgate-evidence-credit.yml"),
        ("a:b*?/mlgate.yml", "mlgate-evidence-a_b__"),
    ],
)
def test_each_configuration_has_an_artifact_of_its_own(bench: Bench, config: str, artifact: str) -> None:
    bench.kit(exits="0", evidence="{}", report="# ✅")
    assert bench.step(MLGATE_CONFIG=config).outputs["artifact"] == artifact
