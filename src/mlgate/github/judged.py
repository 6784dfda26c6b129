"""Judged: each model's evidence under the base's policy, and the status that follows for the commit."""

import datetime
from collections.abc import Iterable, Mapping

from msgspec import Struct

from mlgate.evidence import Predicate
from mlgate.github.facts import Change
from mlgate.github.governing import Governing, Ungoverned, is_other_policy, other_parameters
from mlgate.github.intake import Received, Refusal
from mlgate.github.models import StatusState
from mlgate.github.words import Special
from mlgate.reporting.view import Links, View
from mlgate.verdict import decide

WORST_FIRST: tuple[StatusState, ...] = ("error", "failure", "pending", "success")
CRASHES = ("candidate-crashed", "baseline-crashed", "timeout")


class Judged(Struct, frozen=True, kw_only=True):
    """What is known of one model: a verdict with its view, or why there is none, or why it does not count."""

    path: str
    status: StatusState
    view: View | None = None
    digest: str = ""
    special: Special | None = None
    what: str = ""  # of the special case; may hold strings of users
    how: str = ""
    notices: tuple[str, ...] = ()  # names in the table of notices


def judge(
    path: str, policy: Governing | Ungoverned, received: Received | Refusal | None, change: Change,
    conclusion: str | None, links: Links, today: datetime.date,
) -> Judged:  # fmt: skip
    """The verdict on one model; without evidence that can be used and a policy it is never green."""
    if isinstance(policy, Ungoverned):
        return Judged(path=path, status="error", special="ungoverned", what=policy.why)
    if received is None:
        return _without_evidence(path, conclusion)
    why = received.why if isinstance(received, Refusal) else why_refused(received, path, policy, change)
    if isinstance(received, Refusal) or why:
        return Judged(path=path, status="error", special="refused", what=why or "")
    evidence = received.evidence
    verdict = decide(evidence, policy.config.policy, today, expected=tuple(policy.config.checks))
    view = View(evidence, verdict, links)
    notices: tuple[str, ...] = ("bootstrap",) if policy.is_bootstrap else ()
    notices += ("other-policy",) if is_other_policy(policy, evidence.predicate) else ()
    if others := other_parameters(policy, evidence.predicate):
        return Judged(path=path, status="error", view=view, digest=received.digest, special="other-parameters",
                      what=others[0], notices=notices)  # fmt: skip
    return Judged(path=path, status=status_of(view), view=view, digest=received.digest, notices=notices)


def without_earlier(
    judged: Iterable[Judged], received: Mapping[str, Received | Refusal], conclusion: str | None
) -> list[Judged]:
    """The verdicts; where all are green and the run's last attempt is not, those of earlier attempts do not count.

    A job that succeeded is not run again with the failed ones, so that evidence of an earlier attempt is usual.
    """
    found = list(judged)
    if conclusion == "success" or any(each.status != "success" for each in found):
        return found
    earlier = {path for path, each in received.items() if isinstance(each, Received) and each.is_earlier}
    return [_without_evidence(each.path, conclusion) if each.path in earlier else each for each in found]


def why_refused(received: Received, path: str, policy: Governing, change: Change) -> str | None:
    """Why evidence that can be read is not about this model at this commit."""
    said, model = received.evidence.predicate, policy.config.model
    if said.config != path:
        return f"it is about the configuration '{said.config}'"
    if said.head_sha != change.head_sha:
        return f"it is about the commit {(said.head_sha or 'unknown')[:12]}"
    if received.is_foreign_base:
        return f"it compares with the commit {(said.base_sha or 'unknown')[:12]}, which is not on the base branch"
    if said.event != change.kind:
        return f"it was made for the event '{said.event}'"
    if said.model != (model.id if model else None):
        return f"it is about the model '{said.model}'"
    return _inconsistency(received, said)


def status_of(view: View) -> StatusState:
    """The commit's status: green is what may be merged; what crashed or was not measured is an error."""
    verdict = view.verdict
    if verdict.exit_code == 0:
        return "success"
    crashed = any(finding.reason in CRASHES for finding in verdict.blocking)
    return "error" if crashed or verdict.outcome in ("error", "not-measured") else "failure"


def worst(states: Iterable[StatusState]) -> StatusState:
    """The worst of the states; of none an error, since nothing was proved."""
    return min(states, key=WORST_FIRST.index, default="error")


def _without_evidence(path: str, conclusion: str | None) -> Judged:
    if conclusion == "action_required":
        return Judged(path=path, status="pending", special="held")
    if conclusion == "cancelled":
        return Judged(path=path, status="error", special="cancelled")
    return Judged(path=path, status="error", special="missing", what=path, how=conclusion or "nothing")


def _inconsistency(received: Received, said: Predicate) -> str | None:
    """What in the evidence contradicts itself."""
    digests = {subject.name: subject.digest["sha256"] for subject in received.evidence.subject}
    if len(digests) != len(received.evidence.subject):
        return "two of its subjects have one name"
    for table in said.tables:
        if digests.get(f"table:{table.name}") != table.sha256:
            return f"the digest of the table '{table.name}' is not that of its subject"
    models = [name for name in digests if name.startswith("model:")]
    if models and models != [f"model:{said.model}"]:
        return f"its subject is another model than '{said.model}'"
    return None
