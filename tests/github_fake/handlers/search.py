"""Search over issues and pull requests."""

from dataclasses import replace

from tests.github_fake import render
from tests.github_fake.call import Call, Reply, operation
from tests.github_fake.handlers.issues import render_issue
from tests.github_fake.repository import Repository
from tests.github_fake.state import Issue


@operation("search/issues-and-pull-requests")
def search(call: Call) -> Reply:
    """Knows `repo:`, `is:`/`type:`, `state:`, `label:`, `author:` and words of title and body."""
    terms = call.query["q"].split()
    found = [
        (repository, issue)
        for repository in call.world.repositories.values()
        if not repository.private or (call.token and call.token.level("issues", repository) != "none")
        for issue in repository.issues.listed()
        if all(matches(repository, issue, term) for term in terms)
    ]
    reply = call.page(found, lambda each: render_found(*each), "items")
    return replace(reply, body={**reply.body, "incomplete_results": False, "search_type": "lexical"})


def render_found(repository: Repository, issue: Issue) -> render.Json:
    """An issue as a search shows it; one without a body has no `body` there."""
    shown = render_issue(repository, issue, "issue-search-result-item", score=1.0)
    return shown if issue.body is not None else {key: value for key, value in shown.items() if key != "body"}


def matches(repository: Repository, issue: Issue, term: str) -> bool:
    """Whether a search's term holds for an issue."""
    name, colon, value = term.partition(":")
    value = value.strip('"')
    kinds = {"pr" if issue.is_pull else "issue", "pull-request" if issue.is_pull else "issue", issue.state}
    qualifiers = {
        "repo": repository.full_name == value,
        "is": value in kinds,
        "type": value in kinds,
        "state": issue.state == value,
        "label": value in issue.labels,
        "author": issue.author.login == value,
    }
    return qualifiers[name] if colon and name in qualifiers else term.lower() in f"{issue.title} {issue.body}".lower()
