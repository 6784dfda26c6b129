"""On every page links lead somewhere, commands exist, and workflows and configurations are sound."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlgate.cli import GROUPS
from mlgate.configuring.loading import parse_config
from mlgate.configuring.yaml_source import read_yaml
from mlgate.features.declared import parse_features
from mlgate.plugins import CheckFile, find_checks
from mlgate.promotion.stages import parse_stages
from tests.docs.prose import (
    ADOPTING,
    PAGES,
    README,
    ROOT,
    anchors,
    blocks,
    code_spans,
    commands,
    links,
    names,
    section,
    tables,
)

YAML = [(page, text) for page in PAGES for text in blocks(page, "yaml")]


def _blocks(wanted: str) -> list[Any]:
    """The YAML blocks of a kind: GitLab's, a workflow, a part of one, features, stages, or else a configuration."""
    kinds = [
        next((kind for kind in ("\nregistry:", "\nstages:", "\njobs:", "jobs:", "\nfeatures:") if kind in text), "")
        for _, text in YAML
    ]
    found = enumerate(zip(YAML, kinds, strict=True))
    return [pytest.param(text, id=f"{page.name}-{i}") for i, ((page, text), kind) in found if kind == wanted]


OWN = "mlgate/mlgate/"
FRAGMENT = "version: 1\nchecks: {slices: {}}\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = {"make": targets, "mlgate": {name for names in GROUPS.values() for name in names}, "pip": {"install"}}
    known["git"] = {"tag", "push"}
    for command in commands(page):
        program, word = command.split()[:2]
        assert word in known[program], command


def test_make_targets_and_programs_that_are_mentioned_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page, span in code_spans():
        if found := re.fullmatch(r"(?:\w+=\S+ )*make(?: \w+=\S+)* ([a-z-]+).*", span):
            assert found[1] in targets, f"{page.name}: {span}"
        if found := re.match(r"\.venv/bin/python (\S+)", span):
            assert (ROOT / found[1]).is_file(), f"{page.name}: {span}"


@pytest.mark.parametrize("text", _blocks(""))
def test_configurations_are_sound(text: str) -> None:
    source = read_yaml((text if text.startswith("version:") else FRAGMENT + text).encode(), "mlgate.yml")
    checks = find_checks()
    own = [id_ for id_ in source.data["checks"] if id_ not in checks]
    assert own in ([], ["zeros"])  # the worked example, which has a test of its own
    known = checks | {id_: CheckFile(id_, "own", checks["missing"].path) for id_ in own}
    assert parse_config(source, known).problems == ()


@pytest.mark.parametrize("text", _blocks("\nfeatures:"))
def test_declared_features_are_sound(text: str) -> None:
    assert parse_features(text.encode(), "features.yml").features


@pytest.mark.parametrize("text", _blocks("\nregistry:"))
def test_stages_are_sound(text: str) -> None:
    assert parse_stages(text.encode()).stages


@pytest.mark.parametrize("text", _blocks("\njobs:"))
def test_workflows_are_what_github_and_the_gate_expect(text: str) -> None:
    workflow = yaml.load(text, yaml.BaseLoader)  # BaseLoader: `on` stays text
    assert set(workflow) == {"name", "on", "permissions", "jobs"}
    if text.startswith("# .github/workflows/mlgate-") and "report" not in text.splitlines()[0]:
        _is_of_a_release(workflow, text)
        return
    if "workflow_run" in workflow["on"]:
        _is_a_report(workflow, text)
        return
    assert workflow["permissions"] == {"contents": "read"}
    assert {"pull_request", "merge_group"} <= set(workflow["on"])
    assert "paths" not in str(workflow["on"])
    job = workflow["jobs"]["gate"]
    used = [job] if "uses" in job else [step for step in job["steps"] if "uses" in step]
    assert any(step["uses"].startswith(OWN) for step in used)
    for step in used:
        _is_known(step)
    if "steps" in job:
        assert {"runs-on", "timeout-minutes"} <= set(job)


@pytest.mark.parametrize(
    ("title", "name"), [("In pull requests", "gate.yml"), ("The comment and the status", "report.yml")]
)
def test_the_inputs_of_a_reusable_workflow_are_listed(title: str, name: str) -> None:
    listed = [names(row[0])[0] for row in tables(section(ADOPTING, title))[0]]
    assert sorted(listed) == sorted(_inputs(f".github/workflows/{name}"))


def test_the_inputs_of_the_promotion_are_listed() -> None:
    rows = tables(section(ROOT / "docs" / "promotion.md", "On GitHub"))[1]
    listed = [name for row in rows for name in names(row[0])]
    assert sorted(listed) == sorted(_inputs(".github/workflows/promote.yml"))


def test_the_example_has_the_workflows_of_the_readme() -> None:
    shown = {name: text for text in blocks(README, "yaml") if (name := re.search(r"workflows/(\S+\.yml): ", text))}
    folder = ROOT / "examples" / "mortgage" / ".github" / "workflows"
    assert {name[1]: yaml.safe_load(text) for name, text in shown.items()} == {
        path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.iterdir()
    }


def _is_a_report(workflow: dict[str, Any], text: str) -> None:
    """It starts with the gate, may write in one job only, and says why its trigger is no danger."""
    assert workflow["on"] == {"workflow_run": {"workflows": ["mlgate"], "types": ["requested", "completed"]}}
    assert workflow["permissions"] == {}
    assert re.search(r"workflow_run.*# zizmor: ignore\[dangerous-triggers\] \w+", text)
    (job,) = workflow["jobs"].values()
    called = yaml.safe_load((ROOT / ".github" / "workflows" / "report.yml").read_text(encoding="utf-8"))
    assert job["permissions"] == called["jobs"]["report"]["permissions"]
    _is_known(job)


def _is_of_a_release(workflow: dict[str, Any], text: str) -> None:
    """It has rights in its job alone, just those that the called jobs take; a request has none, and calls nothing."""
    assert workflow["permissions"] == {}
    ((name, job),) = workflow["jobs"].items()
    if name == "request":
        assert set(workflow["on"]) == {"push", "release"}
        assert "permissions" not in job
        return
    _is_known(job)
    called = yaml.load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    taken: dict[str, str] = {}
    for each in called["jobs"].values():
        taken |= {right: max(level, taken.get(right, "")) for right, level in each["permissions"].items()}
    assert job["permissions"] == taken
    wanted = {key for key, value in called["on"]["workflow_call"]["inputs"].items() if value.get("required") == "true"}
    assert wanted <= set(job["with"])
    if "workflow_run" in workflow["on"]:
        assert workflow["on"]["workflow_run"] == {"workflows": ["mlgate-request"], "types": ["completed"]}
        assert re.search(r"workflow_run.*# zizmor: ignore\[dangerous-triggers\] \w+", text)


def _is_known(step: dict[str, Any]) -> None:
    """An action of ours that exists, with inputs that it has; or one of GitHub's, of the version that we use."""
    name, _, version = step["uses"].partition("@")
    given = step.get("with", {})
    if name.startswith(OWN):
        path = name.removeprefix(OWN)
        assert set(given) <= set(_inputs(path if path.endswith(".yml") else f"{path}/action.yml"))
        assert version == "v1"
        return
    gate = (ROOT / ".github" / "workflows" / "gate.yml").read_text(encoding="utf-8")
    assert re.search(rf"uses: {re.escape(name)}@\w{{40}} # {re.escape(version)}\.", gate), step["uses"]
    if name == "actions/checkout":
        assert given == {"fetch-depth": "2", "persist-credentials": "false"}


def _inputs(path: str) -> dict[str, Any]:
    found = yaml.load((ROOT / path).read_text(encoding="utf-8"), yaml.BaseLoader)
    inputs: dict[str, Any] = (found["on"]["workflow_call"] if "on" in found else found)["inputs"]
    return inputs
