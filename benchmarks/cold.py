"""How long a whole `mlgate check` of the example takes, from the shell's point of view, and where the time goes.

`.venv/bin/python benchmarks/cold.py` prints Markdown tables. It needs the developers' environment, which has the
example's requirements. The first, unmeasured run warms the file cache and writes byte code; nothing else is cached.
No variable here looks like a credential; where one does, as in a workflow, the kit starts a second time without it.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__)
ROOT = HERE.parents[1]
USER_CODE = ("notebooks", "tests")
TARGETS = {"without notebooks and tests": 3.5, "with notebooks and tests": 7.0}  # seconds


def main() -> None:
    """Both tables are printed."""
    parser = argparse.ArgumentParser(description="Time `mlgate check` on examples/mortgage.")
    parser.add_argument("--runs", type=int, default=7, help="measured runs of each kind (default 7)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlgate-cold-") as folder:
        repository = Path(folder) / "repository"
        checks = make_repository(repository)
        kinds = dict(zip(TARGETS, ([c for c in checks if c not in USER_CODE], checks), strict=True))
        print(f"{options.runs} runs of `mlgate check` each, {os.cpu_count()} cores, {version()}\n")
        print("| `mlgate check` | median | min | max | target |\n|---|--:|--:|--:|--:|")
        for kind, only in kinds.items():
            seconds = times(repository, only, options.runs)
            print(f"| {kind} | {' | '.join(f'{s:.2f} s' for s in summary(seconds))} | {TARGETS[kind]:.1f} s |")
        for kind, only in kinds.items():
            print(f"\nWhere it goes, {kind} (medians):\n\n| stage | seconds |\n|---|--:|")
            for stage, taken in stages(repository, only, options.runs).items():
                print(f"| {stage} | {taken:.3f} |")


def make_repository(folder: Path) -> list[str]:
    """The example on `main`, a refactoring of its features checked out on a branch; the configured checks' ids."""
    sys.path.insert(0, str(ROOT))
    from examples.pull_requests import make_repository as make
    from mlgate.plugins import find_checks

    make(folder, sys.executable)
    subprocess.run(["git", "switch", "--quiet", "refactor-features"], cwd=folder, check=True)
    words = {line.strip().split(":")[0] for line in (folder / "mlgate.yml").read_text(encoding="utf-8").splitlines()}
    return [id_ for id_ in find_checks() if id_ in words]


def times(repository: Path, only: Sequence[str], runs: int) -> list[float]:
    """The seconds of each measured run of the console script."""
    mlgate = str(Path(sys.executable).with_name("mlgate"))
    return [_timed([mlgate, "check", *chosen(only)], repository) for _ in range(runs + 1)][1:]


def stages(repository: Path, only: Sequence[str], runs: int) -> dict[str, float]:
    """The median seconds of each stage; workers run side by side, so theirs do not add up."""
    found: list[dict[str, float]] = []
    for _ in range(runs):
        with tempfile.NamedTemporaryFile() as file:
            _timed([sys.executable, str(HERE), "--inside", file.name, "check", *chosen(only)], repository)
            found.append(json.loads(Path(file.name).read_bytes()))
    return {name: statistics.median(run.get(name, 0.0) for run in found) for name in found[-1]}


def chosen(only: Sequence[str]) -> list[str]:
    """The arguments that run these checks alone."""
    return [argument for id_ in only for argument in ("--only", id_)]


def summary(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Median, smallest and largest."""
    return statistics.median(seconds), min(seconds), max(seconds)


def version() -> str:
    """The Python that all of it runs on."""
    return f"Python {'.'.join(map(str, sys.version_info[:3]))}"


def _timed(command: Sequence[str], repository: Path) -> float:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "PYTHONPATH") if name in os.environ}
    began = time.perf_counter()
    env = kept | {"VIRTUAL_ENV": sys.prefix}
    done = subprocess.run(command, cwd=repository, env=env, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"the gate ended with {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return time.perf_counter() - began


# --- inside the measured process ----------------------------------------------------------------------------


def inside(target: Path, arguments: Sequence[str]) -> None:
    """`mlgate` has run with `arguments`, and `target` holds the seconds of its stages as JSON."""
    clock = Clock()
    began = time.perf_counter()
    with clock.stage("import of the command line (click)"):
        from mlgate import cli
    with clock.stage("import of the engine (DuckDB, numpy, msgspec)"):
        from mlgate.inputs import fetching, git  # noqa: F401 — imported to be timed
        from mlgate.reporting import rendering
        from mlgate.running import runner
        from mlgate.worker import client, sandbox  # noqa: F401
    runner.STEPS = tuple(clock.wrapped(step.__name__, step) for step in runner.STEPS)
    runner.gather_evidence = clock.wrapped("gather_evidence", runner.gather_evidence)
    runner.decide = clock.wrapped("decide", runner.decide)
    rendering.render_text = clock.wrapped("render the report (rich)", rendering.render_text)
    git.Repository.run = clock.wrapped("  of these: git processes", git.Repository.run)
    client.sandbox.run = clock.wrapped(_name_of_worker, client.sandbox.run)
    try:
        cli.cli.main(["check", *arguments[1:]], standalone_mode=False)
    except SystemExit as end:
        code = end.code
    else:
        code = 0
    clock.seconds["all of it, without starting and ending Python"] = time.perf_counter() - began
    target.write_text(json.dumps(clock.seconds), encoding="utf-8")
    raise SystemExit(code)


class Clock:
    """The seconds of named stages; a stage that is met again adds to what it took before."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The block is timed."""
        began = time.perf_counter()
        self.seconds.setdefault(name, 0.0)
        try:
            yield
        finally:
            with self._lock:
                self.seconds[name] += time.perf_counter() - began

    def wrapped(self, name: str | Callable[..., str], function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed at each call; `name` may depend on its arguments."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name if isinstance(name, str) else name(*args, **kwargs)):
                return function(*args, **kwargs)

        return timed


def _name_of_worker(argv: Sequence[str], *_: Any, cwd: Path | None = None, **__: Any) -> str:
    if "pytest" in argv:
        return f"  worker: {'notebooks' if any('nbval' in a for a in argv) else 'tests'}"
    job = json.loads(Path(argv[-1]).read_bytes()) if argv[-1].endswith("job.json") else {}
    if not job.get("tables"):
        return "  worker: model file"
    return f"  worker: predictions of the {'baseline' if cwd and 'mlgate-tree-' in str(cwd) else 'candidate'}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]), sys.argv[3:])
    else:
        main()
