"""A version comes to a stage if nothing at all is wrong, and each thing that is has its own reason and mend."""

import datetime
from typing import Any

import msgspec
import pytest

from mlgate.evidence import Baseline, Finding, Predicate, Subject, TableInfo
from mlgate.ledger.events import Approval, Cleared, Revoke
from mlgate.promotion.accepting import PROMOTE, REGISTER, feature_reasons, refusals
from mlgate.promotion.case import Case, Provenance, RunFacts, Served, Source
from mlgate.promotion.stages import parse_stages
from tests.ledger.place import digest, promote
from tests.ledger.test_events import chain
from tests.promotion.cases import (
    APPROVED,
    CANDIDATE,
    CHAMPION,
    CONFIG,
    RUN,
    SOURCE,
    STAGES,
    SUMS,
    case,
    evidence,
    findings,
    first,
    governing,
)

WAIVED = (
    CONFIG
    + b"""  waivers:
    - {check: missing, subject: age, ceiling: 0.1, owner: ann, reason: few, expires: 2026-11-27}
"""
)
WAIVED = WAIVED.replace(b"policy: {required: [regression]}", b"policy:\n  required: [regression]")
NO_LIMIT = CONFIG.replace(b"  metrics: {limits: {auc: {min: 0.7}}}\n", b"")
OTHER_LIMIT = CONFIG.replace(b"auc: {min: 0.7}", b"accuracy: {min: 0.7}")
STRICT = STAGES.replace(b"evidence-age: 14d", b"evidence-age: 14d, signed: true")
SIGNED = Provenance(kind="signature", has_signature=True, signer="ann")
NOTHING = {"status": "skipped", "reason": "no-baseline", "margin": None, "value": None}
CHECKS = evidence().predicate.checks


def said(**changes: Any) -> Case:
    """The case with other evidence."""
    return case(evidence=evidence(**changes))


def seen(**changes: Any) -> Case:
    """The case with other findings."""
    return said(findings=findings(**changes))


def run(**changes: Any) -> Provenance:
    return Provenance(kind="run", run=msgspec.structs.replace(RUN, **changes))


def source(**changes: Any) -> Source:
    return msgspec.structs.replace(case().source, **changes)


def table(sha256: str) -> tuple[TableInfo, ...]:
    return (TableInfo("test", 2_000, sha256, digest("schema")),)


def models(**digests: str) -> tuple[Subject, ...]:
    others = [s for s in evidence().subject if not s.name.startswith("model:")]
    return (*(Subject(f"model:{name}", {"sha256": sha}) for name, sha in digests.items()), *others)


def limited(config: bytes, metric: str | None) -> Case:
    """The first version under another configuration, of which `metric` is limited."""
    kept = (
        {} if metric == "auc" else {"metrics": {"subject": metric, "metric": metric}} if metric else {"metrics": "no"}
    )
    found = evidence(config, baseline=Baseline(), findings=findings(regression=NOTHING, **kept))
    return first(governing=governing(config), evidence=found)


REFUSED: dict[str, tuple[str, Case]] = {
    # the ledger
    "a version that nobody registered": ("unknown-version", case(version="v9.0.0")),
    "a revoked version": ("revoked", case(state=chain(CHAMPION, promote("v1.0.0", 1), CANDIDATE, Revoke(
        model="churn", version="v1.1.0", sha256=CANDIDATE.sha256, reason="leaks")).state)),
    "a changed byte in the store": ("bytes", case(bytes_faults=("model.bin has other bytes",))),
    "replayed evidence": ("replayed", case(state=chain(
        CHAMPION, CANDIDATE, promote("v1.1.0", 1), promote("v1.0.0", 2, previous="v1.1.0")).state)),
    "another champion since": ("champion-changed", case(state=chain(
        CHAMPION, CANDIDATE, msgspec.structs.replace(CHAMPION, version="v1.0.5", sha256=digest("other")),
        msgspec.structs.replace(promote("v1.0.5", 1), sha256=digest("other"))).state)),
    "no baseline": ("no-baseline", said(baseline=Baseline("main"))),
    # who vouches
    "a file that nobody signed": ("nobody-vouches", case(provenance=Provenance(kind="file"))),
    "a stranger's signature": ("bad-signature", case(
        provenance=Provenance(kind="signature", has_signature=True))),
    "no signature where one is wanted": ("unsigned-evidence", case(stages=parse_stages(STRICT))),
    "no key where events are signed": ("unsigned-event", case(
        stages=parse_stages(STRICT), provenance=SIGNED, can_sign=False)),
    "a fork's run": ("fork-run", case(provenance=run(is_own=False))),
    "another workflow": ("other-workflow", case(provenance=run(workflow=".github/workflows/mine.yml"))),
    "a pull request's run": ("run-event", case(provenance=run(event="pull_request"))),
    "a run for another event than the evidence says": ("run-event", case(provenance=run(event="schedule"))),
    "an expired artifact": ("artifact-expired", case(provenance=run(is_expired=True))),
    "a run that has not ended": ("run-not-finished", case(provenance=run(conclusion=None))),
    "a run of another commit": ("run-commit", case(provenance=run(head_sha="c" * 40))),
    # what it is about
    "another model's evidence": ("other-model", said(model="fraud")),
    "another configuration's": ("other-config", said(config="x/mlgate.yml")),
    "a pull request's evidence": ("event", said(event="pull_request")),
    "a laptop's evidence by a run": ("event", said(event="local")),
    "a dirty work tree": ("no-commit", said(tested_sha=None)),
    "another commit's evidence": ("other-commit", said(tested_sha="c" * 40, head_sha="c" * 40)),
    "a merge commit's": ("merge-commit", said(head_sha="c" * 40)),
    "an unmerged commit": ("unmerged", case(source=source(is_merged=False))),
    "two subjects of one name": ("doubled-subject", said(
        subject=(*evidence().subject, evidence().subject[1]))),
    "no digest of a model": ("no-model-digest", said(subject=models())),
    "another model's digest": ("other-subject", said(subject=models(fraud=CANDIDATE.sha256))),
    "other bytes": ("other-bytes", said(subject=models(churn=digest("other")))),
    "a table with two digests": ("table-digest", said(tables=table(digest("other")))),
    "another table than the commit's": ("other-table", case(source=source(tables={"test": digest("other")}))),
    "other features required": ("other-requires", said(requires={"sums": 1})),
    "another feature's code": ("other-feature", case(source=source(features={"sums@2": digest("other")}))),
    "another environment": ("other-environment", said(environment_sha256=digest("other"))),
    # when, and by which policy
    "undated evidence": ("undated", said(date=None)),
    "evidence of tomorrow's tomorrow": ("future", said(date="2026-11-30")),
    "old evidence": ("expired", said(date="2026-11-13")),
    "no policy": ("ungoverned", case(governing=None)),
    "another policy since": ("policy-changed", case(governing=governing(CONFIG.replace(b"0.02", b"0.03")))),
    "other parameters": ("other-parameters", said(checks=(
        msgspec.structs.replace(CHECKS[0], params_sha256=digest("x")), *CHECKS[1:]))),
    "results of a check that is said to have run with nothing": ("unknown-parameters", said(checks=CHECKS[:-1])),
    "a check that left nothing": ("missing-check", seen(regression="no")),
    # what it says
    "a fail": ("fails", seen(missing={"value": 0.03})),
    "an error": ("check-error", seen(missing={"status": "error", "value": None})),
    "what was not measured": ("not-measured", seen(
        missing={"status": "not-measured", "value": None})),
    "what cannot tell": ("inconclusive", seen(regression={"interval": (-0.02, 0.01)})),
    "what was not compared": ("skipped", seen(regression=NOTHING)),
    "an old fault": ("existing-fault", seen(
        metrics={"value": 0.6, "interval": (0.5, 0.65), "candidate_value": 0.6, "baseline_value": 0.6})),
    "a waiver that ended": ("waiver-expired", case(governing=governing(WAIVED), evidence=evidence(
        WAIVED, findings=findings(missing={"value": 0.03})))),
    # features and people
    "a feature that is not served": ("feature-not-served", case(served={})),
    "a feature served by other code": ("other-feature-served", case(served={"sums@2": Served(digest("other"))})),
    "nobody's approval": ("not-approved", case(approvals=())),
    # the first version
    "the first without any limit": ("no-absolute-limit", limited(NO_LIMIT, None)),
    "the first without a limit on the primary metric": ("primary-not-limited", limited(OTHER_LIMIT, "accuracy")),
    "the first below its limit": ("fails", first(evidence=evidence(baseline=Baseline(), findings=findings(
        metrics={"value": 0.6, "interval": (0.5, 0.65), "baseline_value": None}, regression=NOTHING)))),
    "the first without approval, where later ones need none": ("not-approved", first(
        approvals=(), stages=parse_stages(STAGES.replace(b"evidence-age: 14d", b"approval: []")))),
}  # fmt: skip


def test_a_version_of_which_all_is_right_is_accepted() -> None:
    assert refusals(case(), PROMOTE) == ()
    assert refusals(case(), REGISTER) == ()


def test_a_first_version_with_a_limit_on_its_primary_metric_is_accepted() -> None:
    assert refusals(first(), PROMOTE) == ()


def test_signed_evidence_needs_no_run() -> None:
    assert refusals(case(provenance=SIGNED, evidence=evidence(event="local")), PROMOTE) == ()
    assert refusals(case(provenance=SIGNED, stages=parse_stages(STRICT)), PROMOTE) == ()


def test_an_unsigned_file_counts_where_the_repository_says_so() -> None:
    stages = parse_stages(STAGES.replace(b"signers: signers", b"evidence-from: [file]"))
    assert (
        refusals(case(provenance=Provenance(kind="file"), evidence=evidence(event="local"), stages=stages), PROMOTE)
        == ()
    )


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    code, found = REFUSED[name]
    reasons = refusals(found, PROMOTE)
    assert code in {reason.code for reason in reasons}, reasons
    for reason in reasons:
        assert reason.message
        assert reason.mend, "each reason says what to do"


CHANGED: dict[str, Any] = {  # each field of the evidence that decides something, wrong
    "policy_sha256": digest("other"), "model": "fraud", "requires": {"sums": 1}, "config": "other.yml",
    "event": "pull_request", "date": "2026-01-01", "head_sha": "c" * 40, "tested_sha": "c" * 40,
    "environment_sha256": digest("other"), "baseline": Baseline("main", digest("other")),
    "tables": table(digest("other")), "checks": CHECKS[:-1], "findings": findings(missing={"value": 0.5}),
}  # fmt: skip
TOLD = {"kit", "base_sha", "rows_sha256", "model_facts", "notes", "run"}  # fields that open nothing, so none can lie


def test_each_field_of_the_evidence_is_either_asked_or_known_to_decide_nothing() -> None:
    assert {*CHANGED} | TOLD == {*Predicate.__struct_fields__}


@pytest.mark.parametrize("field", CHANGED)
def test_each_field_of_the_evidence_that_decides_something_is_wrong_in_turn(field: str) -> None:
    reasons = refusals(said(**{field: CHANGED[field]}), PROMOTE)
    assert reasons, f"{field} is believed"
    assert all(reason.mend for reason in reasons)


def test_one_thing_wrong_is_one_reason() -> None:
    single = {name for name, (code, found) in REFUSED.items() if [r.code for r in refusals(found, PROMOTE)] == [code]}
    assert len(single) >= 40, sorted(set(REFUSED) - single)


def test_each_reason_has_its_own_words() -> None:
    assert len({code for code, _ in REFUSED.values()}) >= 40
    said: dict[str, str] = {}
    for code, found in REFUSED.values():
        for reason in refusals(found, PROMOTE):
            assert said.setdefault(reason.message, reason.code) == reason.code, code


def test_what_cannot_tell_may_pass_where_the_stage_says_so() -> None:
    stages = parse_stages(STAGES.replace(b"evidence-age: 14d", b"inconclusive: warn"))
    unsure = evidence(findings=findings(regression={"interval": (-0.02, 0.01)}))
    assert refusals(case(evidence=unsure, stages=stages), PROMOTE) == ()


def test_what_cannot_tell_says_how_many_rows_would() -> None:
    unsure = findings(regression={"interval": (-0.02, 0.01), "rows_needed": 26_000})
    (reason,) = refusals(case(evidence=evidence(findings=unsure)), PROMOTE)
    assert "26,000" in reason.message + reason.mend


def test_a_fail_that_is_waived_today_is_accepted() -> None:
    config = WAIVED.replace(b"2026-11-27", b"2026-11-28")
    waived = evidence(config, findings=findings(missing={"value": 0.03}))
    assert refusals(case(governing=governing(config), evidence=waived), PROMOTE) == ()


def test_approval_counts_only_in_a_way_that_the_stage_accepts() -> None:
    stages = parse_stages(STAGES.replace(b"evidence-age: 14d", b"approval: [environment]"))
    assert [r.code for r in refusals(case(stages=stages), PROMOTE)] == ["not-approved"]
    approved = case(stages=stages, approvals=(APPROVED, Approval("environment", "bob")))
    assert refusals(approved, PROMOTE) == ()


def test_no_policy_and_nothing_in_the_evidence_is_never_accepted() -> None:
    bare = evidence(findings=(), checks=())
    codes = {reason.code for reason in refusals(case(evidence=bare), PROMOTE)}
    assert "missing-check" in codes


def test_a_thousand_fails_are_told_shortly() -> None:
    many = tuple(Finding(id="missing", subject=f"c{i}", value=0.5, limit=0.02, n=9) for i in range(1_000))
    reasons = refusals(case(evidence=evidence(findings=(*findings(), *many))), PROMOTE)
    assert [r.code for r in reasons] == ["fails"] * 20 + ["more-findings"]
    assert reasons[-1].message == "980 more findings block"


def test_after_a_stage_was_emptied_the_next_version_is_a_first_one() -> None:
    gone = Revoke(model="churn", version="v1.0.0", sha256=CHAMPION.sha256, reason="x",
                  cleared=(Cleared("prod", "v1.0.0", 2),))  # fmt: skip
    state = chain(CHAMPION, promote("v1.0.0", 1), gone, CANDIDATE).state
    assert case(state=state).is_bootstrap
    assert refusals(first(state=state), PROMOTE) == ()


def test_a_rollback_needs_its_features_fresh_as_well() -> None:
    stale = {"sums@2": Served(SUMS, is_fresh=False, detail="newest row is 3 days old")}
    assert list(feature_reasons({"sums": 2}, {}, stale)) == []
    (reason,) = feature_reasons({"sums": 2}, {}, stale, fresh=True)
    assert (reason.code, "3 days" in reason.message) == ("feature-stale", True)


def test_age_is_counted_in_days_of_utc() -> None:
    late = datetime.datetime(2026, 12, 4, 23, 59, tzinfo=datetime.UTC)
    assert refusals(case(now=late), PROMOTE) == ()
    assert [r.code for r in refusals(case(now=late + datetime.timedelta(minutes=1)), PROMOTE)] == ["expired"]


def test_runs_by_schedule_may_test_an_older_commit_of_the_branch() -> None:
    found = Provenance(kind="run", run=RunFacts(id=1, workflow=RUN.workflow, event="schedule", head_sha="d" * 40))
    assert refusals(case(provenance=found, evidence=evidence(event="schedule")), PROMOTE) == ()
    assert SOURCE != "d" * 40
