"""How long 62 expectations on 20 columns take: `mlgate check` beside plain DuckDB, plain Polars and the peers.

`.venv/bin/python benchmarks/data.py --rows 10000 1000000` prints a Markdown table. `--peer NAME=PYTHON` names the
interpreter of an environment that has the peer: duckdb, polars, pandera, gx, pointblank. What each tool finds is
compared with plain DuckDB before any time is taken. Times are of whole processes; peak memory is the process's own.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from data_specification import (  # noqa: E402
    CODE,
    COLUMNS,
    DEVIATIONS,
    MEANS,
    MEDIANS,
    NUMBERS,
    RULES,
    VALUES,
    expectations,
    generate,
)

CHECKS = {
    "missing": "present", "ranges": "range", "allowed-values": "values", "patterns": "pattern", "lengths": "length",
    "unique": "unique", "constant": "varies", "cross-column": "rule", "quantiles": "median",
}  # fmt: skip


class Cost(NamedTuple):
    """Of one process: seconds of the clock, seconds of the processors, and peak memory in megabytes."""

    seconds: float
    processor: float
    memory: float


def main() -> None:
    """A table for each size is printed."""
    parser = argparse.ArgumentParser(description="Time 62 expectations.")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    options = parser.parse_args()
    peers = dict(pair.split("=", 1) for pair in options.peer) or {"duckdb": sys.executable}
    with tempfile.TemporaryDirectory(prefix="mlgate-data-") as folder:
        for rows in options.rows:
            path = Path(folder) / ("data.csv" if rows <= 10_000 else "data.parquet")
            generate(rows, str(path))
            show(rows, path, commands(path, peers), options.runs)


def commands(path: Path, peers: dict[str, str]) -> dict[str, list[str]]:
    """What is run, by name."""
    config = path.with_name("mlgate.yml")
    config.write_text(json.dumps(configuration(path.name)), encoding="utf-8")
    ours = [str(Path(sys.executable).with_name("mlgate")), "check", "--config", str(config), "--quiet"]
    table = f"read_csv('{path}')" if path.suffix == ".csv" else f"'{path}'"
    every = ", ".join(f"max({c})" for c in COLUMNS)
    decode = (
        f"import duckdb; duckdb.connect(config={{'threads': '2'}}).execute(\"SELECT {every} FROM {table}\").fetchall()"
    )
    digest = f"import hashlib; hashlib.file_digest(open({str(path)!r}, 'rb'), 'sha256')"
    theirs = {name: [python, str(HERE / "data_peers.py"), name, str(path)] for name, python in peers.items()}
    return {"mlgate": ours, "decoding alone": [sys.executable, "-c", decode],
            "digest of the file": [sys.executable, "-c", digest], **theirs}  # fmt: skip


def configuration(path: str) -> dict[str, Any]:
    """The specification as `mlgate.yml`; what may fail is allowed to, so that all tools report and none stops."""

    def between(ends: tuple[float, float]) -> dict[str, float]:
        return {"min": ends[0], "max": ends[1]}

    rows: dict[str, Any] = {}
    return {
        "version": 1, "tables": {"t": {"path": path}},
        "checks": {check: {"table": "t", **params} for check, params in {
            "missing": {"columns": dict.fromkeys(COLUMNS, rows)},
            "ranges": {"columns": {c: between(ends) for c, ends in NUMBERS.items()}},
            "allowed-values": {"columns": {c: list(values) for c, values in VALUES.items()}},
            "mean-std": {"columns": {
                c: {key: between(ends[c]) for key, ends in (("mean", MEANS), ("std", DEVIATIONS)) if c in ends}
                for c in MEANS
            }},
            "quantiles": {"columns": {c: [{"q": 0.5, **between(ends)}] for c, ends in MEDIANS.items()}},
            "cross-column": {"rules": {n: sql.replace("DATE '", "'") for n, sql in RULES.items()}},
            "patterns": {"columns": {"code": {"matches": CODE}}},
            "lengths": {"columns": {"code": between((9, 9)), "country": between((2, 2))}},
            "unique": {"columns": ["id"]}, "constant": {"columns": {"active": {}, "churned": {}}},
            "row-count": {"min": 1, "max": 10**9},
        }.items()},
    }  # fmt: skip


def show(rows: int, path: Path, all_commands: dict[str, list[str]], runs: int) -> None:
    """The table for one size; a tool that finds other things than plain DuckDB is named, and its time is not shown."""
    expected = json.loads(output([sys.executable, str(HERE / "data_peers.py"), "duckdb", str(path)]))
    size = path.stat().st_size / 1e6
    about = f"{rows:,} rows, {path.suffix[1:]}, {size:,.0f} MB, {len(expectations())} expectations"
    print(f"\n{about}, {os.cpu_count()} cores\n")
    print("| tool | seconds | processor seconds | peak MB | ratio | agrees |\n|---|--:|--:|--:|--:|---|")
    ours = 0.0
    for name, command in all_commands.items():
        agrees = agreement(name, command, path, expected)
        costs = [cost(command) for _ in range(runs)]
        median = [statistics.median(values) for values in zip(*costs, strict=True)]
        ours = ours or median[0]
        ratio = f"{median[0] / ours:.1f}"
        print(f"| {name} | {median[0]:.2f} | {median[1]:.2f} | {median[2]:,.0f} | {ratio} | {agrees} |", flush=True)


def agreement(name: str, command: Sequence[str], path: Path, expected: dict[str, Any]) -> str:
    """In how many expectations the tool agrees with plain DuckDB, of those that it has."""
    if name in ("decoding alone", "digest of the file"):
        return ""
    found = our_findings(command, path) if name == "mlgate" else json.loads(output(command))
    same = sum(all(expected[e][key] == value for key, value in of.items() if value is not None and key in expected[e])
               for e, of in found.items())  # fmt: skip
    return f"{same} of {len(found)}"


def our_findings(command: Sequence[str], path: Path) -> dict[str, Any]:
    """Our findings by the names of the specification."""
    folder = path.with_name("out")
    subprocess.run([*command, "--output", str(folder)], check=False, capture_output=True)
    found: dict[str, Any] = {}
    for f in json.loads((folder / "evidence.json").read_text(encoding="utf-8"))["predicate"]["findings"]:
        subject, holds = f["subject"], f.get("status", "pass") == "pass"
        if f["id"] == "mean-std":
            column, kind = subject.split(": ")[0], subject.split(": ")[1].split()[0]
            before = found.get(f"{kind} {column}", {"holds": True})
            found[f"{kind} {column}"] = {"holds": holds and before["holds"]}
        elif f["id"] == "row-count":
            found["rows least" if "least" in subject else "rows most"] = {"holds": holds}
        else:
            kind = CHECKS[f["id"]]
            counted = {} if kind in ("median", "varies") else {"count": int(f["value"])}
            found[f"{kind} {subject.split(':')[0]}"] = {"holds": holds, **counted}
    return found


def output(command: Sequence[str]) -> str:
    """What the command prints last."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def cost(command: Sequence[str]) -> Cost:
    """What one run of the command costs."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
