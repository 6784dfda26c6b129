"""The example is what its README says: split data, a reproducible model, an app that is light to import."""

import csv
import json
import subprocess
import sys
from typing import Any

import pytest
import yaml

from examples.pull_requests import EXAMPLE

Row = dict[str, str]

FACTS = """
import json, sys
import app
libraries = sorted({"numpy", "pandas", "sklearn", "skops"} & set(sys.modules))
import pandas as pd, skops.io, train
table = pd.read_csv("data/test.csv")
without_target = table.drop(columns="deny")
served = app.predict(without_target)
retrained = train.train(pd.read_csv("data/train.csv")).predict_proba(app.add_features(without_target))[:, 1]
print(json.dumps({
    "libraries": libraries,
    "columns": list(served.columns),
    "rows": len(served),
    "difference": float(abs(served["score"] - retrained).max()),
    "untrusted": skops.io.get_untrusted_types(file="model.skops"),
}))
"""


@pytest.fixture(scope="module")
def facts(example_requirements: None) -> dict[str, Any]:
    """What a process that starts in the example's folder sees."""
    done = subprocess.run([sys.executable, "-c", FACTS], cwd=EXAMPLE, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(name: str) -> list[Row]:
    with (EXAMPLE / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_of_the_2380_applications_is_on_one_side_of_the_split() -> None:
    ids = sorted(int(row["id"]) for row in rows("train") + rows("test"))
    assert ids == list(range(1, 2381))


def test_no_application_has_an_identical_twin_on_the_other_side() -> None:
    def contents(name: str) -> set[tuple[str, ...]]:
        return {tuple(value for column, value in row.items() if column != "id") for row in rows(name)}

    assert not contents("train") & contents("test")


def test_the_split_keeps_the_share_of_denied_applications_in_each_group() -> None:
    cells = [(row["deny"], row["afam"]) for row in rows("test")]
    assert (len(cells), cells.count(("yes", "yes")), cells.count(("yes", "no"))) == (714, 29, 55)


def test_training_again_gives_the_predictions_of_the_committed_model(facts: dict[str, Any]) -> None:
    assert facts["difference"] < 1e-9


def test_the_app_gives_each_application_a_score_without_seeing_the_target(facts: dict[str, Any]) -> None:
    assert (facts["columns"], facts["rows"]) == (["score"], 714)


def test_importing_the_app_loads_no_library(facts: dict[str, Any]) -> None:
    assert facts["libraries"] == []


def test_the_model_loads_without_trusting_a_type_by_hand(facts: dict[str, Any]) -> None:
    assert facts["untrusted"] == []


def test_every_requirement_is_pinned() -> None:
    lines = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all("==" in line for line in lines)


def test_the_schema_lists_the_columns_of_the_table_in_their_order() -> None:
    checks = yaml.safe_load((EXAMPLE / "mlgate.yml").read_text(encoding="utf-8"))["checks"]
    assert list(checks["schema"]["columns"]) == list(rows("test")[0])


def test_the_committed_test_data_keep_the_configured_ranges_and_values() -> None:
    checks = yaml.safe_load((EXAMPLE / "mlgate.yml").read_text(encoding="utf-8"))["checks"]
    for row in rows("test"):
        for column, limit in checks["ranges"]["columns"].items():
            assert limit["min"] <= float(row[column]) <= limit["max"]
        for column, allowed in checks["allowed-values"]["columns"].items():
            assert row[column] in allowed
