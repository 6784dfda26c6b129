"""How long drift over 18 columns takes: with a committed profile, with both tables read, and by other tools.

`.venv/bin/python benchmarks/data_drift.py` prints Markdown tables, and with `--write` puts them into
docs/benchmarks.md; it needs uv, which makes an environment for each tool. Before any time is taken each tool's
distances are compared with ours: the KS distance of numbers, which we count in at most 512 cells, within 0.01.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from data_specification import COLUMNS, generate  # noqa: E402
from environments import python_of, versions  # noqa: E402
from processes import cost, environment, measured_on, output, write  # noqa: E402

PEERS = ("scipy", "evidently", "nannyml", "deepchecks")
LEFT_OUT = ("id", "code")  # each row has its own
COMPARED = tuple(c for c in COLUMNS if c not in LEFT_OUT)
SAME = 0.01


def main() -> None:
    """A table for each size."""
    parser = argparse.ArgumentParser(description="Time drift.")
    parser.add_argument("--rows", type=float, nargs="+", default=[1e6, 1e7])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a tool is stopped")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, int(options.rows[0]))
        return
    lines = [measured_on(), "", "Versions: " + ", ".join(versions(peer) for peer in options.peers) + "."]
    with tempfile.TemporaryDirectory(prefix="mlgate-drift-") as made:
        folder = Path(made)
        for rows in map(int, options.rows):
            subprocess.run([sys.executable, __file__, "--make", str(folder), "--rows", str(rows)], check=True)
            for line in table(rows, folder, options.peers, options.runs, options.limit):
                print(line, flush=True)
                lines.append(line)
    if options.write:
        write("drift", "\n".join(lines))


def make(folder: Path, rows: int) -> None:
    """Two tables, the second with other ages and plans; the first one's profile; and a configuration for each way."""
    import duckdb

    from mlgate.drift.profile import to_json
    from mlgate.scan.distributions import profile_of
    from mlgate.scan.duckdb_engine import DuckDB
    from mlgate.scan.tables import connect, open_table

    train, test = folder / "train.parquet", folder / "test.parquet"
    generate(rows, str(train))
    changed = (
        "* REPLACE (age + (random() < 0.2)::INTEGER AS age, CASE WHEN random() < 0.1 THEN 'pro' ELSE plan END AS plan)"
    )
    with duckdb.connect(config={"threads": "1"}) as connection:
        connection.execute("SELECT setseed(0.19)")
        connection.execute(f"COPY (SELECT {changed} FROM '{train}') TO '{test}' (FORMAT parquet)")
    with connect() as connection:
        opened = open_table(connection, "train", train.name, (train,))
        (folder / "train.profile.json").write_bytes(to_json(profile_of(DuckDB(connection), opened.facts, COMPARED)))
    columns: dict[str, dict[str, str]] = {c: {} for c in COMPARED}
    tables = {"test": {"path": test.name}}
    for way, more, known in (
        ("profile", {"profile": "train.profile.json"}, {}),
        ("tables", {"reference": "train"}, {"train": {"path": train.name}}),
    ):
        checks = {"drift": {"table": "test", "columns": columns, **more}}
        config = {"version": 1, "tables": tables | known, "checks": checks}
        (folder / f"{way}.yml").write_text(json.dumps(config), encoding="utf-8")


def table(rows: int, folder: Path, peers: list[str], runs: int, limit: float) -> Iterator[str]:
    """The lines for one size."""
    mlgate = str(Path(sys.executable).with_name("mlgate"))
    ours = {
        f"**mlgate**, {what}": [mlgate, "check", "--config", str(folder / f"{way}.yml"), "--quiet", "--no-history"]
        for way, what in (("profile", "a committed profile"), ("tables", "both tables"))
    }
    theirs = {name: [python_of(name), str(HERE / "drift_peers.py"), name, str(folder)] for name in peers}
    size = (folder / "test.parquet").stat().st_size / 1e6
    yield f"\n### {rows:,} rows each, {size:,.1f} MB, {len(COMPARED)} columns\n"
    yield "| tool | seconds | processor seconds | peak MB | ratio | KS differs by at most |\n|---|--:|--:|--:|--:|--:|"
    expected = distances(ours["**mlgate**, both tables"], folder)
    first = 0.0
    for name, command in {**ours, **theirs}.items():
        said = json.loads(output(command, limit) or "null") if name in theirs else expected
        if said is None:
            yield f"| {name} | – | – | – | – | stopped |"
            continue
        differs = max((abs(said[c] - expected[c]) for c in said if c in expected), default=0.0)
        found = cost(command, limit, runs) if differs <= SAME else None
        if found is None:
            yield f"| {name} | – | – | – | – | {differs:.3f} |"
            continue
        first = first or found.seconds
        shown = f"{differs:.4f}" if name in theirs and said else ""
        yield (
            f"| {name} | {found.seconds:.2f} | {found.processor:.2f} | {found.memory:,.0f} "
            f"| {found.seconds / first:.1f} | {shown} |"
        )


def distances(command: list[str], folder: Path) -> dict[str, float]:
    """Our KS distances by column."""
    subprocess.run([*command, "--output", str(folder / "out")], check=False, capture_output=True, env=environment())
    evidence = json.loads((folder / "out" / "evidence.json").read_text(encoding="utf-8"))
    findings = evidence["predicate"]["findings"]
    return {f["subject"]: f["value"] for f in findings if f.get("metric") == "ks"}


if __name__ == "__main__":
    main()
