"""What a repository holds: git refs and commits, and shelves for everything else."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.github_fake.clock import Shelf
from tests.github_fake.delivery import Asset, Deployment, DeploymentStatus, Environment, Release
from tests.github_fake.objects import Blob, Commit, Entry, Objects, Person
from tests.github_fake.state import (
    Artifact,
    CheckRun,
    Comment,
    Issue,
    Job,
    Label,
    Protection,
    PullRequest,
    Review,
    Ruleset,
    Run,
    RunReview,
    Status,
    User,
)

if TYPE_CHECKING:
    from tests.github_fake.repository import Repository
    from tests.github_fake.world import World

FILE_MODE = "100644"
WORKFLOWS = ".github/workflows"


class Store:
    """One repository's state; forks share `objects`, so a fork's commits can be read through its parent."""

    def __init__(
        self,
        world: "World",
        full_name: str,
        objects: Objects,
        *,
        private: bool = False,
        default_branch: str = "main",
        parent: "Repository | None" = None,
    ) -> None:
        self.world = world
        self.full_name = full_name
        self.id = world.next_id()
        self.objects = objects
        self.private = private
        self.default_branch = default_branch
        self.parent = parent
        self.created = world.clock.now()
        self.actions_may_open_pulls = True  # the setting "Allow GitHub Actions to create and approve pull requests"
        self.tree_limit = 100_000  # entries; a recursive tree with more is truncated
        self.collaborators: dict[str, str] = {}
        self.protections: dict[str, Protection] = {}
        self._number = 0
        horizon = world.horizon
        self.refs: Shelf[str, tuple[str, str]] = Shelf(horizon)
        self.issues: Shelf[int, Issue] = Shelf(horizon)
        self.pulls: Shelf[int, PullRequest] = Shelf(horizon)
        self.reviews: Shelf[int, Review] = Shelf(horizon)
        self.comments: Shelf[int, Comment] = Shelf(horizon)
        self.labels: Shelf[str, Label] = Shelf(horizon)
        self.statuses: Shelf[int, Status] = Shelf(horizon)
        self.run_reviews: list[RunReview] = []
        self.check_runs: Shelf[int, CheckRun] = Shelf(horizon)
        self.runs: Shelf[int, Run] = Shelf(horizon)
        self.jobs: Shelf[int, Job] = Shelf(horizon)
        self.artifacts: Shelf[int, Artifact] = Shelf(horizon)
        self.releases: Shelf[int, Release] = Shelf(horizon)
        self.assets: Shelf[int, Asset] = Shelf(horizon)
        self.deployments: Shelf[int, Deployment] = Shelf(horizon)
        self.deployment_statuses: Shelf[int, DeploymentStatus] = Shelf(horizon)
        self.environments: Shelf[str, Environment] = Shelf(horizon)
        self.rulesets: Shelf[int, Ruleset] = Shelf(horizon)

    @property
    def name(self) -> str:
        """The name without the owner."""
        return self.full_name.split("/")[1]

    @property
    def owner(self) -> User:
        """The user to whom the repository belongs."""
        return self.world.user(self.full_name.split("/")[0])

    def next_number(self) -> int:
        """The next number of an issue or a pull request."""
        self._number += 1
        return self._number

    def commit(
        self,
        files: Mapping[str, str | bytes] | None = None,
        *,
        branch: str | None = None,
        remove: Iterable[str] = (),
        parents: Iterable[str] | None = None,
        message: str = "A commit",
    ) -> str:
        """A commit on top of `branch` (or of `parents`) that writes `files`; the branch points to it."""
        tip = self.tip(branch) if branch else None
        before = tuple(parents) if parents is not None else ((tip,) if tip else ())
        content = dict(self.objects.files(before[0])) if before else {}
        for path in remove:
            del content[path]
        for path, text in (files or {}).items():
            data = text.encode() if isinstance(text, str) else text
            content[path] = Entry(FILE_MODE, "blob", self.objects.put(Blob(data)))
        owner = self.owner.login
        person = Person(owner, f"{owner}@users.noreply.github.com", self.world.clock.now())
        sha = self.objects.put(Commit(self.objects.write(content), before, message, person, person))
        if branch:
            self.set_ref(f"heads/{branch}", sha)
        return sha

    def tip(self, branch: str) -> str | None:
        """The commit that the branch points to."""
        found = self.refs.get(f"heads/{branch}")
        return found[1] if found else None

    def branches(self) -> dict[str, str]:
        """Every branch with its commit."""
        return {name[6:]: sha for name, sha in self.refs.current() if name.startswith("heads/")}

    def resolve(self, ref: str) -> str | None:
        """The id of the object that a branch, tag, full ref, id or `owner:branch` of a fork means."""
        if ":" in ref:
            owner, _, branch = ref.partition(":")
            for each in self.network():
                if each.owner.login == owner:
                    return each.tip(branch)
        short = ref.removeprefix("refs/")
        for name in (f"heads/{ref}", f"tags/{ref}", short):
            if found := self.refs.get(name):
                return found[1]
        return ref if re.fullmatch("[0-9a-f]{40}", ref) and self.objects.get(ref) else None

    def network(self) -> "list[Repository]":
        """This repository and all with which it shares objects."""
        return [each for each in self.world.repositories.values() if each.objects is self.objects]

    def set_ref(self, name: str, sha: str) -> None:
        """`refs/NAME` points to `sha`; open pull requests from that branch follow."""
        self.refs.put(name, (name, sha))
        if not name.startswith("heads/"):
            return
        for upstream in self.network():
            for pull in upstream.pulls.current():
                if pull.head_repository is self and f"heads/{pull.head_ref}" == name and pull.head_sha != sha:
                    upstream.follow(pull, sha)

    def follow(self, pull: PullRequest, sha: str) -> PullRequest:
        """The pull request's head is `sha`, if it is open."""
        issue = self.issues.get(pull.number)
        if issue is None or issue.state != "open":
            return pull
        base = self.tip(pull.base_ref) or pull.base_sha
        self.issues.put(issue.number, replace(issue, updated=self.world.clock.now()))
        merge = self.merge(base, sha, f"Merge {sha} into {base}")
        self.set_ref(f"pull/{pull.number}/head", sha)
        self.set_ref(f"pull/{pull.number}/merge", merge)
        return self.pulls.put(pull.number, replace(pull, head_sha=sha, base_sha=base, merge_sha=merge))

    def merge(self, base: str, head: str, message: str) -> str:
        """A commit with both parents: the base's files with what the head changed."""
        common = self.objects.merge_base(base, head)
        before = self.objects.files(common) if common else {}
        after = self.objects.files(head)
        merged = {
            path: entry for path, entry in self.objects.files(base).items() if path in after or path not in before
        }
        merged |= {path: entry for path, entry in after.items() if before.get(path) != entry}
        person = Person("GitHub", "noreply@github.com", self.world.clock.now())
        return self.objects.put(Commit(self.objects.write(merged), (base, head), message, person, person))

    def workflows(self) -> dict[str, str]:
        """The workflow files of the default branch, path to text."""
        tip = self.tip(self.default_branch)
        files = self.objects.files(tip) if tip else {}
        return {
            path: self.objects.blob(entry.sha).decode()
            for path, entry in files.items()
            if path.startswith(f"{WORKFLOWS}/") and path.endswith((".yml", ".yaml"))
        }
