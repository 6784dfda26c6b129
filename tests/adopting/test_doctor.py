"""`mlgate doctor`: what is missing around the gate, each with its mend; the token is never printed."""

import copy
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mlgate.adopting.doctor import examine
from mlgate.adopting.findings import Finding, State, table
from mlgate.adopting.live import getter
from mlgate.adopting.pins import RELEASE
from mlgate.adopting.protection import protection
from mlgate.errors import UserError
from tests.adopting.throwaway import PREDICT, Place, as_csv, customers, lfs_pointer, start
from tests.github_fake.server import FakeGitHub

GATE = """\
name: mlgate
on: {pull_request: {}, merge_group: {}, push: {branches: [main]}}
permissions: {contents: read}
jobs:
  gate:
    uses: mlgate/mlgate/.github/workflows/gate.yml@v1
"""
STEPS = """\
name: mlgate
on: {pull_request: {}, merge_group: {}}
permissions: {contents: read}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: mlgate/mlgate/actions/check@v1
"""
TARGET = """\
name: preview
on: pull_request_target
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: ./deploy
        env: {KEY: "${{ secrets.KEY }}"}
"""
PATH = ".github/workflows/mlgate.yml"
TOKEN = "ghp_" + "x" * 36


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, bare: Path) -> Place:
    """A repository that `init --protect` has set up."""
    place = start(tmp_path_factory.mktemp("template") / "churn", bare)
    place.write("app.py", PREDICT)
    place.write("data/test.csv", as_csv(customers()))
    place.git("remote", "add", "origin", "https://github.com/octo-org/churn.git")
    assert place.commit().init("--yes", "--protect").code == 0
    return place.commit()


@pytest.fixture
def adopted(template: Place, tmp_path: Path) -> Place:
    """A copy of it."""
    return Place(shutil.copytree(template.folder, tmp_path / "churn"), template.environment)


def said(place: Place, state: State, part: str) -> Finding:
    """The one finding in that state that has `part` in it."""
    found = examine(place.folder)
    matching = [f for f in found if f.state == state and part in f.what]
    assert len(matching) == 1, table(found)
    return matching[0]


def test_a_repository_that_init_set_up_has_nothing_left_to_mend(adopted: Place) -> None:
    seen = adopted.doctor()
    assert seen.code == 0
    assert [f for f in examine(adopted.folder) if f.state in ("warn", "fail")] == []
    assert "not checked" in seen.out  # what only GitHub knows


def test_an_empty_repository_lacks_everything(empty: Place) -> None:
    seen = empty.doctor()
    assert seen.code == 1
    for part in ("there is no mlgate.yml", "no workflow runs the gate", "protection is no code here"):
        assert part in seen.out
    assert seen.out.count("mend: mlgate init") >= 3


@pytest.mark.parametrize(
    ("workflow", "state", "part", "mend"),
    [
        (GATE.replace("@v1", "@v0.9"), "warn", "uses v0.9; the newest line is v1", f"write @{RELEASE.sha}"),
        (GATE.replace("@v1", "@main"), "warn", "uses @main, which can be moved", f"write @{RELEASE.sha}"),
        (GATE.replace("@v1", "@" + 40 * "a"), "warn", "pins another commit than v1", f"write @{RELEASE.sha}"),
        (GATE.replace("@v1", f"@{RELEASE.sha}"), "ok", "mlgate.yml pins v1 by its commit", ""),
        (GATE.replace("permissions: {contents: read}\n", ""), "warn", "does not limit its token", "permissions"),
        (GATE.replace("contents: read", "contents: write"), "fail", "needs: contents: write", "permissions"),
        (GATE.replace("{contents: read}", "write-all"), "fail", "may more than it needs: write-all", "permissions"),
        (GATE.replace("contents: read", "contents: read, id-token: write"), "warn", "id-token: write", "permissions"),
        (GATE + "    secrets: inherit\n", "fail", "is given secrets", "environment.fetch"),
        (GATE.replace("pull_request: {}", "pull_request: {paths: [data/**]}"), "fail", "filters by path", "remove"),
        (GATE.replace("merge_group: {}, ", ""), "warn", "does not run on merge_group", "merge_group: {}"),
        (GATE.replace("pull_request: {}, ", ""), "fail", "does not run on pull_request", "pull_request: {}"),
        (GATE.replace("  gate:", "  check:"), "fail", "called `gate / gate`, but `check / gate`", "gate"),
        (GATE.replace("name: mlgate", "name: tests"), "fail", "for mlgate, but the gate is in tests", "name that"),
        (GATE.replace("pull_request:", "pull_request_target:"), "fail", "runs the pull request's code", "pull_request"),
        (STEPS, "fail", "fetches one commit", "fetch-depth: 2"),
    ],
    ids=range(16),
)  # fmt: skip
def test_a_flaw_of_the_gates_workflow_is_found(
    workflow: str, state: State, part: str, mend: str, adopted: Place
) -> None:
    adopted.write(PATH, workflow)
    assert mend in said(adopted, state, part).mend


def test_secrets_of_the_kits_own_step_are_for_fetch(adopted: Place) -> None:
    secret = "env: {KEY: '${{ secrets.READ_ONLY }}'}"
    adopted.write(PATH, STEPS + f"        {secret}\n")
    said(adopted, "ok", "where only `fetch` sees them")
    adopted.write(PATH, STEPS + f"      - run: make\n        {secret}\n")
    said(adopted, "fail", "is given secrets")
    adopted.write(PATH, STEPS + secret + "\n")
    said(adopted, "fail", "is given secrets")


@pytest.mark.parametrize("depth", ["2", "0", "50"])
def test_a_deep_enough_checkout_is_well(depth: str, adopted: Place) -> None:
    adopted.write(PATH, STEPS.replace("checkout@v4", f"checkout@v4\n        with: {{fetch-depth: {depth}}}"))
    assert not [f for f in examine(adopted.folder) if "fetches one commit" in f.what]


def test_secrets_beside_a_forks_code_are_found_in_any_workflow(adopted: Place) -> None:
    adopted.write(".github/workflows/preview.yml", TARGET)
    assert said(adopted, "fail", "preview.yml runs on pull_request_target").mend
    adopted.write(".github/workflows/preview.yml", TARGET.replace("github.event.pull_request.head.sha", "github.sha"))
    assert "any fork can start it" in said(adopted, "warn", "preview.yml runs on pull_request_target").what


def test_a_report_that_may_too_much_or_too_little_is_found(adopted: Place) -> None:
    file = adopted.folder / ".github/workflows/mlgate-report.yml"
    text = file.read_text()
    file.write_text(text.replace("statuses: write", "contents: write").replace("contents: read ", "checks: read "))
    said(adopted, "fail", "lacks contents: read, statuses: write")
    file.write_text(text.replace("actions: read", "deployments: write\n      actions: read"))
    said(adopted, "warn", "may more than it needs: deployments: write")


def test_a_model_that_the_report_does_not_wait_for_is_found(adopted: Place) -> None:
    adopted.write("models/b/mlgate.yml", (adopted.folder / "mlgate.yml").read_text())
    said(adopted, "fail", "does not wait for models/b/mlgate.yml")


@pytest.mark.parametrize("name", ["gate / gate", "mlgate"])
def test_a_ruleset_file_that_does_not_require_the_check_is_found(name: str, adopted: Place) -> None:
    file = adopted.folder / ".github/mlgate/ruleset.json"
    file.write_text(file.read_text().replace(f'"context": "{name}"', '"context": "other"'))
    said(adopted, "fail", f"does not require `{name}`")
    said(adopted, "warn", "ruleset.tf says something else")


def test_owners_that_nobody_filled_in_are_found(adopted: Place) -> None:
    file = adopted.folder / ".github" / "CODEOWNERS"
    file.write_text(file.read_text().replace("@octo-org", "@your-name"))
    (found,) = [f for f in examine(adopted.folder) if "CODEOWNERS" in f.what]
    assert (found.state, "who is nobody" in found.what) == ("fail", True)


def test_a_ruleset_file_that_leaves_tags_open_is_found(adopted: Place) -> None:
    file = adopted.folder / ".github/mlgate/ruleset.json"
    file.write_text(file.read_text().replace("refs/tags/*#*", "refs/tags/x"))
    said(adopted, "warn", "does not protect refs/tags/*#*")


def test_pointers_that_were_not_pulled_are_found(adopted: Place) -> None:
    adopted.write("data/test.csv", lfs_pointer(b"data"))
    assert "git lfs pull" in said(adopted, "fail", "data/test.csv is a Git LFS pointer").mend
    (adopted.folder / "data/test.csv").unlink()
    adopted.write("data/test.csv.dvc", f"outs:\n- md5: {'a' * 32}\n  path: test.csv\n")
    assert said(adopted, "fail", "data/test.csv is a DVC file").mend == "dvc pull"


def test_faults_of_the_configuration_are_found_with_their_lines(adopted: Place) -> None:
    file = adopted.folder / "mlgate.yml"
    file.write_text(file.read_text().replace("leakage", "leek").replace("regression:", "regresion:"))
    assert "did you mean 'regression'" in said(adopted, "fail", "unknown check 'regresion'").mend


def test_missing_requirements_and_pythons_are_found(adopted: Place) -> None:
    file = adopted.folder / "mlgate.yml"
    file.write_text(file.read_text() + 'environment: {requirements: none.txt, python: "3.1"}\n')
    said(adopted, "fail", "there is no file none.txt")
    said(adopted, "warn", "there is no Python 3.1")


@pytest.mark.parametrize(
    ("pyproject", "mend"),
    [
        ('[build-system]\nrequires = ["setuptools-scm"]\n', "[tool.setuptools_scm] git_describe_command"),
        ('[build-system]\nrequires = ["hatch-vcs"]\n', "[tool.hatch.version.raw-options] git_describe_command"),
        ('[tool.versioningit]\n', "[tool.versioningit.vcs] match"),
        ('[build-system]\nrequires = ["poetry-dynamic-versioning"]\n', "pattern ="),
    ],
)  # fmt: skip
def test_versions_that_our_tags_would_confuse_are_found_with_the_setting(
    pyproject: str, mend: str, adopted: Place
) -> None:
    adopted.write("pyproject.toml", pyproject)
    assert mend in said(adopted, "warn", "takes the version from tags").mend


def test_a_version_that_matches_its_own_tags_is_well(adopted: Place) -> None:
    adopted.write("pyproject.toml", '[tool.setuptools_scm]\ngit_describe_command = "git describe --match v[0-9]*"\n')
    assert not [f for f in examine(adopted.folder) if "takes the version" in f.what]


def test_minutes_a_month_come_from_the_history_and_the_last_run(adopted: Place) -> None:
    assert "2 commits in 30 days, twice 3 min (assumed" in said(adopted, "ok", "minutes a month").what
    adopted.write("out/evidence.json", json.dumps({"predicate": {"run": {"seconds": 200}}}))
    assert "about 20 minutes a month: 2 commits in 30 days, twice 5 min" in said(adopted, "ok", "minutes a month").what


# --- what GitHub is asked -------------------------------------------------------------------------------------

RULES = protection(["mlgate.yml"], "@octo-org")["rulesets"]
REPO = "repos/octo-org/churn"


def github(**changes: Any) -> dict[str, Any]:
    """Answers of GitHub's by path, where everything is as it should be."""
    answers: dict[str, Any] = {
        REPO: {"default_branch": "main", "permissions": {"admin": True, "pull": True}},
        f"{REPO}/rules/branches/main": RULES[0]["rules"],
        f"{REPO}/rulesets?per_page=100": [{"id": n, "name": r["name"]} for n, r in enumerate(RULES)],
        **{f"{REPO}/rulesets/{n}": {**r, "id": n, "source": "x"} for n, r in enumerate(RULES)},
        f"{REPO}/actions/permissions/workflow": {"default_workflow_permissions": "read"},
    }
    return answers | {f"{REPO}/{path}".rstrip("/"): value for path, value in changes.items()}


def live(place: Place, answers: Mapping[str, Any]) -> dict[State, str]:
    """The findings with GitHub asked, as text by state."""
    found = examine(place.folder, answers.get)
    states: tuple[State, ...] = ("ok", "warn", "fail", "not checked")
    return {state: "\n".join(f"{f.what} | {f.mend}" for f in found if f.state == state) for state in states}


@pytest.fixture
def server() -> Iterator[FakeGitHub]:
    """A GitHub that holds each request against GitHub's own description."""
    with FakeGitHub() as fake:
        yield fake


def online(place: Place, server: FakeGitHub, **permissions: str) -> str:
    """What `mlgate doctor --online` prints with a token of these permissions."""
    repository = server.repositories["octo-org/churn"]
    token = server.token(repository, permissions)
    return place.doctor("--online", GITHUB_TOKEN=token, GITHUB_API_URL=server.url).out


def test_the_shared_client_asks_only_what_github_describes(adopted: Place, server: FakeGitHub) -> None:
    repository = server.repository("octo-org/churn", {"mlgate.yml": "version: 1\n"})
    for wanted in RULES:
        refs = wanted["conditions"]["ref_name"]["include"]
        repository.ruleset(wanted["name"], wanted["target"], refs, *wanted["rules"])
    out = online(adopted, server, administration="read", contents="read")
    assert "main requires `gate / gate` and `mlgate`" in out
    assert out.count("is as .github/mlgate/ruleset.json says") == 3
    assert "workflow tokens can only read unless a workflow says otherwise" in out
    assert len(server.requests) == 8


def test_a_live_repository_without_rules_fails_and_a_weak_token_is_not_checked(
    adopted: Place, server: FakeGitHub
) -> None:
    server.repository("octo-org/churn", {"mlgate.yml": "version: 1\n"})
    out = online(adopted, server, contents="read")
    assert "main does not require `gate / gate` and `mlgate`" in out
    assert out.count("is not live") == 3
    assert "the default rights of workflow tokens: only an administrator's token sees them" in out


def test_live_settings_that_agree_are_well(adopted: Place) -> None:
    found = live(adopted, github())
    assert not found["fail"]
    assert not found["not checked"]
    assert "main requires `gate / gate` and `mlgate`" in found["ok"]
    assert found["ok"].count("is as .github/mlgate/ruleset.json says") == 3


def test_a_branch_that_does_not_require_the_gate_is_a_failure(adopted: Place) -> None:
    found = live(adopted, github(**{"rules/branches/main": []}))
    assert "main does not require `gate / gate` and `mlgate`, so a failing gate can be merged" in found["fail"]


def test_the_older_branch_protection_counts_too(adopted: Place) -> None:
    classic = {"required_status_checks": {"contexts": ["gate / gate", "mlgate"]}}
    path = "branches/main/protection"
    assert not live(adopted, github(**{"rules/branches/main": [], path: classic}))["fail"]


def test_live_rules_that_differ_are_said_with_the_place(adopted: Place) -> None:
    changed = copy.deepcopy(RULES[1])
    changed["enforcement"] = "disabled"
    changed["rules"].pop()
    found = live(adopted, github(**{"rulesets/1": changed}))
    assert "'mlgate: releases never move' differs" in found["warn"]
    assert "enforcement is disabled, not active" in found["warn"]
    assert "rules[update] is None" in found["warn"]


def test_a_ruleset_that_is_not_live_is_a_failure(adopted: Place) -> None:
    found = live(adopted, github(**{"rulesets?per_page=100": []}))
    assert found["fail"].count("is not live") == 3


def test_bypass_that_somebody_added_is_a_difference_and_hidden_bypass_is_none(adopted: Place) -> None:
    more = {**RULES[2], "bypass_actors": [{"actor_id": 1, "actor_type": "Team", "bypass_mode": "always"}]}
    assert "bypass_actors has 1 too" in live(adopted, github(**{"rulesets/2": more}))["warn"]
    hidden = {k: v for k, v in RULES[0].items() if k != "bypass_actors"}
    assert "differs" not in live(adopted, github(**{"rulesets/0": hidden}))["warn"]


def test_a_workflow_token_that_can_write_is_said(adopted: Place) -> None:
    wide = {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True}
    found = live(adopted, github(**{"actions/permissions/workflow": wide}))
    assert "gets one that can write" in found["warn"]
    assert "workflows may approve pull requests" in found["warn"]


def test_what_a_token_may_not_see_is_not_checked_and_never_green(adopted: Place) -> None:
    found = live(adopted, {REPO: {"default_branch": "main"}})
    assert found["not checked"].count("\n") == 2
    assert "octo-org/churn could not be read" in live(adopted, {})["fail"]


@pytest.mark.parametrize("strange", [3, "x", [1], {"permissions": 1, "default_branch": None}, [{"type": 1}], {}])
def test_strange_answers_are_no_crash(strange: Any, adopted: Place) -> None:
    for path in list(github()):
        live(adopted, github() | {path: strange})


def test_online_without_a_token_says_how_to_give_one(adopted: Place) -> None:
    seen = adopted.doctor("--online")
    assert seen.code == 2
    assert "GITHUB_TOKEN=$(gh auth token)" in seen.out


def test_a_token_is_never_printed_and_sent_nowhere_unencrypted(adopted: Place) -> None:
    seen = adopted.doctor("--online", GITHUB_TOKEN=TOKEN, GITHUB_API_URL="http://127.0.0.1:9")  # nobody listens there
    assert seen.code == 1
    assert TOKEN not in seen.out
    with pytest.raises(UserError, match="https://"):
        getter({"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "http://api.example.org"})
    assert TOKEN not in repr(getter({"GITHUB_TOKEN": TOKEN}))
