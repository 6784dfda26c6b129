"""What every action and workflow of this repository promises, read from the files."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OWNER = "mlgate/mlgate"  # the one spelling
ACTIONS = (ROOT / "action.yml", *sorted((ROOT / "actions").glob("*/action.yml")))
WORKFLOWS = tuple(sorted((ROOT / ".github" / "workflows").glob("*.yml")))
FILES = (*ACTIONS, *WORKFLOWS)
OUR_SUFFIXES = {".md", ".py", ".sh", ".toml", ".yml", ".yaml"}


class Strict(yaml.SafeLoader):
    """YAML with `on` and `yes` as the words they are, as GitHub reads them."""


Strict.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=Strict)


def steps(document: Any) -> Iterator[dict[str, Any]]:
    yield from document.get("runs", {}).get("steps", ())
    for job in document.get("jobs", {}).values():
        yield from job.get("steps", ())


def uses(document: Any) -> Iterator[str]:
    yield from (step["uses"] for step in steps(document) if "uses" in step)
    yield from (job["uses"] for job in document.get("jobs", {}).values() if "uses" in job)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_file = pytest.mark.parametrize("path", FILES, ids=named)
each_action = pytest.mark.parametrize("path", ACTIONS, ids=named)
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=named)


@each_action
def test_every_input_is_described_and_has_a_default_or_is_required(path: Path) -> None:
    for name, given in load(path)["inputs"].items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name), f"{name} is not kebab-case"
        assert given["description"]
        assert "default" in given or given.get("required") == "true", f"{name} has neither a default nor is it required"


@each_action
def test_every_output_is_described(path: Path) -> None:
    for name, given in load(path).get("outputs", {}).items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        assert given["description"]
        assert given["value"]


@each_file
def test_no_expression_is_pasted_into_a_script(path: Path) -> None:
    assert [step["run"] for step in steps(load(path)) if "${{" in step.get("run", "")] == []


@each_action
def test_every_script_of_an_action_is_found_beside_the_action(path: Path) -> None:
    for step in steps(load(path)):
        assert not step.get("uses", "").startswith("./"), "./ is the caller's workspace"
        if "run" in step:
            assert step["shell"] == "bash"
            [script] = re.findall(r'"\$GITHUB_ACTION_PATH/([^"]+)"', step["run"])
            assert (path.parent / script).is_file()


@each_file
def test_every_action_of_others_is_pinned_by_commit_with_its_version_beside_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for reference in uses(load(path)):
        if not reference.startswith(("./", OWNER)):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", reference), f"{reference} is not pinned"
            assert re.search(rf"{re.escape(reference)} # v\d+\.\d+\.\d+$", text, re.MULTILINE), (
                f"{reference} has no version"
            )


def test_one_action_has_one_pin() -> None:
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for name, sha in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40} # v\S+)", path.read_text(encoding="utf-8")):
            pins.setdefault(name, set()).add(sha)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@each_workflow
def test_every_workflow_says_its_permissions_and_every_job_its_time_limit(path: Path) -> None:
    document = load(path)
    assert document["permissions"] in ({}, {"contents": "read"})
    for name, job in document["jobs"].items():
        assert "timeout-minutes" in job or "uses" in job, f"{name} may run for six hours"


@pytest.mark.parametrize("name", ["gate.yml", "ci.yml"])
def test_what_runs_the_code_of_a_pull_request_can_only_read(name: str) -> None:
    document = load(ROOT / ".github" / "workflows" / name)
    assert "pull_request_target" not in document["on"]
    assert "workflow_run" not in document["on"]
    for job in document["jobs"].values():
        assert job.get("permissions", {}) in ({}, {"contents": "read"})
    for step in steps(document):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


def test_what_may_write_has_exactly_the_rights_of_a_report_and_takes_nothing_of_the_change() -> None:
    document = load(ROOT / ".github" / "workflows" / "report.yml")
    assert set(document["on"]) == {"workflow_call"}
    assert document["permissions"] == {}
    [job] = document["jobs"].values()
    assert job["permissions"] == {
        "actions": "read", "contents": "read", "pull-requests": "write", "statuses": "write"
    }  # fmt: skip
    used = [reference.partition("@")[0] for reference in uses(document)]
    assert used == ["actions/setup-python", f"{OWNER}/actions/report"]
    assert not any("run" in step for step in steps(document))
    assert "secrets" not in document["on"]["workflow_call"]


def test_only_the_step_that_reports_has_the_token() -> None:
    action = load(ROOT / "actions" / "report" / "action.yml")
    assert not list(uses(action))  # no checkout, no download of an artifact to the disk
    assert ["GITHUB_TOKEN" in step.get("env", {}) for step in steps(action)] == [False, False, True]
    assert not any("github.token" in str(step) or "secrets." in str(step) for step in steps(action))


def test_the_required_check_is_one_job_that_is_never_skipped() -> None:
    """Its check is called `gate / gate` for a caller's job `gate`; a skipped job would count as passed."""
    jobs = load(ROOT / ".github" / "workflows" / "gate.yml")["jobs"]
    assert list(jobs) == ["gate"]
    assert jobs["gate"]["name"] == "gate"
    assert "if" not in jobs["gate"]


def test_no_event_that_gates_is_filtered_by_path() -> None:
    """A workflow that a path filter left out stays pending for ever when it is required."""
    for event, filters in load(ROOT / ".github" / "workflows" / "ci.yml")["on"].items():
        assert not {"paths", "paths-ignore"} & set(filters or ()), event


def test_the_root_action_is_the_check_action_with_another_path() -> None:
    root, check = load(ROOT / "action.yml"), load(ROOT / "actions" / "check" / "action.yml")
    assert root["inputs"] == check["inputs"]
    assert root["outputs"] == check["outputs"]
    moved = yaml.safe_dump(root["runs"]).replace("/actions/check/check.sh", "/check.sh")
    assert yaml.safe_load(moved) == yaml.safe_load(yaml.safe_dump(check["runs"]))
    assert set(root["branding"]) == {"icon", "color"}


@pytest.mark.parametrize("name", ["gate.yml", "report.yml", "promote.yml", "rollback.yml", "drill.yml"])
def test_a_reusable_workflow_passes_on_only_inputs_that_the_action_has(name: str) -> None:
    ours = [s for s in steps(load(ROOT / ".github" / "workflows" / name)) if s.get("uses", "").startswith(OWNER)]
    assert ours
    for step in ours:
        action = step["uses"].removeprefix(OWNER + "/").partition("@")[0]
        assert set(step["with"]) <= set(load(ROOT / action / "action.yml")["inputs"])


def test_the_repository_is_spelled_the_same_everywhere() -> None:
    spellings: dict[str, str] = {}
    for path in tracked():
        if path.suffix in OUR_SUFFIXES and path != Path(__file__):
            for owner in re.findall(
                r"\b([\w.-]+/mlgate)(?:/(?:actions|\.github)/[\w./-]+)?@v\d", path.read_text(encoding="utf-8")
            ):
                spellings[owner] = named(path)
    assert set(spellings) <= {OWNER}, spellings


def tracked() -> tuple[Path, ...]:
    """The files in git; a copy without git has none to look at."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    names = (
        subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
        .stdout.decode()
        .split("\0")
    )
    return tuple(path for name in names if name and (path := ROOT / name).is_file())
