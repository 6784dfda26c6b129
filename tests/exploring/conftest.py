"""A repository with two files of predictions, and the evidence of their comparison."""

import csv
from pathlib import Path

import pytest

from tests.checks.joints import two_models
from tests.cli.console import mlgate

CONFIG = """version: 1
model: {id: churn, positive: 1, predictions: new.csv}
baseline: {predictions: old.csv}
checks:
  regression: {primary: auc, margins: {auc: 0.01, accuracy: 0.01, log-loss: 2%, f1: 0.01}}
  metrics: {limits: {accuracy: {min: 0.5}, f1: {min: 0.5}, auc: {min: 0.5}, brier: {max: 0.4}}}
"""


@pytest.fixture(scope="session")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, after `mlgate check --output out`."""
    folder = tmp_path_factory.mktemp("churn")
    truth, candidate, baseline = two_models(1_500, seed=5)
    for name, scores in (("new.csv", candidate), ("old.csv", baseline)):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("id", "y_true", "score"))
            writer.writerows(zip(range(len(truth)), truth.astype(int), scores.tolist(), strict=True))
    (folder / "mlgate.yml").write_text(CONFIG, encoding="utf-8")
    seen = mlgate("check", "--output", "out", cwd=folder)
    assert seen.code == 0, seen.err
    return folder
