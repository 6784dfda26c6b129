"""A repository's own metrics: one function in a file, run in the worker, judged like any other metric."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgate.errors import UserError
from mlgate.evidence import Finding
from tests.checks.asked import gate
from tests.running.test_tasks import as_csv
from tests.user_code.gated import Gated, findings

RNG = np.random.default_rng(9)
N = 400
COST = """
def metric(label, prediction, weight):
    return (label & (prediction < 0.5)) * 5.0 + (~label & (prediction >= 0.5))
"""
F2 = """
def metric(label, prediction, weight):
    chosen = prediction >= 0.5
    tp, fp, fn = ((weight * rows).sum() for rows in (label & chosen, ~label & chosen, label & ~chosen))
    return 5 * tp / max(5 * tp + 4 * fn + fp, 1e-9)
"""
ROWS = [(int(y), float(y * 0.3 + 0.7 * x)) for y, x in zip(RNG.random(N) < 0.5, RNG.random(N), strict=True)]


def asked(
    folder: Path, file: str, checks: str, better: str = "up", worse: float = 0.9, **own: Any
) -> dict[str, Finding]:
    """The findings on two tables of predictions, the new one blurred by `worse`."""
    noise = np.random.default_rng(1).random(N)
    new = [{"id": i, "score": (1 - worse) * s + worse * float(noise[i]), "y_true": y} for i, (y, s) in enumerate(ROWS)]
    old = [{"id": i, "score": s, "y_true": y} for i, (y, s) in enumerate(ROWS)]
    test = [{"id": i, "y": y, "part": "ab"[i % 2], "who": i // 4} for i, (y, _) in enumerate(ROWS)]
    table = "{path: data/test.csv, key: id, target: y, slices: [part]" + own.pop("table", "") + "}"
    base = (
        f"version: 1\nmodel: {{id: m, predictions: new.csv, own-metrics: {{mine: {{file: mine.py, better: {better}, "
        f"margin: 0.02}}}}}}\nenvironment: {{python: {sys.executable}}}\nbaseline: {{predictions: old.csv}}\n"
        f"tables:\n  test: {table}\n"
    )
    files = {"mine.py": file, "new.csv": as_csv(new), "old.csv": as_csv(old), "data/test.csv": as_csv(test)}
    return findings(gate(folder, checks, files, base))


def test_a_number_of_each_row_is_judged_by_its_mean_and_in_slices(tmp_path: Path) -> None:
    checks = "metrics: {limits: {mine: {max: 3}}}\nregression: {primary: mine}\nslices: {metrics: [mine]}"
    found = asked(tmp_path, COST, checks, better="down")
    assert set(found) == {"mine", "part=a: mine", "part=b: mine"}
    compared = found["part=a: mine"]
    assert (compared.status, compared.method, compared.direction) == ("fail", "mean difference, paired", "down")
    cost = [5.0 * (y and s < 0.5) + (not y and s >= 0.5) for y, s in ROWS[::2]]
    assert compared.baseline_value == pytest.approx(np.mean(cost), abs=1e-9)


def test_one_number_for_all_rows_has_its_interval_from_resampled_weights(tmp_path: Path) -> None:
    found = asked(tmp_path, F2, "regression: {primary: mine}\nslices: {metrics: [mine]}")
    assert (found["mine"].status, found["mine"].method, found["mine"].margin) == ("fail", "Poisson bootstrap", 0.02)
    assert found["part=a: mine"].status == "not-measured"
    assert "one number for all rows" in found["part=a: mine"].message


def test_rows_of_a_cluster_are_resampled_together(tmp_path: Path) -> None:
    plain, clustered = (
        asked(tmp_path / name, F2, "regression: {primary: mine}", table=table)["mine"].interval
        for name, table in (("a", ""), ("b", ", cluster: who"))
    )
    assert plain is not None
    assert clustered is not None
    assert plain != clustered


def test_a_model_against_itself_passes_by_its_own_metric_too(tmp_path: Path) -> None:
    for name, file in (("a", COST), ("b", F2)):
        assert asked(tmp_path / name, file, "regression: {primary: mine}", worse=0.0)["mine"].status == "pass"


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("x = 1\n", "has no function 'metric(label, prediction, weight)'"),
        ("def metric(label, prediction, weight):\n    return 'much'\n", "metric returned str, not a number"),
        ("def metric(label, prediction, weight):\n    return [1, 2]\n", "an array of shape (2,) for 400 rows"),
        ("def metric(label, prediction, weight):\n    return float('nan')\n", "NaN or infinite"),
        ("def metric(label, prediction, weight):\n    raise ValueError('no luck')\n", "no luck"),
        ("import os\n\ndef metric(label, prediction, weight):\n    os._exit(0)\n", "the metric gave no numbers"),
        ("def metric(label, prediction, weight)\n", "SyntaxError"),
    ],
)
def test_a_metric_that_gives_no_number_is_not_measured_and_blocks(tmp_path: Path, file: str, why: str) -> None:
    finding = asked(tmp_path, file, "regression: {primary: mine}")["mine"]
    assert finding.status == "not-measured"
    assert why in finding.message


def test_it_may_not_have_the_name_of_one_of_the_kits(tmp_path: Path) -> None:
    files = {"new.csv": "id,y_true,score\n1,0,0.5\n2,1,0.6\n"}
    base = "version: 1\nmodel: {id: m, predictions: new.csv, own-metrics: {auc: {file: a.py}}}"
    with pytest.raises(UserError, match="'auc' is a metric of mlgate's"):
        gate(tmp_path, "metrics: {limits: {auc: {}}}", files, base)


def test_what_a_metric_means_is_the_bases_to_say(gated: Gated) -> None:
    own = {"mine": {"file": "mine.py", "better": "up", "margin": 0.05}}
    gated.configure(
        model={"id": "m", "predictions": "predictions.csv", "own-metrics": own},
        environment={"python": sys.executable},
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"regression": {"primary": "mine"}},
    )
    right = "def metric(label, prediction, weight):\n    return 1.0 * (label == (prediction >= 0.5))\n"
    gated.write("mine.py", right)
    scores = "id,score\n" + "".join(f"{i + 1},{0.9 if i % 3 else 0.1}\n" for i in range(60))
    gated.write("predictions.csv", scores)
    gated.commit("base")
    gated.git("checkout", "-q", "-b", "change")
    gated.write("mine.py", "def metric(label, prediction, weight):\n    return 0 * weight + 1.0\n")
    gated.write("predictions.csv", "id,score\n" + "".join(f"{i + 1},0.1\n" for i in range(60)))
    finding = findings(gated.check())["mine"]
    assert finding.candidate_value is not None
    assert finding.candidate_value < 0.9, "the change's own file would say 1"
    gated.write("numpy.py", "raise SystemExit('taken over')\n")
    assert findings(gated.check())["mine"].candidate_value == finding.candidate_value
