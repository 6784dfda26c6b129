"""The gate on four pull requests of the example, without GitHub: `make demo`, or `python examples/demo.py`."""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a file, only its own folder is importable

from examples.pull_requests import EXAMPLE, make_repository

TIMEOUT = 600  # seconds, for each check
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


def example_environment(cache: Path) -> Path:
    """The Python of an environment with the example's requirements, made on the first call and kept in `cache`."""
    requirements = EXAMPLE / "requirements.txt"
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache / f"example-{key}"
    python, complete = folder / "bin" / "python", folder / "complete"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two demos at once make it once
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run left
            for command in _install_commands(folder, python, requirements):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            complete.touch()
    return python


def _install_commands(folder: Path, python: Path, requirements: Path) -> tuple[list[str], ...]:
    if uv := shutil.which("uv"):
        return (
            [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
            [uv, "pip", "install", "--quiet", "--python", str(python), "--requirement", str(requirements)],
        )
    return (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)],
    )


def check(mlgate: str, repository: Path, branch: str, python: Path, output: Path) -> Outcome:
    """The outcome of the real gate for `branch` against `main`, as a person would run it on a laptop."""
    compare = ["--ref", branch, "--baseline", "main"]
    try:
        done = subprocess.run(
            [mlgate, "check", "--config", "mlgate.yml", *compare, "--output", str(output)],
            cwd=repository,
            env=_laptop(python),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return Outcome(3, "", (), f"no verdict after {TIMEOUT} seconds")
    return read_outcome(done.returncode, output, done.stdout.decode(errors="replace"))


def read_outcome(exit_code: int, folder: Path, output: str) -> Outcome:
    """The outcome from the files in `folder`; files that are not there leave their part empty."""
    report, evidence = folder / "report.md", folder / "evidence.json"
    findings = json.loads(evidence.read_bytes())["predicate"].get("findings", []) if evidence.exists() else []
    return Outcome(exit_code, report.read_text(encoding="utf-8") if report.exists() else "", tuple(findings), output)


def _laptop(python: Path) -> dict[str, str]:
    """The environment with the example's Python active, and nothing of git's, GitHub's or another Python's."""
    foreign = ("GIT_", "GITHUB_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "VIRTUAL_ENV": str(python.parents[1])}


@contextmanager
def step(label: str) -> Iterator[None]:
    """Says what is being done; on a terminal the seconds count up until it is done."""
    start, done = time.monotonic(), threading.Event()

    def tick() -> None:
        while not done.wait(1):
            print(f"\r{label} … {time.monotonic() - start:.0f} s", end="", flush=True)

    print(f"{label} …", end="", flush=True)
    ticker = threading.Thread(target=tick, daemon=True)
    if sys.stdout.isatty():
        ticker.start()
    try:
        yield
    finally:
        done.set()
        if ticker.is_alive():
            ticker.join()
        again = f"\r{label} …" if sys.stdout.isatty() else ""
        print(f"{again} {time.monotonic() - start:.1f} s", flush=True)


def run(mlgate: str, folder: Path, python: Path | None) -> list[str]:
    """What went otherwise than expected, one sentence each; empty when all four verdicts are the expected ones."""
    if python is None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlgate"
        with step("Environment of the example (about a minute the first time)"):
            python = example_environment(cache)
    with step("Repository with four pull requests; two of them train a model"):
        pull_requests = make_repository(folder / "repository", str(python))
    surprises = []
    for pull_request in pull_requests:
        output = folder / "reports" / pull_request.branch
        output.mkdir(parents=True)
        print()
        with step(f"{pull_request.branch}: “{pull_request.title}”"):
            outcome = check(mlgate, folder / "repository", pull_request.branch, python, output)
        surprise = EXPECTED[pull_request.branch](outcome)
        show(outcome, surprise, output)
        if surprise:
            surprises.append(f"{pull_request.branch} {surprise}")
    return surprises


def show(outcome: Outcome, surprise: str | None, output: Path) -> None:
    """The verdict in two lines, a third where it is a surprise, and where its report is."""
    (output / "terminal.txt").write_text(outcome.output, encoding="utf-8")
    print(f"  {outcome.verdict.upper()}  {outcome.headline}")
    if surprise:
        print(f"  NOT AS EXPECTED: {surprise}")
    print(f"  {output / ('report.md' if outcome.report else 'terminal.txt')}")


def arguments(given: list[str] | None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(
        prog="demo.py",
        description="Make a git repository out of examples/mortgage with four pull requests (a refactoring, a worse "
        "model, an unfair model, a broken data file), run `mlgate check` on each and show the verdicts. "
        "Ends with 0 when all four are as expected, with 1 when not.",
    )
    parser.add_argument("--folder", type=Path, help="make everything in this new folder (default: a temporary one)")
    parser.add_argument("--python", type=Path, help="a Python with the example's requirements (default: made and kept)")
    parser.add_argument("--mlgate", help="the mlgate command (default: the one next to this Python, else on PATH)")
    return parser.parse_args(given)


def find_mlgate() -> str | None:
    """The `mlgate` command next to this Python, else the one on PATH."""
    beside = Path(sys.executable).with_name("mlgate")
    return str(beside) if beside.exists() else shutil.which("mlgate")


def main(given: list[str] | None = None) -> int:
    """The exit code: 0 as expected, 1 not, 2 when something is missing, 130 when interrupted."""
    options = arguments(given)
    mlgate = options.mlgate or find_mlgate()
    if not mlgate:
        return _stop("mlgate is not installed", "run `make demo`, which installs it")
    if not shutil.which("git"):
        return _stop("git is not installed", "install it; the pull requests are git branches")
    if options.folder and options.folder.exists():
        return _stop(f"{options.folder} exists", "name a new folder")
    folder = (options.folder or Path(tempfile.mkdtemp(prefix="mlgate-demo-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        surprises = run(mlgate, folder, options.python and options.python.absolute())
    except KeyboardInterrupt:
        print(f"\nStopped. What was made so far is in {folder}", file=sys.stderr)
        return 130
    except subprocess.CalledProcessError as error:
        return _stop(f"this command failed: {' '.join(map(str, error.cmd))}", "see what it says above")
    return _conclude(surprises, folder)


def _stop(what: str, mend: str) -> int:
    print(f"{what}\n  mend: {mend}", file=sys.stderr)
    return 2


def _conclude(surprises: list[str], folder: Path) -> int:
    print(f"\nLook around: cd {folder / 'repository'} && git log --oneline --graph --all")
    if surprises:
        print("\n".join(["Not as expected:", *(f"  {surprise}" for surprise in surprises)]))
        return 1
    print("All four verdicts are as expected: one to merge, three not to.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
