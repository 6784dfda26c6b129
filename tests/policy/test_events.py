"""Which commit is the base: on a pull request, in a merge queue, on a push, and at a laptop."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.console import start
from tests.policy.repository import ALONE, CONFIG, Repository, make_repository, predictions, table

ZERO = "0" * 40


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "repository")


def event(repository: Repository, name: str, payload: Mapping[str, Any]) -> dict[str, str]:
    """The environment of a GitHub runner for this event."""
    file = repository.path.parent / "event.json"
    file.write_text(json.dumps(payload))
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file)}


def pull_request(repository: Repository, *, head: str, base: str, fork: bool = False) -> dict[str, str]:
    """The environment of a pull request's run."""
    sides = {
        "head": {"sha": head, "repo": {"id": 2 if fork else 1}},
        "base": {"sha": base, "ref": "main", "repo": {"id": 1}},
    }
    return event(repository, "pull_request", {"pull_request": sides})


def loosened() -> dict[str, Any]:
    """A configuration under which everything passes."""
    config = copy.deepcopy(dict(CONFIG))
    config["checks"] = {"missing": {"columns": {"age": {"max": 1}}}}
    config["policy"] = {}
    return config


def worsen(repository: Repository, *, gate: bool = True) -> str:
    """The change for the worse, committed, with a gate that passes it."""
    repository.write("predictions.csv", predictions(wrong=4))
    if gate:
        repository.configure(loosened())
    return repository.commit("a change for the worse")


# --- pull requests -----------------------------------------------------------------------------------------------


def test_a_pull_request_is_judged_by_the_first_parent_of_the_tested_merge(repository: Repository) -> None:
    head = worsen(repository)
    old = repository.git("rev-parse", "main")
    repository.git("checkout", "-q", "main")
    repository.write("README.md", "moved on\n")
    base = repository.commit("main moved on")
    merge = repository.merge("main", "change")
    found = repository.evidence(environ=pull_request(repository, head=head, base=old))
    assert found.code == 1
    assert found.predicate["event"] == "pull_request"
    assert {k: found.predicate[k] for k in ("head_sha", "base_sha", "tested_sha")} == {
        "head_sha": head, "base_sha": base, "tested_sha": merge,
    }  # fmt: skip
    assert found.predicate["baseline"]["ref"] == "main"


def test_a_merge_commit_of_the_changes_own_is_not_taken_for_the_tested_one(repository: Repository) -> None:
    base = repository.git("rev-parse", "main")
    worsen(repository)
    repository.git("checkout", "-q", "-b", "side", "main")
    repository.write("README.md", "another parent\n")
    repository.commit()
    head = repository.merge("change", "side")  # its first parent is the change, whose gate passes everything
    found = repository.evidence(environ=pull_request(repository, head=head, base=base))
    assert (found.code, found.predicate["base_sha"]) == (1, base)


def test_a_checked_out_branch_is_judged_by_the_base_that_the_event_names(repository: Repository) -> None:
    base = repository.git("rev-parse", "main")
    head = worsen(repository)
    found = repository.evidence(environ=pull_request(repository, head=head, base=base))
    assert (found.code, found.predicate["base_sha"], found.predicate["head_sha"]) == (1, base, head)


def test_an_event_that_names_no_base_is_an_error_and_no_bootstrap(repository: Repository) -> None:
    worsen(repository)
    seen = repository.check(environ=event(repository, "pull_request", {"pull_request": {}}))
    assert (seen.code, "does not name the pull request's base" in seen.err) == (2, True)


def test_a_shallow_checkout_without_the_base_is_an_error_with_the_mend(repository: Repository) -> None:
    base = repository.git("rev-parse", "main")
    head = worsen(repository)
    merge = repository.merge("main", "change")
    repository.git("branch", "-q", "tested", merge)
    shallow = Repository(repository.path.parent / "shallow")
    repository.git("clone", "-q", "--depth", "1", "--branch", "tested", f"file://{repository.path}", str(shallow.path))
    seen = shallow.check(environ=pull_request(shallow, head=head, base=base))
    assert seen.code == 2
    assert f"the base {base[:12]} was not fetched" in seen.err
    assert "mend: check out with 'fetch-depth: 2'" in seen.err


def test_depth_two_is_enough(repository: Repository) -> None:
    base = repository.git("rev-parse", "main")
    head = worsen(repository)
    repository.git("branch", "-q", "tested", repository.merge("main", "change"))
    shallow = Repository(repository.path.parent / "shallow")
    repository.git("clone", "-q", "--depth", "2", "--branch", "tested", f"file://{repository.path}", str(shallow.path))
    assert shallow.evidence(environ=pull_request(shallow, head=head, base=base)).predicate["base_sha"] == base


@pytest.mark.parametrize("fork", [True, False])
def test_only_a_branch_of_the_same_repository_gets_data_fetched(fork: bool, tmp_path: Path) -> None:
    config = copy.deepcopy(dict(CONFIG))
    config["environment"] = {"fetch": "git show main:data/test.csv > data/fetched.csv"}
    config["tables"]["test"]["path"] = "data/fetched.csv"
    made = make_repository(tmp_path / "repository", config)
    base = made.git("rev-parse", "main")
    head = made.commit("nothing")
    environ = {**ALONE, **pull_request(made, head=head, base=base, fork=fork)}
    process = start("check", "--output", str(tmp_path / "out"), cwd=made.path, environ=environ)
    process.communicate(timeout=60)
    predicate = json.loads((tmp_path / "out" / "evidence.json").read_bytes())["predicate"]
    statuses = {f.get("status", "pass") for f in predicate["findings"]}
    assert (statuses == {"not-measured"}) == fork
    assert process.returncode == int(fork)


def test_no_code_of_the_change_runs_while_credentials_are_at_hand(tmp_path: Path) -> None:
    config = copy.deepcopy(dict(CONFIG))
    config["environment"] = {"fetch": 'test "$DATA_PASSWORD" = of-the-data && cp data/test.csv data/fetched.csv'}
    config["tables"]["test"]["path"] = "data/fetched.csv"
    made = make_repository(tmp_path / "repository", config)
    base = made.git("rev-parse", "main")
    config["checks"]["spy"] = {}
    made.configure(config)
    made.write(
        "checks/spy.py",
        "import os, pathlib\n"
        "pathlib.Path('../seen').open('a').write(os.environ.get('DATA_PASSWORD', 'nothing') + '\\n')\n"
        "raise SystemError('looked')\n",
    )
    head = made.commit("a check that looks around")
    environ = {**pull_request(made, head=head, base=base), "DATA_PASSWORD": "of-the-data"}
    process = start("check", "--quiet", cwd=made.path, environ={**ALONE, **environ})
    _, told = process.communicate(timeout=60)
    assert (process.returncode, "looked" in told) == (0, False), told
    assert not (tmp_path / "seen").exists()
    assert (made.path / "data" / "fetched.csv").exists()


# --- pushes, queues, schedules ------------------------------------------------------------------------------------


def test_a_push_is_judged_by_its_own_policy_against_the_commit_before(repository: Repository) -> None:
    before = repository.git("rev-parse", "main")
    after = worsen(repository)
    found = repository.evidence(environ=event(repository, "push", {"before": before, "after": after}))
    assert (found.code, found.predicate["event"], found.predicate["base_sha"]) == (0, "push", before)
    assert list(found.statuses) == [("missing", "age", "test")]


def test_a_push_for_the_worse_fails_by_its_own_policy_too(repository: Repository) -> None:
    before = repository.git("rev-parse", "main")
    after = worsen(repository, gate=False)
    assert repository.evidence(environ=event(repository, "push", {"before": before, "after": after})).code == 1


def test_the_first_push_of_a_branch_is_compared_with_its_parent(repository: Repository) -> None:
    before = repository.git("rev-parse", "main")
    after = worsen(repository, gate=False)
    found = repository.evidence(environ=event(repository, "push", {"before": ZERO, "after": after}))
    assert found.predicate["base_sha"] == before


def test_a_merge_queue_is_judged_by_the_commit_that_it_builds_on(repository: Repository) -> None:
    base = repository.git("rev-parse", "main")
    worsen(repository)
    merge = repository.merge("main", "change")
    for group in ({"head_sha": merge, "base_sha": base}, {"head_sha": merge}):
        found = repository.evidence(environ=event(repository, "merge_group", {"merge_group": group}))
        assert (found.code, found.predicate["base_sha"], found.predicate["event"]) == (1, base, "merge_group")


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch"])
def test_other_events_compare_with_the_parent_by_their_own_policy(name: str, repository: Repository) -> None:
    base = repository.git("rev-parse", "main")
    worsen(repository, gate=False)
    found = repository.evidence(environ=event(repository, name, {}))
    assert (found.code, found.predicate["base_sha"], found.predicate["event"]) == (1, base, name)


# --- at a laptop ---------------------------------------------------------------------------------------------------


def test_a_work_tree_is_compared_with_where_it_left_main(repository: Repository) -> None:
    left = repository.git("rev-parse", "main")
    repository.git("checkout", "-q", "main")
    repository.write("README.md", "moved on\n")
    repository.commit()
    repository.git("checkout", "-q", "change")
    repository.write("predictions.csv", predictions(wrong=4))
    found = repository.evidence()
    assert (found.code, found.predicate["base_sha"]) == (1, left)
    assert "tested_sha" not in found.predicate  # what was tested is no commit
    assert found.predicate["baseline"]["ref"] == "main"


def test_a_clean_work_tree_is_its_commit(repository: Repository) -> None:
    head = worsen(repository, gate=False)
    assert repository.evidence().predicate["tested_sha"] == head


def test_on_main_the_work_tree_is_compared_with_its_last_commit(repository: Repository) -> None:
    repository.git("checkout", "-q", "main")
    repository.write("predictions.csv", predictions(wrong=4))
    found = repository.evidence()
    assert (found.code, found.predicate["base_sha"]) == (1, repository.git("rev-parse", "main"))


def test_without_git_everything_runs_but_the_comparison(repository: Repository) -> None:
    for folder in (repository.path / ".git").parent.glob(".git"):
        folder.rename(repository.path.parent / "gone")
    found = repository.evidence()
    assert found.code == 0
    assert found.statuses["missing", "age", "test"] == "pass"
    assert found.statuses["regression", "baseline", "test"] == "skipped"
    assert "no baseline yet" in found.report


@pytest.mark.parametrize("option", ["--ref", "--baseline"])
def test_commits_are_only_for_repositories(option: str, repository: Repository) -> None:
    (repository.path / ".git").rename(repository.path.parent / "gone")
    seen = repository.check(option, "main")
    assert (seen.code, "needs a git repository" in seen.err) == (2, True)


def test_a_repository_without_a_commit_has_no_baseline(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "first")
    bare = Repository(tmp_path / "repository")
    bare.path.mkdir()
    bare.git("init", "-q")
    for name in ("mlgate.yml", "predictions.csv", "data/test.csv"):
        bare.write(name, (made.path / name).read_bytes())
    found = bare.evidence()
    assert (found.code, found.statuses["regression", "baseline", "test"]) == (0, "skipped")


def test_a_monorepo_has_one_gate_a_model(repository: Repository) -> None:
    repository.git("checkout", "-q", "main")
    config = copy.deepcopy(dict(CONFIG))
    config["model"]["id"] = "second"
    repository.configure(config, "models/second/mlgate.yml")
    repository.write("models/second/data/test.csv", table())
    repository.write("models/second/predictions.csv", predictions(wrong=10))
    repository.commit("a second model")
    repository.git("checkout", "-q", "-B", "change")
    repository.write("models/second/predictions.csv", predictions(wrong=4))
    repository.commit("the second model is worse")
    found = repository.evidence("--config", "models/second/mlgate.yml")
    assert (found.code, found.predicate["model"], found.predicate["config"]) == (
        1,
        "second",
        "models/second/mlgate.yml",
    )
    assert found.predicate["findings"][0]["location"]["file"] == "models/second/mlgate.yml"
    assert found.notes("bootstrap") == {}
    assert repository.evidence().code == 0


# --- options -------------------------------------------------------------------------------------------------------


def test_a_commit_can_be_checked_without_checking_it_out(repository: Repository) -> None:
    head = worsen(repository, gate=False)
    repository.git("checkout", "-q", "main")
    found = repository.evidence("--ref", "change", "--baseline", "main")
    assert (found.code, found.predicate["tested_sha"]) == (1, head)
    assert repository.leftovers == []
    assert repository.git("branch", "--show-current") == "main"
    assert repository.evidence("--ref", "main", "--baseline", "change", "--own-policy").code == 0


def test_a_new_configuration_beside_another_models_can_be_checked_by_its_commit(repository: Repository) -> None:
    repository.configure(CONFIG, "second/mlgate.yml")
    repository.write("second/data/test.csv", table())
    repository.write("second/predictions.csv", predictions(wrong=10))
    head = repository.commit("a second gate")
    found = repository.evidence("--config", "second/mlgate.yml", "--ref", head, "--baseline", "main")
    assert (found.code, list(found.notes("bootstrap"))) == (0, ["second/mlgate.yml"])


@pytest.mark.parametrize("name", ["--output=x", "-h", "--exec=touch pwned", "HEAD:mlgate.yml", "nothing", "@{u}", ""])
@pytest.mark.parametrize("option", ["--ref", "--baseline"])
def test_a_name_is_only_ever_a_commit(option: str, name: str, repository: Repository) -> None:
    seen = repository.check(f"{option}={name}")
    assert seen.code == 2
    assert seen.err.startswith(f"there is no commit '{name}'")
    assert not list(repository.path.glob("x*"))
    assert not (repository.path / "pwned").exists()


def test_the_baselines_name_in_the_configuration_is_only_ever_a_commit(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "repository", {**CONFIG, "baseline": {"ref": "--output=x"}})
    seen = made.check()
    assert (seen.code, "there is no commit '--output=x'" in seen.err) == (2, True)


def test_only_some_checks_run_when_asked(repository: Repository) -> None:
    repository.write("predictions.csv", predictions(wrong=4))
    found = repository.evidence("--only", "missing", "--only", "slices")
    assert {check for check, _, _ in found.statuses} == {"missing", "slices"}
    seen = repository.check("--only", "mising")
    assert (seen.code, "did you mean 'missing'?" in seen.err) == (2, True)


def test_a_check_that_the_change_removed_can_still_be_run_alone(repository: Repository) -> None:
    repository.configure(loosened())
    repository.write("predictions.csv", predictions(wrong=4))
    found = repository.evidence("--only", "regression")
    assert (found.code, list(found.statuses)) == (1, [("regression", "accuracy", "test")])


def test_a_plan_names_the_queries_and_runs_nothing(repository: Repository) -> None:
    repository.write("predictions.csv", "not, even\na,table")
    seen = repository.check("--plan", "--output", "out")
    assert seen.code == 0
    assert seen.out.startswith("-- test: one scan for 2 aggregates\n-- why: ")
    assert not (repository.path / "out").exists()


# --- git's own machinery ---------------------------------------------------------------------------------------------


def test_neither_hooks_nor_filters_run(repository: Repository) -> None:
    trap = repository.path.parent / "trap"
    repository.git("checkout", "-q", "main")
    repository.write(".gitattributes", "*.csv filter=lfs\n")
    repository.commit("large files")
    repository.git("checkout", "-q", "-B", "change")
    repository.write("predictions.csv", predictions(wrong=4))
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        file = repository.path / ".git" / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {trap}\n")
        file.chmod(0o755)
    repository.git("config", "core.fsmonitor", f"touch {trap}; false")
    repository.git("config", "filter.lfs.smudge", f"touch {trap}; cat")
    trap.unlink(missing_ok=True)
    assert repository.evidence("--baseline", "main").code == 1
    assert not trap.exists()


def test_no_work_tree_is_left_behind(repository: Repository) -> None:
    worsen(repository)
    assert repository.check("--ref", "change", "--baseline", "main").code == 1
    assert repository.leftovers == []
    repository.write("mlgate.yml", "version: 1\nchecks: {nothing: {}}\n")
    broken = repository.commit()
    assert repository.check("--ref", broken, "--baseline", "main").code == 2
    assert repository.leftovers == []
