"""The events that start workflows, as GitHub sends them, made from what the fake holds.

`webhooks.json` has the keys of GitHub's own examples; the tests hold these payloads against them.
"""

from collections.abc import Mapping
from typing import Any

from tests.github_fake import render
from tests.github_fake.clock import stamp
from tests.github_fake.delivery import Release
from tests.github_fake.handlers.actions import render_workflow
from tests.github_fake.handlers.pulls import render_whole
from tests.github_fake.handlers.releases import render_release
from tests.github_fake.handlers.runs import render_run
from tests.github_fake.repository import MergeGroup, Repository
from tests.github_fake.state import Run, User

ZERO = "0" * 40
Payload = dict[str, Any]


def about(repository: Repository, sender: User | None = None) -> Payload:
    """What every event says of the repository and of who did it."""
    more: Payload = {"topics": [], "is_template": False, "has_downloads": True, "allow_forking": True}
    more |= {"visibility": "private" if repository.private else "public", "web_commit_signoff_required": False}
    who = render.user(repository.world, sender or repository.owner)
    return {"repository": render.repository(repository, "full-repository", **more), "sender": who}


def pull_request(repository: Repository, number: int, action: str = "opened", before: str | None = None) -> Payload:
    """`opened`, `synchronize` (give the head `before`), `closed`, `reopened`; a deleted fork's `head.repo` is null."""
    pull, issue = repository.pull(number), repository.issues.get(number)
    assert issue
    moved = {"before": before or ZERO, "after": pull.head_sha} if action == "synchronize" else {}
    shown = render_whole(repository, pull)
    return {"action": action, "number": number, **moved, "pull_request": shown, **about(repository, issue.author)}


def push(repository: Repository, ref: str, before: str | None = None, sender: str | None = None) -> Payload:
    """A push to `refs/heads/…` or `refs/tags/…`; without `before` the ref is new."""
    after = repository.resolve(ref)
    head = None if after is None else repository.objects.commit(after)
    tip = None if head is None or after is None else {**commit(repository, after), "distinct": True}
    who = repository.world.user(sender) if sender else repository.owner
    page = f"{render.page(repository)}/compare/{(before or ZERO)[:12]}...{(after or ZERO)[:12]}"
    return {
        "ref": ref,
        "before": before or ZERO,
        "after": after or ZERO,
        "created": before is None,
        "deleted": after is None,
        "forced": bool(before and after and before not in repository.objects.ancestors(after)),
        "base_ref": None,
        "compare": page,
        "commits": [tip] if tip and before else [],
        "head_commit": tip,
        "pusher": {"name": who.login, "email": f"{who.login}@users.noreply.github.com"},
        **about(repository, who),
    }


def commit(repository: Repository, sha: str) -> Payload:
    """A commit as events show it."""
    found = repository.objects.commit(sha)
    files, before = repository.objects.files(sha), repository.objects.files(found.parents[0]) if found.parents else {}
    return {
        "id": sha,
        "tree_id": found.tree,
        "message": found.message,
        "timestamp": stamp(found.committer.time),
        "url": f"{render.page(repository)}/commit/{sha}",
        "author": {"name": found.author.name, "email": found.author.email, "username": found.author.name},
        "committer": {"name": found.committer.name, "email": found.committer.email, "username": found.committer.name},
        "added": sorted(set(files) - set(before)),
        "removed": sorted(set(before) - set(files)),
        "modified": sorted(path for path in files if path in before and files[path] != before[path]),
    }


def workflow_run(repository: Repository, run: Run, action: str = "completed") -> Payload:
    """`requested` or `completed`; the conclusion (success, failure, cancelled, action_required) is the run's own."""
    shown = render_run(repository, run)
    if action == "requested":
        shown |= {"status": "queued", "conclusion": None}
    workflow = render_workflow(repository, run.workflow)
    return {"action": action, "workflow_run": shown, "workflow": workflow, **about(repository, run.actor)}


def merge_group(repository: Repository, group: MergeGroup) -> Payload:
    """`checks_requested`; the head commit's first parent is the base."""
    shown = commit(repository, group.head_sha)
    names = ("id", "tree_id", "message", "timestamp", "author", "committer")
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": group.head_sha,
            "head_ref": f"refs/heads/{group.head_ref}",
            "base_sha": group.base_sha,
            "base_ref": f"refs/heads/{group.base_ref}",
            "head_commit": {name: shown[name] for name in names},
        },
        **about(repository),
    }


def release(repository: Repository, one: Release, action: str = "published") -> Payload:
    """`created`, `published`, `deleted`."""
    return {"action": action, "release": render_release(repository, one), **about(repository, one.author)}


def schedule(repository: Repository, cron: str, workflow: str) -> Payload:
    """What Actions gives a scheduled workflow: no one did it."""
    return {"schedule": cron, "workflow": workflow, "repository": about(repository)["repository"]}


def workflow_dispatch(
    repository: Repository, workflow: str, inputs: Mapping[str, str] | None = None, ref: str | None = None
) -> Payload:
    """A workflow started by hand or by the API, with its inputs as text."""
    whole = ref or f"refs/heads/{repository.default_branch}"
    return {"inputs": dict(inputs or {}), "ref": whole, "workflow": workflow, **about(repository)}
