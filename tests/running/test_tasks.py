"""One small gate of each kind of task, from files on the disk to the verdict."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgate.errors import UserError
from mlgate.evidence import Finding
from mlgate.running.runner import Result
from tests.checks.asked import gate

RNG = np.random.default_rng(11)
ANIMALS = np.array(["cat", "dog", "eel"])


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as a CSV file."""
    found, text = list(rows), io.StringIO()
    writer = csv.DictWriter(text, list(found[0]))
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()


def compared(folder: Path, task: str, regression: str, new: Any, old: Any, table: str = "") -> Result:
    """Two tables of predictions compared, with more lines of configuration in `table`."""
    base = (
        f"version: 1\nmodel: {{id: m, task: {task}, predictions: new.csv}}\nbaseline: {{predictions: old.csv}}\n{table}"
    )
    return gate(folder, f"regression: {regression}", {"new.csv": as_csv(new), "old.csv": as_csv(old)}, base)


def by_subject(result: Result) -> dict[str, Finding]:
    return {f.subject: f for f in result.verdict.findings}


def probabilities(truth: Any, strength: float) -> list[dict[str, Any]]:
    """Predicted probabilities of three animals that lean towards the truth."""
    odds = np.exp(strength * (truth[:, None] == ANIMALS) + RNG.normal(size=(len(truth), 3)))
    shares = odds / odds.sum(axis=1, keepdims=True)
    return [
        {"id": at, "y_true": truth[at], **{f"score_{a}": row[k] for k, a in enumerate(ANIMALS)}}
        for at, row in enumerate(shares.tolist())
    ]


def test_multiclass_a_worse_model_is_blocked_by_any_of_its_metrics(tmp_path: Path) -> None:
    truth = RNG.choice(ANIMALS, 800)
    asked = "{primary: log-loss, margins: {f1-macro: 0.02, 'confusion:cat>dog': 0.02, 'top-k-accuracy:2': 0.02}}"
    found = by_subject(compared(tmp_path, "multiclass", asked, probabilities(truth, 0.5), probabilities(truth, 2.0)))
    assert {f: found[f].status for f in found} == dict.fromkeys(
        ["log-loss", "f1-macro", "confusion:cat>dog", "top-k-accuracy:2"], "fail"
    )


def test_multiclass_a_label_that_the_test_rows_lack_is_a_wrong_answer(tmp_path: Path) -> None:
    old = [{"id": at, "y_true": "cat" if at % 2 else "dog", "y_pred": "cat" if at % 2 else "dog"} for at in range(90)]
    new = [{**row, "y_pred": "yak" if at < 45 else row["y_pred"]} for at, row in enumerate(old)]
    found = by_subject(compared(tmp_path, "multiclass", "{primary: accuracy}", new, old))
    assert (found["accuracy"].candidate_value, found["accuracy"].status) == (0.5, "fail")


def prices(noise: float, truth: Any) -> list[dict[str, Any]]:
    guess = truth + RNG.normal(0, noise, len(truth))
    return [{"id": at, "y_true": y, "y_pred": p} for at, (y, p) in enumerate(zip(truth, guess, strict=True))]


def test_regression_a_larger_error_is_blocked_and_a_smaller_one_passes(tmp_path: Path) -> None:
    truth = RNG.normal(100, 20, 500)
    good, bad = prices(5, truth), prices(8, truth)
    asked = "{margins: {mae: 1%, r2: 0.01, mape: 1%, 'pinball:0.9': 1%}}"
    names = {"rmse", "mae", "r2", "mape", "pinball:0.9"}
    worse, better = (
        by_subject(compared(tmp_path / name, "regression", asked, new, old))
        for name, new, old in (("worse", bad, good), ("better", good, bad))
    )
    assert {name: f.status for name, f in worse.items()} == dict.fromkeys(names, "fail")
    assert {name: f.status for name, f in better.items()} == dict.fromkeys(names, "pass")


def test_regression_labels_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    rows = [{"id": at, "y_true": "many", "y_pred": 1.5} for at in range(9)]
    (finding,) = compared(tmp_path, "regression", "{}", rows, rows).verdict.findings
    assert finding.status == "error"
    assert "the labels are no numbers" in finding.message


def scored(values: Any, **columns: Any) -> list[dict[str, Any]]:
    return [
        {"id": at, "score": value, **{name: c[at] for name, c in columns.items()}} for at, value in enumerate(values)
    ]


def test_clustering_is_judged_by_the_silhouette_of_each_row(tmp_path: Path) -> None:
    points = RNG.normal(size=(300, 1)) + np.repeat([[0], [9]], 150, axis=0)

    def silhouettes(assigned: Any) -> Any:
        far = abs(points - points.T)
        inside, outside = (
            np.array([far[i][(assigned == assigned[i]) == same].mean() for i in range(300)]) for same in (True, False)
        )
        return (outside - inside) / np.maximum(inside, outside)

    right, halved = np.repeat([0, 1], 150), np.arange(300) % 2
    found = by_subject(compared(tmp_path, "score", "{}", scored(silhouettes(halved)), scored(silhouettes(right))))
    assert (found["score"].status, found["score"].method) == ("fail", "mean difference, paired")


def test_anomaly_detection_is_judged_by_how_well_each_row_is_ranked(tmp_path: Path) -> None:
    sign = np.where(RNG.random(400) < 0.1, 1, -1)  # a rare few are odd
    anomaly = [sign * lead + RNG.normal(size=400) for lead in (2.0, 1.0)]
    good, bad = (sign * found for found in anomaly)  # high where odd, low where not
    found = by_subject(compared(tmp_path, "score", "{margins: {score: 0.1}}", scored(bad), scored(good)))
    assert found["score"].status == "fail"


def test_generated_text_is_judged_by_the_mark_of_each_answer(tmp_path: Path) -> None:
    hardness = RNG.normal(3.5, 0.6, 250)
    old, new = (np.clip(np.round(hardness + RNG.normal(0, 0.3, 250)), 1, 5) for _ in range(2))
    found = by_subject(compared(tmp_path, "score", "{margins: {score: 0.25}}", scored(new), scored(old)))
    assert found["score"].status == "pass"


EPISODES = (
    "tables:\n  test: {path: episodes.csv, key: id, cluster: seed}\n",
    "version: 1\nmodel: {id: m, task: score, predictions: new.csv}\nbaseline: {predictions: old.csv}\n",
)


@pytest.mark.parametrize("clustered", [True, False])
def test_reinforcement_learning_counts_seeds_and_not_episodes(tmp_path: Path, clustered: bool) -> None:
    seeds = np.repeat(np.arange(20), 50)
    luck = np.random.default_rng(3).normal(0, 1, 20)
    old = np.random.default_rng(4).normal(10, 1, 1_000)
    new = old - 0.3 + luck[seeds] + np.random.default_rng(5).normal(0, 0.2, 1_000)
    tables, base = EPISODES
    tables = tables if clustered else tables.replace(", cluster: seed", "")
    files = {
        "new.csv": as_csv(scored(new)),
        "old.csv": as_csv(scored(old)),
        "episodes.csv": as_csv([{"id": at, "seed": s} for at, s in enumerate(seeds)]),
    }
    (finding,) = gate(tmp_path, "regression: {margins: {score: 0.1}}", files, base + tables).verdict.findings
    # Within a seed all episodes share its luck, so a thousand of them are worth twenty.
    assert (finding.status, finding.n) == (("inconclusive", 20) if clustered else ("fail", 1_000))


def test_a_metric_of_another_task_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    rows = [{"id": 1, "y_true": 1.0, "y_pred": 2.0}]
    with pytest.raises(UserError, match="metric 'auc' is not of the task regression"):
        compared(tmp_path, "regression", "{primary: auc}", rows, rows)


def test_a_positive_label_belongs_to_two_classes(tmp_path: Path) -> None:
    files = {"new.csv": "id,y_true,y_pred\n1,a,b\n"}
    base = "version: 1\nmodel: {id: m, task: multiclass, positive: a, predictions: new.csv}"
    with pytest.raises(UserError, match="a multiclass task has no positive label"):
        gate(tmp_path, "metrics: {limits: {accuracy: {}}}", files, base)


ARRAY = """
class Array:
    def __init__(self, rows):
        self.rows, self.shape = rows, (len(rows), 3)

    def __getitem__(self, at):
        return [row[at[1]] for row in self.rows]


def predict(table):
    rows = sum(1 for _ in open(table)) - 1 if isinstance(table, str) else len(table)
    return Array([[0, 0, 1.0], [1.0, 0, 0], [0, 1.0, 0]] * (rows // 3))
"""


def test_an_array_of_probabilities_is_read_in_the_order_of_the_labels(tmp_path: Path) -> None:
    truth = ["eel", "cat", "dog"] * 20
    files = {
        "app.py": ARRAY,
        "data/test.csv": as_csv([{"id": at, "y": y} for at, y in enumerate(truth)]),
    }
    base = (
        "version: 1\nmodel: {id: m, task: multiclass, predict: 'app:predict'}\n"
        "tables:\n  test: {path: data/test.csv, key: id, target: y}\n"
    )
    (finding,) = gate(tmp_path, "metrics: {limits: {accuracy: {min: 0.9}}}", files, base).verdict.findings
    assert (finding.value, finding.status) == (1.0, "pass"), finding.message
