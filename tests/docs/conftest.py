"""Small repositories in which what the docs say is tried."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run() -> Run:
    """`run(command, folder)`: a finished shell command with `mlgate` on its PATH, and nothing of git's or GitHub's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "PYTHON"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = kept | {"PATH": path, "VIRTUAL_ENV": sys.prefix, "TERM": "dumb", "COLUMNS": "120"}

    def finished(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-c", command], cwd=folder, env=env, text=True, capture_output=True, check=False)

    return finished


@pytest.fixture
def repository(tmp_path: Path, run: Run) -> Path:
    """A git repository with a table, predictions of two models, and one commit."""
    draw = random.Random(17)
    rows = [(i, draw.randint(18, 80), draw.randint(0, 9_000), int(draw.random() < 0.3)) for i in range(1_000)]
    (tmp_path / "data").mkdir()
    table = "id,age,income,label\n" + "".join(f"{i},{age},{income},{label}\n" for i, age, income, label in rows)
    (tmp_path / "data" / "test.csv").write_text(table, encoding="utf-8")
    (tmp_path / "data" / "train.csv").write_text(table, encoding="utf-8")
    scores = [f"{i},{label},{0.3 * draw.random() + (0.45 if label else 0.25):.4f}\n" for i, _, _, label in rows]
    for name in ("old.csv", "new.csv"):
        (tmp_path / name).write_text("id,y_true,score\n" + "".join(scores), encoding="utf-8")
    (tmp_path / "metrics.json").write_text('{"auc": 0.9}', encoding="utf-8")
    commit(tmp_path, run)
    return tmp_path


def commit(folder: Path, run: Run) -> None:
    """All of the folder is committed, in a repository that is made where there is none."""
    who = "-c user.name=Ada -c user.email=ada@example.org -c commit.gpgsign=false -c core.hooksPath=/dev/null"
    done = run(f"git init -q -b main . && git add -A && git {who} commit -q -m Before", folder)
    assert done.returncode == 0, done.stderr
