"""Accepting: every reason why a version may not be registered or come to a stage; none means that it may."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from mlgate.ledger.events import Promote, Reason
from mlgate.promotion.case import Case, Served
from mlgate.promotion.judgement import by_this_policy, in_time, limited, passes
from mlgate.promotion.origins import about_this, as_in_git, vouched

Rule = Callable[[Case], Iterable[Reason]]


def known(case: Case) -> Iterator[Reason]:
    """The version is registered, not revoked, and has the bytes that it was registered with."""
    record = case.record
    if record is None:
        yield Reason("unknown-version", f"{case.label} is not registered", "mlgate register")
        return
    if revoked := case.state.revoked.get((case.model, record.version)):
        yield Reason("revoked", f"{case.label} was revoked: {revoked.reason}", "register a new version")
    for fault in case.bytes_faults:
        yield Reason("bytes", f"the stored files of {case.label} are not what was registered: {fault}",
                     "bring them back: mlgate reconcile, or register the model again")  # fmt: skip


def not_replayed(case: Case) -> Iterator[Reason]:
    """The evidence has not opened this stage before, so that it cannot undo what came after."""
    for record in case.state.events:
        event = record.event
        if not isinstance(event, Promote) or (event.model, event.stage) != (case.model, case.stage):
            continue
        if event.evidence_sha256 == case.evidence_sha256:
            yield Reason("replayed", f"this evidence opened '{case.stage}' already, for the event {event.seq}",
                         f"run the gate again on {case.source.sha[:12]}")  # fmt: skip
            return


def beside_champion(case: Case) -> Iterator[Reason]:
    """The baseline of the evidence is the version that is at the stage now."""
    champion = case.champion
    if champion is None:
        return
    compared = case.evidence.predicate.baseline.model_sha256
    run, commit = case.provenance.run, case.source.sha[:12]
    mend = f"compare again: mlgate check --ref {commit} --baseline {champion.source_sha[:12]} --own-policy"
    if run is not None and run.is_this:
        mend = "run this workflow again, from its first job"
    if compared is None:
        yield Reason("no-baseline", f"the evidence compares with no model, and {champion.version} is at '{case.stage}'",
                     mend)  # fmt: skip
    elif compared != champion.sha256:
        yield Reason("champion-changed", f"the evidence compares with the model {compared[:12]}, and now "
                     f"{champion.version} ({champion.sha256[:12]}) is at '{case.stage}'", mend)  # fmt: skip


def features_are_served(case: Case) -> Iterator[Reason]:
    """Each feature version that the model requires is served, by the code that it was tested with."""
    record = case.record
    if record is not None:
        yield from feature_reasons(record.requires, record.features, case.served)


def feature_reasons(
    requires: Mapping[str, int], digests: Mapping[str, str], served: Mapping[str, Served], *, fresh: bool = False
) -> Iterator[Reason]:
    """What is wrong with the features that a version requires: not served, another code, and if asked, not fresh."""
    for name, version in requires.items():
        label = f"{name}@{version}"
        found = served.get(label)
        if found is None:
            yield Reason("feature-not-served", f"the model requires {label}, which is not served",
                         f"serve it first: mlgate features serve {label}")  # fmt: skip
        elif label in digests and digests[label] != found.sha256:
            yield Reason("other-feature-served", f"{label} is served by another code than the model was tested with",
                         "declare the changed feature as a new version")  # fmt: skip
        elif fresh and found.is_fresh is False:
            yield Reason("feature-stale", f"{label} is served, but not fresh: {found.detail or 'its rows are old'}",
                         "bring its rows up to date")  # fmt: skip


def approved(case: Case) -> Iterator[Reason]:
    """Somebody agreed in a way that the stage accepts; for the first version of a stage always."""
    accepted = case.conditions.approval or (("pull-request", "environment") if case.is_bootstrap else ())
    if accepted and not any(approval.kind in accepted for approval in case.approvals):
        first = ", and the first version of a stage always needs approval" if case.is_bootstrap else ""
        how = {
            "pull-request": f"write 'versions: {{{case.model}: {case.version}}}' under '{case.stage}' in stages.yml, "
            "in a pull request",
            "environment": f"run it in a job with 'environment: {case.stage}' that has reviewers",
        }
        yield Reason("not-approved", f"nobody approved {case.label} for '{case.stage}'{first}",
                     "; or ".join(how[kind] for kind in accepted))  # fmt: skip


REGISTER: tuple[Rule, ...] = (vouched, about_this, as_in_git)
PROMOTE: tuple[Rule, ...] = (
    known, vouched, about_this, as_in_git, in_time, not_replayed, by_this_policy, beside_champion, passes, limited,
    features_are_served, approved,
)  # fmt: skip


def refusals(case: Case, rules: tuple[Rule, ...]) -> tuple[Reason, ...]:
    """Every reason against it, in the order of the rules, each once."""
    found = (reason for rule in rules for reason in rule(case))
    return tuple(dict.fromkeys(found))[:100]
