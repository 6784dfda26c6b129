"""A run of the gate becomes one comment and one status, on the fake of GitHub."""

import json
import re
from dataclasses import replace

import pytest
from msgspec import structs

from mlgate.evidence import Baseline, canonical
from mlgate.github.gathering import artifact_name
from mlgate.github.report import Options
from tests.github.stage import CONFIG, FILES, PERMISSIONS, Stage, failing, unsure
from tests.github_fake import faults
from tests.reports import samples

LIMIT, QUIET = 15, 8
COMMENTING = ("issues/list-comments", "issues/create-comment", "issues/update-comment", "pulls/get",
              "repos/create-commit-status", "repos/get-combined-status-for-ref")  # fmt: skip


@pytest.mark.parametrize("fork", [None, "octocat"])
def test_a_good_change_gets_one_green_comment_and_status(stage: Stage, fork: str | None) -> None:
    pull = stage.pull(fork=fork)
    reported = stage.report(stage.gated(pull, stage.evidence(pull)))
    body = stage.body(pull.number)
    assert body.startswith("<!-- mlgate:report:v1 id=default -->\n\n### ✅ mlgate: safe to merge — ")
    assert re.search(r"\n<!-- mlgate:state:v1:[A-Za-z0-9_=-]+ -->$", body)
    assert stage.status(pull.head_sha) == ("success", "safe to merge — no metric worse than its margin")
    assert (reported.exit_code, reported.notice) == (0, None)
    assert "### ✅ mlgate: safe to merge" in reported.summary
    assert ("_fork PR: computed without secrets" in body) == (fork is not None)


def test_quiet_report_is_within_its_requests(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    before = len(stage.fake.requests)
    stage.report(run)
    asked = [seen.operation for seen in stage.fake.requests[before:]]
    assert len(asked) <= LIMIT
    assert len([operation for operation in asked if operation in COMMENTING]) <= QUIET


@pytest.mark.parametrize(
    ("findings", "state", "sign"), [(failing(), "failure", "❌"), (unsure(), "success", "❔"), ([], "error", "❌")]
)
def test_status_and_sign_follow_the_verdict(stage: Stage, findings: object, state: str, sign: str) -> None:
    pull = stage.pull()
    checks = stage.evidence_of(pull.head_sha).predicate.checks if findings else ()
    stage.report(stage.gated(pull, stage.evidence(pull, findings=findings, checks=checks)))
    assert stage.status(pull.head_sha)[0] == state
    assert stage.body(pull.number).splitlines()[2].startswith(f"### {sign} mlgate: ")


def test_a_crash_is_an_error(stage: Stage) -> None:
    pull = stage.pull()
    crash = samples.crashed().evidence.predicate.findings
    stage.report(stage.gated(pull, stage.evidence(pull, findings=crash)))
    assert stage.status(pull.head_sha)[0] == "error"


def test_policy_is_the_bases_and_not_what_the_change_says(stage: Stage) -> None:
    pull = stage.pull({"mlgate.yml": CONFIG + "policy: {inconclusive: block}\n"})
    stage.report(stage.gated(pull, stage.evidence(pull, findings=unsure())))
    assert stage.status(pull.head_sha)[0] == "success"
    assert "edits the configuration `mlgate.yml`; the base's policy was applied" in stage.body(pull.number)


def test_statuses_in_evidence_are_computed_anew(stage: Stage) -> None:
    pull = stage.pull()
    lying = [structs.replace(finding, status="pass") for finding in failing()]
    stage.report(stage.gated(pull, stage.evidence(pull, findings=lying)))
    assert stage.status(pull.head_sha)[0] == "failure"


def test_other_parameters_than_the_bases_are_an_error(stage: Stage) -> None:
    pull = stage.pull()
    evidence = stage.evidence_of(pull.head_sha)
    [check] = evidence.predicate.checks
    loose = (structs.replace(check, params_sha256="0" * 64),)
    stage.report(stage.gated(pull, stage.evidence(pull, checks=loose)))
    state, said = stage.status(pull.head_sha)
    assert state == "error"
    assert "judged by other parameters than the base's" in said


def test_other_policy_is_told_and_the_bases_counts(stage: Stage) -> None:
    pull = stage.pull()
    stage.report(stage.gated(pull, stage.evidence(pull, policy_sha256="0" * 64)))
    assert stage.status(pull.head_sha)[0] == "success"
    assert "judged by another policy than the base's; the verdict here is by the base's" in stage.body(pull.number)


@pytest.mark.parametrize(
    ("conclusion", "state", "said"),
    [
        ("failure", "error", "do not merge — the gate gave no evidence for mlgate.yml (its run ended with failure)"),
        ("cancelled", "error", "not measured — the gate's run was cancelled"),
        ("action_required", "pending", "waiting for approval — a maintainer must let the gate's run start"),
        (
            "timed_out",
            "error",
            "do not merge — the gate gave no evidence for mlgate.yml (its run ended with timed_out)",
        ),
    ],
)
def test_run_without_evidence_is_never_green(stage: Stage, conclusion: str, state: str, said: str) -> None:
    pull = stage.pull()
    stage.report(stage.gated(pull, None, conclusion=conclusion))
    assert stage.status(pull.head_sha) == (state, said)
    assert "### ✅" not in stage.body(pull.number)


def test_run_that_waited_for_a_maintainer_goes_on_under_its_number(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, None, conclusion="action_required")
    stage.report(run)
    stage.keep(run, {"evidence.json": stage.evidence(pull)})
    stage.report(replace(run, conclusion="success"))
    assert "### ✅" in stage.body(pull.number)


def test_second_push_says_what_is_checked_and_replaces_the_results(stage: Stage) -> None:
    pull = stage.pull()
    stage.report(stage.gated(pull, stage.evidence(pull)))
    pushed = stage.repository.push(pull, {"new.csv": "2\n"})
    run = stage.gated(pushed, stage.evidence(pushed))
    stage.report(run, "requested")
    line = stage.body(pull.number).splitlines()[2]
    assert line == f"## ⏳ mlgate: checking `{pushed.head_sha[:7]}`; results below are for `{pull.head_sha[:7]}`"
    assert stage.status(pushed.head_sha) == ("pending", "the gate is running")
    stage.report(run)
    body = stage.body(pull.number)
    assert f"results for `{pushed.head_sha[:7]}`" in body
    assert "⏳" not in body
    assert "\nxychart-beta\n" in body
    assert body.count(f'"{pull.head_sha[:7]}"') == 1


def test_request_alone_creates_no_comment(stage: Stage) -> None:
    pull = stage.pull()
    stage.report(stage.gated(pull, None), "requested")
    assert stage.comments(pull.number) == []
    assert stage.status(pull.head_sha)[0] == "pending"


def test_request_that_arrives_after_the_result_changes_nothing(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    stage.report(run)
    before = stage.body(pull.number)
    stage.report(run, "requested")
    assert stage.body(pull.number) == before
    assert stage.status(pull.head_sha)[0] == "success"


def test_older_run_leaves_the_comment_and_sets_the_old_commits_status(stage: Stage) -> None:
    pull = stage.pull()
    old = stage.gated(pull, stage.evidence(pull, findings=failing()))
    pushed = stage.repository.push(pull, {"new.csv": "2\n"})
    stage.report(stage.gated(pushed, stage.evidence(pushed)))
    before = stage.body(pull.number)
    reported = stage.report(old)
    assert stage.body(pull.number) == before
    assert stage.status(pull.head_sha)[0] == "failure"
    assert stage.status(pushed.head_sha)[0] == "success"
    assert "### ❌" in reported.summary


def test_rerun_replaces_its_section_and_an_older_attempt_does_not(stage: Stage) -> None:
    pull = stage.pull()
    first = stage.gated(pull, stage.evidence(pull, findings=failing()))
    stage.report(first)
    second = replace(first, run_attempt=2)
    stage.keep(second, {"evidence.json": stage.evidence(pull)})
    stage.report(second)
    assert "### ✅" in stage.body(pull.number)
    assert stage.status(pull.head_sha)[0] == "success"
    stage.report(first)
    assert stage.status(pull.head_sha)[0] == "success"
    assert stage.body(pull.number).count("### ") == 1


@pytest.mark.parametrize("conclusion", ["cancelled", "failure", "timed_out"])
def test_rerun_that_ended_badly_without_evidence_is_not_green_by_that_of_the_attempt_before(
    stage: Stage, conclusion: str
) -> None:
    pull = stage.pull()
    first = stage.gated(pull, stage.evidence(pull))
    stage.report(first)
    later = stage.fake.clock.now() + 60
    stage.report(replace(first, run_attempt=2, started=later, conclusion=conclusion))
    assert stage.status(pull.head_sha)[0] == "error"
    assert "✅" not in stage.body(pull.number)


def test_rerun_of_the_failed_jobs_keeps_what_the_others_found_before(stage: Stage) -> None:
    stage.repository.commit({**FILES, "b.yml": CONFIG.replace("credit-default", "b")}, branch="main")
    stage.options = Options(configs=("mlgate.yml", "b.yml"))
    pull = stage.pull()
    first = stage.gated(pull, stage.evidence(pull), stage.evidence(pull, "b.yml", failing()), conclusion="failure")
    stage.report(first)
    stage.fake.clock.sleep(60)
    second = replace(first, run_attempt=2, started=stage.fake.clock.now())
    stage.keep(second, {"evidence.json": stage.evidence(pull, "b.yml", failing())}, artifact_name("b.yml"))
    stage.report(second)
    assert "(2 models: 1 ❌ · 1 ✅)" in stage.body(pull.number)
    stage.keep(second, {"evidence.json": stage.evidence(pull, "b.yml")}, artifact_name("b.yml"))
    stage.report(replace(second, conclusion="success"))
    assert stage.status(pull.head_sha)[0] == "success"


def test_model_that_the_base_lacks_is_not_waited_for_in_the_comment(stage: Stage) -> None:
    base = stage.repository.tip("main")
    stage.repository.set_ref("heads/release", base)
    stage.repository.commit({**FILES, "b.yml": CONFIG.replace("credit-default", "b")}, branch="main")
    stage.options = Options(configs=("mlgate.yml", "b.yml"))
    pull = stage.repository.pull_request("topic", base="release", files={"new.csv": "1\n"})
    stage.report(stage.gated(pull, stage.evidence(pull, base_sha=base)))
    pull = stage.repository.push(pull, {"new.csv": "2\n"})
    run = stage.gated(pull, stage.evidence(pull, base_sha=base))
    stage.report(run, "requested")
    assert "⏳" in stage.body(pull.number)
    stage.report(run)
    assert "⏳" not in stage.body(pull.number)


@pytest.mark.parametrize("number", [1e308, -1e308, 5e-324])
@pytest.mark.parametrize("field", ["value", "candidate_value", "baseline_value", "margin", "limit", "mde"])
def test_numbers_at_the_ends_of_what_numbers_can_be_are_told(stage: Stage, number: float, field: str) -> None:
    pull = stage.pull()
    said = json.loads(stage.evidence(pull, findings=[samples.AUC, samples.SLICE, samples.RECALL]))
    for finding in said["predicate"]["findings"]:
        finding[field] = number
    run = stage.gated(pull)
    stage.keep(run, {"evidence.json": json.dumps(said).encode()})
    assert stage.report(run).summary.startswith("### ")
    assert len(stage.comments(pull.number)) == 1


def test_unchanged_body_is_not_written(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    stage.report(run)
    stage.reports -= 1  # the same report once more
    before = len(stage.fake.requests)
    stage.report(run)
    written = [s.operation for s in stage.fake.requests[before:] if s.method != "GET"]
    assert written == ["repos/create-commit-status"]


def test_closed_pull_request_is_finalised_but_gets_no_new_comment(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    stage.repository.close(pull.number)
    stage.report(run)
    assert stage.comments(pull.number) == []
    stage.repository.comment(pull.number, "<!-- mlgate:report:v1 id=default -->\nolder")
    stage.report(run)
    assert "### ✅" in stage.body(pull.number)
    assert stage.status(pull.head_sha)[0] == "none"


def test_somebody_elses_comment_with_our_marker_is_left_alone(stage: Stage) -> None:
    pull = stage.pull()
    stage.repository.comment(pull.number, "<!-- mlgate:report:v1 id=default -->\nfake", author="mallory")
    stage.repository.comment(pull.number, "see <!-- mlgate:report:v1 id=default -->")
    stage.report(stage.gated(pull, stage.evidence(pull)))
    first, second, ours = stage.repository.comments_on(pull.number)
    assert first.body.endswith("fake")
    assert second.body.startswith("see")
    assert "### ✅" in ours.body


def test_comment_is_found_on_a_later_page(stage: Stage) -> None:
    pull = stage.pull()
    for number in range(130):
        stage.repository.comment(pull.number, f"chat {number}", author="octocat")
    stage.report(stage.gated(pull, stage.evidence(pull)))
    stage.report(stage.gated(pull, stage.evidence(pull, findings=failing())))
    assert "### ❌" in stage.body(pull.number)


@pytest.mark.parametrize(
    ("mode", "findings", "written"),
    [("always", [samples.AUC], True), ("changed", [samples.AUC], True), ("problems", [samples.AUC], False),
     ("problems", failing(), True), ("never", failing(), False)],
)  # fmt: skip
def test_modes_of_the_comment(stage: Stage, mode: str, findings: object, written: bool) -> None:
    pull = stage.pull()
    options = structs.replace(stage.options, comment=mode)
    reported = stage.report(stage.gated(pull, stage.evidence(pull, findings=findings)), options=options)
    assert bool(stage.comments(pull.number)) == written
    assert stage.status(pull.head_sha)[0] in ("success", "failure")
    assert "### " in reported.summary


def test_push_takes_its_own_policy_and_the_branchs_context(stage: Stage) -> None:
    sha = stage.repository.tip("main") or ""
    evidence = stage.evidence_of(sha, event="push")
    run = stage.gated(None, canonical(evidence))
    reported = stage.report(run)
    assert stage.status(sha)[0] == "success"
    assert reported.notice is None


def test_merge_queue_gets_a_status_and_no_comment(stage: Stage) -> None:
    pull = stage.pull()
    group = stage.repository.merge_group(pull.number)
    evidence = canonical(stage.evidence_of(group.head_sha, event="merge_group"))
    run = stage.gated(None, evidence, event="merge_group", head_sha=group.head_sha, head_branch=group.head_ref)
    stage.report(run)
    assert stage.status(group.head_sha)[0] == "success"
    assert stage.comments(pull.number) == []


def test_status_of_another_base_has_its_name(stage: Stage) -> None:
    stage.repository.set_ref("heads/release", stage.repository.tip("main") or "")
    pull = stage.repository.pull_request("topic", base="release", files={"new.csv": "1\n"})
    stage.report(stage.gated(pull, stage.evidence(pull)))
    assert stage.status(pull.head_sha, "mlgate/release")[0] == "success"
    assert stage.status(pull.head_sha)[0] == "none"


def test_evidence_that_compares_with_a_commit_of_no_base_is_refused(stage: Stage) -> None:
    pull = stage.pull()
    forged = stage.evidence(pull, base_sha="d" * 40, baseline=Baseline("evil", "a" * 64))
    reported = stage.report(stage.gated(pull, forged))
    assert stage.status(pull.head_sha)[0] == "error"
    assert "which is not on the base branch" in reported.summary


def test_evidence_from_before_the_pull_request_was_sent_to_another_branch_is_refused(stage: Stage) -> None:
    old = stage.repository.tip("main") or ""
    stage.repository.commit({"other.md": "x"}, branch="main")
    pull = stage.pull()
    stage.repository.set_ref("heads/release", old)
    evidence = stage.evidence(pull)
    run = stage.gated(pull, evidence)
    stage.repository.pulls.put(pull.number, replace(pull, base_ref="release", base_sha=old))
    stage.report(run)
    assert stage.status(pull.head_sha, "mlgate/release")[0] == "error"


def test_a_base_that_went_on_since_is_still_the_base(stage: Stage) -> None:
    older = stage.repository.tip("main")
    pull = stage.pull()
    stage.repository.commit({"other.md": "x"}, branch="main")
    stage.report(stage.gated(pull, stage.evidence(pull, base_sha=older)))
    assert stage.status(pull.head_sha)[0] == "success"


def test_a_renamed_workflow_whose_numbers_begin_anew_is_the_newer_one(stage: Stage) -> None:
    pull = stage.pull()
    stage.report(stage.gated(pull, stage.evidence(pull, findings=failing())))
    pull = stage.repository.push(pull, {"new.csv": "2"})
    run = stage.gated(pull, stage.evidence(pull), run_number=1)
    stage.report(run)
    assert stage.body(pull.number).splitlines()[2].startswith("### ✅")


def test_a_store_that_is_busy_is_asked_again(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    stage.fake.inject("actions/download-artifact", faults.server_error(503), times=1)
    stage.report(run)
    assert stage.status(pull.head_sha)[0] == "success"


def test_a_configuration_that_nobody_has_is_an_error_and_named(stage: Stage) -> None:
    pull = stage.pull()
    options = structs.replace(stage.options, configs=("mlgate.yml", "modles/mlgate.yml"))
    reported = stage.report(stage.gated(pull, stage.evidence(pull)), options=options)
    assert stage.status(pull.head_sha)[0] == "error"
    assert "modles/mlgate.yml" in reported.summary


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"workflow": ".github/workflows/evil.yml"}, "is of the workflow"),
        ({"event": "pull_request_target"}, "is not from this repository"),
        ({"event": "workflow_dispatch"}, "is not from this repository"),
        ({"head_branch": "other"}, "no pull request has this head"),
    ],
)
def test_run_that_is_not_the_gates_is_refused(stage: Stage, more: dict[str, str], said: str) -> None:
    pull = stage.pull(fork="mallory")
    reported = stage.report(stage.gated(pull, stage.evidence(pull), **more))
    assert said in (reported.notice or "")
    assert stage.comments(pull.number) == []
    assert stage.status(pull.head_sha)[0] == "none"


def test_deleted_fork_is_told_and_nothing_is_set(stage: Stage) -> None:
    pull = stage.pull(fork="octocat")
    run = stage.gated(pull, stage.evidence(pull))
    assert pull.head_repository
    pull.head_repository.delete()
    reported = stage.report(run)
    assert reported.exit_code == 0
    assert stage.comments(pull.number) == []


def test_models_of_a_monorepo_are_sections_of_one_comment_and_the_worst_counts(stage: Stage) -> None:
    names = ("a/mlgate.yml", "b/mlgate.yml", "c/mlgate.yml")
    stage.repository.commit({**FILES, **{n: CONFIG.replace("credit-default", n[0]) for n in names}}, branch="main")
    stage.options = Options(configs=names)
    pull = stage.pull({"a/new.csv": "1\n"})
    run = stage.gated(pull, stage.evidence(pull, "a/mlgate.yml"), stage.evidence(pull, "b/mlgate.yml", failing()),
                      stage.evidence(pull, "c/mlgate.yml", unsure()))  # fmt: skip
    stage.report(run)
    body = stage.body(pull.number)
    heading = body.splitlines()[2]
    assert heading.startswith("## ❌ mlgate: do not merge — AUC fell")
    assert heading.endswith("(3 models: 1 ❌ · 1 ❔ · 1 ✅)")
    assert body.count("\n### ") == 3
    state, said = stage.status(pull.head_sha)
    assert state == "failure"
    assert said.endswith("(b/mlgate.yml)")


def test_named_model_without_evidence_fails_the_others(stage: Stage) -> None:
    stage.repository.commit({**FILES, "b.yml": CONFIG}, branch="main")
    stage.options = Options(configs=("mlgate.yml", "b.yml"))
    pull = stage.pull()
    stage.report(stage.gated(pull, stage.evidence(pull)))
    assert stage.status(pull.head_sha)[0] == "error"
    assert "the gate gave no evidence for `b.yml`" in stage.body(pull.number)


def test_change_that_removes_a_configuration_is_not_excused(stage: Stage) -> None:
    pull = stage.pull({"other.yml": "a: 1\n"})
    stage.options = Options(configs=("mlgate.yml", "nowhere.yml"))
    stage.report(stage.gated(pull, None))
    assert stage.status(pull.head_sha)[0] == "error"


FAULTS = {
    "403": faults.forbidden(), "404": faults.not_found(), "422": faults.invalid(), "500": faults.server_error(500),
    "502 landed": faults.server_error(after=True), "429": faults.rate_limited(status=429),
    "limit": faults.rate_limited(reset_in=100_000), "timeout": faults.timeout(), "disconnect": faults.disconnect(),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("findings", [[samples.AUC], failing()])
def test_failure_to_comment_leaves_exit_code_and_status_and_one_notice(
    stage: Stage, fault: str, findings: object
) -> None:
    pull = stage.pull()
    stage.fake.inject("issues/create-comment", FAULTS[fault], times=100)
    reported = stage.report(stage.gated(pull, stage.evidence(pull, findings=findings)))
    assert reported.exit_code == 0
    assert stage.status(pull.head_sha)[0] in ("success", "failure")
    if fault == "502 landed":
        assert len(stage.comments(pull.number)) == 1
    else:
        assert (reported.notice or "").startswith("mlgate could not write the comment: ")
        assert (reported.notice or "").count("could not") == 1
    assert "### " in reported.summary


@pytest.mark.parametrize("operation", ["issues/create-comment", "issues/list-comments", "pulls/get"])
@pytest.mark.parametrize("fault", ["500", "502 landed", "429", "timeout", "disconnect"])
def test_passing_fault_is_survived(stage: Stage, operation: str, fault: str) -> None:
    pull = stage.pull()
    stage.fake.inject(operation, FAULTS[fault], times=2)
    reported = stage.report(stage.gated(pull, stage.evidence(pull)))
    assert reported.notice is None
    assert "### ✅" in stage.body(pull.number)


def test_without_a_token_nothing_breaks(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    reported = stage.report(run, token="")
    assert reported.exit_code == 0
    assert "there is no token" in (reported.notice or "")


def test_permissions_that_report_yml_asks_for_are_enough_and_each_is_needed(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    for left_out in ("pull_requests", "statuses"):
        fewer = {name: level for name, level in PERMISSIONS.items() if name != left_out}
        reported = stage.report(run, token=stage.fake.token(stage.repository, fewer))
        assert reported.exit_code == 0
        assert "HTTP 403" in (reported.notice or "")
    assert stage.report(run).notice is None


def test_mode_changed_keeps_quiet_about_a_change_of_neither_model_nor_data(stage: Stage) -> None:
    pull = stage.pull({"README.md": "# hi"})
    options = structs.replace(stage.options, comment="changed")
    same = Baseline("main", "7" * 64)
    stage.report(stage.gated(pull, stage.evidence(pull, baseline=same)), options=options)
    assert stage.comments(pull.number) == []
    stage.report(stage.gated(pull, stage.evidence(pull, findings=failing(), baseline=same)), options=options)
    assert "### ❌" in stage.body(pull.number)


@pytest.mark.parametrize("operation", ["pulls/list", "git/get-tree", "repos/get-content",
                                       "actions/list-workflow-run-artifacts"])  # fmt: skip
def test_what_cannot_be_read_is_told_and_nothing_turns_green(stage: Stage, operation: str) -> None:
    pull = stage.pull()
    stage.fake.inject(operation, faults.forbidden(), times=100)
    reported = stage.report(stage.gated(pull, stage.evidence(pull)))
    assert reported.exit_code == 1
    assert (reported.notice or "").startswith("mlgate could not read the run: ")
    assert stage.status(pull.head_sha)[0] == "none"


def test_run_in_progress_is_not_judged(stage: Stage) -> None:
    pull = stage.pull()
    stage.report(stage.gated(pull, None), "in_progress")
    assert stage.status(pull.head_sha)[0] == "pending"
