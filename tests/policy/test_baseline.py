"""What a change is compared with is the base's: its stored predictions, its rows, and the kind of its model."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.policy.repository import Repository

CONFIG = {
    "version": 1,
    "model": {"id": "churn", "predictions": "new.csv", "positive": 1},
    "baseline": {"predictions": "old.csv"},
    "checks": {"regression": {"primary": "accuracy", "margins": {"accuracy": 0.02}}},
    "policy": {"required": ["regression"]},
}


def predictions(wrong: int, rows: int = 400, flip: bool = False) -> str:
    """A file in which the first `wrong` rows are predicted wrongly; with `flip` their labels are changed to fit."""
    lines = ["id,y_true,y_pred"]
    for i in range(rows):
        truth, missed = i % 2, i < wrong
        label = 1 - truth if missed and flip else truth
        lines.append(f"{i},{label},{1 - truth if missed else truth}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    path = tmp_path / "repository"
    path.mkdir()
    made = Repository(path)
    made.git("init", "-q", "-b", "main")
    made.configure(CONFIG)
    made.write("old.csv", predictions(20))
    made.write("new.csv", predictions(20))
    made.commit("base")
    made.git("checkout", "-q", "-b", "change")
    return made


def test_a_worse_file_of_predictions_fails(repository: Repository) -> None:
    repository.write("new.csv", predictions(120))
    assert repository.check().code == 1


@pytest.mark.parametrize(
    "cheat",
    [
        pytest.param(lambda r: (r.path / "old.csv").unlink(), id="deletes the stored baseline"),
        pytest.param(lambda r: r.write("old.csv", predictions(120)), id="makes the stored baseline as bad"),
        pytest.param(lambda r: r.write("old.csv", "id\n"), id="breaks the stored baseline"),
    ],
)
def test_the_stored_baseline_is_the_bases_own(cheat: Callable[[Repository], None], repository: Repository) -> None:
    repository.write("new.csv", predictions(120))
    cheat(repository)
    seen = repository.check()
    assert seen.code == 1, seen.out


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(predictions(120, flip=True), id="relabels the rows that it misses"),
        pytest.param("\n".join(predictions(120).splitlines()[:1] + predictions(120).splitlines()[121:]) + "\n",
                     id="leaves out the rows that it misses"),
    ],
)  # fmt: skip
def test_the_rows_of_the_baseline_are_judged_too(new: str, repository: Repository) -> None:
    repository.write("new.csv", new)
    seen = repository.check()
    assert seen.code == 1, seen.out


def test_more_rows_than_the_baseline_has_are_judged_on_the_ones_that_it_has(repository: Repository) -> None:
    repository.write("new.csv", predictions(20, rows=500))
    found = repository.evidence()
    assert found.code == 0
    statuses = {f["source"]: f.get("status", "pass") for f in found.predicate["findings"] if f["subject"] == "accuracy"}
    assert statuses == {"predictions@base": "pass"}


def test_a_model_that_predicts_cannot_become_bare_metric_values(repository: Repository) -> None:
    repository.write("metrics.json", '{"accuracy": 0.99}')
    repository.configure({**CONFIG, "model": {"id": "churn", "metrics": "metrics.json", "positive": 1}})
    seen = repository.check()
    assert seen.code == 1
    assert "metric values alone cannot be compared" in seen.out.replace("\n", " ")


def test_a_model_may_become_a_file_of_predictions(repository: Repository) -> None:
    repository.git("checkout", "-q", "main")
    repository.configure({
        **CONFIG, "baseline": {}, "model": {"id": "churn", "predict": "app:predict", "positive": 1},
        "tables": {"test": {"path": "test.csv", "key": "id", "target": "y"}},
    })  # fmt: skip
    repository.write("test.csv", "id,y\n" + "".join(f"{i},{i % 2}\n" for i in range(400)))
    repository.write("app.py", "def predict(table):\n    return [i % 2 for i in range(400)]\n")
    repository.commit("a function")
    repository.git("checkout", "-q", "-B", "change")
    repository.configure({
        **CONFIG, "baseline": {},
        "tables": {"test": {"path": "test.csv", "key": "id", "target": "y"}},
    })  # fmt: skip
    repository.write("new.csv", predictions(0))
    found = repository.evidence()
    assert [f.get("status", "pass") for f in found.predicate["findings"]] == ["pass"]
