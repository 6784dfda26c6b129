"""The workflows that `init` writes: rights, pins, names, and a comment on each line that gives one."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlgate.adopting.installing import Chosen, Environment
from mlgate.adopting.pins import CHECK, GATE, KIT, REPORT, Release
from mlgate.adopting.workflows import Gated, gate_workflow, report_workflow

ROOT = Path(__file__).parents[2]
ONE = [Gated("mlgate.yml")]
TWO = [
    Gated("a/mlgate.yml", Environment(install=Chosen("pip install x", "why"), python=Chosen("3.10", "why"))),
    Gated("b/mlgate.yml"),
]
RELEASED = Release("v1.4.2", "0123456789abcdef" * 2 + "01234567")
TEXTS = {
    "one": gate_workflow(ONE, "main"),
    "two": gate_workflow(TWO, "main"),
    "report": report_workflow(["a/mlgate.yml", "b/mlgate.yml"], knows_cache_mode=True),
}


def read(text: str) -> dict[str, Any]:
    """The workflow as data, `on` as text."""
    loaded: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return loaded


@pytest.mark.parametrize("gated", [ONE, TWO], ids=["one model", "two models"])
def test_the_gate_may_only_read_and_is_given_no_secret(gated: list[Gated]) -> None:
    text = gate_workflow(gated, "main")
    workflow = read(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job.get("permissions", {}) in ({}, "{}") for job in workflow["jobs"].values())
    assert "secrets" not in text.replace("no secret", "")
    assert set(workflow["on"]) == {"pull_request", "merge_group", "push"}
    assert workflow["on"]["pull_request"] in ({}, "{}")  # no path filter


def test_the_report_has_exactly_the_rights_that_it_needs() -> None:
    workflow = read(TEXTS["report"])
    assert workflow["permissions"] in ({}, "{}")
    assert workflow["jobs"]["report"]["permissions"] == {
        "actions": "read", "contents": "read", "pull-requests": "write", "statuses": "write"
    }  # fmt: skip
    assert workflow["on"]["workflow_run"]["workflows"] == [read(TEXTS["one"])["name"]]
    assert set(workflow["jobs"]["report"]) == {"permissions", "cache-mode", "uses", "with"}  # it runs nothing itself
    assert workflow["jobs"]["report"]["with"]["configs"].split() == ["a/mlgate.yml", "b/mlgate.yml"]


@pytest.mark.parametrize("name", TEXTS)
def test_each_permission_and_each_use_has_its_reason_beside_it(name: str) -> None:
    lines = TEXTS[name].splitlines()
    for line in lines:
        if re.search(r": (read|write)\b", line) or "uses:" in line:
            assert re.search(r"  # \S", line), line


def test_two_models_share_one_required_check_that_a_skipped_leg_cannot_pass() -> None:
    jobs = read(TEXTS["two"])["jobs"]
    assert jobs["gate"]["name"] == "gate / gate"
    assert (jobs["gate"]["if"], jobs["gate"]["needs"]) == ("always()", ["model"])
    assert [leg["config"] for leg in jobs["model"]["strategy"]["matrix"]["include"]] == ["a/mlgate.yml", "b/mlgate.yml"]
    assert [leg["python-version"] for leg in jobs["model"]["strategy"]["matrix"]["include"]] == ["3.10", "3.12"]
    assert jobs["model"]["with"] == {
        name: f"${{{{ matrix.{name} }}}}" for name in ("config", "install", "python-version")
    }


def test_inputs_are_those_of_the_reusable_workflow() -> None:
    known = read((ROOT / ".github/workflows/gate.yml").read_text())["on"]["workflow_call"]["inputs"]
    assert set(read(TEXTS["two"])["jobs"]["model"]["with"]) <= set(known)


def test_a_known_release_is_pinned_by_its_commit() -> None:
    text = gate_workflow(ONE, "main", RELEASED)
    assert f"uses: {GATE}@{RELEASED.sha}  # v1.4.2" in text
    assert f"{REPORT}@{RELEASED.sha}" in report_workflow(["mlgate.yml"], RELEASED)


def test_the_kit_is_spelled_as_in_the_rest_of_the_repository() -> None:
    gate = (ROOT / ".github/workflows/gate.yml").read_text()
    assert f"uses: {CHECK}@" in gate
    assert f"uses: {GATE}@" in gate
    assert f"{KIT}/" in (ROOT / "README.md").read_text()


def test_the_default_branch_may_have_any_name() -> None:
    assert read(gate_workflow(ONE, "release/2.0 # x"))["on"]["push"]["branches"] == ["release/2.0 # x"]
