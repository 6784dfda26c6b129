"""Who decides what: a change that edits its own gate gains nothing by it, and the report says what it tried."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.policy.repository import CONFIG, Found, Repository, make_repository, predictions, table

Config = dict[str, Any]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The branch of a change for the worse, uncommitted, on a repository with a gate."""
    made = make_repository(tmp_path / "repository")
    made.write("predictions.csv", predictions(wrong=4))
    return made


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found of the change for the worse when it leaves the gate alone."""
    made = make_repository(tmp_path_factory.mktemp("honest") / "repository")
    made.write("predictions.csv", predictions(wrong=4))
    found = made.evidence()
    assert found.statuses["regression", "accuracy", "test"] == "fail"
    assert found.statuses["fairness", "sex: selection-rate gap growth", "test"] == "fail"
    assert found.notes("policy-changed") == {}
    return found


def changed(path: str, value: Any) -> Callable[[Config], None]:
    """A configuration's value at a dotted path is another; None removes it."""

    def change(config: Config) -> None:
        *parents, last = path.split(".")
        for key in parents:
            config = config.setdefault(key, {})
        if value is None:
            del config[last]
        else:
            config[last] = value

    return change


WAIVER = {
    "check": "regression", "subject": "accuracy", "ceiling": 1, "owner": "me", "reason": "x", "expires": "2099-01-01"
}  # fmt: skip
TRICKS: Mapping[str, tuple[Callable[[Config], None], str]] = {
    "loosens a margin": (changed("checks.regression.margins.accuracy", 0.9), "checks.regression.margins.accuracy"),
    "loosens a tolerance": (changed("checks.fairness.growth", 1), "checks.fairness.growth"),
    "asks for more rows than there are": (changed("checks.regression.min-rows", 100_000), "checks.regression.min-rows"),
    "lets a check only inform": (changed("checks.regression.severity", "info"), "checks.regression.severity"),
    "removes a parameter": (changed("checks.slices.margins", None), "checks.slices.margins.accuracy"),
    "compares another metric": (changed("checks.regression.primary", "recall"), "checks.regression.primary"),
    "asks for no check": (changed("policy.required", []), "policy.required"),
    "waives its own fail": (changed("policy.waivers", [WAIVER]), "policy.waivers"),
    "does not block what was there": (changed("policy.not-measured", "warn"), "policy.not-measured"),
    "protects nothing": (changed("policy.protect", []), "policy.protect"),
    "has another baseline": (changed("baseline", {"predictions": "predictions.csv"}), "baseline.predictions"),
    "has no baseline": (changed("baseline.ref", "none"), "baseline.ref"),
    "is its own baseline": (changed("baseline.ref", "HEAD"), "baseline.ref"),
    "swaps the positive label": (changed("model.positive", 0), "model.positive"),
    "moves the threshold": (changed("model.threshold", 0.01), "model.threshold"),
    "has another name": (changed("model.id", "other"), "model.id"),
    "judges another column": (changed("tables.test.target", "weight"), "tables.test.target"),
    "pairs by another column": (changed("tables.test.key", "age"), "tables.test.key"),
    "drops the weight": (changed("tables.test.weight", None), "tables.test.weight"),
    "drops the sensitive column": (changed("tables.test.sensitive", None), "tables.test.sensitive"),
    "drops the slices": (changed("tables.test.slices", None), "tables.test.slices"),
    "counts clusters": (changed("tables.test.cluster", "city"), "tables.test.cluster"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_change_gains_nothing_when_it(trick: str, repository: Repository, honest: Found) -> None:
    edit, subject = TRICKS[trick]
    config = copy.deepcopy(dict(CONFIG))
    edit(config)
    repository.configure(config)
    found = repository.evidence()
    assert (found.code, found.statuses) == (honest.code, honest.statuses)
    assert found.predicate["policy_sha256"] == honest.predicate["policy_sha256"]
    assert subject in found.notes("policy-changed")
    assert "edits the policy" in found.report


def test_the_note_says_what_the_base_has_and_what_the_change_would_have(repository: Repository) -> None:
    config = copy.deepcopy(dict(CONFIG))
    config["checks"]["missing"]["columns"]["age"]["max"] = 0.5
    del config["checks"]["fairness"]
    repository.configure(config)
    notes = repository.evidence().notes("policy-changed")
    assert notes["checks.missing.columns.age.max"] == "0.02 at the base, 0.5 here"
    assert notes["checks.fairness.tolerance"] == "0.3 at the base, nothing here"


@pytest.mark.parametrize("removed", ["regression", "fairness", "slices", "missing"])
def test_a_check_that_the_change_removes_runs_all_the_same(removed: str, repository: Repository, honest: Found) -> None:
    config = copy.deepcopy(dict(CONFIG))
    del config["checks"][removed]
    config["policy"] = {}
    repository.configure(config)
    found = repository.evidence()
    assert found.statuses == honest.statuses
    assert any(subject.startswith(f"checks.{removed}") for subject in found.notes("policy-changed"))


def test_a_tables_meaning_survives_its_removal(repository: Repository, honest: Found) -> None:
    config = copy.deepcopy(dict(CONFIG))
    config["tables"] = {"rows": {**CONFIG["tables"]["test"], "sensitive": [], "weight": None}}
    config["model"] = {**CONFIG["model"], "table": "rows"}
    config["checks"] = {"row-count": {"table": "rows", "min": 1}}
    config["policy"] = {}
    repository.configure(config)
    found = repository.evidence()
    assert {key: s for key, s in found.statuses.items() if key[0] != "row-count"} == honest.statuses
    assert "model.table" in found.notes("policy-changed")


def test_a_check_that_the_change_adds_informs_and_does_not_block(repository: Repository) -> None:
    repository.write("predictions.csv", predictions(wrong=10))
    config = copy.deepcopy(dict(CONFIG))
    config["checks"]["row-count"] = {"min": 1_000_000}
    repository.configure(config)
    found = repository.evidence()
    assert found.code == 0
    assert found.notes("check-added") == {"row-count": "runs as information until it is merged"}
    added = [f for f in found.predicate["findings"] if f["id"] == "row-count"]
    assert [(f["status"], f["severity"]) for f in added] == [("fail", "info")]


def test_checks_that_the_change_adds_do_not_dilute_the_family_of_others(tmp_path: Path) -> None:
    config = copy.deepcopy(dict(CONFIG))
    config["checks"] = {"regression": {"primary": "f1", "margins": {"f1": 0.9, "accuracy": 0.002}}}
    config["policy"] = {}
    made = make_repository(tmp_path / "repository", config)
    made.write("predictions.csv", predictions(wrong=6))  # p = .0012: certain for one metric, not for forty
    alone = made.evidence()
    config["tables"]["test"]["slices"] = ["age"]
    config["checks"]["slices"] = {"columns": ["age"], "min-rows": 1}
    made.configure(config)
    joined = made.evidence()
    assert alone.statuses["regression", "accuracy", "test"] == "fail"
    assert len(joined.predicate["findings"]) > 40
    assert joined.statuses == alone.statuses


@pytest.mark.parametrize("column", ["sex", "weight", "left", "id", "city", "age"])
def test_a_column_that_the_change_drops_from_data_and_configuration_is_an_error(
    column: str, repository: Repository
) -> None:
    text = json.dumps(CONFIG)
    config = json.loads(text)
    for key, value in list(config["tables"]["test"].items()):
        if value == column:
            del config["tables"]["test"][key]
        elif value == [column]:
            config["tables"]["test"][key] = []
    if column == "age":
        del config["checks"]["missing"]
    repository.configure(config)
    repository.write("data/test.csv", table(without=(column,)))
    if column in ("left", "id"):  # without a target nothing can be predicted for the change itself
        repository.write("predictions.csv", predictions(wrong=10))
    found = repository.evidence()
    assert found.code == 1
    assert "error" in found.statuses.values()
    assert column in found.report


def test_new_test_rows_are_judged_beside_the_bases_own(repository: Repository, honest: Found) -> None:
    lines = table().splitlines(keepends=True)
    repository.write("data/test.csv", "".join(line for i, line in enumerate(lines) if i == 0 or (i - 1) % 4))
    kept = predictions(wrong=4).splitlines(keepends=True)
    repository.write("predictions.csv", "".join(line for i, line in enumerate(kept) if i == 0 or (i - 1) % 4))
    found = repository.evidence()
    assert found.code == 1
    assert list(found.notes("test-data-changed")) == ["data/test.csv"]


def test_an_unchanged_fault_of_the_data_does_not_block_and_a_new_one_does(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "repository")
    made.git("checkout", "-q", "main")
    made.write("data/test.csv", table(missing=40))
    made.commit("an old sin")
    made.git("checkout", "-q", "-B", "change")
    old = made.evidence()
    assert old.code == 0
    assert [f["reason"] for f in old.predicate["findings"] if f["id"] == "missing"] == ["existing"]
    made.write("data/test.csv", table(missing=41))
    assert made.evidence().code == 1


# --- the configuration itself ------------------------------------------------------------------------------------


def test_a_configuration_that_the_change_removes_is_an_error(repository: Repository) -> None:
    (repository.path / "mlgate.yml").unlink()
    seen = repository.check()
    assert seen.code == 2
    assert "there is no configuration mlgate.yml" in seen.err


@pytest.mark.parametrize("commit", [False, True])
@pytest.mark.parametrize("name", ["gate/mlgate.yml", "other.yml"])
def test_a_configuration_that_the_change_moves_is_an_error(name: str, commit: bool, repository: Repository) -> None:
    (repository.path / "gate").mkdir()
    (repository.path / "mlgate.yml").rename(repository.path / name)
    if commit:
        repository.commit()
    seen = repository.check("--config", name)
    assert seen.code == 2
    assert f"the base's configuration mlgate.yml is gone; {name}, which is not at the base," in seen.err
    assert "mend: keep mlgate.yml in this change as it is, and remove it in the next one" in seen.err


def test_a_second_configuration_beside_the_first_is_its_own_bootstrap(repository: Repository) -> None:
    repository.write("predictions.csv", predictions(wrong=10))
    repository.configure(CONFIG, "second/mlgate.yml")
    for name in ("data/test.csv", "predictions.csv"):
        repository.write(f"second/{name}", (repository.path / name).read_bytes())
    found = repository.evidence("--config", "second/mlgate.yml")
    assert (found.code, list(found.notes("bootstrap"))) == (0, ["second/mlgate.yml"])


def test_the_first_configuration_is_used_this_once_and_the_report_says_so(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "repository")
    made.git("checkout", "-q", "--orphan", "trunk")
    made.git("rm", "-q", "-f", "mlgate.yml")
    made.commit("before the gate")
    made.git("branch", "-q", "-f", "main", "trunk")
    made.git("checkout", "-q", "-B", "change")
    made.configure(CONFIG)
    found = made.evidence()
    assert (found.code, found.notes("bootstrap")) == (0, {"mlgate.yml": ""})
    assert "used, this once" in found.report


@pytest.mark.parametrize("broken", ["version: 1\nchecks: [", "version: 1\nchekcs: {}\n"])
def test_a_base_that_is_broken_can_be_mended_and_the_report_says_that_it_was(tmp_path: Path, broken: str) -> None:
    made = make_repository(tmp_path / "repository")
    made.git("checkout", "-q", "main")
    made.write("mlgate.yml", broken)
    made.commit("a broken gate")
    made.git("checkout", "-q", "-B", "change")
    made.configure(CONFIG)
    found = made.evidence()
    assert (found.code, found.notes("bootstrap")) == (0, {"mlgate.yml": "the one at the base is broken"})


def test_a_change_that_breaks_its_configuration_is_told_so(repository: Repository) -> None:
    repository.write("mlgate.yml", "version: 1\nchekcs: {}\n")
    seen = repository.check()
    assert seen.code == 2
    assert "mlgate.yml:2: unknown key 'chekcs'" in seen.err


@pytest.mark.parametrize("path", [".github/workflows/gate.yml", "checks/own.py", "CODEOWNERS", "secret/deep/key"])
def test_what_the_policy_protects_is_named_when_it_is_touched(tmp_path: Path, path: str) -> None:
    config = copy.deepcopy(dict(CONFIG))
    config["policy"] = {"protect": ["workflow", "checks", "CODEOWNERS", "secret"]}
    made = make_repository(tmp_path / "repository", config)
    made.write(path, "# touched\n")
    made.configure({**config, "policy": {"protect": []}})
    assert list(made.evidence().notes("protected-changed")) == [path]


def test_a_person_may_try_their_own_policy(repository: Repository) -> None:
    config = copy.deepcopy(dict(CONFIG))
    config["checks"] = {"missing": CONFIG["checks"]["missing"]}
    config["policy"] = {}
    repository.configure(config)
    assert repository.evidence().code == 1
    assert repository.evidence("--own-policy").statuses == {("missing", "age", "test"): "pass"}


# --- checks of the repository's own ------------------------------------------------------------------------------

OWN = '''"""Own: always fails.

It is here to be tested.
"""
from mlgate.config import CheckParams
from mlgate.evidence import Finding

class Params(CheckParams, frozen=True, kw_only=True):
    limit: float = 0.0

def plan(params, facts):
    return ()

def judge(params, answers):
    yield Finding(subject="x", value=1.0, limit=params.limit, message="one is above the limit")
'''


@pytest.fixture
def with_own(tmp_path: Path) -> Repository:
    """A repository whose base has a check of its own, which fails."""
    config = {**CONFIG, "checks": {**CONFIG["checks"], "own-check": {"limit": 0.5}}}
    made = make_repository(tmp_path / "repository", config)
    made.git("checkout", "-q", "main")
    made.write("checks/own_check.py", OWN)
    made.commit("a check of our own")
    made.git("checkout", "-q", "-B", "change")
    return made


def test_an_own_check_that_the_change_asks_for_no_more_runs_all_the_same(with_own: Repository) -> None:
    with_own.configure(CONFIG)
    found = with_own.evidence()
    assert (found.code, found.statuses["own-check", "x", ""]) == (1, "fail")


def test_an_own_check_does_not_go_away_with_its_file(with_own: Repository) -> None:
    with_own.configure(CONFIG)
    (with_own.path / "checks" / "own_check.py").unlink()
    seen = with_own.check()
    assert seen.code == 2
    assert "checks/own_check.py is gone, and the base's configuration asks for the check 'own-check'" in seen.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN.replace("limit: float = 0.0", "other: float = 0.0"), "unknown key 'limit' in 'checks.own-check'"),
        ("import nothing_such\n", "own_check.py does not load: ModuleNotFoundError"),
        ("x = 1\n", "own_check.py is not a check: it has no Params, plan, judge"),
    ],
)
def test_an_own_check_that_the_change_breaks_does_not_free_it_of_the_base(
    text: str, said: str, with_own: Repository
) -> None:
    with_own.configure(CONFIG)
    with_own.write("checks/own_check.py", text)
    seen = with_own.check()
    assert (seen.code, said in seen.err) == (2, True), seen.err
