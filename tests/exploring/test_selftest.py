"""The self-test: what it says of a gate with rows enough, of one without, and of training again."""

import re
import subprocess
from pathlib import Path

import pytest

from mlgate.exploring.retraining import Retrained, render
from tests.cli.console import Seen, mlgate

TRAIN = "import os; open('shift.txt', 'w').write(str(int.from_bytes(os.urandom(2)) / 65_536))"
APP = """
def predict(frame):
    shift = float(open("shift.txt").read())
    return [age / 100 + shift * ((age * 7919) % 50) / 100 for age in frame["age"]]
"""
CONFIG = """version: 1
model: {id: m, predict: "app:predict", positive: "yes"}
environment: {prepare: "python train.py"}
tables: {test: {path: data.csv, key: id, target: y}}
checks: {regression: {margins: {accuracy: 0.01}}}
"""


@pytest.fixture(scope="module")
def seen(churn: Path) -> Seen:
    """The self-test of 1,500 rows."""
    return mlgate("selftest", "--trials", "20", cwd=churn)


def test_each_line_says_how_often_the_gate_blocks_and_finds(seen: Seen) -> None:
    assert seen.code == 0, seen.err  # on a slow machine it also says what takes long
    lines = re.findall(r"^(none|worse by \S+ \(.*?\)) +([\d.]+) % +([\d.]+) % +([\d.]+) % +([\d.]+) %$", seen.out, re.M)
    assert [line[0].split("(")[-1] for line in lines] == ["none", "0.5 margin)", "1 margin)", "2 margins)"]
    found = [float(line[2]) for line in lines]
    assert found == sorted(found)
    assert float(lines[0][2]) <= 10
    assert float(lines[2][3]) <= 10  # a drop of the margin seldom passes


def test_the_same_seed_gives_the_same_text(churn: Path, seen: Seen) -> None:
    assert mlgate("selftest", "--trials", "20", cwd=churn).out == seen.out


def test_rows_that_cannot_see_the_usual_margin_are_told_what_they_can(seen: Seen) -> None:
    assert re.search(r"1,500 rows cannot see a drop of 0\.0050 in AUC: that needs ≈ [\d,]+ rows", seen.out)


def test_a_gate_with_a_margin_that_its_rows_can_see_does_its_job(churn: Path, tmp_path: Path) -> None:
    for name in ("new.csv", "old.csv"):
        (tmp_path / name).write_bytes((churn / name).read_bytes())
    config = (churn / "mlgate.yml").read_text().split("checks:")[0]
    (tmp_path / "mlgate.yml").write_text(f"{config}checks: {{regression: {{margins: {{auc: 0.05}}}}}}\n")
    out = mlgate("selftest", "--trials", "20", cwd=tmp_path).out
    assert "1,500 rows can see a drop of 0.050 in AUC." in out
    assert out.endswith("The gate as configured can do its job.\n")


def test_training_again_is_measured_on_the_base(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "mlgate.yml").write_text(CONFIG)
    rows = [f"{i},{20 + i % 60},{'yes' if i % 60 > 30 or i % 7 == 0 else 'no'}" for i in range(300)]
    (tmp_path / "data.csv").write_text("\n".join(["id,age,y", *rows, ""]))
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q", "-b", "main", "--template="], ["add", "-A"], [*who, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    seen = mlgate("selftest", "--retrain", "2", "--baseline", "main", cwd=tmp_path)
    assert seen.code == 0, seen.err
    assert re.search(r"AUC: retraining alone moves it by up to ± 0\.\d+", seen.out)
    assert re.search(r"^  regression: \{training-noise: \{auc: 0\.\d+.*\}\}$", seen.out, re.MULTILINE)
    assert not (tmp_path / "shift.txt").exists()


def test_training_that_is_repeatable_needs_no_line() -> None:
    found = Retrained("a" * 40, 3, {"auc": [0.0, 0.0, 0.0]}, {"auc": "AUC"})
    assert "Training is repeatable" in render(found)
    assert "training-noise" not in render(found)


def test_without_a_command_that_trains_there_is_nothing_to_repeat(churn: Path) -> None:
    seen = mlgate("selftest", "--retrain", "2", cwd=churn)
    assert (seen.code, "there is no base to train again" in seen.err) == (2, True)


def test_without_a_regression_there_is_nothing_to_test(churn: Path, tmp_path: Path) -> None:
    for name in ("new.csv", "old.csv"):
        (tmp_path / name).write_bytes((churn / name).read_bytes())
    config = (churn / "mlgate.yml").read_text().split("checks:")[0]
    (tmp_path / "mlgate.yml").write_text(f"{config}checks: {{metrics: {{limits: {{auc: {{min: 0.5}}}}}}}}\n")
    seen = mlgate("selftest", cwd=tmp_path)
    assert (seen.code, "no check `regression`" in seen.err) == (2, True)
