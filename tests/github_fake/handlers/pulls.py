"""Pull requests, their files and reviews."""

from dataclasses import replace
from typing import Any

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, invalid, operation
from tests.github_fake.clock import stamp
from tests.github_fake.handlers.commits import changed_files
from tests.github_fake.handlers.issues import pull_links
from tests.github_fake.handlers.labels import shown
from tests.github_fake.repository import Repository
from tests.github_fake.state import PullRequest, Review

NEEDS = ("pull_requests=read",)
MOST_FILES = 3000


def side(repository: Repository | None, owner: str, ref: str, sha: str, world: Any) -> render.Json:
    """The head or the base."""
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": render.user(world, world.user(owner)),
        "repo": render.repository(repository, "repository") if repository else None,
    }


def render_pull(repository: Repository, pull: PullRequest, schema: str = "pull-request-simple", **more: Any) -> Any:
    """A pull request as lists show it."""
    issue = repository.issues.get(pull.number)
    assert issue
    url = f"{render.api(repository)}/pulls/{pull.number}"
    head, base = pull.head_repository, repository
    owner = head.owner.login if head else issue.author.login
    links = pull_links(repository, pull.number)
    about = f"{render.api(repository)}/issues/{pull.number}"
    return render.fill(
        schema,
        id=pull.id,
        node_id=render.node_id("PR", pull.id),
        number=pull.number,
        url=url,
        html_url=links["html_url"],
        diff_url=links["diff_url"],
        patch_url=links["patch_url"],
        issue_url=about,
        comments_url=f"{about}/comments",
        commits_url=f"{url}/commits",
        statuses_url=f"{render.api(repository)}/statuses/{pull.head_sha}",
        title=issue.title,
        body=issue.body,
        state=issue.state,
        draft=pull.draft,
        user=render.user(repository.world, issue.author),
        labels=shown(repository, issue.labels),
        head=side(head, owner, pull.head_ref, pull.head_sha, repository.world),
        base=side(base, base.owner.login, pull.base_ref, pull.base_sha, repository.world),
        created_at=stamp(issue.created),
        updated_at=stamp(issue.updated),
        closed_at=stamp(issue.closed) if issue.closed else None,
        merged_at=stamp(pull.merged) if pull.merged else None,
        merge_commit_sha=pull.merge_sha,
        author_association=render.association(repository, issue.author),
        auto_merge=None,
        **more,
    )


def render_whole(repository: Repository, pull: PullRequest) -> Any:
    """A pull request as `get` shows it."""
    files = changed_files(repository, pull.base_sha, pull.head_sha)
    return render_pull(
        repository,
        pull,
        "pull-request",
        merged=pull.merged is not None,
        mergeable=True,
        mergeable_state="clean",
        comments=len(repository.comments_on(pull.number)),
        commits=1,
        changed_files=len(files),
        additions=sum(each["additions"] for each in files),
        deletions=sum(each["deletions"] for each in files),
        maintainer_can_modify=False,
        assignees=[],
        requested_reviewers=[],
        requested_teams=[],
        active_lock_reason=None,
        rebaseable=True,
    )


def the_pull(call: Call) -> PullRequest:
    """The pull request that the path names."""
    pull = call.repository.pulls.get(call.path["pull_number"])
    if pull is None:
        raise Refused(404, NOT_FOUND)
    return pull


def of_head(pull: PullRequest, head: str) -> bool:
    """Whether `owner:branch` is the pull request's head."""
    owner, _, branch = head.partition(":")
    return bool(pull.head_repository and pull.head_repository.owner.login == owner and pull.head_ref == branch)


@operation("pulls/list", *NEEDS)
def list_pulls(call: Call) -> Reply:
    state, head, base = call.query.get("state", "open"), call.query.get("head"), call.query.get("base")
    states = {each.number: each.state for each in call.repository.issues.listed()}
    found = [
        each
        for each in call.repository.pulls.listed()
        if state in ("all", states.get(each.number, "open"))
        and base in (None, each.base_ref)
        and (head is None or ":" not in head or of_head(each, head))  # without an owner GitHub ignores it
    ]
    if call.query.get("direction", "desc") == "desc":
        found.reverse()
    return call.page(found, lambda each: render_pull(call.repository, each))


@operation("pulls/get", *NEEDS)
def get_pull(call: Call) -> Reply:
    return Reply(200, render_whole(call.repository, the_pull(call)))


@operation("pulls/create", "pull_requests=write")
def create_pull(call: Call) -> Reply:
    if call.by_app and not call.repository.actions_may_open_pulls:
        raise Refused(403, "GitHub Actions is not permitted to create or approve pull requests.")
    repository, head = call.repository, call.body["head"]
    owner, colon, branch = head.rpartition(":")
    source = next((each for each in repository.network() if each.owner.login == owner), None) if colon else repository
    tip, base = source.tip(branch) if source else None, repository.tip(call.body["base"])
    if source is None or tip is None:
        raise invalid("PullRequest", "head")
    if base is None:
        raise invalid("PullRequest", "base")
    if tip in repository.objects.ancestors(base):
        message = f"No commits between {call.body['base']} and {branch}"
        raise Refused(
            422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": message}]
        )
    if any(
        of_head(each, f"{source.owner.login}:{branch}") and is_open(repository, each)
        for each in repository.pulls.current()
    ):
        message = f"A pull request already exists for {source.owner.login}:{branch}."
        raise Refused(
            422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": message}]
        )
    title = call.body.get("title", branch)
    made = repository.pull_request(
        branch, call.body["base"], fork=source, title=title, draft=call.body.get("draft", False)
    )
    issue = repository.issues.get(made.number)
    assert issue
    repository.issues.put(made.number, replace(issue, author=call.user, body=call.body.get("body")))
    call.announce("pull_request", "opened", f"refs/pull/{made.number}/merge", sha=made.head_sha)
    shown_pull = render_whole(repository, made)
    return Reply(201, shown_pull, {"location": shown_pull["url"]})


def is_open(repository: Repository, pull: PullRequest) -> bool:
    """Whether the pull request is open."""
    issue = repository.issues.get(pull.number)
    return bool(issue and issue.state == "open")


@operation("pulls/update", "pull_requests=write")
def update_pull(call: Call) -> Reply:
    pull = the_pull(call)
    issue = call.repository.issues.get(pull.number)
    assert issue
    changes = {key: call.body[key] for key in ("title", "body", "state") if key in call.body}
    closed = call.now if changes.get("state", issue.state) == "closed" else None
    call.repository.issues.put(issue.number, replace(issue, updated=call.now, closed=closed, **changes))
    if "base" in call.body:
        tip = call.repository.tip(call.body["base"])
        if tip is None:
            raise invalid("PullRequest", "base")
        pull = call.repository.pulls.put(pull.number, replace(pull, base_ref=call.body["base"], base_sha=tip))
    return Reply(200, render_whole(call.repository, pull))


@operation("pulls/list-files", *NEEDS)
def list_files(call: Call) -> Reply:
    pull = the_pull(call)
    return call.page(changed_files(call.repository, pull.base_sha, pull.head_sha)[:MOST_FILES], lambda each: each)


@operation("pulls/list-reviews", *NEEDS)
def list_reviews(call: Call) -> Reply:
    pull = the_pull(call)
    found = [each for each in call.repository.reviews.listed() if each.number == pull.number]
    return call.page(found, lambda each: render_review(call.repository, each))


def render_review(repository: Repository, review: Review) -> render.Json:
    """A review."""
    url = f"{render.api(repository)}/pulls/{review.number}"
    page = f"{render.page(repository)}/pull/{review.number}#pullrequestreview-{review.id}"
    return render.fill(
        "pull-request-review",
        id=review.id,
        node_id=render.node_id("PRR", review.id),
        user=render.user(repository.world, review.user) if review.user else None,
        body=review.body,
        state=review.state,
        commit_id=review.commit_id,
        submitted_at=stamp(review.submitted),
        html_url=page,
        pull_request_url=url,
        _links={"html": {"href": page}, "pull_request": {"href": url}},
        author_association=render.association(repository, review.user) if review.user else "NONE",
    )


@operation("repos/list-pull-requests-associated-with-commit", *NEEDS)
def pulls_of_commit(call: Call) -> Reply:
    """Empty for the head of a fork, as GitHub's answer is."""
    found = [
        each
        for each in call.repository.pulls.listed()
        if each.head_repository is call.repository and each.head_sha == call.path["commit_sha"]
    ]
    return call.page(found, lambda each: render_pull(call.repository, each))
