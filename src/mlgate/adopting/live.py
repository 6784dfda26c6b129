"""What the doctor asks GitHub: required checks, rules that differ from the file, and the rights of tokens."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from mlgate.adopting.findings import Finding, Get
from mlgate.adopting.listing import Listing
from mlgate.adopting.protection import RULESET_FILE, remote_of
from mlgate.adopting.workflows import REQUIRED_CHECK, REQUIRED_STATUS
from mlgate.errors import user_error

PATIENCE = 20.0  # seconds; somebody waits at a terminal
UNASKED = ("required checks", "live rules against the ruleset file", "rights of the workflow token")


def getter(environ: Mapping[str, str]) -> Get:
    """A function that gets a path of GitHub's API as JSON, or None; the token is in nothing that is printed."""
    from mlgate.github.transport import GitHubError, Transport

    token = environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN")
    if not token:
        raise user_error("--online asks GitHub, and GITHUB_TOKEN is not set",
                         mend="GITHUB_TOKEN=$(gh auth token) mlgate doctor --online")  # fmt: skip
    transport = Transport(environ.get("GITHUB_API_URL", "https://api.github.com"), token, patience=PATIENCE)

    def get(path: str) -> Any:
        try:
            return json.loads(transport.call("GET", f"/{path}").body)
        except (GitHubError, ValueError, RecursionError):
            return None

    return get


def live_findings(listing: Listing, protection: Mapping[str, Any] | None, get: Get | None) -> Iterator[Finding]:
    """What the live settings say; without `get` each is named as not checked."""
    if get is None:
        yield Finding("not checked", f"{', '.join(UNASKED)}: GitHub was not asked", "mlgate doctor --online")
        return
    remote = remote_of(listing)
    if remote is None:
        yield Finding("not checked", "the live settings: the remote `origin` is no repository of GitHub's")
        return
    slug = f"repos/{remote.owner}/{remote.name}"
    about = get(slug)
    if not isinstance(about, dict):
        mend = "see that GitHub can be reached; the token needs read access to metadata, contents and actions"
        yield Finding("fail", f"{remote.owner}/{remote.name} could not be read", mend)
        return
    yield from _rights(about)
    yield from _required(slug, str(about.get("default_branch", "main")), get)
    yield from _rulesets(slug, protection, get)
    yield from _workflow_token(slug, get)


def _rights(about: Mapping[str, Any]) -> Iterator[Finding]:
    rights = about.get("permissions")
    if isinstance(rights, dict):
        held = [name for name in ("admin", "maintain", "push", "triage", "pull") if rights.get(name)]
        yield Finding(
            "ok", f"this token may: {', '.join(held) or 'read'}; reading is enough for all but administrators' settings"
        )


def _required(slug: str, branch: str, get: Get) -> Iterator[Finding]:
    rules = get(f"{slug}/rules/branches/{quote(branch, safe='')}")
    classic = get(f"{slug}/branches/{quote(branch, safe='')}/protection")
    if not isinstance(rules, list) and not isinstance(classic, dict):
        yield Finding("not checked", f"required checks of {branch}: this token may not see them")
        return
    found = required_by(rules if isinstance(rules, list) else ())
    if isinstance(classic, dict):
        checks = classic.get("required_status_checks")
        found |= set(map(str, (checks.get("contexts") if isinstance(checks, dict) else None) or ()))
    lacking = [f"`{name}`" for name in (REQUIRED_CHECK, REQUIRED_STATUS) if name not in found]
    if lacking:
        yield Finding("fail", f"{branch} does not require {' and '.join(lacking)}, so a failing gate can be merged",
                      f"apply {RULESET_FILE} (mlgate init --protect writes it, and says how)")  # fmt: skip
    else:
        yield Finding("ok", f"{branch} requires `{REQUIRED_CHECK}` and `{REQUIRED_STATUS}`")


def required_by(rules: Iterable[Any]) -> set[str]:
    """The names that some rules require."""
    found = set()
    for rule in rules:
        if isinstance(rule, dict) and rule.get("type") == "required_status_checks":
            checks = (rule.get("parameters") or {}).get("required_status_checks") or ()
            found |= {str(check["context"]) for check in checks if isinstance(check, dict) and "context" in check}
    return found


def _rulesets(slug: str, protection: Mapping[str, Any] | None, get: Get) -> Iterator[Finding]:
    """Each ruleset of the file beside the live one of its name."""
    if protection is None:
        return
    listed = get(f"{slug}/rulesets?per_page=100")
    if not isinstance(listed, list):
        yield Finding("not checked", "the live rulesets: this token may not see them")
        return
    ids = {str(r.get("name")): r.get("id") for r in listed if isinstance(r, dict)}
    for wanted in protection["rulesets"]:
        name = str(wanted.get("name")) if isinstance(wanted, dict) else ""
        live = get(f"{slug}/rulesets/{ids[name]}") if isinstance(ids.get(name), int) else None
        if not isinstance(live, dict):
            yield Finding("fail", f"the ruleset '{name}' of {RULESET_FILE} is not live", "apply it as the file says")
        elif differences := list(_differences(wanted, live, "")):
            shown = "; ".join(differences[:3])
            yield Finding(
                "warn", f"the live ruleset '{name}' differs from {RULESET_FILE}: {shown}", "apply the file again"
            )
        else:
            yield Finding("ok", f"the live ruleset '{name}' is as {RULESET_FILE} says")


def _differences(wanted: Any, live: Any, path: str) -> Iterator[str]:
    """Where the live value is not what the file wants; what the file does not mention may be anything."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            if key != "bypass_actors" or key in live:  # who may not write does not see them
                yield from _differences(value, live.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(wanted, list) and isinstance(live, list):
        ours, theirs = _by_name(wanted), _by_name(live)
        for key, value in ours.items():
            yield from _differences(value, theirs.get(key), f"{path}[{key}]")
        if not path.endswith("rules"):
            yield from (f"{path} has {key} too" for key in theirs if key not in ours)
    elif wanted != live:
        yield f"{path} is {str(live)[:60]}, not {str(wanted)[:60]}"


def _by_name(values: list[Any]) -> dict[str, Any]:
    def name(value: Any) -> str:
        if isinstance(value, dict):
            return str(value.get("type") or value.get("context") or value.get("actor_id"))
        return str(value)

    return {name(value): value for value in values}


def _workflow_token(slug: str, get: Get) -> Iterator[Finding]:
    found = get(f"{slug}/actions/permissions/workflow")
    if not isinstance(found, dict):
        yield Finding("not checked", "the default rights of workflow tokens: only an administrator's token sees them")
    elif found.get("default_workflow_permissions") == "write":
        yield Finding("warn", "a workflow that does not limit its token gets one that can write",
                      "Settings → Actions → General → Workflow permissions: read repository contents")  # fmt: skip
    else:
        yield Finding("ok", "workflow tokens can only read unless a workflow says otherwise")
    if isinstance(found, dict) and found.get("can_approve_pull_request_reviews"):
        yield Finding("warn", "workflows may approve pull requests", "switch it off at the same place")
