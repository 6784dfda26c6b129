"""CPU seconds, memory and ratios of metrics, slices, gaps and paired tests, side by side with other libraries.

`.venv/bin/python benchmarks/peer_speed.py` prints Markdown tables. Every figure is a whole process, from its start to
its end, in CPU seconds of all its threads, which other work on the machine inflates less than the clock's. Intervals
are included for mlgate alone, unless a row says otherwise. Each library has an environment of its own below
`build/peers/`, with what its file in `benchmarks/peers/` pins, made by uv before the clock runs; "≈" is what a peer did
only a part of.
"""

import argparse
import datetime
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIG = """version: 1
model: {id: m, positive: 1, predictions: new.parquet}
baseline: {predictions: old.parquet}
checks:
"""
METRICS = "{accuracy: {}, precision: {}, recall: {}, f1: {}, auc: {}, log-loss: {}, brier: {}}"
TASKS = {
    "metrics": f"  metrics: {{limits: {METRICS}}}\n  slices: {{columns: [region, channel, age]}}\n",
    "fairness": "  fairness: {columns: [sex, race], intersections: [[sex, race]]}\n",
    "paired": "  regression: {primary: auc, margins: {accuracy: 0.01, f1: 0.01, log-loss: 1%}}\n",
}
TITLES = {
    "metrics": "Seven metrics, and the accuracy of 35 slices",
    "fairness": "Gaps of three rates over two columns and their crossing",
    "paired": "Paired tests of AUC, accuracy, F1 and log loss",
}
PEERS = {
    "metrics": ("scikit_learn", "fairlearn_", "evidently_", "deepchecks_"),
    "fairness": ("fairlearn_",),
    "paired": ("scikit_learn", "scipy_"),
}
NAMES = {
    "scikit_learn": "scikit-learn", "fairlearn_": "fairlearn", "evidently_": "Evidently", "deepchecks_": "deepchecks",
    "scipy_": "scipy",
}  # fmt: skip
WHAT = {
    ("metrics", "scikit_learn"): ", no intervals", ("metrics", "fairlearn_"): ", four metrics, no intervals",
    ("metrics", "evidently_"): ", no slices, no intervals", ("metrics", "deepchecks_"): ", weak segments, no intervals",
    ("fairness", "fairlearn_"): ", 1,000 replicates", ("paired", "scikit_learn"): ", AUC by 1,000 row bootstraps",
    ("paired", "scipy_"): ", AUC by its bootstrap of 1,000 draws",
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What one process took; `scale` is by how much more the whole task is than what it did."""

    seconds: float
    megabytes: float
    scale: float = 1.0

    @property
    def whole(self) -> float:
        """The seconds of the whole task."""
        return self.seconds * self.scale


def main() -> None:
    """A table for each task."""
    parser = argparse.ArgumentParser(description="Speed side by side with other libraries.")
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e6, 1e7], help="sizes (default 1e5 1e6 1e7)")
    parser.add_argument("--peer-rows", type=float, default=1e6, help="peers only up to this size (default 1e6)")
    parser.add_argument("--limit", type=int, default=300, help="CPU seconds after which a process is stopped")
    parser.add_argument("--task", choices=TASKS, action="append", help="only this one")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, int(options.rows[0]))
        return
    today, load = datetime.datetime.now(datetime.UTC).date(), os.getloadavg()[0]
    print(f"Measured on {today}, {os.cpu_count()} cores, load {load:.1f} at the start; CPU seconds.\n")
    with tempfile.TemporaryDirectory(prefix="mlgate-speed-") as made:
        folders = {int(n): Path(made) / f"{n:.0f}" for n in options.rows}
        for n, folder in folders.items():  # in a process of its own: a child's memory begins as large as its parent's
            subprocess.run([sys.executable, __file__, "--make", str(folder), "--rows", str(n)], check=True)
        for task in options.task or TASKS:
            print(f"### {TITLES[task]}\n\n| | " + " | ".join(f"{n:,} rows" for n in folders) + " |")
            print("|---|" + "--:|" * len(folders))
            for line in table(task, folders, int(options.peer_rows), options.limit):
                print(line, flush=True)
            print()


def table(task: str, folders: dict[int, Path], peer_rows: int, limit: int) -> Iterator[str]:
    """mlgate's row, and each peer's with its ratio to it."""
    ours = {n: mlgate(folder, task, limit) for n, folder in folders.items()}
    yield "| **mlgate**, with intervals | " + " | ".join(map(shown, ours.values())) + " |"
    for peer in PEERS[task]:
        cells = []
        for n, folder in folders.items():
            found = run(peer, task, folder, limit) if n <= peer_rows else None
            mine = ours[n]
            ratio = f", × {found.whole / mine.seconds:,.1f}" if found and mine else ""
            cells.append(shown(found) + ratio if n <= peer_rows else "")
        yield f"| {NAMES[peer]}{WHAT[task, peer]} | " + " | ".join(cells) + " |"


def make(folder: Path, n: int) -> None:
    """Two files of predictions of n rows, with columns for slices and groups."""
    import duckdb
    import numpy as np

    folder.mkdir()
    rng = np.random.default_rng(1)
    truth = rng.random(n) < 0.3
    signal = np.where(truth, 1, -1) + rng.normal(size=n)
    columns = {"id": np.arange(n), "y_true": truth.astype(int)}
    sizes = {"region": 20, "channel": 10, "age": 5, "sex": 2, "race": 6}
    columns |= {name: rng.integers(0, size, n) for name, size in sizes.items()}
    for name in ("new", "old"):
        columns["score"] = 1 / (1 + np.exp(-(signal + 0.3 * rng.normal(size=n))))
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT * FROM columns) TO '{folder / name}.parquet' (FORMAT parquet)")


def mlgate(folder: Path, task: str, limit: int) -> Cost | None:
    """The gate with the task's checks."""
    (folder / "mlgate.yml").write_text(CONFIG + TASKS[task], encoding="utf-8")
    command = [str(Path(sys.executable).with_name("mlgate")), "check", "--no-history", "--quiet"]
    return timed(command, folder, limit, allowed=(0, 1))


def run(peer: str, task: str, folder: Path, limit: int) -> Cost | None:
    """The peer in the environment that its file pins."""
    script = HERE / "peers" / f"{peer}.py"
    return timed([str(environment(script)), str(script), task, str(folder)], folder, limit)


@cache
def environment(script: Path) -> Path:
    """The Python of the environment that the script's own header asks for."""
    place = HERE.parent / "build" / "peers" / script.stem
    is_old = re.search(r'requires-python = ">=3.11,<3.12"', script.read_text(encoding="utf-8"))
    python = "3.11" if is_old else f"{sys.version_info.major}.{sys.version_info.minor}"
    made = ["uv", "venv", "-q", "--allow-existing", "--python", python, str(place)]
    filled = ["uv", "pip", "install", "-q", "--python", str(place / "bin" / "python"), "-r", str(script)]
    for command in (made, filled):
        subprocess.run(command, check=True, capture_output=True)
    return place / "bin" / "python"


def timed(command: Sequence[str], folder: Path, limit: int, allowed: tuple[int, ...] = (0,)) -> Cost | None:
    """The CPU seconds and the most resident memory of the process and its children; None where it did not end well."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in allowed:
            return None
        out.seek(0)
        scale = re.search(r"^x ([\d.]+)$", out.read(), re.MULTILINE)
    return Cost(seconds, usage.ru_maxrss / 1024, float(scale[1]) if scale else 1.0)


def shown(cost: Cost | None) -> str:
    """Seconds and megabytes; about so many where a part was measured."""
    if cost is None:
        return "did not end"
    return f"{'≈ ' if cost.scale > 1 else ''}{cost.whole:,.1f} s, {cost.megabytes:,.0f} MB"


if __name__ == "__main__":
    main()
