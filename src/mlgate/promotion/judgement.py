"""Judgement: what the evidence says under the protected branch's policy, read more strictly than on a pull request."""

import datetime
from collections.abc import Iterator

import msgspec

from mlgate.config import Config, Policy
from mlgate.evidence import Evidence, Finding
from mlgate.features.declared import seconds_of
from mlgate.github.governing import Governing, is_other_policy, other_parameters
from mlgate.ledger.events import Reason
from mlgate.measuring.metrics import PRIMARY
from mlgate.promotion.case import Case
from mlgate.promotion.origins import AGAIN
from mlgate.reporting.figures import roughly
from mlgate.reporting.sentences import sentence
from mlgate.verdict import decide

NOTHING_TO_COMPARE = ("no-baseline", "no-access")
MOST = 20  # findings that are named one by one


def in_time(case: Case) -> Iterator[Reason]:
    """The evidence is as young as the stage wants it."""
    said = case.evidence.predicate.date
    if said is None:
        yield Reason("undated", "the evidence does not say when it was made", AGAIN)
        return
    age = (case.now.date() - datetime.date.fromisoformat(said)).days
    if age < -1:  # a day of grace for clocks
        yield Reason("future", f"the evidence is dated {said}, which is yet to come", AGAIN)
    if age * 86_400 > seconds_of(case.conditions.evidence_age):
        longest = case.conditions.evidence_age
        yield Reason("expired", f"the evidence is of {said}, and '{case.stage}' takes none older than {longest}",
                     f"run the gate again on {case.source.sha[:12]}")  # fmt: skip


def by_this_policy(case: Case) -> Iterator[Reason]:
    """The evidence was judged by what the protected branch says today, and no check looked at something else."""
    governing = case.governing
    if not isinstance(governing, Governing):
        why = governing.why if governing else f"it has no {case.config}"
        yield Reason("ungoverned", f"the protected branch has no policy for '{case.model}': {why}", "merge one first")
        return
    if is_other_policy(governing, case.evidence.predicate):
        yield Reason("policy-changed", "the protected branch has another policy than the one that judged this evidence",
                     "run the gate again on a commit that has the new policy")  # fmt: skip
    for check in other_parameters(governing, case.evidence.predicate):
        yield Reason("other-parameters", f"the check '{check}' ran with other parameters than the protected branch has",
                     AGAIN)  # fmt: skip
    found = {finding.id for finding in case.evidence.predicate.findings}
    for check in sorted(found & {*governing.params} - {ran.id for ran in case.evidence.predicate.checks}):
        yield Reason("unknown-parameters", f"the evidence does not say with which parameters '{check}' ran", AGAIN)


def passes(case: Case) -> Iterator[Reason]:
    """Nothing in the evidence blocks; what cannot tell, was not measured, or is an old fault blocks as well."""
    if not isinstance(case.governing, Governing):
        return
    config, today = case.governing.config, case.now.date()
    evidence = _without_comparisons(case.evidence) if case.is_bootstrap else case.evidence
    policy = msgspec.structs.replace(
        config.policy, existing="block", not_measured="block",
        inconclusive="block" if case.is_bootstrap else case.conditions.inconclusive,
        required=tuple(c for c in config.policy.required if not (case.is_bootstrap and c == "regression")),
    )  # fmt: skip
    expected = tuple(c for c in config.checks if not (case.is_bootstrap and c == "regression"))
    verdict = decide(evidence, policy, today, expected=expected)
    for check in verdict.missing:
        yield Reason("missing-check", f"the check '{check}' left no result", AGAIN)
    for finding in verdict.blocking[:MOST]:
        yield _why(finding, evidence, policy, today)
    if len(verdict.blocking) > MOST:
        yield Reason("more-findings", f"{len(verdict.blocking) - MOST} more findings block", "see them: mlgate render")
    for finding in verdict.findings:
        if finding.status == "skipped" and finding.reason in NOTHING_TO_COMPARE and finding.severity == "block":
            yield Reason("skipped", f"{finding.id}: {sentence(finding)}", AGAIN)


def limited(case: Case) -> Iterator[Reason]:
    """The first version of a stage, which has no champion to be compared with, keeps absolute limits."""
    if not case.is_bootstrap or not isinstance(case.governing, Governing):
        return
    config = case.governing.config
    held = [f for f in case.evidence.predicate.findings if f.id == "metrics" and f.limit is not None]
    primary = _primary(config)
    if not held:
        yield Reason("no-absolute-limit", f"'{case.stage}' is empty, and no metric of '{case.model}' has a limit",
                     f"add one: 'checks: {{metrics: {{limits: {{{primary}: {{min: …}}}}}}}}'")  # fmt: skip
    elif all(finding.metric != primary for finding in held):
        yield Reason("primary-not-limited", f"'{case.stage}' is empty, and the primary metric {primary} has no limit",
                     f"add it to 'checks.metrics.limits': {primary}: {{min: …}}")  # fmt: skip


def _without_comparisons(evidence: Evidence) -> Evidence:
    """The evidence without what compares with a baseline, since none of them was a champion."""
    findings = tuple(f for f in evidence.predicate.findings if f.margin is None and f.reason != "no-baseline")
    return msgspec.structs.replace(evidence, predicate=msgspec.structs.replace(evidence.predicate, findings=findings))


def _why(finding: Finding, evidence: Evidence, policy: Policy, today: datetime.date) -> Reason:
    said = f"{finding.id}: {sentence(finding)}"[:1_900]
    if finding.status == "inconclusive":
        needed = f" (about {roughly(finding.rows_needed)} rows would)" if finding.rows_needed else ""
        return Reason("inconclusive", f"{said}", f"collect rows until it can tell{needed}")
    if finding.reason == "existing":
        return Reason("existing-fault", said, "mend it: an old fault may be merged, but not promoted")
    for waiver in policy.waivers:
        if (waiver.check, waiver.subject) == (finding.id, finding.subject) and today > waiver.expires:
            return Reason("waiver-expired", f"{said}; its waiver ended on {waiver.expires}",
                          f"mend it, or let {waiver.owner} renew the waiver in a change of its own")  # fmt: skip
    code = {"fail": "fails", "error": "check-error", "not-measured": "not-measured"}.get(finding.status, "blocks")
    return Reason(code, said, "mend it, and run the gate again")


def _primary(config: Config) -> str:
    raw = config.checks.get("regression")
    blocks = raw if isinstance(raw, list) else [raw]
    named = next((b["primary"] for b in blocks if isinstance(b, dict) and b.get("primary")), None)
    return str(named or PRIMARY[config.model.task if config.model else "binary"])
