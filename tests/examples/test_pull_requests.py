"""The four pull requests have the faults that the demo says they have, large enough for a certain verdict."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from examples.pull_requests import PULL_REQUESTS, PullRequest

Scores = dict[str, npt.NDArray[np.float64]]

PREDICT = """
import sys
import numpy as np, pandas as pd
for tree, source in zip(sys.argv[1::2], sys.argv[2::2]):
    sys.path.insert(0, tree)
    import app
    table = pd.read_csv(source + "/data/test.csv").drop(columns="deny")
    np.savetxt(tree + "/scores.txt", app.predict(table)["score"])
    del sys.path[0], sys.modules["app"], sys.modules["features"]
"""


@pytest.fixture(scope="module")
def scores(trees: dict[str, Path]) -> Scores:
    """Each branch's scores for the test rows of `main`; the broken file's branch scores its own rows."""
    pairs = [(tree, tree if branch == "new-export" else trees["main"]) for branch, tree in trees.items()]
    subprocess.run([sys.executable, "-c", PREDICT, *(path for pair in pairs for path in pair)], check=True)
    return {branch: np.loadtxt(tree / "scores.txt") for branch, tree in trees.items()}


def column(trees: dict[str, Path], name: str, branch: str = "main") -> npt.NDArray[np.str_]:
    with (trees[branch] / "data" / "test.csv").open(encoding="utf-8", newline="") as file:
        return np.array([row[name] for row in csv.DictReader(file)])


def accuracy(denied: npt.NDArray[np.bool_], score: npt.NDArray[np.float64]) -> float:
    return float(np.mean((score >= 0.5) == denied))


def auc_and_parts(
    denied: npt.NDArray[np.bool_], score: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """DeLong's components: for each denied and each accepted application, the share of the others ordered rightly."""
    wins = (score[denied][:, None] > score[~denied]) + 0.5 * (score[denied][:, None] == score[~denied])
    return wins.mean(axis=1), wins.mean(axis=0)


def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_main_is_checked_out_and_clean(repository: Path) -> None:
    assert (git(repository, "branch", "--show-current"), git(repository, "status", "--porcelain")) == ("main", "")


@pytest.mark.parametrize("pull_request", PULL_REQUESTS, ids=lambda p: p.branch)
def test_each_pull_request_is_one_commit_on_main(repository: Path, pull_request: PullRequest) -> None:
    assert git(repository, "log", "--format=%s", f"main..{pull_request.branch}") == pull_request.title


def test_only_a_change_that_trains_commits_a_model(repository: Path) -> None:
    changed = {p.branch: git(repository, "diff", "--name-only", "main", p.branch).split() for p in PULL_REQUESTS}
    assert changed == {
        "refactor-features": ["features.py"],
        "shorter-form": ["model.skops", "train.py"],
        "rare-refusals": ["model.skops", "train.py"],
        "new-export": ["data/test.csv"],
    }


def test_the_refactoring_changes_no_prediction(scores: Scores) -> None:
    assert np.array_equal(scores["main"], scores["refactor-features"])


def test_the_shorter_form_loses_so_much_auc_that_the_paired_test_is_certain(
    trees: dict[str, Path], scores: Scores
) -> None:
    denied = column(trees, "deny") == "yes"
    parts = zip(auc_and_parts(denied, scores["shorter-form"]), auc_and_parts(denied, scores["main"]), strict=True)
    differences = [candidate - baseline for candidate, baseline in parts]
    error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in differences))
    assert differences[0].mean() / error < -1.96 - 1.88  # power .97 at one-sided .025


def test_the_shorter_form_loses_little_accuracy(trees: dict[str, Path], scores: Scores) -> None:
    denied = column(trees, "deny") == "yes"
    assert accuracy(denied, scores["main"]) - accuracy(denied, scores["shorter-form"]) < 0.03


def test_learning_from_rare_refusals_refuses_one_group_far_more_often(trees: dict[str, Path], scores: Scores) -> None:
    group = column(trees, "afam") == "yes"

    def gap(branch: str) -> float:
        refused = scores[branch] >= 0.5
        return float(refused[group].mean() - refused[~group].mean())

    assert gap("main") < 0.1
    assert gap("rare-refusals") - gap("main") > 0.2


def test_learning_from_rare_refusals_keeps_accuracy_and_auc(trees: dict[str, Path], scores: Scores) -> None:
    denied = column(trees, "deny") == "yes"
    main, candidate = scores["main"], scores["rare-refusals"]
    assert abs(accuracy(denied, candidate) - accuracy(denied, main)) < 0.02
    assert auc_and_parts(denied, candidate)[0].mean() > auc_and_parts(denied, main)[0].mean() - 0.02


def test_the_new_export_loses_ratios_turns_some_into_percentages_and_has_an_unknown_category(
    trees: dict[str, Path],
) -> None:
    pirat, phist = column(trees, "pirat", "new-export"), column(trees, "phist", "new-export")
    known = pirat[pirat != ""].astype(float)
    assert (len(pirat), np.sum(pirat == ""), np.sum(known > 3), np.sum(phist == "unknown")) == (714, 60, 9, 5)


def test_the_model_predicts_on_the_broken_export_without_a_complaint(scores: Scores) -> None:
    assert len(scores["new-export"]) == 714
    assert np.isfinite(scores["new-export"]).all()
