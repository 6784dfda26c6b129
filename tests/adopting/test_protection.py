"""Protection as code: GitHub would take the payloads, and Terraform's twin says the same."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlgate.adopting.protection import as_json, protection
from mlgate.adopting.terraform import terraform
from tests.github_fake.description import SOURCE
from tests.github_fake.schema import Schemas

DATA = protection(["mlgate.yml", "models/a b/mlgate.yml"], "@octo-org")
NAMED = json.loads(SOURCE.read_bytes())["components"]["schemas"]
SENT = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")  # what may be sent of a ruleset


def fault(value: Any) -> str | None:
    """The first fault of a ruleset by GitHub's own description."""
    described = NAMED["repository-ruleset"]["properties"]
    schema = {"type": "object", "required": list(SENT), "properties": {name: described[name] for name in SENT}}
    return Schemas(NAMED).check(schema)(value)


@pytest.mark.parametrize("ruleset", DATA["rulesets"], ids=lambda ruleset: ruleset["name"])
def test_a_ruleset_is_what_github_asks_for(ruleset: dict[str, Any]) -> None:
    assert fault(ruleset) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"enforcement": "on"},
        {"target": "tags"},
        {"rules": [{"type": "deletions"}]},
        {"bypass_actors": [{"actor_id": 5}]},
    ],
    ids=str,
)
def test_the_description_is_known_to_bite(wrong: dict[str, Any]) -> None:
    assert fault(DATA["rulesets"][0] | wrong) is not None


def test_an_environment_is_what_github_asks_for() -> None:
    settings = DATA["environments"]["prod"]["deployment_branch_policy"]
    assert Schemas(NAMED).check(NAMED["deployment-branch-policy-settings"])(settings) is None


def test_both_names_are_required_from_workflows_alone() -> None:
    [checks] = [r["parameters"] for r in DATA["rulesets"][0]["rules"] if r["type"] == "required_status_checks"]
    assert [c["context"] for c in checks["required_status_checks"]] == ["gate / gate", "mlgate"]
    assert {c["integration_id"] for c in checks["required_status_checks"]} == {15368}


def test_a_server_of_ones_own_has_another_app_so_none_is_named() -> None:
    text = as_json(protection(["mlgate.yml"], "@me", on_github=False))
    assert "integration_id" not in text


def test_tags_of_releases_never_move_and_the_ledger_only_grows() -> None:
    by_name = {r["name"]: r for r in DATA["rulesets"]}
    tags, ledger = by_name["mlgate: releases never move"], by_name["mlgate: the ledger only grows"]
    assert tags["conditions"]["ref_name"]["include"] == ["refs/tags/*@v*", "refs/tags/*#*"]
    assert {r["type"] for r in tags["rules"]} == {"update", "deletion", "non_fast_forward"}
    assert ledger["conditions"]["ref_name"]["include"] == ["refs/heads/mlgate/ledger"]
    assert {r["type"] for r in ledger["rules"]} == {"deletion", "non_fast_forward"}
    assert not tags["bypass_actors"]
    assert not ledger["bypass_actors"]


def test_owners_are_asked_for_what_decides() -> None:
    assert DATA["codeowners"] == [
        "/.github/ @octo-org", "/mlgate.yml @octo-org", "/models/a\\ b/mlgate.yml @octo-org", "/checks/ @octo-org",
        "/models/a\\ b/checks/ @octo-org",
    ]  # fmt: skip


def test_the_terraform_twin_says_the_same() -> None:
    blocks = hcl(terraform(DATA))
    rulesets = [block for kind, block in blocks if kind.startswith('resource "github_repository_ruleset"')]
    assert [as_ruleset(block) for block in rulesets] == [in_any_order(r) for r in DATA["rulesets"]]
    [environment] = [block for kind, block in blocks if kind.startswith('resource "github_repository_environment"')]
    name, policy = environment["environment"], environment["deployment_branch_policy"][0]
    assert {name: {"deployment_branch_policy": policy}} == DATA["environments"]


def test_a_difference_of_the_twin_would_be_noticed() -> None:
    changed = terraform(DATA).replace('"gate / gate"', '"gate"')
    [first, *_] = [block for kind, block in hcl(changed) if "ruleset" in kind]
    assert as_ruleset(first) != in_any_order(DATA["rulesets"][0])


def test_the_twin_is_formatted_as_terraform_formats(tmp_path: Path) -> None:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not installed")
    file = tmp_path / "ruleset.tf"
    file.write_text(terraform(DATA))
    done = subprocess.run([program, "fmt", "-check", str(file)], env={"PATH": "", "HOME": str(tmp_path)}, check=False)
    assert done.returncode == 0


def hcl(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The top-level blocks of Terraform text, of the few forms that ours has."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    found = []
    while lines:
        head = lines.pop(0)
        found.append((head.removesuffix(" {"), body(lines)))
    return found


def body(lines: list[str]) -> dict[str, Any]:
    """A block's values, and its blocks as lists."""
    found: dict[str, Any] = {}
    while (line := lines.pop(0)) != "}":
        if pair := re.fullmatch(r"(\w+) += (.*)", line):
            value = pair[2]
            found[pair[1]] = body(lines) if value == "{" else value if value[0] in "vs" else json.loads(value)
        else:
            found.setdefault(line.removesuffix(" {"), []).append(body(lines))
    return found


def as_ruleset(block: dict[str, Any]) -> dict[str, Any]:
    """A Terraform ruleset as the API's payload, its rules by type."""
    [rules] = block["rules"]
    parameters = {name: dict(value[0]) for name, value in rules.items() if isinstance(value, list)}
    if checks := parameters.get("required_status_checks"):
        checks["required_status_checks"] = checks.pop("required_check")
    flags: dict[str, Any] = {name: {} for name, value in rules.items() if value is True}
    return {
        **{key: block[key] for key in ("name", "target", "enforcement")},
        "bypass_actors": block.get("bypass_actors", []),
        "conditions": {"ref_name": block["conditions"][0]["ref_name"][0]},
        "rules": {**flags, **parameters},
    }


def in_any_order(ruleset: dict[str, Any]) -> dict[str, Any]:
    """The payload with its rules by type."""
    return ruleset | {"rules": {rule["type"]: rule.get("parameters", {}) for rule in ruleset["rules"]}}
