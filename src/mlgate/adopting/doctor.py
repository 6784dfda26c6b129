"""`mlgate doctor`: what is missing around the gate, each finding with its mend."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mlgate.adopting.doctor_repository import repository_findings
from mlgate.adopting.doctor_workflows import workflow_findings
from mlgate.adopting.findings import Finding, Get, State
from mlgate.adopting.initialising import configurations
from mlgate.adopting.listing import Listing, list_files
from mlgate.adopting.live import live_findings, required_by
from mlgate.adopting.protection import LEDGER, RULESET_FILE, TAGS, TERRAFORM_FILE
from mlgate.adopting.terraform import terraform
from mlgate.adopting.workflow_files import read_workflows
from mlgate.adopting.workflows import REQUIRED_CHECK, REQUIRED_STATUS
from mlgate.inputs.git import find_repository


def examine(here: Path, get: Get | None = None) -> tuple[Finding, ...]:
    """All findings for the repository that `here` lies in; `get` asks GitHub, without it that part is not checked."""
    repository = find_repository(here)
    listing = list_files(repository.top.resolve() if repository else here.resolve())
    configs = configurations(listing)
    return (
        *repository_findings(listing, configs),
        *workflow_findings(read_workflows(listing), configs),
        *protection_findings(listing),
        *live_findings(listing, protection_of(listing), get),
    )


def protection_of(listing: Listing) -> dict[str, Any] | None:
    """What the ruleset file says; None if there is none that can be read."""
    try:
        data = json.loads((listing.top / RULESET_FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and isinstance(data.get("rulesets"), list) else None


def protection_findings(listing: Listing) -> Iterator[Finding]:
    """Whether protection is code, and asks for what it must."""
    data = protection_of(listing)
    if data is None:
        state: State = "fail" if listing.has(RULESET_FILE) else "warn"
        what = "cannot be read" if listing.has(RULESET_FILE) else "is missing: protection is no code here"
        yield Finding(state, f"{RULESET_FILE} {what}", "mlgate init --protect")
        return
    lacking = [name for name in (REQUIRED_CHECK, REQUIRED_STATUS) if name not in contexts_of(data["rulesets"])]
    if lacking:
        names = " and ".join(f"`{name}`" for name in lacking)
        yield Finding("fail", f"{RULESET_FILE} does not require {names}", "add it to required_status_checks there")
    else:
        yield Finding("ok", f"{RULESET_FILE} requires `{REQUIRED_CHECK}` and `{REQUIRED_STATUS}`")
    text = json.dumps(data["rulesets"])
    if unprotected := [ref for ref in (*TAGS, LEDGER) if ref not in text]:
        yield Finding(
            "warn", f"{RULESET_FILE} does not protect {', '.join(unprotected)}", "mlgate init --protect shows how"
        )
    yield from _twin(listing, data)


def contexts_of(rulesets: Iterable[Any]) -> set[str]:
    """The names of the checks and statuses that the rules require."""
    rules = [rule for ruleset in rulesets if isinstance(ruleset, dict) for rule in ruleset.get("rules") or ()]
    return required_by(rules)


def _twin(listing: Listing, data: dict[str, Any]) -> Iterator[Finding]:
    file = listing.top / TERRAFORM_FILE
    if not file.is_file():
        return
    try:
        agrees = terraform(data) == file.read_text("utf-8")
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError):
        agrees = False
    if not agrees:
        yield Finding(
            "warn", f"{TERRAFORM_FILE} says something else than {RULESET_FILE}",
            f"change both, or remove {TERRAFORM_FILE} and run mlgate init --protect",
        )  # fmt: skip
