"""The verdict: a pure function of findings and policy, the same here, in the comment and at a promotion."""

import datetime
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from mlgate.config import Policy, Waiver
from mlgate.evidence import Evidence, Finding, Reason, Status
from mlgate.statistics.decision import absolute_limit, non_inferiority
from mlgate.statistics.interval import Interval
from mlgate.statistics.multiplicity import holm

FAMILY_ALPHA = 0.025  # one-sided, for each family
IDENTICAL = "identical predictions"  # the method of a comparison in which no row differs, or no rank: always a pass
FACTS: tuple[Status, ...] = ("skipped", "not-measured", "error")  # statuses that no number can change

Outcome = Literal["pass", "fail", "inconclusive", "not-measured", "error"]


class Verdict(Struct, frozen=True):
    """What the findings mean under a policy: the outcome, the exit code, and each finding with its final status."""

    outcome: Outcome
    exit_code: int
    findings: tuple[Finding, ...]
    blocking: tuple[Finding, ...]  # the findings for which the exit code is not 0, worst first
    missing: tuple[str, ...] = ()  # required checks without a finding that counts

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many findings have each status."""
        return Counter(f.status for f in self.findings)


def decide(evidence: Evidence, policy: Policy, today: datetime.date, *, expected: Iterable[str] = ()) -> Verdict:
    """The verdict on `evidence` under `policy`; every status is computed anew from the finding's numbers.

    `expected` names the checks that the configuration has: one of them that left no trace is missing, as a required one
    without a finding is.
    """
    findings = settle(evidence, policy, today)
    ran = {run.id for run in evidence.predicate.checks} | {f.id for f in findings}
    missing = [check for check in expected if check not in ran]
    missing += [check for check in policy.required if not any(f.id == check for f in findings)]
    return conclude(findings, policy, tuple(dict.fromkeys(missing)))


def conclude(findings: tuple[Finding, ...], policy: Policy, missing: tuple[str, ...] = ()) -> Verdict:
    """The verdict on findings whose statuses are settled."""
    blocking = tuple(sorted((f for f in findings if _blocks(f, policy)), key=_worst_first))
    counting = [f for f in findings if _counts(f, policy)]
    return Verdict(_outcome(counting, blocking, missing), 1 if blocking or missing else 0, findings, blocking, missing)


def settle(evidence: Evidence, policy: Policy, today: datetime.date) -> tuple[Finding, ...]:
    """The findings with the statuses that their numbers, the families, what is existing, and the waivers give them."""
    survivors = _holm_survivors(evidence.predicate.findings)
    settled = []
    for index, finding in enumerate(evidence.predicate.findings):
        status, reason = _judge(finding, index in survivors)
        judged = msgspec.structs.replace(finding, status=status, reason=reason)
        if status in ("fail", "inconclusive") and _is_existing(judged, evidence):
            judged = msgspec.structs.replace(judged, reason="existing")
        elif status == "fail" and any(_covers(waiver, judged, today) for waiver in policy.waivers):
            judged = msgspec.structs.replace(judged, status="waived")
        settled.append(judged)
    return tuple(settled)


_STATUSES_WORST_FIRST: tuple[Status, ...] = (
    "error",
    "fail",
    "not-measured",
    "inconclusive",
    "waived",
    "skipped",
    "pass",
)
_CRASHES = ("baseline-crashed", "candidate-crashed", "timeout", "no-baseline", "no-access")


def _judge(finding: Finding, survives_holm: bool) -> tuple[Status, Reason]:
    claimed: Status = "fail" if finding.status == "waived" else finding.status  # waivers are the policy's alone
    if claimed in FACTS or finding.reason in _CRASHES:
        return claimed, finding.reason
    if not _is_sound(finding):
        return "error", "none"
    interval = Interval(*finding.interval) if finding.interval else None
    if finding.margin is not None:
        status, reason = non_inferiority(
            interval,
            finding.margin,
            holm_rejected=survives_holm if finding.family else None,
            identical=finding.method == IDENTICAL,
            enough_rows=_enough_rows(finding),
            mde=finding.mde if finding.slice else None,
        )
        if status == "fail" and -(finding.value or 0.0) <= (finding.noise or 0.0):
            return "inconclusive", "training-noise"
        return status, reason or "none"
    if finding.limit is None or finding.value is None:
        return (
            "fail" if finding.status == "waived" else finding.status
        ), "none"  # waivers are the policy's, not its own
    if not _enough_rows(finding):
        return "inconclusive", "underpowered"
    if interval is not None:
        status, reason = absolute_limit(interval, finding.limit, "max" if finding.direction == "down" else "min")
        return status, reason or "none"
    keeps = finding.value <= finding.limit if finding.direction == "down" else finding.value >= finding.limit
    if not keeps and finding.p is not None and finding.family and not survives_holm:
        return "inconclusive", "suspect"  # beyond its limit, but that may be chance
    return ("pass" if keeps else "fail"), "none"


def _is_sound(finding: Finding) -> bool:
    """Whether the numbers are such as a method gives: finite, a margin above 0, a share for p, an interval in order."""
    numbers = [finding.value, finding.limit, finding.margin, finding.p, finding.mde, finding.noise]
    low, high = finding.interval or (0.0, 0.0)
    return (
        all(number is None or math.isfinite(number) for number in [*numbers, low, high])
        and (finding.margin is None or finding.margin > 0)
        and (finding.p is None or 0 <= finding.p <= 1)
        and low <= high
    )


def _enough_rows(finding: Finding) -> bool:
    return finding.min_rows is None or (finding.n is not None and finding.n >= finding.min_rows)


def _holm_survivors(findings: Iterable[Finding]) -> frozenset[int]:
    """The indexes of the findings whose p-value survives Holm in their family; one without rows enough has no vote.

    What is shown for information is a family of its own, so that a check that a change adds cannot hide a fail.
    """
    families: dict[tuple[str, bool], list[tuple[int, float]]] = {}
    for index, finding in enumerate(findings):
        if finding.family and finding.p is not None and _is_sound(finding) and _enough_rows(finding):
            key = (finding.family, finding.severity == "info")
            families.setdefault(key, []).append((index, finding.p))
    survivors: set[int] = set()
    for members in families.values():
        rejected = holm([p for _, p in members], alpha=FAMILY_ALPHA)
        survivors.update(index for (index, _), is_rejected in zip(members, rejected, strict=True) if is_rejected)
    return frozenset(survivors)


def _is_existing(finding: Finding, evidence: Evidence) -> bool:
    """Whether the baseline has the same fault: an absolute finding on the same rows, no better there."""
    if finding.margin is not None or finding.reason in _CRASHES or finding.limit is None:
        return False
    if finding.candidate_value is not None:
        baseline = finding.baseline_value
        if baseline is None:
            return False
        sign = 1 if finding.direction == "up" else -1
        return sign * finding.candidate_value >= sign * baseline
    return _unchanged(finding.source, evidence)


def _unchanged(source: str | None, evidence: Evidence) -> bool:
    """Whether all that the finding was measured on has the same digest at the baseline."""
    digests = {t.name: (t.sha256, t.baseline_sha256) for t in evidence.predicate.tables}
    models = [s.digest["sha256"] for s in evidence.subject if s.name.startswith("model:")]
    if models:
        digests["model"] = (models[0], evidence.predicate.baseline.model_sha256)
    names = source.split("+") if source else []
    return bool(names) and all(n in digests and digests[n][0] == digests[n][1] for n in names)


def _covers(waiver: Waiver, finding: Finding, today: datetime.date) -> bool:
    """Whether the waiver is for this finding, unexpired, and the finding is not past its ceiling."""
    if (waiver.check, waiver.subject) != (finding.id, finding.subject) or today > waiver.expires:
        return False
    if finding.value is None or finding.reason in _CRASHES:
        return False
    if finding.margin is not None:
        return -finding.value <= waiver.ceiling
    return finding.value <= waiver.ceiling if finding.direction == "down" else finding.value >= waiver.ceiling


def _worst_first(finding: Finding) -> tuple[int, bool, bool]:
    """What to name first: the worst status; of equal ones the primary comparison, then other comparisons."""
    return (
        _STATUSES_WORST_FIRST.index(finding.status),
        finding.margin is None or finding.family is not None,
        finding.margin is None,
    )


def _counts(finding: Finding, policy: Policy) -> bool:
    """Whether the finding has a say in the outcome: it may block, and the change has to answer for it."""
    return finding.severity == "block" and (finding.reason != "existing" or policy.existing == "block")


def _blocks(finding: Finding, policy: Policy) -> bool:
    if not _counts(finding, policy):
        return False
    return (
        finding.status in ("fail", "error")
        or (finding.status == "inconclusive" and policy.inconclusive == "block")
        or (finding.status == "not-measured" and policy.not_measured == "block")
    )


def _outcome(counting: Iterable[Finding], blocking: tuple[Finding, ...], missing: tuple[str, ...]) -> Outcome:
    """The word for the heading: what blocks decides; else what could not be told; else pass."""
    if missing:
        return "error"
    if blocking:
        worst = blocking[0].status
        return worst if worst in ("error", "not-measured", "inconclusive") else "fail"
    statuses = {f.status for f in counting}
    if "inconclusive" in statuses:
        return "inconclusive"
    if statuses & {"not-measured", "skipped"}:
        return "not-measured"
    return "pass"
