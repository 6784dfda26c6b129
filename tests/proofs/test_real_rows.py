"""On real rows the self-test says what they can see, and the search finds the slice that was planted and no other."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlgate.exploring.planting import unchanged
from mlgate.measuring.confirming import search
from mlgate.measuring.joint import Joint
from mlgate.measuring.metrics import metric_named
from tests.cli.console import mlgate
from tests.proofs.example_rows import BOOSTED, LOGISTIC, rows_of
from tests.proofs.flights_rows import flights

CONFIG = """version: 1
model: {id: late, positive: 1, predictions: new.csv}
baseline: {predictions: old.csv}
checks: {regression: {margins: {auc: 0.005}}}
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Joint:
    """Half of the flights, 164,000."""
    return flights(tmp_path_factory.mktemp("flights"))


def selftest(folder: Path, rows: Joint) -> str:
    """What `mlgate selftest` says of a gate whose margin is half a point of AUC."""
    for name, side in (("new.csv", rows.candidate), ("old.csv", rows.paired())):
        assert side is not None
        assert side.score is not None
        with (folder / name).open("w", newline="", encoding="utf-8") as stream:
            out = csv.writer(stream)
            out.writerow(("id", "y_true", "score"))
            out.writerows(zip(range(rows.n), rows.truth.astype(int).tolist(), side.score.tolist(), strict=True))
    (folder / "mlgate.yml").write_text(CONFIG, encoding="utf-8")
    seen = mlgate("selftest", "--trials", "20", cwd=folder)
    assert seen.code == 0, seen.err
    return seen.out


def test_the_714_rows_of_the_example_cannot_see_half_a_point_of_auc(tmp_path: Path) -> None:
    said = selftest(tmp_path, rows_of(BOOSTED, LOGISTIC))
    assert "714 rows cannot see a drop of 0.0050 in AUC: that needs ≈ " in said
    assert "they can see 0.0" in said
    assert "The gate as configured cannot do its job" in said


def test_the_flights_can(tmp_path: Path, rows: Joint) -> None:
    said = selftest(tmp_path, rows)
    assert f"{rows.n:,} rows can see a drop of 0.0050 in AUC." in said
    assert said.endswith("The gate as configured can do its job.\n")


def test_a_slice_of_two_conditions_that_is_planted_among_the_flights_is_found(rows: Joint) -> None:
    carrier, origin = rows.columns["carrier"], rows.columns["origin"]
    inside = (carrier.codes == carrier.labels.index("B6")) & (origin.codes == origin.labels.index("JFK"))
    baseline = rows.paired()
    assert baseline is not None
    same, rng = replace(rows, candidate=baseline), np.random.default_rng(3)
    order = np.arange(rows.n)
    order[inside] = np.flatnonzero(inside)[worse_order(int(inside.sum()), rng)]
    found = search(metric_named("log-loss"), replace(same, candidate=baseline.where(order)), 0.01, 2, 5, 30)
    assert found.confirmed[0].slice.words == "carrier=B6 & origin=JFK"


def worse_order(n: int, rng: np.random.Generator) -> np.ndarray:
    """The places of n rows, one in ten of them exchanged with others."""
    order, chosen = np.arange(n), np.flatnonzero(rng.random(n) < 0.1)
    order[chosen] = rng.permutation(chosen)
    return order


def test_where_nothing_is_planted_at_most_one_search_in_twenty_reports_a_slice(rows: Joint) -> None:
    rng, reported = np.random.default_rng(5), 0
    for _ in range(200):
        drawn = unchanged(rows.where(rng.integers(0, rows.n, 4_000)), rng)
        reported += bool(search(metric_named("log-loss"), drawn, 0.01, 2, 5, 30).confirmed)
    assert reported <= 10
