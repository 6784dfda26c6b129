"""Promoting: a version comes to a stage if its evidence opens it, looked at anew whenever the ledger has moved."""

from dataclasses import dataclass
from typing import Any

from mlgate.errors import user_error
from mlgate.features.serving import served_now
from mlgate.github.transport import GitHubError
from mlgate.ledger.events import Approval, Assignment, Promote, Reason
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import Proposal, record
from mlgate.promotion.accepting import PROMOTE, refusals
from mlgate.promotion.case import Case
from mlgate.promotion.evidences import Given, from_ledger, github_of
from mlgate.promotion.outcome import Declined, Outcome
from mlgate.promotion.place import Place
from mlgate.promotion.projecting import project
from mlgate.promotion.refusing import refuse
from mlgate.promotion.registering import kept, now
from mlgate.promotion.sources import governing_at, source_at
from mlgate.promotion.stages import STAGES_FILE
from mlgate.registries.backend import Say, released


@dataclass(frozen=True)
class Asked:
    """Which version shall come to which stage, by which evidence: else by the one it was registered with."""

    model: str
    version: str
    stage: str
    given: Given | None = None
    dry_run: bool = False


def promote(place: Place, asked: Asked, say: Say) -> Outcome:
    """The version is at the stage and the registry shows it, or the reasons why not."""
    place.stages.stage(asked.stage)
    ledger = place.ledger()
    standing = _standing(ledger, asked)
    try:
        event = None if standing else _decide(place, asked, ledger, say)
    except Declined as declined:
        digest = asked.given.sha256 if asked.given else None
        return refuse(place, "promote", asked.model, declined.reasons, version=asked.version, stage=asked.stage,
                      evidence=digest, dry_run=asked.dry_run)  # fmt: skip
    if asked.dry_run:
        return _outcome(asked, already=standing is not None, dry_run=standing is None)
    project(place, asked.model, asked.stage, say)
    if event is None:  # it was there, or somebody who asked for the same was faster
        known = place.ledger().state.version(asked.model, asked.version)
        return _outcome(asked, already=True, sha256=known.sha256 if known else None)
    return _outcome(asked, event=event.seq, approval=event.approval, sha256=event.sha256)


def _standing(ledger: Ledger, asked: Asked) -> Assignment | None:
    """The decision by which the version is at the stage."""
    found = ledger.state.assignment(asked.model, asked.stage)
    return found if found and found.version == asked.version else None


def _decide(place: Place, asked: Asked, ledger: Ledger, say: Say) -> Promote | None:
    case = _case(place, asked, ledger, say)

    def propose(ledger: Ledger) -> Proposal | None:
        nonlocal case
        if _standing(ledger, asked):
            return None
        case = case.at(ledger.state, now())
        if reasons := refusals(case, PROMOTE):
            raise Declined(*reasons)
        return None if asked.dry_run else _proposal(case, given)

    given = asked.given or _registered(place, asked, ledger)
    recorded = record(place.remote, place.author, propose)
    return recorded.event if recorded and isinstance(recorded.event, Promote) else None


def _proposal(case: Case, given: Given) -> Proposal:
    assert case.stage is not None
    assert case.version is not None
    accepted = case.conditions.approval or ("pull-request", "environment")
    event = Promote(
        model=case.model, version=case.version, sha256=case.sha256, stage=case.stage,
        number=case.state.next_number(case.model), evidence_sha256=given.sha256, origin=given.origin,
        previous=case.champion.version if case.champion else None, bootstrap=case.is_bootstrap,
        approval=next((approval for approval in case.approvals if approval.kind in accepted), None),
    )  # fmt: skip
    return Proposal(event, kept(given))


def _registered(place: Place, asked: Asked, ledger: Ledger) -> Given:
    record_ = ledger.state.version(asked.model, asked.version)
    if record_ is None:
        known = ", ".join([*ledger.state.versions.get(asked.model, {})][-5:])
        mend = f"registered are {known}; another is registered by mlgate register" if known else "mlgate register"
        raise Declined(Reason("unknown-version", f"{asked.model}@{asked.version} is not registered", mend))
    return from_ledger(place, ledger, record_)


def _case(place: Place, asked: Asked, ledger: Ledger, say: Say) -> Case:
    """All that is to be known before the decision, gathered once; the ledger's part is renewed with every try."""
    given, register = asked.given or _registered(place, asked, ledger), ledger.state.version(asked.model, asked.version)
    if register is None:
        _registered(place, asked, ledger)
        raise AssertionError(asked.version)
    say(f"verifying {asked.model}@{asked.version}")
    return Case(
        model=asked.model, version=asked.version, stage=asked.stage, evidence=given.evidence,
        evidence_sha256=given.sha256, provenance=given.provenance, stages=place.stages, state=ledger.state, now=now(),
        source=source_at(place, register.source_sha, register.config), sha256=register.sha256, config=register.config,
        governing=governing_at(place, place.tip, register.config), served=served_now(place, ledger),
        approvals=approvals(place, asked.model, asked.version, asked.stage),
        bytes_faults=place.backend.faults(released(register)),
        can_sign=place.author.key is not None and place.author.signers is not None,
    )  # fmt: skip


def approvals(place: Place, model: str, version: str, stage: str) -> tuple[Approval, ...]:
    """Who agreed: by a merged change of stages.yml that asks for this version, or as reviewer of the environment."""
    found = []
    if place.stages.stage(stage).versions.get(model) == version:
        by = place.repository.text("log", "-1", "--format=%an", place.tip, "--", STAGES_FILE) or "somebody"
        where = place.repository.text("log", "-1", "--format=%H", place.tip, "--", STAGES_FILE) or place.tip
        found.append(Approval("pull-request", by[:200], where))
    run = place.environ.get("GITHUB_RUN_ID", "")
    if place.environ.get("GITHUB_ACTIONS") == "true" and run.isdigit() and place.environ.get("GITHUB_TOKEN"):
        try:
            for review in github_of(place).run_approvals(int(run)):
                if review.state == "approved" and stage in {e.name for e in review.environments} and review.user:
                    found.append(Approval("environment", review.user.login, f"run {run}"))
        except GitHubError as error:
            if error.status not in (403, 404):  # who may not be asked about has not approved
                raise user_error(f"GitHub did not say who approved the run {run}: {error}") from None
    return tuple(found)


def _outcome(asked: Asked, **more: Any) -> Outcome:
    return Outcome(action="promote", done=True, model=asked.model, version=asked.version, stage=asked.stage, **more)
