"""Users, repositories and commits as JSON; what a test never looks at is filled from the schema."""

import base64
from typing import Any

from tests.github_fake.clock import stamp
from tests.github_fake.description import github
from tests.github_fake.repository import Repository
from tests.github_fake.state import User
from tests.github_fake.world import World

Json = dict[str, Any]


def fill(schema: str, **given: Any) -> Json:
    """An object of the named schema with at least `given`."""
    return github().schemas.fill(schema, given)


def node_id(kind: str, number: int) -> str:
    """GitHub's other id."""
    return base64.b64encode(f"{kind}{number}".encode()).decode()


def api(repository: Repository) -> str:
    """Where the API has the repository."""
    return f"{repository.world.url}/repos/{repository.full_name}"


def page(repository: Repository) -> str:
    """Where people see the repository."""
    return f"{repository.world.html_url}/{repository.full_name}"


def user(world: World, who: User) -> Json:
    """A simple user."""
    if known := world.rendered.get(who):
        return known
    return world.rendered.setdefault(who, _user(world, who))


def _user(world: World, who: User) -> Json:
    return fill(
        "simple-user",
        login=who.login,
        id=who.id,
        node_id=node_id("U", who.id),
        type=who.type,
        url=f"{world.url}/users/{who.login}",
        html_url=f"{world.html_url}/{who.login}",
    )


def actions_app(world: World) -> Json:
    """GitHub Actions as an app."""
    if known := world.rendered.get("app"):
        return known
    return world.rendered.setdefault("app", _actions_app(world))


def _actions_app(world: World) -> Json:
    return fill(
        "integration",
        id=15368,
        slug="github-actions",
        node_id="MDM6QXBwMTUzNjg=",
        name="GitHub Actions",
        owner=user(world, world.user("github", "Organization")),
        html_url=f"{world.html_url}/apps/github-actions",
        permissions={"metadata": "read"},
    )


def repository(one: Repository, schema: str = "minimal-repository", **more: Any) -> Json:
    """A repository."""
    return fill(
        schema,
        id=one.id,
        node_id=node_id("R", one.id),
        name=one.name,
        full_name=one.full_name,
        private=one.private,
        owner=user(one.world, one.owner),
        fork=one.parent is not None,
        url=api(one),
        html_url=page(one),
        default_branch=one.default_branch,
        **more,
    )


def association(one: Repository, who: User) -> str:
    """What a user is to a repository."""
    if who == one.owner:
        return "OWNER"
    return "COLLABORATOR" if who.login in one.collaborators else "NONE"


def short_commit(one: Repository, sha: str) -> Json:
    """A commit as runs and branches show it."""
    return {"sha": sha, "url": f"{api(one)}/commits/{sha}"}


def git_commit(one: Repository, sha: str) -> Json:
    """A commit of the git database."""
    commit = one.objects.commit(sha)
    return fill(
        "git-commit",
        sha=sha,
        node_id=node_id("C", int(sha[:8], 16)),
        url=f"{api(one)}/git/commits/{sha}",
        html_url=f"{page(one)}/commit/{sha}",
        author=person(commit.author),
        committer=person(commit.committer),
        message=commit.message,
        tree={"sha": commit.tree, "url": f"{api(one)}/git/trees/{commit.tree}"},
        parents=[parent(one, each, "git/commits") for each in commit.parents],
        verification=unsigned(),
    )


def parent(one: Repository, sha: str, where: str) -> Json:
    """A parent of a commit."""
    return {"sha": sha, "url": f"{api(one)}/{where}/{sha}", "html_url": f"{page(one)}/commit/{sha}"}


def person(who: Any) -> Json:
    """An author or committer."""
    return {"name": who.name, "email": who.email, "date": stamp(who.time)}


def unsigned() -> Json:
    """The verification of what nobody signed."""
    return {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def commit(one: Repository, sha: str, **more: Any) -> Json:
    """A commit as the commits API shows it."""
    found = one.objects.commit(sha)
    inner = fill(
        "commit",
        url=f"{api(one)}/commits/{sha}",
        sha=sha,
        node_id=node_id("C", int(sha[:8], 16)),
        html_url=f"{page(one)}/commit/{sha}",
        author=None,
        committer=None,
        parents=[parent(one, each, "commits") for each in found.parents],
        **more,
    )
    inner["commit"] = {
        "url": f"{api(one)}/git/commits/{sha}",
        "author": person(found.author),
        "committer": person(found.committer),
        "message": found.message,
        "comment_count": 0,
        "tree": {"sha": found.tree, "url": f"{api(one)}/git/trees/{found.tree}"},
        "verification": unsigned(),
    }
    return inner
