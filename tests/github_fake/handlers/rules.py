"""What may become of a ref: rulesets, protected branches, and workflow files that a GITHUB_TOKEN may not bring in."""

import fnmatch

from tests.github_fake.call import Call, Refused, allows
from tests.github_fake.objects import Commit
from tests.github_fake.repository import Repository
from tests.github_fake.state import Ruleset
from tests.github_fake.store import WORKFLOWS

ACCEPTED = {"x-accepted-github-permissions": "contents=write; contents=write,workflows=write"}


def check_ref(call: Call, name: str, sha: str | None, change: str) -> None:
    """Raises Refused unless `refs/NAME` may change so (creation, update, non_fast_forward or deletion)."""
    repository = call.repository
    broken = [
        each.name for each in repository.rulesets.current() if applies(repository, each, name) and forbids(each, change)
    ]
    if broken:
        raise Refused(422, f"Repository rule violations found\n\nCannot {change} refs/{name}: {', '.join(broken)}\n\n")
    protected = name.startswith("heads/") and repository.protections.get(name[6:])
    if protected and change in ("deletion", "non_fast_forward"):
        raise Refused(422, f"Cannot {'delete' if change == 'deletion' else 'force-push to'} a protected branch")
    if protected and change == "update" and (protected.contexts or protected.reviews):
        raise Refused(422, "Changes must be made through a pull request.")
    if sha is not None:
        check_workflows(call, sha)


def applies(repository: Repository, ruleset: Ruleset, name: str) -> bool:
    """Whether a ruleset is about `refs/NAME`."""
    kind = "heads/" if ruleset.target == "branch" else "tags/"
    default = f"heads/{repository.default_branch}"
    patterns = [
        "*" if each == "~ALL" else f"refs/{default}" if each == "~DEFAULT_BRANCH" else each for each in ruleset.include
    ]
    matches = any(fnmatch.fnmatchcase(f"refs/{name}", pattern) for pattern in patterns)
    return ruleset.enforcement == "active" and name.startswith(kind) and matches


def forbids(ruleset: Ruleset, change: str) -> bool:
    """Whether a ruleset forbids a kind of change."""
    types = {rule["type"] for rule in ruleset.rules}
    return change in types or (change == "update" and "pull_request" in types)


def check_workflows(call: Call, sha: str) -> None:
    """Raises Refused when a token without `workflows` would bring workflow files that no branch tip has.

    git says "refusing to allow a GitHub App to create or update workflow … without `workflows` permission";
    the REST API answers a bare 403 whose header alone names the permission.
    """
    repository, objects = call.repository, call.repository.objects
    if call.token is None or allows(call.token, "workflows=write", repository):
        return
    item = objects.get(sha)
    while item is not None and item.kind == "tag":
        item = objects.get(item.target)  # type: ignore[union-attr]
    if not isinstance(item, Commit):
        return
    brought = objects.entry(item.tree, WORKFLOWS)
    if brought and all(objects.entry(tip, WORKFLOWS) != brought for tip in repository.branches().values()):
        what = "integration" if call.by_app else "personal access token"
        raise Refused(403, f"Resource not accessible by {what}", headers=ACCEPTED)
