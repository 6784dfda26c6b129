"""The demo is content with the four expected verdicts and with no others."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from examples.demo import main
from examples.pull_requests import PULL_REQUESTS
from examples.verdicts import (
    EXPECTED,
    Outcome,
    expect_broken,
    expect_pass,
    expect_unfair,
    expect_worse,
    read_outcome,
)

Finding = dict[str, Any]

PASSED: Finding = {"id": "regression", "subject": "auc", "status": "pass", "margin": 0.02, "interval": [0, 0]}
WORSE = PASSED | {"status": "fail", "interval": [-0.26, -0.12]}
UNFAIR: Finding = {"id": "fairness", "subject": "afam: selection-rate", "status": "fail", "margin": 0.05}
BROKEN: tuple[Finding, ...] = (
    {"id": "missing", "subject": "pirat", "status": "fail", "message": "60 of 714 rows are missing"},
    {"id": "ranges", "subject": "pirat", "status": "fail", "message": "9 rows are above 3"},
    {"id": "allowed-values", "subject": "phist", "status": "fail", "message": "5 rows are 'unknown'"},
)
BLOCKED = "### ❌ mlgate: do not merge\n\ndata/test.csv"


def outcome(exit_code: int, *findings: Finding, report: str = BLOCKED) -> Outcome:
    return Outcome(exit_code, report, findings, "")


def test_every_pull_request_has_an_expected_verdict() -> None:
    assert list(EXPECTED) == [pull_request.branch for pull_request in PULL_REQUESTS]


def test_a_refactoring_that_passes_is_as_expected() -> None:
    assert expect_pass(outcome(0, PASSED)) is None


def test_a_refactoring_is_not_expected_to_be_inconclusive() -> None:
    assert (
        expect_pass(outcome(0, PASSED | {"status": "inconclusive"})) == "should pass, but the verdict is inconclusive"
    )


def test_what_was_inconclusive_before_the_change_does_not_make_it_so() -> None:
    assert expect_pass(outcome(0, PASSED, PASSED | {"status": "inconclusive", "reason": "existing"})) is None


def test_a_run_without_findings_is_an_error_and_not_a_pass() -> None:
    assert expect_pass(outcome(0)) == "should pass, but the verdict is error"


def test_a_worse_model_fails_for_its_auc() -> None:
    assert expect_worse(outcome(1, WORSE)) is None


def test_a_worse_model_that_fails_for_something_else_is_not_as_expected() -> None:
    assert expect_worse(outcome(1, PASSED, *BROKEN)) is not None


@pytest.mark.parametrize(
    "growth", [UNFAIR, UNFAIR | {"status": "inconclusive", "rows_needed": 2000}], ids=["fail", "inconclusive"]
)
def test_an_unfair_model_fails_or_needs_rows_for_the_growth_of_the_gap(growth: Finding) -> None:
    assert expect_unfair(outcome(1 if growth["status"] == "fail" else 0, growth)) is None


def test_a_gap_that_is_only_absolute_is_not_its_growth() -> None:
    assert expect_unfair(outcome(1, UNFAIR | {"margin": None, "limit": 0.2})) is not None


def test_a_broken_export_is_described_by_file_column_and_count() -> None:
    assert expect_broken(outcome(1, *BROKEN)) is None


@pytest.mark.parametrize("missing", range(3))
def test_each_fault_of_the_export_has_to_be_found(missing: int) -> None:
    found = [finding for number, finding in enumerate(BROKEN) if number != missing]
    assert expect_broken(outcome(1, *found)) is not None


def test_the_broken_file_has_to_be_named() -> None:
    assert expect_broken(outcome(1, *BROKEN, report="### ❌ mlgate")) == "should name the file data/test.csv"


def test_the_headline_is_the_reports_heading(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("<!-- marker -->\n### ❌ mlgate: do not merge — AUC fell\n\ntext\n")
    assert read_outcome(1, tmp_path, "").headline == "❌ mlgate: do not merge — AUC fell"


def test_without_a_report_the_headline_is_what_the_terminal_said(tmp_path: Path) -> None:
    assert read_outcome(2, tmp_path, "mlgate.yml:3: unknown key\n").headline == "mlgate.yml:3: unknown key"


def test_an_existing_folder_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path), "--mlgate", "mlgate"]) == 2
    assert "name a new folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_is_shown_by_the_file_itself() -> None:
    script = Path(sys.modules["examples.demo"].__file__ or "")
    done = subprocess.run([sys.executable, script, "--help"], check=True, capture_output=True, text=True)
    assert "four pull requests" in done.stdout


STAND_IN = """#!{python}
import json, pathlib, sys
given = sys.argv[1:]
option = lambda name: given[given.index(name) + 1]
assert (given[0], option("--config"), option("--baseline")) == ("check", "mlgate.yml", "main")
assert pathlib.Path("mlgate.yml").exists()
code, findings = json.loads({answers!r})[option("--ref")]
output = pathlib.Path(option("--output"))
(output / "report.md").write_text("### verdict on " + option("--ref") + "\\n\\ndata/test.csv\\n")
(output / "evidence.json").write_text(json.dumps({{"predicate": {{"findings": findings}}}}))
sys.exit(code)
"""


def stand_in(folder: Path, **changed: tuple[int, tuple[Finding, ...]]) -> Path:
    """An `mlgate` command that answers as expected, except for what is `changed`."""
    answers = {
        "refactor-features": (0, (PASSED,)),
        "shorter-form": (1, (WORSE,)),
        "rare-refusals": (1, (UNFAIR,)),
        "new-export": (1, BROKEN),
    } | {branch.replace("_", "-"): answer for branch, answer in changed.items()}
    command = folder / "mlgate"
    command.write_text(STAND_IN.format(python=sys.executable, answers=json.dumps(answers)))
    command.chmod(0o755)
    return command


@pytest.mark.usefixtures("example_requirements")
def test_a_verdict_other_than_expected_is_named_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mlgate = stand_in(tmp_path, rare_refusals=(0, (PASSED,)))
    code = main(["--folder", str(tmp_path / "demo"), "--mlgate", str(mlgate), "--python", sys.executable])
    printed = capsys.readouterr().out
    assert code == 1
    assert printed.count("NOT AS EXPECTED") == 1
    assert "FAIL  verdict on shorter-form" in printed
    assert "rare-refusals should not pass the growth of the gap" in printed
