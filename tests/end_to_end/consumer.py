"""A repository that uses mlgate, with a pull request as GitHub would test it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = "octo/consumer"
SHORT_WORKFLOW = """\
name: mlgate
on: {pull_request: {}, merge_group: {}, push: {branches: [main]}}
permissions: {contents: read}
jobs:
  gate:
    uses: mlgate/mlgate/.github/workflows/gate.yml@v1
"""
CONFIGURATION = """\
version: 1
model: {id: churn, task: binary, positive: 1, predictions: candidate.csv}
baseline: {predictions: baseline.csv}
checks:
  regression:
    primary: auc
    margins: {auc: 0.02}
"""
ROWS = 2000


_CURIOUS = """\
import pathlib
seen = []
for process in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        seen.append((process / "environ").read_text(errors="replace"))
    except OSError:
        pass
pathlib.Path("LOOT").write_text("\\0".join(seen))
"""


def curious(loot: Path) -> str:
    """A script that writes into `loot` the environment of every process that it can see."""
    return _CURIOUS.replace("LOOT", str(loot))


@dataclass(frozen=True)
class PullRequest:
    """A checkout of the merge commit, two commits deep, and the event that GitHub would send for it."""

    checkout: Path
    base_sha: str
    head_sha: str
    merge_sha: str
    event: dict[str, Any]


def predictions(noise: float) -> str:
    """A table of `ROWS` predictions as CSV; every second row's score moves by `noise` in the wrong direction."""
    lines = ["id,y_true,score"]
    for row in range(ROWS):
        label = row * 7919 % 10 < 3
        spread = row * 104729 % 1000 / 1000  # the same in every run and on every machine
        score = 0.35 * spread + (0.5 if label else 0.15) + (noise * (-1 if label else 1) if row % 2 else 0)
        lines.append(f"{row},{int(label)},{score:.4f}")
    return "\n".join(lines) + "\n"


def write_base(tree: Path, workflow: str = SHORT_WORKFLOW) -> None:
    """`tree` has the smallest configuration, its predictions and the workflow."""
    (tree / ".github" / "workflows").mkdir(parents=True)
    (tree / ".github" / "workflows" / "mlgate.yml").write_text(workflow, encoding="utf-8")
    (tree / "mlgate.yml").write_text(CONFIGURATION, encoding="utf-8")
    (tree / "baseline.csv").write_text(predictions(0.1), encoding="utf-8")
    (tree / "candidate.csv").write_text(predictions(0.1), encoding="utf-8")


def open_pull_request(
    origin: Path, base: Callable[[Path], None], change: Callable[[Path], None], checkout: Path
) -> PullRequest:
    """What `actions/checkout` with `fetch-depth: 2` makes of a pull request with `change` on top of `base`."""
    origin.mkdir(parents=True)
    git(origin, "init", "--quiet", "--template=", "--initial-branch=main")
    base(origin)
    base_sha = commit(origin, "Before")
    git(origin, "switch", "--quiet", "--create", "topic")
    change(origin)
    head_sha = commit(origin, "Change")
    git(origin, "switch", "--quiet", "--detach", "main")
    git(origin, "merge", "--quiet", "--no-ff", "--message", "Merge topic into main", "topic")
    merge_sha = git(origin, "rev-parse", "HEAD")
    git(origin, "update-ref", "refs/pull/1/merge", merge_sha)

    checkout.mkdir(parents=True)
    git(checkout, "init", "--quiet", "--template=", "--initial-branch=main")
    git(checkout, "fetch", "--quiet", "--depth=2", origin.as_uri(), "+refs/pull/1/merge:refs/remotes/pull/1/merge")
    git(checkout, "checkout", "--quiet", "--detach", "refs/remotes/pull/1/merge")
    git(checkout, "remote", "add", "origin", f"https://github.com/{REPOSITORY}")
    return PullRequest(checkout, base_sha, head_sha, merge_sha, _event(base_sha, head_sha, merge_sha))


def commit(tree: Path, message: str) -> str:
    """The SHA of a commit of all that is in `tree`."""
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", message)
    return git(tree, "rev-parse", "HEAD")


def git(tree: Path, *arguments: str) -> str:
    """What git prints, run without anybody's configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{field}": "ada@example.org" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
    env = kept | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = [shutil.which("git") or "git", *arguments]
    return subprocess.run(command, cwd=tree, env=env, check=True, stdout=subprocess.PIPE).stdout.decode().strip()


def _event(base_sha: str, head_sha: str, merge_sha: str) -> dict[str, Any]:
    owner, name = REPOSITORY.split("/")
    repository = {
        "id": 1296269,
        "name": name,
        "full_name": REPOSITORY,
        "private": False,
        "default_branch": "main",
        "owner": {"login": owner},
    }
    return {
        "action": "synchronize",
        "number": 1,
        "pull_request": {
            "number": 1,
            "state": "open",
            "base": {"ref": "main", "sha": base_sha, "repo": repository},
            "head": {"ref": "topic", "sha": head_sha, "repo": repository},
            "merge_commit_sha": merge_sha,
            "user": {"login": "octocat"},
        },
        "repository": repository,
        "sender": {"login": "octocat"},
    }
