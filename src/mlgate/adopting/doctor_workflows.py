"""What the doctor finds in workflows: pins, triggers, permissions, secrets, and the names that must fit together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlgate.adopting.findings import Finding
from mlgate.adopting.pins import CHECK, GATE, KIT, RELEASE, REPORT
from mlgate.adopting.workflow_files import Job, Workflow
from mlgate.adopting.workflows import GATE_FILE, REPORT_FILE, REQUIRED_CHECK

INIT = "mlgate init"
REPORT_RIGHTS = {"actions": "read", "contents": "read", "pull-requests": "write", "statuses": "write"}
HEAD = re.compile(r"github\.event\.pull_request\.head|github\.head_ref|refs/pull/")
SECRET = re.compile(r"secrets\.(?!GITHUB_TOKEN\b)\w+")
_SHA = re.compile(r"[0-9a-f]{40}")


def workflow_findings(workflows: Sequence[Workflow], configs: Sequence[str]) -> Iterator[Finding]:
    """What is to be said of all workflows."""
    gates = [(w, j) for w in workflows for j in w.jobs if any(_is_gate(u) for u in j.uses)]
    reports = [(w, j) for w in workflows for j in w.jobs if any(u.startswith(f"{REPORT}@") for u in j.uses)]
    if not gates:
        yield Finding("fail", "no workflow runs the gate", f"{INIT} writes {GATE_FILE}")
    if not reports:
        yield Finding("warn", "no workflow writes the comment and the status", f"{INIT} writes {REPORT_FILE}")
    for workflow, job in gates:
        yield from _gate(workflow, job)
    if gates and REQUIRED_CHECK not in {j.check_name for w, _ in gates for j in w.jobs}:
        names = ", ".join(f"`{j.check_name}`" for _, j in gates)
        yield Finding("fail", f"no job's check is called `{REQUIRED_CHECK}`, but {names}", "call the job `gate`")
    for workflow, job in reports:
        yield from _report(workflow, job, [w for w, _ in gates], configs)
    for path, use in dict.fromkeys((w.path, u) for w, j in (*gates, *reports) for u in j.uses if u.startswith(KIT)):
        yield _pin(path, use)
    for each in workflows:
        yield from _pull_request_target(each)


def _gate(workflow: Workflow, job: Job) -> Iterator[Finding]:
    yield Finding("ok", f"{workflow.path} runs the gate in job `{job.id}`")
    for event in ("pull_request", "merge_group"):
        if event not in workflow.triggers:
            state = "fail" if event == "pull_request" else "warn"
            yield Finding(state, f"{workflow.path} does not run on {event}", f"add `{event}: {{}}` below `on:`")  # type: ignore[arg-type]
    filters = workflow.triggers.get("pull_request")
    if isinstance(filters, dict) and {"paths", "paths-ignore"} & set(filters):
        yield Finding("fail", f"{workflow.path} filters by path, so the required check stays pending for other changes",
                      "remove the filter; the gate decides inside")  # fmt: skip
    yield from _gate_rights(workflow, job)
    yield from _secrets(workflow, job)
    if job.steps and any(_is_gate(u) for u in job.uses):
        yield from _fetch_depth(workflow, job)


def _secrets(workflow: Workflow, job: Job) -> Iterator[Finding]:
    """Secrets are for the kit's own step alone, which lets go of them before code of the change runs."""
    where = f"{workflow.path}: job `{job.id}`"
    own = [step for step in job.steps if _is_gate(str(step.get("uses", "")))]
    others = [step for step in job.steps if step not in own]
    around = {key: value for key, value in {**workflow.data, **job.data}.items() if key not in ("jobs", "steps")}
    if "secrets" in job.data or SECRET.search(f"{around} {others}"):
        yield Finding("fail", f"{where} runs a pull request's code and is given secrets",
                      "give them to the kit's own step alone, for environment.fetch")  # fmt: skip
    elif SECRET.search(str(own)):
        yield Finding(
            "ok", f"{where} gives secrets to the kit's step, where only `fetch` sees them; keep them read-only"
        )


def _gate_rights(workflow: Workflow, job: Job) -> Iterator[Finding]:
    where, mend = f"{workflow.path}: job `{job.id}`", "write `permissions: {contents: read}`"
    if job.permissions is None:
        yield Finding("warn", f"{where} does not limit its token, which may be one that can write", mend)
        return
    extra = _beyond(job.permissions, {"contents": "read"})
    if extra:
        writes = any(e.endswith("write") or e == "write-all" for e in extra if e != "id-token: write")
        yield Finding("fail" if writes else "warn", f"{where} may more than it needs: {', '.join(extra)}", mend)
    else:
        yield Finding("ok", f"{where} may only read")


def _beyond(permissions: Any, needed: Mapping[str, str]) -> list[str]:
    if not isinstance(permissions, dict):
        return [str(permissions)] if permissions else []
    return [f"{k}: {v}" for k, v in permissions.items() if v != "none" and needed.get(str(k)) not in (v, "write")]


def _fetch_depth(workflow: Workflow, job: Job) -> Iterator[Finding]:
    checkouts = [s for s in job.steps if str(s.get("uses", "")).startswith("actions/checkout@")]
    depths = [str((s.get("with") or {}).get("fetch-depth", "1")) for s in checkouts]
    if depths and not any(d.isdigit() and (d == "0" or int(d) >= 2) for d in depths):
        yield Finding("fail", f"{workflow.path}: job `{job.id}` fetches one commit, and no base to compare with",
                      "give actions/checkout `fetch-depth: 2`")  # fmt: skip


def _report(workflow: Workflow, job: Job, gates: Sequence[Workflow], configs: Sequence[str]) -> Iterator[Finding]:
    started_by = (workflow.triggers.get("workflow_run") or {}).get("workflows", [])
    names = {str(w.data.get("name", w.path)) for w in gates}
    if not names & set(map(str, started_by)):
        waits, gate = ", ".join(map(str, started_by)) or "nothing", ", ".join(sorted(names)) or "no workflow"
        what = f"{workflow.path} waits for {waits}, but the gate is in {gate}"
        yield Finding("fail", what, "name that workflow in `workflow_run`")
    rights = job.permissions if isinstance(job.permissions, dict) else {}
    lacking = [f"{k}: {v}" for k, v in REPORT_RIGHTS.items() if rights.get(k) != v]
    extra = _beyond(job.permissions, REPORT_RIGHTS)
    if lacking and job.permissions != "write-all":
        yield Finding("fail", f"{workflow.path}: job `{job.id}` lacks {', '.join(lacking)}", "add it to `permissions`")
    if extra:
        yield Finding(
            "warn", f"{workflow.path}: job `{job.id}` may more than it needs: {', '.join(extra)}", "remove it"
        )
    named = str((job.data.get("with") or {}).get("configs", "")).split("\n")
    if len(configs) > 1 and (unnamed := [c for c in configs if c not in map(str.strip, named)]):
        yield Finding("fail", f"{workflow.path} does not wait for {', '.join(unnamed)}", "name it in `configs:`")


def _pin(path: str, use: str) -> Finding:
    ref = use.partition("@")[2]
    how = f"write @{RELEASE.sha}, which is {RELEASE.version}"
    if ref == RELEASE.sha:
        return Finding("ok", f"{path} pins {RELEASE.version} by its commit")
    if _SHA.fullmatch(ref):
        return Finding("warn", f"{path} pins another commit than {RELEASE.version}", how)
    if re.fullmatch(r"v\d+(\.\d+)*", ref) and ref.partition(".")[0] != RELEASE.major:
        return Finding("warn", f"{path} uses {ref}; the newest line is {RELEASE.major}", how)
    return Finding("warn", f"{path} uses @{ref}, which can be moved to other code", how)


def _pull_request_target(workflow: Workflow) -> Iterator[Finding]:
    if "pull_request_target" not in workflow.triggers:
        return
    says = f"{workflow.path} runs on pull_request_target, with this repository's secrets,"
    runs_gate = any(_is_gate(u) for j in workflow.jobs for u in j.uses)
    checks_out = [s for j in workflow.jobs for s in j.steps if str(s.get("uses", "")).startswith("actions/checkout@")]
    if runs_gate or any(HEAD.search(str(s.get("with", ""))) for s in checks_out):
        yield Finding(
            "fail", f"{says} and runs the pull request's code", "use `pull_request`, or split it by workflow_run"
        )
    elif SECRET.search(workflow.text):
        yield Finding("warn", f"{says} and uses them; any fork can start it", "use `pull_request`, or take them out")


def _is_gate(use: str) -> bool:
    return use.startswith((f"{GATE}@", f"{CHECK}@", f"{KIT}@"))
