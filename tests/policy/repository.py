"""A small repository with a gate: predictions in a file, a table with their rows, and changes to be judged."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.console import Seen, mlgate

AUTHOR = {f"GIT_{who}_{what}": "ann@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ALONE = {**AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
ROWS = 400
CONFIG: Mapping[str, Any] = {
    "version": 1,
    "model": {"id": "churn", "predictions": "predictions.csv", "positive": 1},
    "tables": {
        "test": {
            "path": "data/test.csv", "key": "id", "target": "left", "sensitive": ["sex"], "slices": ["city"],
            "weight": "weight",
        }
    },
    "checks": {
        "missing": {"columns": {"age": {"max": 0.02}}},
        "regression": {"primary": "accuracy", "margins": {"accuracy": 0.02}},
        "fairness": {"metrics": ["selection-rate"], "tolerance": 0.3, "growth": 0.05},
        "slices": {"margins": {"accuracy": 0.05}},
    },
    "policy": {"required": ["regression"]},
}  # fmt: skip


@dataclass(frozen=True)
class Repository:
    """A git repository in a temporary folder."""

    path: Path

    def git(self, *arguments: str) -> str:
        """What `git` prints; a failure is the test's."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env={**os.environ, **ALONE}, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, name: str, content: str | bytes) -> None:
        """The file with this content."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def configure(self, config: Mapping[str, Any], name: str = "mlgate.yml") -> None:
        """The configuration, as JSON, which is YAML."""
        self.write(name, json.dumps(config, indent=1))

    def commit(self, message: str = "change") -> str:
        """Everything is committed; the commit's hash."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def merge(self, base: str, head: str) -> str:
        """The merge commit that GitHub makes to test a pull request, checked out."""
        self.git("checkout", "-q", "--detach", base)
        self.git("merge", "-q", "--no-ff", "--no-edit", head)
        return self.git("rev-parse", "HEAD")

    def check(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Seen:
        """What `mlgate check` says at a laptop, or where `environ` says."""
        return mlgate("check", "--quiet", *arguments, cwd=self.path, environ={**ALONE, **(environ or {})})

    def evidence(self, *arguments: str, environ: Mapping[str, str] | None = None) -> "Found":
        """What `mlgate check` finds."""
        output = self.path.parent / "out"
        seen = self.check("--output", str(output), *arguments, environ=environ)
        assert seen.code in (0, 1), seen.err
        predicate = json.loads((output / "evidence.json").read_bytes())["predicate"]
        return Found(seen.code, predicate, (output / "report.md").read_text("utf-8"))

    @property
    def leftovers(self) -> list[str]:
        """Work trees besides the repository's own."""
        listed = self.git("worktree", "list", "--porcelain").splitlines()
        return [line for line in listed if line.startswith("worktree")][1:]


@dataclass(frozen=True)
class Found:
    """A run's exit code, its evidence's predicate and the report."""

    code: int
    predicate: Mapping[str, Any]
    report: str

    @property
    def statuses(self) -> dict[tuple[str, str, str], str]:
        """Each finding that may block: its status, by check, subject and rows."""
        return {
            (f["id"], f["subject"], f.get("source", "")): f.get("status", "pass")
            for f in self.predicate["findings"]
            if f.get("severity", "block") == "block"
        }

    def notes(self, kind: str) -> dict[str, str]:
        """The details of the notes of a kind, by subject."""
        return {n.get("subject", ""): n.get("detail", "") for n in self.predicate.get("notes", ()) if n["kind"] == kind}


def table(*, without: tuple[str, ...] = (), missing: int = 0) -> str:
    """The test rows as CSV; `missing` of them without an age."""
    columns = [c for c in ("id", "left", "sex", "city", "weight", "age") if c not in without]
    rows = [
        {"id": i, "left": int(i % 3 == 0), "sex": "fm"[i % 2], "city": "xyz"[i % 3 if i % 7 else 0],
         "weight": 1 + i % 2, "age": "" if i < missing else 20 + i % 50}
        for i in range(ROWS)
    ]  # fmt: skip
    lines = [columns, *([str(row[c]) for c in columns] for row in rows)]
    return "".join(",".join(line) + "\n" for line in lines)


def predictions(*, wrong: int, only: str | None = None) -> str:
    """Predictions of which one in `wrong` is not the label; with `only`, for the rows of one sex alone."""
    lines = ["id,y_pred"]
    for i in range(ROWS):
        flip = i % wrong == 0 and (only is None or "fm"[i % 2] == only)
        lines.append(f"{i},{int((i % 3 == 0) != flip)}")
    return "\n".join(lines) + "\n"


def make_repository(path: Path, config: Mapping[str, Any] = CONFIG) -> Repository:
    """A repository whose `main` has a gate and a model that is wrong in one of ten rows; its branch `change` is out."""
    path.mkdir(parents=True)
    repository = Repository(path)
    repository.git("init", "-q", "-b", "main")
    repository.configure(config)
    repository.write("data/test.csv", table())
    repository.write("predictions.csv", predictions(wrong=10))
    repository.commit("the gate")
    repository.git("checkout", "-q", "-b", "change")
    return repository
