"""How long 62 expectations on 20 columns take: `mlgate check` beside plain DuckDB, plain Polars and the peers.

`.venv/bin/python benchmarks/data.py` prints Markdown tables, and with `--write` puts them into docs/benchmarks.md; it
needs uv, which makes an environment for each tool. What each tool finds is compared with plain DuckDB before any time
is taken. Times are of whole processes; peak memory is the process's own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

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
from environments import python_of, versions  # noqa: E402
from processes import cost, environment, measured_on, output, write  # noqa: E402

CHECKS = {
    "missing": "present", "ranges": "range", "allowed-values": "values", "patterns": "pattern", "lengths": "length",
    "unique": "unique", "constant": "varies", "cross-column": "rule", "quantiles": "median",
}  # fmt: skip


PEERS = ("duckdb", "polars", "pandera", "pandera-pandas", "soda", "gx", "pointblank", "deepchecks")


def main() -> None:
    """A table for each size."""
    parser = argparse.ArgumentParser(description="Time 62 expectations.")
    parser.add_argument("--rows", type=float, nargs="+", default=[1e4, 1e5, 1e6, 1e7])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a tool is stopped")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        generate(int(options.rows[0]), str(options.make))
        return
    lines = [measured_on(), ""]
    lines.append("Versions: " + ", ".join(versions(peer) for peer in options.peers) + ".")
    with tempfile.TemporaryDirectory(prefix="mlgate-data-") as folder:
        for rows in map(int, options.rows):
            path = Path(folder) / ("data.csv" if rows <= 10_000 else "data.parquet")
            # in a process of its own: a child's memory begins as large as its parent's
            subprocess.run([sys.executable, __file__, "--make", str(path), "--rows", str(rows)], check=True)
            for line in table(rows, path, commands(path, options.peers), options.runs, options.limit):
                print(line, flush=True)
                lines.append(line)
    if options.write:
        write("data", "\n".join(lines))


def commands(path: Path, peers: Sequence[str]) -> dict[str, list[str]]:
    """What is run, by name."""
    config = path.with_name("mlgate.yml")
    config.write_text(json.dumps(configuration(path.name)), encoding="utf-8")
    ours = [str(Path(sys.executable).with_name("mlgate")), "check", "--config", str(config), "--quiet", "--no-history"]
    source = f"read_csv('{path}')" if path.suffix == ".csv" else f"'{path}'"
    every = ", ".join(f"max({c})" for c in COLUMNS)
    decode = (
        f"import duckdb; duckdb.connect(config={{'threads': '2'}}).execute(\"SELECT {every} FROM {source}\").fetchall()"
    )
    digest = f"import hashlib; hashlib.file_digest(open({str(path)!r}, 'rb'), 'sha256')"
    theirs = {name: [python_of(name), str(HERE / "data_peers.py"), name, str(path)] for name in peers}
    return {"**mlgate**": ours, "decoding alone": [sys.executable, "-c", decode],
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


def table(rows: int, path: Path, all_commands: dict[str, list[str]], runs: int, limit: float) -> Iterator[str]:
    """The lines for one size; a tool that finds other things than plain DuckDB is named, and its time is not shown."""
    said = output([sys.executable, str(HERE / "data_peers.py"), "duckdb", str(path)], limit)
    expected = json.loads(said or "{}")
    about = f"{rows:,} rows, {path.suffix[1:]}, {path.stat().st_size / 1e6:,.1f} MB"
    yield f"\n### {about}, {len(expectations())} expectations\n"
    yield "| tool | seconds | processor seconds | peak MB | ratio | agrees |\n|---|--:|--:|--:|--:|---|"
    ours = 0.0
    for name, command in all_commands.items():
        same, of = agreement(name, command, path, expected, limit)
        found = cost(command, limit, runs) if same == of else None
        if found is None:
            why = "stopped" if same == of else f"no: {same} of {of}"
            yield f"| {name} | – | – | – | – | {why} |"
            continue
        ours = ours or found.seconds
        agrees = f"{same} of {of}" if of else ""
        yield (
            f"| {name} | {found.seconds:.2f} | {found.processor:.2f} | {found.memory:,.0f} "
            f"| {found.seconds / ours:.1f} | {agrees} |"
        )


def agreement(name: str, command: Sequence[str], path: Path, expected: dict[str, Any], limit: float) -> tuple[int, int]:
    """In how many expectations the tool agrees with plain DuckDB, of how many that it has."""
    if name in ("decoding alone", "digest of the file"):
        return 0, 0
    if name == "**mlgate**":
        found = our_findings(command, path)
    else:
        said = output(command, limit)
        if said is None:
            return 0, 0
        found = json.loads(said)
    same = sum(all(expected[e][key] == value for key, value in of.items() if value is not None and key in expected[e])
               for e, of in found.items())  # fmt: skip
    return same, len(found)


def our_findings(command: Sequence[str], path: Path) -> dict[str, Any]:
    """Our findings by the names of the specification."""
    folder = path.with_name("out")
    subprocess.run([*command, "--output", str(folder)], check=False, capture_output=True, env=environment())
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


if __name__ == "__main__":
    main()
