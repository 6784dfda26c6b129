"""A small repository with a gate in it, checked as its users check it."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlgate.configuring.setting import Request
from mlgate.evidence import Finding
from mlgate.reporting.sentences import sentence
from mlgate.running.runner import Result, check

KIT = Path(sys.executable).with_name("mlgate")
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
READ_CSV = """
import csv

def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
"""
HONEST = READ_CSV + "\n\ndef predict(path):\n    return [float(row['x']) for row in rows(path)]\n"


@dataclass(frozen=True)
class Gated:
    """A git repository with an `mlgate.yml`, and the interpreter that runs its code."""

    folder: Path
    python: str

    def git(self, *arguments: str) -> str:
        """What git printed."""
        done = subprocess.run(["git", *IDENTITY, *arguments], cwd=self.folder, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def commit(self, message: str = "change") -> str:
        """The hash of a commit with everything in the folder."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, text: str | bytes) -> Path:
        """The file, with its folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def configure(self, **sections: Any) -> None:
        """`mlgate.yml` with these sections; user code runs with `python` unless they say otherwise."""
        environment = {"python": self.python} | dict(sections.pop("environment", {}))
        whole = {"version": 1, "environment": environment} | sections
        self.write("mlgate.yml", json.dumps(whole))

    def check(self, **request: Any) -> Result:
        """A run in this process."""
        return check(Request(self.folder / "mlgate.yml", **request), lambda _: None)

    def cli(self, *arguments: str, **environ: str | None) -> subprocess.CompletedProcess[str]:
        """`mlgate check` as a process of its own, with these variables besides (None takes one away)."""
        env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"} | {k: v for k, v in environ.items() if v is not None}
        for name in (name for name, value in environ.items() if value is None):
            env.pop(name, None)
        argv = [str(KIT), "check", *arguments]
        return subprocess.run(argv, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=300)


def labelled(n: int = 60) -> list[dict[str, object]]:
    """Rows with an id, a feature `x` in (0, 1), a label `y` that follows it but for every seventh row."""
    rows: list[dict[str, object]] = []
    for i in range(n):
        x = (i * 37 % n + 0.5) / n
        rows.append({"id": i + 1, "x": round(x, 4), "y": int((x >= 0.5) != (i % 7 == 0))})
    return rows


def as_csv(rows: Sequence[Mapping[str, object]], delimiter: str = ",") -> str:
    """The rows as CSV with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def findings(result: Result) -> dict[str, Finding]:
    """The settled findings by subject; of several sets of rows the first."""
    found: dict[str, Finding] = {}
    for finding in result.verdict.findings:
        found.setdefault(finding.subject, finding)
    return found


def only(result: Result) -> Finding:
    """The one finding that the run has."""
    assert len(result.verdict.findings) == 1, [f.message for f in result.verdict.findings]
    return result.verdict.findings[0]


def said(found: Finding | Iterable[Finding]) -> str:
    """The sentence that a person reads, and the lines below it."""
    of = [found] if isinstance(found, Finding) else list(found)
    return "\n".join(f"{f.status}: {sentence(f)}\n{f.message}" for f in of)
