"""Workflows and the two dispatches."""

from typing import Any

import yaml

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, operation
from tests.github_fake.clock import stamp
from tests.github_fake.handlers.runs import list_runs, workflow_id
from tests.github_fake.repository import Repository
from tests.github_fake.store import WORKFLOWS


def the_workflow(call: Call) -> str:
    """The path of the workflow that the request means by its id or file name."""
    asked = str(call.path["workflow_id"])
    for path in call.repository.workflows():
        if asked in (path.rsplit("/", 1)[1], str(workflow_id(call.repository, path))):
            return path
    raise Refused(404, NOT_FOUND)


def triggers(text: str) -> dict[str, Any]:
    """The events on which a workflow runs; YAML 1.1 reads the key `on` as true."""
    parsed = yaml.safe_load(text)
    on = parsed.get("on", parsed.get(True)) if isinstance(parsed, dict) else None
    if isinstance(on, dict):
        return {str(name): value or {} for name, value in on.items()}
    return {str(name): {} for name in ([on] if isinstance(on, str) else on or ())}


def render_workflow(repository: Repository, path: str) -> render.Json:
    """A workflow."""
    number = workflow_id(repository, path)
    name = path.rsplit("/", 1)[1]
    return render.fill(
        "workflow",
        id=number,
        node_id=render.node_id("W", number),
        name=name.rsplit(".", 1)[0],
        path=path,
        state="active",
        created_at=stamp(repository.created),
        updated_at=stamp(repository.created),
        url=f"{render.api(repository)}/actions/workflows/{number}",
        html_url=f"{render.page(repository)}/blob/{repository.default_branch}/{path}",
        badge_url=f"{render.page(repository)}/workflows/{name}/badge.svg",
    )


@operation("actions/get-workflow", "actions=read")
def get_workflow(call: Call) -> Reply:
    return Reply(200, render_workflow(call.repository, the_workflow(call)))


@operation("actions/list-workflow-runs", "actions=read")
def list_workflow_runs(call: Call) -> Reply:
    return list_runs(call, the_workflow(call))


@operation("actions/create-workflow-dispatch", "actions=write")
def dispatch_workflow(call: Call) -> Reply:
    """Starts a run even for a GITHUB_TOKEN, if the ref's workflow has the trigger and knows the inputs."""
    path, repository, ref = the_workflow(call), call.repository, call.body["ref"]
    sha = repository.resolve(ref)
    if sha is None:
        raise Refused(422, f"No ref found for: {ref}")
    entry = repository.objects.entry(sha, f"{WORKFLOWS}/{path.rsplit('/', 1)[1]}")
    on = triggers(repository.objects.blob(entry.sha).decode()) if entry else {}
    if "workflow_dispatch" not in on:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    known, given = on["workflow_dispatch"].get("inputs") or {}, call.body.get("inputs", {})
    if unexpected := sorted(set(given) - set(known)):
        raise Refused(422, f"Unexpected inputs provided: {unexpected}")
    for name, about in known.items():
        if (about or {}).get("required") and "default" not in about and not given.get(name):
            raise Refused(422, f"Required input '{name}' not provided")
    branch = ref.removeprefix("refs/").removeprefix("heads/")
    run = repository.run(
        workflow=path,
        event="workflow_dispatch",
        head_sha=sha,
        head_branch=branch,
        status="queued",
        inputs=given,
        actor=call.user,
    )
    call.announce("workflow_dispatch", None, ref, sha=sha, workflow=path, inputs=given, run=run.id)
    if not call.body.get("return_run_details"):
        return Reply(204)
    url = f"{render.api(repository)}/actions/runs/{run.id}"
    page = f"{render.page(repository)}/actions/runs/{run.id}"
    return Reply(200, {"workflow_run_id": run.id, "run_url": url, "html_url": page})


@operation("repos/create-dispatch-event", "contents=write")
def dispatch_repository(call: Call) -> Reply:
    kind, payload = call.body["event_type"], call.body.get("client_payload", {})
    if len(payload) > 10:
        raise Refused(422, "No more than 10 properties are allowed")
    sha = call.repository.tip(call.repository.default_branch)
    call.announce("repository_dispatch", kind, call.repository.default_branch, sha=sha, client_payload=payload)
    return Reply(204)


@operation("actions/get-github-actions-default-workflow-permissions-repository", "administration=read")
def get_default_permissions(call: Call) -> Reply:
    return Reply(200, {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False})
