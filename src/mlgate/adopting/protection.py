"""Protection as code: what GitHub must require, as the payloads of its API."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlgate.adopting.listing import Listing
from mlgate.adopting.terraform import terraform
from mlgate.adopting.workflows import REQUIRED_CHECK, REQUIRED_STATUS
from mlgate.adopting.writing import NewFile

RULESET_FILE, TERRAFORM_FILE = ".github/mlgate/ruleset.json", ".github/mlgate/ruleset.tf"
CODEOWNERS_FILES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
NOBODY = "@your-name"  # where no remote says whose repository it is
LEDGER = "refs/heads/mlgate/ledger"
TAGS = ("refs/tags/*@v*", "refs/tags/*#*")  # versions, and the stages that they were promoted to
GITHUB_ACTIONS = 15368  # the app whose tokens workflows hold, on github.com
ADMIN = 5  # the repository role
ENVIRONMENT = "prod"  # as the stage is called
ABOUT = (
    "What GitHub must require so that nobody goes round the gate; ruleset.tf is the same for Terraform. Apply it as "
    'an administrator: for i in 0 1 2; do jq ".rulesets[$i]" .github/mlgate/ruleset.json | '
    "gh api -X POST 'repos/{owner}/{repo}/rulesets' --input -; done. "
    "`mlgate doctor --online` compares it with the live settings."
)


def protection(configs: Sequence[str], owner: str, *, on_github: bool = True) -> dict[str, Any]:
    """The whole of it: rulesets, environments, and the lines for CODEOWNERS."""
    return {
        "about": ABOUT,
        "rulesets": [_branch_rules(on_github), _tag_rules(), _ledger_rules()],
        "environments": {
            ENVIRONMENT: {"deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False}}
        },
        "codeowners": [f"{_pattern(path)} {owner}" for path in owned(configs)],
    }


def owned(configs: Sequence[str]) -> tuple[str, ...]:
    """What decides about a gate: the workflows, the protection itself, each configuration and its own checks."""
    checks = ["/".join(["", *config.split("/")[:-1], "checks", ""]) for config in configs]
    return ("/.github/", *(f"/{config}" for config in configs), *checks)


def protection_files(listing: Listing, configs: Sequence[str]) -> list[NewFile]:
    """The ruleset, its Terraform twin, and CODEOWNERS where there is none."""
    remote = remote_of(listing)
    owner = f"@{remote.owner}" if remote else NOBODY
    data = protection(configs, owner, on_github=remote is None or remote.host == "github.com")
    files = [
        NewFile(RULESET_FILE, as_json(data), "what GitHub must require"),
        NewFile(TERRAFORM_FILE, terraform(data), "the same for Terraform"),
    ]
    lines = [
        "# Whoever may change what decides about a merge. An organisation needs a team here: @organisation/team",
        *data["codeowners"],
    ]
    there = next((path for path in CODEOWNERS_FILES if listing.has(path)), CODEOWNERS_FILES[0])
    return [*files, NewFile(there, "\n".join(lines) + "\n", "who must review what decides")]


def as_json(data: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Remote:
    """Where a repository lives."""

    host: str
    owner: str
    name: str


def remote_of(listing: Listing) -> Remote | None:
    """The remote `origin`, if its address is one of a server that keeps repositories by owner and name."""
    url = (listing.repository.text("config", "--get", "remote.origin.url") if listing.repository else None) or ""
    found = re.fullmatch(
        r"(?:https?://|ssh://)?(?:[^/@]+@)?([A-Za-z0-9.-]+)[:/]([A-Za-z0-9-]+)/([\w.-]+?)(?:\.git)?/?", url
    )
    return Remote(found[1], found[2], found[3]) if found else None


def _branch_rules(on_github: bool) -> dict[str, Any]:
    source = {"integration_id": GITHUB_ACTIONS} if on_github else {}
    checks = [{"context": name, **source} for name in (REQUIRED_CHECK, REQUIRED_STATUS)]
    review = {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": False,
        "required_approving_review_count": 0,
        "required_review_thread_resolution": False,
    }
    rules: list[dict[str, Any]] = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "pull_request", "parameters": review},
        {
            "type": "required_status_checks",
            "parameters": {"strict_required_status_checks_policy": False, "required_status_checks": checks},
        },
    ]
    bypass = [{"actor_id": ADMIN, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}]
    return _ruleset("mlgate: the gate", "branch", ["~DEFAULT_BRANCH"], rules, bypass)


def _tag_rules() -> dict[str, Any]:
    rules = [{"type": "deletion"}, {"type": "non_fast_forward"}, {"type": "update"}]
    return _ruleset("mlgate: releases never move", "tag", list(TAGS), rules)


def _ledger_rules() -> dict[str, Any]:
    rules = [{"type": "deletion"}, {"type": "non_fast_forward"}]
    return _ruleset("mlgate: the ledger only grows", "branch", [LEDGER], rules)


def _ruleset(
    name: str, target: str, include: list[str], rules: list[dict[str, Any]], bypass: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {
        "name": name, "target": target, "enforcement": "active", "bypass_actors": list(bypass),
        "conditions": {"ref_name": {"include": include, "exclude": []}}, "rules": rules,
    }  # fmt: skip


def _pattern(path: str) -> str:
    """A path for CODEOWNERS, in which spaces and the signs of patterns are escaped."""
    return re.sub(r"([ \\*?\[\]!#])", r"\\\1", path)
