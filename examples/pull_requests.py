"""The example as a git repository with four pull requests: one to merge and three not to."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).parent / "mortgage"
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*_cache", ".ipynb_checkpoints", ".mlgate", ".venv")
GIT_CONFIG = {
    "user.name": "Ada Adopter",
    "user.email": "ada@example.org",
    "commit.gpgsign": "false",
    "core.autocrlf": "false",
    "core.hooksPath": os.devnull,  # a person's own hooks have no business in a temporary repository
}


@dataclass(frozen=True)
class PullRequest:
    """A branch to be merged into `main`: what its author says about it, and the change itself."""

    branch: str
    title: str
    change: Callable[[Path], None]  # edits the work tree
    retrains: bool = False  # whether `train.py` runs after the change and its model is committed too


def make_repository(path: Path, python: str = sys.executable) -> tuple[PullRequest, ...]:
    """`path` is a git repository with the example on `main`, checked out, and one branch for each pull request.

    `python` trains the models and so needs the example's requirements; training takes some seconds.
    """
    shutil.copytree(EXAMPLE, path, ignore=NOT_COPIED)
    git(path, "init", "--quiet", "--template=", "--initial-branch=main")
    for key, value in GIT_CONFIG.items():
        git(path, "config", key, value)
    commit(path, "Predict who is refused a mortgage, behind a gate")
    for pull_request in PULL_REQUESTS:
        _open(pull_request, path, python)
    return PULL_REQUESTS


def _open(pull_request: PullRequest, path: Path, python: str) -> None:
    git(path, "switch", "--quiet", "--create", pull_request.branch, "main")
    pull_request.change(path)
    if pull_request.retrains:
        subprocess.run([python, "train.py"], cwd=path, env=environment(), check=True)
    commit(path, pull_request.title)
    git(path, "switch", "--quiet", "main")


def commit(path: Path, message: str) -> None:
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", message)


def git(path: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=path, env=environment(), check=True)


def environment() -> dict[str, str]:
    """The environment without git's own variables, which point elsewhere when a git hook started us."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def replace(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    if text.count(before) != 1:
        raise ValueError(f"{file.name} should have this text once: {before!r}")
    file.write_text(text.replace(before, after), encoding="utf-8")


def refactor(tree: Path) -> None:
    """The features become a table of functions; every prediction stays the same."""
    replace(
        tree / "features.py",
        """    known = table.fillna(TYPICAL)
    return known.assign(
        other_debt=other_debt(known["pirat"], known["hirat"]),
        high_loan=high_loan(known["lvrat"]),
    )
""",
        """    return table.fillna(TYPICAL).assign(**FEATURES)


FEATURES = {
    "other_debt": lambda table: other_debt(table["pirat"], table["hirat"]),
    "high_loan": lambda table: high_loan(table["lvrat"]),
}
""",
    )


def shorten_the_form(tree: Path) -> None:
    """The model loses income, loan and credit history; accuracy nearly hides it, as few are refused."""
    train = tree / "train.py"
    replace(
        train,
        '["pirat", "hirat", "lvrat", "unemp", "chist", "mhist", "other_debt", "high_loan"]',
        '["hirat", "unemp"]',
    )
    replace(
        train, '["phist", "selfemp", "insurance", "condomin", "single", "hschool"]', '["selfemp", "condomin", "single"]'
    )


def weigh_rare_refusals(tree: Path) -> None:
    """The model learns to refuse one group far more often; accuracy and AUC stay about the same."""
    train = tree / "train.py"
    replace(train, '"hschool"]  # afam is not a feature', '"hschool", "afam"]')
    replace(
        train,
        "    return pipeline().fit(add_features(table), table[TARGET])\n",
        """    rare = (table[TARGET] == "yes") & (table["afam"] == "yes")  # too few to learn from
    return pipeline().fit(add_features(table), table[TARGET], classifier__sample_weight=1 + 2 * rare)
""",
    )


def export_again(tree: Path) -> None:
    """The test data come from another system: ratios get lost or become percentages, one category is unknown."""
    file = tree / "data" / "test.csv"
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for number, row in enumerate(rows):
        if number % 12 == 0:
            row["pirat"] = ""
        elif number % 80 == 5:
            row["pirat"] = f"{100 * float(row['pirat']):g}"
        elif number % 150 == 7:
            row["phist"] = "unknown"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


PULL_REQUESTS = (
    PullRequest("refactor-features", "Name each feature next to the function that makes it", refactor),
    PullRequest("shorter-form", "Ask applicants five questions instead of twelve", shorten_the_form, retrains=True),
    PullRequest("rare-refusals", "Learn more from the refusals that are rare", weigh_rare_refusals, retrains=True),
    PullRequest("new-export", "Take the test data from the new system's export", export_again),
)
