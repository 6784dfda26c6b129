"""Weights count rows as copies of them would; weights and clusters make no result more certain than it is."""

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from mlgate.configuring.setting import Request
from mlgate.evidence import Finding
from mlgate.running.runner import check
from tests.user_code.gated import as_csv

METRICS = ("auc", "accuracy", "precision", "recall", "f1", "log-loss", "brier")


def rows(n: int = 400, seed: int = 7) -> list[dict[str, Any]]:
    """Labelled rows with a score, a baseline's score, an integer weight, and a cluster of five rows each."""
    chance = random.Random(seed)
    found = []
    for i in range(n):
        y = int(chance.random() < 0.4)
        score = min(max(chance.gauss(0.42 + 0.2 * y, 0.2), 0.01), 0.99)
        old = min(max(score + chance.gauss(-0.02, 0.1), 0.01), 0.99)
        found.append({"id": i, "y": y, "score": score, "old": old, "w": chance.choice((1, 1, 2, 3)), "c": i // 5})
    return found


def judged(folder: Path, of: list[dict[str, Any]], **meaning: str) -> dict[tuple[str, str], Finding]:
    """Each metric's finding, of its value and of its change."""
    folder.mkdir()
    (folder / "test.csv").write_text(as_csv([{k: r[k] for k in ("id", "y", "w", "c")} for r in of]))
    (folder / "candidate.csv").write_text(as_csv([{"id": r["id"], "score": r["score"]} for r in of]))
    (folder / "baseline.csv").write_text(as_csv([{"id": r["id"], "score": r["old"]} for r in of]))
    config = {
        "version": 1,
        "model": {"id": "m", "predictions": "candidate.csv"},
        "tables": {"test": {"path": "test.csv", "key": "id", "target": "y"} | meaning},
        "baseline": {"predictions": "baseline.csv"},
        "checks": {
            "metrics": {"limits": {m: {"min": 0} for m in METRICS}},
            "regression": {"primary": "auc", "margins": dict.fromkeys(METRICS, 0.05)},
        },
    }
    (folder / "mlgate.yml").write_text(json.dumps(config))
    result = check(Request(folder / "mlgate.yml"), lambda _: None)
    return {(f.id, str(f.metric)): f for f in result.verdict.findings}


def copies(of: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row as often as its weight says."""
    found = [row for row in of for _ in range(row["w"])]
    return [{**row, "id": at} for at, row in enumerate(found)]


def width(finding: Finding) -> float:
    assert finding.interval is not None
    return finding.interval[1] - finding.interval[0]


def test_integer_weights_give_the_values_that_copies_of_the_rows_give(tmp_path: Path) -> None:
    weighted, copied = judged(tmp_path / "a", rows(), weight="w"), judged(tmp_path / "b", copies(rows()))
    assert len(weighted) == 2 * len(METRICS)
    for which, finding in weighted.items():
        assert finding.value == pytest.approx(copied[which].value, abs=1e-9), which
        assert finding.candidate_value == pytest.approx(copied[which].candidate_value, abs=1e-9), which


def test_weights_widen_intervals_about_as_kishs_effective_rows_do(tmp_path: Path) -> None:
    of = rows()
    weighted, copied = judged(tmp_path / "a", of, weight="w"), judged(tmp_path / "b", copies(of))
    total, squares = sum(r["w"] for r in of), sum(r["w"] ** 2 for r in of)
    wider = math.sqrt(total / (total**2 / squares))  # copies pretend to be `total` rows
    for which, finding in weighted.items():
        assert width(finding) / width(copied[which]) == pytest.approx(wider, rel=0.2), which


def test_weights_of_one_change_nothing(tmp_path: Path) -> None:
    of = [{**r, "w": 1} for r in rows()]
    weighted, plain = judged(tmp_path / "a", of, weight="w"), judged(tmp_path / "b", of)
    for which, finding in weighted.items():
        assert finding.value == pytest.approx(plain[which].value, abs=1e-9)
        assert width(finding) == pytest.approx(width(plain[which]), rel=0.1), which


def test_clusters_of_equal_rows_widen_intervals_to_those_of_one_row_each(tmp_path: Path) -> None:
    once = rows(200)
    fivefold = [{**row, "id": 5 * at + k, "c": at} for at, row in enumerate(once) for k in range(5)]
    clustered, plain = judged(tmp_path / "a", fivefold, cluster="c"), judged(tmp_path / "b", once)
    naive = judged(tmp_path / "c", fivefold)
    for which, finding in clustered.items():
        assert finding.value == pytest.approx(plain[which].value, abs=1e-9), which
        assert width(finding) == pytest.approx(width(plain[which]), rel=0.2), which
        assert width(finding) > 1.7 * width(naive[which]), which


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("-1", "row 3 of test.csv with a weight in 'w' that is missing, negative or not finite"),
        ("", "row 3 of test.csv with a weight in 'w' that is missing, negative or not finite"),
        ("heavy", "column 'w' of test.csv holds weights that are no numbers"),
    ],
)
def test_weights_that_are_none_are_refused(tmp_path: Path, weight: str, expected: str) -> None:
    of = [{**r, "w": weight if at == 2 else r["w"]} for at, r in enumerate(rows(40))]
    for finding in judged(tmp_path / "a", of, weight="w").values():
        assert finding.status == "error"
        assert expected in finding.message


def test_weights_that_are_all_zero_are_refused(tmp_path: Path) -> None:
    of = [{**r, "w": 0} for r in rows(40)]
    assert "all weights in 'w' of test.csv are 0" in next(iter(judged(tmp_path / "a", of, weight="w").values())).message
