"""Issues and their comments; a pull request's comments are here too."""

from dataclasses import replace
from typing import Any

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, invalid, operation
from tests.github_fake.clock import stamp
from tests.github_fake.handlers.labels import ensure, render_label
from tests.github_fake.repository import Repository
from tests.github_fake.state import Comment, Issue

BODY_LIMIT = 65_536
TITLE_LIMIT = 256
READ = ("issues=read", "pull_requests=read")
WRITE = ("issues=write", "pull_requests=write")


def render_comment(repository: Repository, comment: Comment) -> render.Json:
    """A comment."""
    issue = repository.issues.get(comment.number)
    kind = "pull" if issue and issue.is_pull else "issues"
    return render.fill(
        "issue-comment",
        id=comment.id,
        node_id=render.node_id("IC", comment.id),
        url=f"{render.api(repository)}/issues/comments/{comment.id}",
        issue_url=f"{render.api(repository)}/issues/{comment.number}",
        html_url=f"{render.page(repository)}/{kind}/{comment.number}#issuecomment-{comment.id}",
        user=render.user(repository.world, comment.author),
        body=comment.body,
        created_at=stamp(comment.created),
        updated_at=stamp(comment.updated),
        author_association=render.association(repository, comment.author),
        performed_via_github_app=render.actions_app(repository.world) if comment.by_app else None,
    )


def render_issue(repository: Repository, issue: Issue, schema: str = "issue", **more: Any) -> render.Json:
    """An issue."""
    url = f"{render.api(repository)}/issues/{issue.number}"
    pull = {"pull_request": pull_links(repository, issue.number)} if issue.is_pull else {}
    return render.fill(
        schema,
        id=issue.id,
        node_id=render.node_id("I", issue.id),
        number=issue.number,
        url=url,
        repository_url=render.api(repository),
        labels_url=f"{url}/labels{{/name}}",
        comments_url=f"{url}/comments",
        html_url=f"{render.page(repository)}/{'pull' if issue.is_pull else 'issues'}/{issue.number}",
        title=issue.title,
        body=issue.body,
        user=render.user(repository.world, issue.author),
        state=issue.state,
        state_reason=issue.state_reason,
        labels=[render_label(repository, label) for name in issue.labels if (label := repository.labels.get(name))],
        comments=len(repository.comments_on(issue.number)),
        created_at=stamp(issue.created),
        updated_at=stamp(issue.updated),
        closed_at=stamp(issue.closed) if issue.closed else None,
        author_association=render.association(repository, issue.author),
        **pull,
        **more,
    )


def pull_links(repository: Repository, number: int) -> render.Json:
    """What an issue that is a pull request says of it."""
    page = f"{render.page(repository)}/pull/{number}"
    url = f"{render.api(repository)}/pulls/{number}"
    return {"url": url, "html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "merged_at": None}


def the_issue(call: Call) -> Issue:
    """The issue that the path names; a real issue needs `issues`, a pull request either permission."""
    issue = call.repository.issues.get(call.path["issue_number"])
    if issue is None:
        raise Refused(404, NOT_FOUND)
    if call.operation.method != "GET" and not issue.is_pull:
        call.require("issues=write")
    return issue


def the_comment(call: Call) -> Comment:
    """The comment that the path names."""
    comment = call.repository.comments.get(call.path["comment_id"])
    if comment is None:
        raise Refused(404, NOT_FOUND)
    issue = call.repository.issues.get(comment.number)
    if call.operation.method != "GET" and issue and not issue.is_pull:
        call.require("issues=write")
    return comment


def checked_body(body: str | None, resource: str) -> str | None:
    """The body, if GitHub takes one as long and as full."""
    if body is not None and len(body.encode()) > BODY_LIMIT:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {BODY_LIMIT} characters)")
    if resource == "IssueComment" and not (body or "").strip():
        raise invalid(resource, "body", "missing_field", "body cannot be blank")
    return body


@operation("issues/list-comments", *READ)
def list_comments(call: Call) -> Reply:
    issue = the_issue(call)
    since = call.query.get("since", "")
    shown = sorted(
        (
            each
            for each in call.repository.comments.listed()
            if each.number == issue.number and stamp(each.updated) >= since
        ),
        key=lambda each: each.id,
    )
    return call.page(shown, lambda each: render_comment(call.repository, each))


@operation("issues/get-comment", *READ)
def get_comment(call: Call) -> Reply:
    return Reply(200, render_comment(call.repository, the_comment(call)))


@operation("issues/create-comment", *WRITE)
def create_comment(call: Call) -> Reply:
    issue = the_issue(call)
    body = checked_body(call.body["body"], "IssueComment") or ""
    made = Comment(call.world.next_id(), issue.number, call.user, body, call.now, call.now, call.by_app)
    call.repository.comments.put(made.id, made)
    call.announce("issue_comment", "created")
    shown = render_comment(call.repository, made)
    return Reply(201, shown, {"location": shown["url"]})


@operation("issues/update-comment", *WRITE)
def update_comment(call: Call) -> Reply:
    comment = the_comment(call)
    body = checked_body(call.body["body"], "IssueComment") or ""
    changed = call.repository.comments.put(comment.id, replace(comment, body=body, updated=call.now))
    call.announce("issue_comment", "edited")
    return Reply(200, render_comment(call.repository, changed))


@operation("issues/delete-comment", *WRITE)
def delete_comment(call: Call) -> Reply:
    call.repository.comments.remove(the_comment(call).id)
    call.announce("issue_comment", "deleted")
    return Reply(204)


@operation("issues/get", *READ)
def get_issue(call: Call) -> Reply:
    return Reply(200, render_issue(call.repository, the_issue(call)))


def title_of(given: Any) -> str:
    """The title, if GitHub takes one as long."""
    if not str(given).strip():
        raise invalid("Issue", "title", "missing_field")
    if len(str(given)) > TITLE_LIMIT:
        raise invalid("Issue", "title", "custom", f"title is too long (maximum is {TITLE_LIMIT} characters)")
    return str(given)


@operation("issues/create", "issues=write")
def create_issue(call: Call) -> Reply:
    body = checked_body(call.body.get("body"), "Issue")
    labels = ensure(call, call.body.get("labels", ()))
    number = call.repository.next_number()
    title = title_of(call.body["title"])
    made = Issue(call.world.next_id(), number, title, body, call.user, call.now, call.now, by_app=call.by_app)
    call.repository.issues.put(number, replace(made, labels=labels))
    call.announce("issues", "opened")
    shown = render_issue(call.repository, replace(made, labels=labels))
    return Reply(201, shown, {"location": shown["url"]})


@operation("issues/update", *WRITE)
def update_issue(call: Call) -> Reply:
    issue = the_issue(call)
    changes: dict[str, Any] = {}
    if call.body.get("title") is not None:
        changes["title"] = title_of(call.body["title"])
    if "body" in call.body:
        changes["body"] = checked_body(call.body["body"], "Issue")
    if "labels" in call.body:
        changes["labels"] = ensure(call, call.body["labels"])
    if (state := call.body.get("state")) and state != issue.state:
        reason = call.body.get("state_reason") or ("completed" if state == "closed" else "reopened")
        changes |= {"state": state, "state_reason": reason, "closed": call.now if state == "closed" else None}
        call.announce("pull_request" if issue.is_pull else "issues", "closed" if state == "closed" else "reopened")
    changed = call.repository.issues.put(issue.number, replace(issue, updated=call.now, **changes))
    return Reply(200, render_issue(call.repository, changed))


@operation("issues/list-for-repo", "issues=read")
def list_issues(call: Call) -> Reply:
    state, creator, since = call.query.get("state", "open"), call.query.get("creator"), call.query.get("since", "")
    labels = {name for name in call.query.get("labels", "").split(",") if name}
    shown = [
        each
        for each in call.repository.issues.listed()
        if state in ("all", each.state)
        and labels <= set(each.labels)
        and creator in (None, each.author.login)
        and stamp(each.updated) >= since
    ]
    by_update = call.query.get("sort") == "updated"
    shown.sort(key=lambda each: (each.updated if by_update else each.created, each.id))
    if call.query.get("direction", "desc") == "desc":
        shown.reverse()
    return call.page(shown, lambda each: render_issue(call.repository, each))
