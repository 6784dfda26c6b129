"""deepchecks' conditions become findings; `make deepchecks` runs its suites for real, beside the newest libraries."""

import os
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from mlgate.configuring.setting import Request
from mlgate.evidence import Finding
from mlgate.questions import DeepchecksCondition as Condition
from mlgate.running.runner import check
from tests.checks.asked import judged, table

MORTGAGE = Path(__file__).parents[3] / "examples" / "mortgage" / "data"
NAME = "Does not contain only a single value"
CONFIG = """version: 1
tables:
  test: {path: test.csv, key: id, target: deny}
  train: {path: train.csv, key: id, target: deny}
checks:
  deepchecks: {}
"""


def found(*conditions: Condition, yaml: str = "{}") -> tuple[Finding, ...]:
    return judged("deepchecks", yaml, lambda _: conditions, table("test"), table("train"))


@pytest.mark.parametrize(
    ("category", "status", "severity"),
    [
        ("PASS", "pass", "block"),
        ("FAIL", "fail", "block"),
        ("WARN", "fail", "warn"),
        ("ERROR", "not-measured", "block"),
    ],
)
def test_a_condition_is_a_finding(category: str, status: str, severity: str) -> None:
    (finding,) = found(Condition("data-integrity", "IsSingleValue", NAME, category))
    assert (finding.status, finding.severity) == (status, severity)
    assert finding.subject == f"IsSingleValue: {NAME}"


def test_an_ignored_check_does_not_count() -> None:
    conditions = [Condition("data-integrity", name, NAME, "FAIL") for name in ("IsSingleValue", "MixedNulls")]
    assert [f.subject for f in found(*conditions, yaml="{ignore: [MixedNulls]}")] == [f"IsSingleValue: {NAME}"]


def test_checks_that_did_not_run_are_no_pass() -> None:
    (finding,) = found(Condition("train-test", "DateTrainTestLeakageOverlap", "", "DatasetValidationError"))
    assert finding.status == "not-measured"


def test_without_its_environment_it_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLGATE_CACHE", str(tmp_path / "cache"))
    (finding,) = gate(tmp_path)
    assert finding.status == "not-measured"
    assert (
        "'mlgate check --install' makes an environment for it" in finding.message or "no Python 3.11" in finding.message
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not os.environ.get("MLGATE_DEEPCHECKS"):
        pytest.skip("its environment takes 700 MB: make deepchecks")
    return tmp_path_factory.mktemp("cache")


def test_its_suites_run_beside_the_newest_libraries(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLGATE_CACHE", str(installed))
    newest = [int(version(name).split(".")[0]) for name in ("numpy", "pandas")]
    assert newest >= [2, 3]
    assert tuple(map(int, version("scikit-learn").split(".")[:2])) >= (1, 6)
    statuses = {f.subject: f.status for f in gate(tmp_path, install=True)}
    assert len(statuses) >= 20
    assert {s for s, status in statuses.items() if status != "pass"} == {
        "IdentifierLabelCorrelation: Identifier columns PPS is less or equal to 0"
    }
    rows = (tmp_path / "test.csv").read_text().splitlines(keepends=True)
    train = (tmp_path / "train.csv").read_text().splitlines(keepends=True)
    (tmp_path / "test.csv").write_text("".join([*rows[:100], *rows[1:60], *train[1:300]]))
    broken = gate(tmp_path, install=True)
    failing = {f.subject.partition(":")[0] for f in broken if f.status == "fail"}
    assert failing >= {"DataDuplicates", "TrainTestSamplesMix", "IndexTrainTestLeakage"}
    assert not any("{" in f.message for f in broken)


def gate(folder: Path, *, install: bool = False) -> tuple[Finding, ...]:
    """What the check says of the example's tables."""
    for name in ("test", "train"):
        if not (folder / f"{name}.csv").exists():
            shutil.copy(MORTGAGE / f"{name}.csv", folder)
    (folder / "mlgate.yml").write_text(CONFIG)
    return check(Request(folder / "mlgate.yml", install=install), lambda _: None).verdict.findings
