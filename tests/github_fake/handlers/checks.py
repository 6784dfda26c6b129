"""Check runs."""

from dataclasses import replace
from typing import Any

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, invalid, operation
from tests.github_fake.clock import stamp
from tests.github_fake.handlers.commits import commit_of
from tests.github_fake.repository import Repository
from tests.github_fake.state import CheckRun

MOST_ANNOTATIONS = 50


def render_check(repository: Repository, check: CheckRun) -> render.Json:
    """A check run."""
    url = f"{render.api(repository)}/check-runs/{check.id}"
    return render.fill(
        "check-run",
        id=check.id,
        node_id=render.node_id("CR", check.id),
        head_sha=check.head_sha,
        name=check.name,
        url=url,
        html_url=f"{render.page(repository)}/runs/{check.id}",
        details_url=check.details_url,
        external_id=check.external_id,
        status=check.status,
        conclusion=check.conclusion,
        started_at=stamp(check.started) if check.started else None,
        completed_at=stamp(check.completed) if check.completed else None,
        check_suite={"id": repository.id},
        app=render.actions_app(repository.world),
        output={
            "title": check.output.get("title"),
            "summary": check.output.get("summary"),
            "text": check.output.get("text"),
            "annotations_count": len(check.annotations),
            "annotations_url": f"{url}/annotations",
        },
        pull_requests=[],
    )


def the_check(call: Call) -> CheckRun:
    """The check run that the path names."""
    check = call.repository.check_runs.get(call.path["check_run_id"])
    if check is None:
        raise Refused(404, NOT_FOUND)
    return check


def changed(call: Call, check: CheckRun) -> CheckRun:
    """The check run with what the request says; annotations are added to the earlier ones."""
    body = call.body
    output = body.get("output", {})
    annotations = output.get("annotations", ())
    if len(annotations) > MOST_ANNOTATIONS:
        raise invalid("CheckRun", "annotations", "too_many", f"no more than {MOST_ANNOTATIONS} annotations a request")
    conclusion = body.get("conclusion")
    status = "completed" if conclusion else body.get("status", check.status)
    if (status == "completed" or "completed_at" in body) and not (conclusion or check.conclusion):
        raise invalid("CheckRun", "conclusion", "missing_field", "a completed check run needs a conclusion")
    simple: dict[str, Any] = {key: body[key] for key in ("name", "details_url", "external_id") if key in body}
    done = status == "completed"
    return replace(
        check,
        **simple,
        status=status,
        conclusion=(conclusion or check.conclusion) if done else None,
        started=check.started or (call.now if status != "queued" else None),
        completed=call.now if done else None,
        output={**check.output, **{key: value for key, value in output.items() if key != "annotations"}},
        annotations=(*check.annotations, *annotations),
    )


@operation("checks/create", "checks=write")
def create_check(call: Call) -> Reply:
    item = call.repository.objects.get(call.body["head_sha"])
    if item is None or item.kind != "commit":
        raise Refused(422, f"No commit found for SHA: {call.body['head_sha']}")
    check = changed(call, CheckRun(call.world.next_id(), call.body["head_sha"], call.body["name"], "queued"))
    call.repository.check_runs.put(check.id, check)
    call.announce("check_run", "created", sha=check.head_sha)
    return Reply(201, render_check(call.repository, check))


@operation("checks/update", "checks=write")
def update_check(call: Call) -> Reply:
    check = changed(call, the_check(call))
    return Reply(200, render_check(call.repository, call.repository.check_runs.put(check.id, check)))


@operation("checks/get", "checks=read")
def get_check(call: Call) -> Reply:
    return Reply(200, render_check(call.repository, the_check(call)))


@operation("checks/list-for-ref", "checks=read")
def list_checks(call: Call) -> Reply:
    sha, name, status = commit_of(call, call.path["ref"]), call.query.get("check_name"), call.query.get("status")
    found = [
        each
        for each in reversed(call.repository.check_runs.listed())
        if each.head_sha == sha and name in (None, each.name) and status in (None, each.status)
    ]
    if call.query.get("filter", "latest") == "latest":
        found = list({each.name: each for each in reversed(found)}.values())
    return call.page(found, lambda each: render_check(call.repository, each), "check_runs")


@operation("checks/list-annotations", "checks=read")
def list_annotations(call: Call) -> Reply:
    check = the_check(call)
    empty = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    return call.page(
        check.annotations,
        lambda each: {
            **empty,
            **each,
            "blob_href": f"{render.page(call.repository)}/blob/{check.head_sha}/{each['path']}",
        },
    )
