"""What `mlgate check` left behind for a pull request, and whether it is what the demo says it is."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Finding = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What `mlgate check` left behind for one branch."""

    exit_code: int
    report: str  # Markdown, empty when the check did not get that far
    findings: tuple[Finding, ...]
    output: str  # what it wrote to the terminal

    @property
    def verdict(self) -> str:
        """`pass`, `fail` or `inconclusive`; `error` when there is no verdict."""
        if self.exit_code not in (0, 1) or not self.findings:
            return "error"
        if self.exit_code == 1:
            return "fail"
        unsettled = any(f.get("status") == "inconclusive" and f.get("reason") != "existing" for f in self.findings)
        return "inconclusive" if unsettled else "pass"

    @property
    def headline(self) -> str:
        """The report's heading, which names the cause; the last words on the terminal when there is no report."""
        headings = [line.lstrip("# ") for line in self.report.splitlines() if line.startswith("#")]
        return headings[0] if headings else " ".join(self.output.split()[-40:])


def expect_pass(outcome: Outcome) -> str | None:
    """None when the gate lets the change in, else what is wrong."""
    return None if outcome.verdict == "pass" else f"should pass, but the verdict is {outcome.verdict}"


def expect_worse(outcome: Outcome) -> str | None:
    """None when the gate fails the change for its AUC, with an interval below zero, else what is wrong."""
    if outcome.verdict != "fail":
        return f"should fail, but the verdict is {outcome.verdict}"
    for finding in _failed(outcome, "regression", "auc"):
        if finding.get("interval") and finding["interval"][1] < 0:
            return None
    return "should fail `regression` of auc with an interval below zero"


def expect_unfair(outcome: Outcome) -> str | None:
    """None when the growth of the gap between the groups of `afam` fails or is left open with the rows needed."""
    for finding in outcome.findings:
        words = " ".join(str(finding.get(field, "")) for field in ("subject", "group", "message"))
        if finding["id"] != "fairness" or finding.get("margin") is None or "afam" not in words:
            continue  # a finding with a margin compares with the baseline; one with a limit does not
        if finding.get("status") == "fail" and outcome.verdict == "fail":
            return None
        if finding.get("status") == "inconclusive" and finding.get("rows_needed") and outcome.verdict != "error":
            return None
    return f"should not pass the growth of the gap between the groups of `afam`; the verdict is {outcome.verdict}"


def expect_broken(outcome: Outcome) -> str | None:
    """None when each fault of the export is named with file, column and count, else what is wrong."""
    if outcome.verdict != "fail":
        return f"should fail, but the verdict is {outcome.verdict}"
    for check_id, column, count in (("missing", "pirat", 60), ("ranges", "pirat", 9), ("allowed-values", "phist", 5)):
        if not any(str(count) in finding.get("message", "") for finding in _failed(outcome, check_id, column)):
            return f"should fail `{check_id}` of {column} and say that it is {count} rows"
    return None if "data/test.csv" in outcome.report else "should name the file data/test.csv"


def _failed(outcome: Outcome, check_id: str, subject: str) -> Iterator[Finding]:
    for finding in outcome.findings:
        if (finding["id"], finding.get("status")) == (check_id, "fail") and subject in finding.get("subject", ""):
            yield finding


EXPECTED: Mapping[str, Callable[[Outcome], str | None]] = {
    "refactor-features": expect_pass,
    "shorter-form": expect_worse,
    "rare-refusals": expect_unfair,
    "new-export": expect_broken,
}


def read_outcome(exit_code: int, folder: Path, output: str) -> Outcome:
    """The outcome from the files in `folder`; files that are not there leave their part empty."""
    report, evidence = folder / "report.md", folder / "evidence.json"
    findings = json.loads(evidence.read_bytes())["predicate"].get("findings", []) if evidence.exists() else []
    return Outcome(exit_code, report.read_text(encoding="utf-8") if report.exists() else "", tuple(findings), output)
