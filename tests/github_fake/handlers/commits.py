"""Commits, their statuses, and what lies between two of them."""

import difflib
from typing import Any

from tests.github_fake import render
from tests.github_fake.call import Call, Refused, Reply, operation
from tests.github_fake.clock import stamp
from tests.github_fake.repository import Repository
from tests.github_fake.state import Status

MOST_STATUSES = 1000
MOST_DESCRIPTION = 140
MOST_COMPARED = 300


def commit_of(call: Call, ref: str) -> str:
    """The commit that `ref` means, tags followed."""
    sha = call.repository.resolve(ref)
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {ref}")
    item = call.repository.objects.get(sha)
    while item is not None and item.kind == "tag":
        sha = item.target  # type: ignore[union-attr]
        item = call.repository.objects.get(sha)
    if item is None or item.kind != "commit":
        raise Refused(422, f"No commit found for SHA: {ref}")
    return sha


def changed_files(repository: Repository, base: str, head: str) -> list[render.Json]:
    """What the head changed since it left the base."""
    objects = repository.objects
    common = objects.merge_base(base, head)
    before = objects.files(common) if common else {}
    after = objects.files(head)
    return [
        changed_file(repository, path, before.get(path), after.get(path), head)
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]


def changed_file(repository: Repository, path: str, before: Any, after: Any, head: str) -> render.Json:
    """One file of a difference."""
    old = repository.objects.blob(before.sha).decode(errors="replace").splitlines() if before else []
    new = repository.objects.blob(after.sha).decode(errors="replace").splitlines() if after else []
    changes = [line[0] for line in difflib.ndiff(old, new)] if len(old) + len(new) < 2000 else []
    return render.fill(
        "diff-entry",
        sha=(after or before).sha,
        filename=path,
        status="modified" if before and after else "added" if after else "removed",
        additions=changes.count("+"),
        deletions=changes.count("-"),
        changes=changes.count("+") + changes.count("-"),
        blob_url=f"{render.page(repository)}/blob/{head}/{path}",
        raw_url=f"{render.page(repository)}/raw/{head}/{path}",
        contents_url=f"{render.api(repository)}/contents/{path}?ref={head}",
    )


@operation("repos/get-commit", "contents=read")
def get_commit(call: Call) -> Reply:
    sha = commit_of(call, call.path["ref"])
    parents = call.repository.objects.commit(sha).parents
    files = changed_files(call.repository, parents[0], sha) if parents else []
    added, removed = sum(each["additions"] for each in files), sum(each["deletions"] for each in files)
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    return Reply(200, render.commit(call.repository, sha, stats=stats, files=files))


@operation("repos/list-commits", "contents=read")
def list_commits(call: Call) -> Reply:
    sha = commit_of(call, call.query.get("sha", call.repository.default_branch))
    return call.page(list(call.repository.objects.ancestors(sha)), lambda each: render.commit(call.repository, each))


@operation("repos/compare-commits-with-basehead", "contents=read")
def compare(call: Call) -> Reply:
    repository, pair = call.repository, call.path["basehead"]
    left, dots, right = pair.partition("...")
    shas = [repository.resolve(ref) for ref in (left, right)]
    common = repository.objects.merge_base(shas[0], shas[1]) if shas[0] and shas[1] else None
    if not dots or common is None:
        raise Refused(404, "Not Found")
    base, head = commit_of(call, left), commit_of(call, right)
    before, after = repository.objects.ancestors(base), repository.objects.ancestors(head)
    ahead, behind = [each for each in after if each not in before], [each for each in before if each not in after]
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    listed = call.page(ahead[::-1], lambda each: render.commit(repository, each))
    page = f"{render.page(repository)}/compare/{pair}"
    compared = render.fill(
        "commit-comparison",
        url=f"{render.api(repository)}/compare/{pair}",
        html_url=page,
        permalink_url=page,
        diff_url=f"{page}.diff",
        patch_url=f"{page}.patch",
        base_commit=render.commit(repository, base),
        merge_base_commit=render.commit(repository, common),
        status=status,
        ahead_by=len(ahead),
        behind_by=len(behind),
        total_commits=len(ahead),
        commits=listed.body,
        files=changed_files(repository, base, head)[:MOST_COMPARED],
    )
    return Reply(200, compared, listed.headers)


def common_fields(repository: Repository, status: Status) -> dict[str, Any]:
    """What both forms of a status have."""
    return {
        "id": status.id,
        "node_id": render.node_id("SC", status.id),
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "url": f"{render.api(repository)}/statuses/{status.sha}",
        "created_at": stamp(status.created),
        "updated_at": stamp(status.created),
    }


def render_status(repository: Repository, status: Status) -> render.Json:
    """A status."""
    creator = render.user(repository.world, status.creator)
    return render.fill("status", **common_fields(repository, status), avatar_url=None, creator=creator)


@operation("repos/create-commit-status", "statuses=write")
def create_status(call: Call) -> Reply:
    sha, body = call.path["sha"], call.body
    item = call.repository.objects.get(sha)
    if item is None or item.kind != "commit":
        raise Refused(422, f"No commit found for SHA: {sha}")
    context, description = body.get("context", "default"), body.get("description")
    if description is not None and len(description) > MOST_DESCRIPTION:
        error = {
            "resource": "Status",
            "code": "custom",
            "message": f"description is too long (maximum is {MOST_DESCRIPTION} characters)",
        }
        raise Refused(422, "Validation Failed", errors=[error | {"field": "description"}])
    same = [each for each in call.repository.statuses.current() if (each.sha, each.context) == (sha, context)]
    if len(same) >= MOST_STATUSES:
        message = "This SHA and context has reached the maximum number of statuses."
        raise Refused(422, "Validation Failed", errors=[{"resource": "Status", "code": "custom", "message": message}])
    made = Status(
        call.world.next_id(), sha, context, body["state"], description, body.get("target_url"), call.user, call.now
    )
    call.repository.statuses.put(made.id, made)
    call.announce("status", None, sha=sha)
    return Reply(
        201, render_status(call.repository, made), {"location": f"{render.api(call.repository)}/statuses/{sha}"}
    )


@operation("repos/list-commit-statuses-for-ref", "statuses=read")
def list_statuses(call: Call) -> Reply:
    sha = commit_of(call, call.path["ref"])
    found = [each for each in reversed(call.repository.statuses.listed()) if each.sha == sha]
    return call.page(found, lambda each: render_status(call.repository, each))


@operation("repos/get-combined-status-for-ref", "statuses=read")
def combined_status(call: Call) -> Reply:
    repository, sha = call.repository, commit_of(call, call.path["ref"])
    latest = {each.context: each for each in repository.statuses.listed() if each.sha == sha}
    states = {each.state for each in latest.values()}
    combined = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    listed = call.page(
        list(latest.values()),
        lambda each: render.fill("simple-commit-status", **common_fields(repository, each), avatar_url=None),
    )
    url = f"{render.api(repository)}/commits/{sha}"
    body = {
        "state": combined,
        "sha": sha,
        "total_count": len(latest),
        "statuses": listed.body,
        "repository": render.repository(repository),
        "commit_url": url,
        "url": f"{url}/status",
    }
    return Reply(200, body, listed.headers)
