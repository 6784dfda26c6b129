"""The verdict: what findings mean under a policy, the same wherever and however often it is computed."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mlgate.config import Policy, Waiver
from mlgate.evidence import (
    Baseline,
    CheckRun,
    Evidence,
    Finding,
    Predicate,
    Reason,
    Severity,
    Status,
    Subject,
    TableInfo,
    parse_evidence,
)
from mlgate.evidence_file import evidence_file
from mlgate.reporting.view import View
from mlgate.verdict import IDENTICAL, Verdict, decide, settle

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
TODAY = datetime.date(2026, 3, 2)
SHA, OTHER = "a" * 64, "b" * 64
FAILED = Finding(id="missing", subject="age", value=0.05, limit=0.02, direction="down", source="test")
WORSE = Finding(
    id="regression", subject="auc", metric="auc", value=-0.05, interval=(-0.08, -0.02), margin=0.01, p=0.001, n=900
)


def evidence(
    *findings: Finding, checks: Sequence[str] = (), same_data: bool = False, same_model: bool = False
) -> Evidence:
    """Evidence with these findings, of checks that ran."""
    ran = dict.fromkeys([*(f.id for f in findings), *checks])
    return Evidence(
        subject=(Subject("model:credit", {"sha256": SHA}),),
        predicate=Predicate(
            kit="0", policy_sha256=SHA, checks=tuple(CheckRun(id_, SHA) for id_ in ran), findings=findings,
            tables=(TableInfo("test", 9, SHA, SHA, 9, SHA if same_data else OTHER),),
            baseline=Baseline("main", SHA if same_model else OTHER),
        ),
    )  # fmt: skip


def verdict(
    *findings: Finding, policy: Policy | None = None, same_data: bool = False, same_model: bool = False
) -> Verdict:
    return decide(evidence(*findings, same_data=same_data, same_model=same_model), policy or Policy(), TODAY)


def waiver(**changed: Any) -> Waiver:
    said = Waiver(check="missing", subject="age", ceiling=0.06, owner="ann", reason="late feed", expires=TODAY)
    return structs.replace(said, **changed)


# --- recomputed from what was written ---------------------------------------------------------------------------

NUMBER = st.none() | st.sampled_from([-0.05, -0.01, 0.0, 0.01, 0.02, 0.05, 1.0]) | st.floats(-2, 2)
FINDINGS = st.builds(
    Finding,
    id=st.sampled_from(["missing", "regression", "own"]),
    subject=st.sampled_from(["age", "auc"]),
    status=st.sampled_from(["pass", "fail", "inconclusive", "waived", "skipped", "not-measured", "error"]),
    severity=st.sampled_from(["block", "warn", "info"]),
    reason=st.sampled_from(["none", "existing", "no-baseline", "no-access", "suspect", "candidate-crashed", "timeout"]),
    slice=st.sampled_from([None, "age=young"]),
    direction=st.sampled_from(["up", "down"]),
    baseline_value=NUMBER,
    candidate_value=NUMBER,
    value=NUMBER,
    interval=st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    p=st.none() | st.sampled_from([0.0, 0.001, 0.01, 0.02, 0.5, 1.0, 7.0]),
    family=st.sampled_from([None, "secondary", "fairness"]),
    limit=NUMBER,
    margin=NUMBER,
    n=st.none() | st.integers(0, 100),
    min_rows=st.none() | st.integers(0, 100),
    mde=st.none() | st.floats(0, 1),
    method=st.sampled_from([None, IDENTICAL]),
    source=st.sampled_from([None, "test", "model", "test+model", "train"]),
)
WAIVERS = st.builds(
    Waiver, check=st.sampled_from(["missing", "regression", "own"]), subject=st.sampled_from(["age", "auc"]),
    ceiling=st.floats(-1, 1), owner=st.just("ann"), reason=st.just("why"),
    expires=st.sampled_from([TODAY - datetime.timedelta(days=1), TODAY]),
)  # fmt: skip
WARN_OR_BLOCK = st.sampled_from(["warn", "block"])
POLICIES = st.builds(
    Policy, inconclusive=WARN_OR_BLOCK, existing=WARN_OR_BLOCK, not_measured=WARN_OR_BLOCK,
    required=st.lists(st.sampled_from(["missing", "regression", "tests"]), max_size=2).map(tuple),
    waivers=st.lists(WAIVERS, max_size=3).map(tuple),
)  # fmt: skip
RUNS = st.tuples(st.lists(FINDINGS, max_size=6), st.booleans(), st.booleans())


@given(RUNS, POLICIES)
@settings(max_examples=150)
def test_the_verdict_is_recomputed_from_the_written_evidence_alone(
    run: tuple[list[Finding], bool, bool], policy: Policy
) -> None:
    findings, same_data, same_model = run
    found = evidence(*findings, same_data=same_data, same_model=same_model)
    shown = decide(found, policy, TODAY, expected=("missing", "slices"))
    read = parse_evidence(evidence_file(View(found, shown)))
    assert decide(read, policy, TODAY, expected=("missing", "slices")) == shown


@given(RUNS, POLICIES, POLICIES)
@settings(max_examples=150)
def test_a_verdict_under_one_policy_leaves_no_trace_under_another(
    run: tuple[list[Finding], bool, bool], lenient: Policy, strict: Policy
) -> None:
    findings, same_data, same_model = run
    found = evidence(*findings, same_data=same_data, same_model=same_model)
    written = parse_evidence(evidence_file(View(found, decide(found, lenient, TODAY))))
    assert decide(written, strict, TODAY) == decide(found, strict, TODAY)


@given(RUNS, POLICIES)
@settings(max_examples=150)
def test_settling_twice_is_settling_once(run: tuple[list[Finding], bool, bool], policy: Policy) -> None:
    findings, same_data, same_model = run
    found = evidence(*findings, same_data=same_data, same_model=same_model)
    once = settle(found, policy, TODAY)
    predicate = structs.replace(found.predicate, findings=once)
    assert settle(structs.replace(found, predicate=predicate), policy, TODAY) == once


@given(RUNS, POLICIES)
@settings(max_examples=150)
def test_exit_code_outcome_and_what_blocks_never_contradict_each_other(
    run: tuple[list[Finding], bool, bool], policy: Policy
) -> None:
    found = decide(evidence(*run[0], same_data=run[1], same_model=run[2]), policy, TODAY)
    assert found.exit_code == (1 if found.blocking or found.missing else 0)
    assert (found.outcome in ("fail", "error")) <= (found.exit_code == 1)
    assert (found.outcome == "pass") <= (found.exit_code == 0)
    assert all(f.severity == "block" and f.status not in ("pass", "waived", "skipped") for f in found.blocking)
    assert sum(found.counts.values()) == len(run[0])


# --- what each status means for the outcome ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "policy", "outcome", "code"),
    [
        ("pass", "none", {}, "pass", 0),
        ("fail", "none", {}, "fail", 1),
        ("fail", "candidate-crashed", {}, "fail", 1),
        ("error", "none", {}, "error", 1),
        ("error", "timeout", {"inconclusive": "warn"}, "error", 1),
        ("inconclusive", "none", {}, "inconclusive", 0),
        ("inconclusive", "baseline-crashed", {}, "inconclusive", 0),
        ("inconclusive", "none", {"inconclusive": "block"}, "inconclusive", 1),
        ("not-measured", "no-access", {}, "not-measured", 1),
        ("not-measured", "no-access", {"not_measured": "warn"}, "not-measured", 0),
        ("skipped", "no-baseline", {}, "not-measured", 0),
    ],
)  # fmt: skip
def test_each_status_leads_to_its_outcome(
    status: Status, reason: Reason, policy: Mapping[str, Any], outcome: str, code: int
) -> None:
    found = verdict(Finding(id="own", subject="x", status=status, reason=reason), policy=Policy(**policy))
    assert (found.outcome, found.exit_code) == (outcome, code)


@pytest.mark.parametrize("severity", ["warn", "info"])
@pytest.mark.parametrize("status", ["fail", "error", "inconclusive", "not-measured"])
def test_what_does_not_weigh_does_not_block(severity: Severity, status: Status) -> None:
    policy = Policy(inconclusive="block")
    found = verdict(Finding(id="own", subject="x", status=status, severity=severity), policy=policy)
    assert (found.outcome, found.exit_code) == ("pass", 0)


def test_a_check_that_left_no_trace_is_an_error() -> None:
    found = decide(evidence(), Policy(), TODAY, expected=("missing",))
    assert (found.outcome, found.exit_code, found.missing) == ("error", 1, ("missing",))


def test_a_check_that_ran_and_found_nothing_is_not_missing_unless_it_is_required() -> None:
    ran = evidence(checks=("missing",))
    assert decide(ran, Policy(), TODAY, expected=("missing",)).outcome == "pass"
    assert decide(ran, Policy(required=("missing",)), TODAY, expected=("missing",)).missing == ("missing",)


def test_a_required_check_without_a_finding_is_an_error_beside_what_passes() -> None:
    passing = structs.replace(FAILED, value=0.0)
    found = verdict(passing, policy=Policy(required=("missing", "regression")))
    assert (found.outcome, found.missing) == ("error", ("regression",))


def test_the_worst_comes_first_among_what_blocks() -> None:
    crash = Finding(id="own", subject="x", status="error")
    found = verdict(FAILED, crash, WORSE)
    assert [f.id for f in found.blocking] == ["own", "regression", "missing"]


@pytest.mark.parametrize(
    "numbers",
    [
        {"margin": 0.0}, {"margin": -0.1}, {"p": 1.5}, {"p": float("nan")}, {"interval": (0.1, -0.1)},
        {"interval": (float("-inf"), 0.0)}, {"value": float("nan")},
    ],
)  # fmt: skip
def test_numbers_that_no_method_gives_are_an_error_and_no_crash(numbers: Mapping[str, Any]) -> None:
    found = verdict(structs.replace(WORSE, family="secondary", **numbers))
    assert (found.outcome, found.exit_code) == ("error", 1)


# --- limits and margins ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "value", "status"),
    [("down", 0.02, "pass"), ("down", 0.021, "fail"), ("up", 0.02, "pass"), ("up", 0.019, "fail")],
)
def test_the_limit_itself_is_allowed(direction: Any, value: float, status: str) -> None:
    assert verdict(structs.replace(FAILED, direction=direction, value=value)).findings[0].status == status


def test_a_status_that_a_check_claims_is_overruled_by_its_numbers() -> None:
    claimed = (structs.replace(FAILED, status="pass"), structs.replace(WORSE, status="pass", reason="suspect"))
    assert [f.status for f in verdict(*claimed).findings] == ["fail", "fail"]


def test_too_few_rows_cannot_tell_whatever_the_numbers_say() -> None:
    few = structs.replace(WORSE, n=10, min_rows=30)
    found = verdict(few, structs.replace(few, method=IDENTICAL), structs.replace(FAILED, n=None, min_rows=30))
    assert [(f.status, f.reason) for f in found.findings] == [("inconclusive", "underpowered")] * 3


@pytest.mark.parametrize(("noise", "status"), [(None, "fail"), (0.005, "fail"), (0.06, "inconclusive")])
def test_a_drop_that_training_again_can_make_is_no_fail(noise: float | None, status: str) -> None:
    (found,) = verdict(structs.replace(WORSE, noise=noise)).findings
    assert (found.status, found.reason) == (status, "training-noise" if status == "inconclusive" else "none")


def test_noise_of_training_softens_a_fail_alone() -> None:
    better = structs.replace(WORSE, value=0.02, interval=(0.01, 0.03), p=0.99, noise=0.5)
    assert verdict(better).findings[0].status == "pass"
    assert verdict(structs.replace(WORSE, noise=float("inf"))).findings[0].status == "error"


def test_in_a_family_only_what_survives_holm_fails() -> None:
    alone = structs.replace(WORSE, p=0.02)
    ours = structs.replace(alone, family="secondary")
    other = structs.replace(ours, subject="f1", p=0.9)
    assert verdict(alone).findings[0].status == "fail"
    assert verdict(ours).findings[0].status == "fail"
    assert [(f.status, f.reason) for f in verdict(ours, other).findings] == [("inconclusive", "suspect")] * 2
    assert verdict(structs.replace(ours, p=0.0125), other).findings[0].status == "fail"  # half of .025, for two


def test_families_do_not_count_for_each_other() -> None:
    ours = structs.replace(WORSE, p=0.02, family="secondary")
    theirs = [structs.replace(WORSE, p=0.9, family="fairness", subject=str(i)) for i in range(20)]
    assert verdict(ours, *theirs).findings[0].status == "fail"


@pytest.mark.parametrize("harmless", [{"severity": "info"}, {"n": 5, "min_rows": 30}])
def test_a_fail_is_not_hidden_behind_findings_that_cannot_block(harmless: Mapping[str, Any]) -> None:
    ours = structs.replace(WORSE, p=0.02, family="secondary")
    others = [structs.replace(ours, p=0.9, subject=str(i), **harmless) for i in range(20)]
    assert verdict(ours, *others).findings[0].status == "fail"


# --- waivers -----------------------------------------------------------------------------------------------------


def test_a_waiver_turns_exactly_its_fail_into_waived() -> None:
    neighbours = [
        structs.replace(FAILED, subject="income"), structs.replace(FAILED, id="ranges"),
        Finding(id="missing", subject="age", status="error"),
    ]  # fmt: skip
    found = verdict(FAILED, *neighbours, policy=Policy(waivers=(waiver(),)))
    assert [f.status for f in found.findings] == ["waived", "fail", "fail", "error"]
    assert verdict(FAILED, policy=Policy(waivers=(waiver(),))).exit_code == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ceiling": 0.05}, "waived"), ({"ceiling": 0.049}, "fail"), ({"expires": TODAY}, "waived"),
        ({"expires": TODAY - datetime.timedelta(days=1)}, "fail"), ({"subject": "income"}, "fail"),
        ({"check": "ranges"}, "fail"),
    ],
)  # fmt: skip
def test_a_waiver_ends_at_its_ceiling_and_its_date(change: Mapping[str, Any], status: str) -> None:
    assert verdict(FAILED, policy=Policy(waivers=(waiver(**change),))).findings[0].status == status


@pytest.mark.parametrize(
    ("finding", "ceiling", "status"),
    [
        (WORSE, 0.05, "waived"), (WORSE, 0.049, "fail"),  # a loss of at most so much
        (structs.replace(FAILED, direction="up", value=0.6, limit=0.7), 0.6, "waived"),  # not below
        (structs.replace(FAILED, direction="up", value=0.6, limit=0.7), 0.61, "fail"),
    ],
)  # fmt: skip
def test_a_ceiling_is_read_in_the_direction_of_its_finding(finding: Finding, ceiling: float, status: str) -> None:
    theirs = waiver(check=finding.id, subject=finding.subject, ceiling=ceiling)
    assert verdict(finding, policy=Policy(waivers=(theirs,))).findings[0].status == status


def test_a_crash_cannot_be_waived() -> None:
    crash = Finding(id="missing", subject="age", status="fail", reason="candidate-crashed", message="KeyError")
    assert verdict(crash, policy=Policy(waivers=(waiver(ceiling=1e9),))).exit_code == 1


def test_a_check_cannot_waive_itself() -> None:
    assert verdict(Finding(id="own", subject="x", status="waived")).findings[0].status == "fail"


# --- what was there before ---------------------------------------------------------------------------------------


def test_a_fault_of_unchanged_data_is_existing_and_does_not_block() -> None:
    found = verdict(FAILED, same_data=True)
    assert (found.findings[0].reason, found.outcome, found.exit_code) == ("existing", "pass", 0)


def test_a_fault_of_changed_data_blocks() -> None:
    assert verdict(FAILED, same_data=False).exit_code == 1


@pytest.mark.parametrize("source", [None, "train", "test+train", "model"])
def test_a_fault_blocks_where_not_all_that_it_was_measured_on_is_unchanged(source: str | None) -> None:
    assert verdict(structs.replace(FAILED, source=source), same_data=True).exit_code == 1


def test_a_fault_of_an_unchanged_model_file_is_existing() -> None:
    of_model = structs.replace(FAILED, source="model")
    assert verdict(of_model, same_model=True).exit_code == 0
    assert verdict(of_model, same_data=True).exit_code == 1


@pytest.mark.parametrize(
    ("direction", "candidate", "baseline", "is_existing"),
    [
        ("up", 0.60, 0.60, True), ("up", 0.61, 0.60, True), ("up", 0.59, 0.60, False), ("up", 0.60, None, False),
        ("down", 0.40, 0.40, True), ("down", 0.39, 0.40, True), ("down", 0.41, 0.40, False),
    ],
)  # fmt: skip
def test_a_low_metric_is_existing_if_the_baseline_is_no_better(
    direction: Any, candidate: float, baseline: float | None, is_existing: bool
) -> None:
    limit = 0.7 if direction == "up" else 0.3
    metric = Finding(
        id="metrics", subject="auc", direction=direction, value=candidate, candidate_value=candidate,
        baseline_value=baseline, limit=limit, source="test",
    )  # fmt: skip
    assert verdict(metric, same_data=False).exit_code == (0 if is_existing else 1)


def test_a_comparison_with_the_baseline_is_never_existing() -> None:
    assert verdict(structs.replace(WORSE, source="test"), same_data=True, same_model=True).exit_code == 1


def test_existing_faults_block_where_the_policy_says_so() -> None:
    found = verdict(FAILED, same_data=True, policy=Policy(existing="block"))
    assert (found.outcome, found.exit_code) == ("fail", 1)


def test_existing_doubt_is_judged_as_doubt_where_existing_faults_block() -> None:
    doubt = Finding(
        id="metrics", subject="auc", value=0.6, interval=(0.5, 0.8), limit=0.7, direction="up", source="test"
    )
    policy = Policy(existing="block")
    assert verdict(doubt, same_data=True).outcome == "pass"
    assert (verdict(doubt, same_data=True, policy=policy).outcome, verdict(doubt, policy=policy).exit_code) == (
        "inconclusive", 0,
    )  # fmt: skip
    strict = Policy(existing="block", inconclusive="block")
    assert verdict(doubt, same_data=True, policy=strict).exit_code == 1
