"""Four pull requests of the example and its release, without GitHub: `make demo`, or `python examples/demo.py`."""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a file, only its own folder is importable

from examples.pull_requests import EXAMPLE, make_repository
from examples.release import scenes, type_in
from examples.verdicts import EXPECTED, Outcome, read_outcome

TIMEOUT = 600  # seconds, for each command


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
    """What went otherwise than expected, one sentence each; a release follows only where all verdicts are right."""
    if python is None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlgate"
        with step("Environment of the example (about a minute the first time)"):
            python = example_environment(cache)
    return gate(mlgate, folder, python) or release(mlgate, folder / "repository", python)


def gate(mlgate: str, folder: Path, python: Path) -> list[str]:
    """Which of the four verdicts are not the expected ones."""
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


def release(mlgate: str, repository: Path, python: Path) -> list[str]:
    """The first command that did not end as it should, if there is one."""
    for scene in scenes():
        print(f"\n{scene.title}")
        if scene.merged:
            scene.merged(repository, str(python))
        for typed in scene.typed:
            with step(f"  $ {typed.words}"):
                ended = type_in(typed, repository, mlgate, _laptop(python), TIMEOUT)
            print("\n".join(f"    {line}" for line in ended.shown))
            if ended.surprise:
                return [ended.surprise]
    return []


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
        "model, an unfair model, a broken data file), run `mlgate check` on each and show the verdicts; then release "
        "two versions of the model and go back. Ends with 0 when all is as expected, with 1 when not.",
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
    print(f"\nLook around: cd {folder / 'repository'} && git log --oneline --graph --all, or mlgate status")
    if surprises:
        print("\n".join(["Not as expected:", *(f"  {surprise}" for surprise in surprises)]))
        return 1
    print("All is as expected: one pull request to merge, three not to; two versions released, two requests refused.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
