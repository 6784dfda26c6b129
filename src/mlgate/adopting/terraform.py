"""The same protection for Terraform's provider `integrations/github`."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HEADER = """\
# What ruleset.json beside this file says, for Terraform; `mlgate doctor` tells if the two differ.
# Set the repository's name, and give the provider a token of an administrator.
terraform {
  required_providers {
    github = {
      source  = "integrations/github"
      version = "~> 6.0"
    }
  }
}

variable "repository" {
  type        = string
  description = "The repository's name, without its owner."
}
"""
FLAGS = ("creation", "deletion", "non_fast_forward", "update")  # rules without parameters


def terraform(data: Mapping[str, Any]) -> str:
    """The Terraform text of a protection."""
    blocks = [HEADER]
    for ruleset in data["rulesets"]:
        blocks.append(_resource("github_repository_ruleset", ruleset["name"], _ruleset(ruleset)))
    for name, environment in data["environments"].items():
        policy = environment["deployment_branch_policy"]
        body = [f"environment = {_value(name)}", *_block("deployment_branch_policy", _pairs(policy))]
        blocks.append(_resource("github_repository_environment", name, body))
    return "\n".join(blocks)


def _resource(kind: str, name: str, body: Sequence[str]) -> str:
    label = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    lines = [f'resource "{kind}" "{label}" {{', *_indented(_aligned(["repository = var.repository", *body])), "}"]
    return "\n".join(lines) + "\n"


def _ruleset(ruleset: Mapping[str, Any]) -> list[str]:
    lines = [f"{key} = {_value(ruleset[key])}" for key in ("name", "target", "enforcement")]
    for actor in ruleset["bypass_actors"]:
        lines += _block("bypass_actors", _pairs(actor))
    names = ruleset["conditions"]["ref_name"]
    lines += _block("conditions", _block("ref_name", _pairs(names)))
    return lines + _block("rules", list(_rules(ruleset["rules"])))


def _rules(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    flags = sorted(rule["type"] for rule in rules if rule["type"] in FLAGS)
    yield from (f"{flag} = true" for flag in flags)
    for rule in rules:
        parameters = dict(rule.get("parameters", {}))
        checks = parameters.pop("required_status_checks", ())
        if rule["type"] not in FLAGS:
            further = [line for check in checks for line in _block("required_check", _pairs(check))]
            yield from _block(rule["type"], [*_pairs(parameters), *further])


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in values.items()]


def _block(name: str, body: Sequence[str]) -> list[str]:
    return ["", f"{name} {{", *_indented(_aligned(body)), "}"]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]


def _aligned(lines: Sequence[str]) -> list[str]:
    """The lines as `terraform fmt` writes them: the equal signs of neighbours below each other, no blank line first."""
    found: list[str] = []
    for line in lines:
        if not (line == "" and not found):
            found.append(line)
    runs: list[list[str]] = [[]]
    for line in found:
        if re.match(r"\w+ += ", line):
            runs[-1].append(line)
        else:
            runs += [[line], []]
    return [line for run in runs for line in _run(run)]


def _run(lines: Sequence[str]) -> list[str]:
    pairs = [re.match(r"(\w+) += (.*)", line) for line in lines]
    if not all(pairs):
        return list(lines)
    width = max((len(pair[1]) for pair in pairs if pair), default=0)
    return [f"{pair[1]:<{width}} = {pair[2]}" for pair in pairs if pair]


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
