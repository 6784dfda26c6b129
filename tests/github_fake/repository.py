"""A repository that a test fills, each thing in one call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.github_fake.delivery import Environment, Release
from tests.github_fake.state import (
    Artifact,
    Comment,
    Issue,
    Job,
    Protection,
    PullRequest,
    Review,
    Ruleset,
    Run,
    RunReview,
    Status,
)
from tests.github_fake.store import Store

DAY = 86_400.0


@dataclass(frozen=True)
class MergeGroup:
    """What a merge queue tests."""

    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str


class Repository(Store):
    """A repository with the methods by which a test makes what the API cannot, or need not."""

    def fork(self, owner: str, name: str | None = None) -> "Repository":
        """A fork with the same branches."""
        full_name = f"{owner}/{name or self.name}"
        made = Repository(
            self.world, full_name, self.objects, private=self.private, default_branch=self.default_branch, parent=self
        )
        self.world.repositories[full_name.lower()] = made
        for branch, sha in self.branches().items():
            made.set_ref(f"heads/{branch}", sha)
        return made

    def delete(self) -> None:
        """The repository is gone; pull requests and runs from it lose their head repository."""
        for upstream in self.network():
            for pull in upstream.pulls.current():
                if pull.head_repository is self:
                    upstream.pulls.put(pull.number, replace(pull, head_repository=None))
            for run in upstream.runs.current():
                if run.head_repository is self:
                    upstream.runs.put(run.id, replace(run, head_repository=None))
        del self.world.repositories[self.full_name.lower()]

    def issue(self, title: str, body: str = "", *, author: str | None = None, **more: Any) -> Issue:
        """An open issue."""
        number, now = self.next_number(), self.world.clock.now()
        user = self.world.user(author) if author else self.owner
        issue = Issue(self.world.next_id(), number, title, body, user, now, now)
        return self.issues.put(number, replace(issue, **more))

    def pull_request(
        self,
        head: str = "feature",
        base: str | None = None,
        *,
        files: Mapping[str, str | bytes] | None = None,
        fork: "Repository | str | None" = None,
        title: str = "A change",
        draft: bool = False,
    ) -> PullRequest:
        """An open pull request; the head's branch is made from the base, with `files` committed, if it is not there."""
        base = base or self.default_branch
        source = self.fork(fork) if isinstance(fork, str) else fork or self
        base_sha = self.tip(base)
        assert base_sha, f"no branch {base}"
        tip = source.tip(head)
        if files is not None or tip is None:
            content = {f"{head}.txt": f"{head}\n"} if files is None else files
            tip = source.commit(content, parents=[tip or base_sha], message=title)
            source.set_ref(f"heads/{head}", tip)
        issue = self.issue(title, author=source.owner.login, is_pull=True)
        pull = PullRequest(self.world.next_id(), issue.number, head, tip, source, base, base_sha, draft)
        return self.follow(self.pulls.put(issue.number, pull), tip)

    def push(self, pull: PullRequest, files: Mapping[str, str | bytes] | None = None) -> PullRequest:
        """The pull request after one more commit on its head."""
        assert pull.head_repository, "the fork was deleted"
        content = files or {f"{self.world.next_id()}.txt": "pushed\n"}
        pull.head_repository.commit(content, branch=pull.head_ref)
        return self.pull(pull.number)

    def pull(self, number: int) -> PullRequest:
        """The pull request as it is now."""
        found = self.pulls.get(number)
        assert found, f"no pull request {number}"
        return found

    def close(self, number: int, *, merge: bool = False) -> None:
        """The issue or pull request is closed; a merged one is on its base's branch."""
        issue, now = self.issues.get(number), self.world.clock.now()
        assert issue
        self.issues.put(number, replace(issue, state="closed", closed=now, updated=now))
        if merge:
            pull = self.pull(number)
            assert pull.merge_sha
            self.set_ref(f"heads/{pull.base_ref}", pull.merge_sha)
            self.pulls.put(number, replace(pull, merged=now))

    def merge_group(self, number: int) -> MergeGroup:
        """The merge queue's branch for a pull request; its commit's first parent is the base's tip."""
        pull = self.pull(number)
        base = self.tip(pull.base_ref)
        assert base
        head = self.merge(base, pull.head_sha, f"Merge pull request #{number}")
        name = f"gh-readonly-queue/{pull.base_ref}/pr-{number}-{base}"
        self.set_ref(f"heads/{name}", head)
        return MergeGroup(name, head, pull.base_ref, base)

    def comment(self, number: int, body: str, *, author: str | None = None) -> Comment:
        """A comment; GitHub Actions' own when no author is named."""
        user, now = (self.world.user(author) if author else self.world.bot), self.world.clock.now()
        made = Comment(self.world.next_id(), number, user, body, now, now, by_app=author is None)
        return self.comments.put(made.id, made)

    def review(self, number: int, author: str | None, state: str = "APPROVED", **more: Any) -> Review:
        """A review of the pull request's head; nobody's when the author's account is gone."""
        user = self.world.user(author) if author else None
        sha = self.pull(number).head_sha
        made = Review(self.world.next_id(), number, user, state, sha, "", self.world.clock.now())
        return self.reviews.put(made.id, replace(made, **more))

    def status(self, sha: str, context: str, state: str, description: str | None = None) -> Status:
        """A commit status made by someone else."""
        now = self.world.clock.now()
        made = Status(self.world.next_id(), sha, context, state, description, None, self.owner, now)
        return self.statuses.put(made.id, made)

    def run(
        self,
        pull: PullRequest | None = None,
        *,
        workflow: str = ".github/workflows/mlgate.yml",
        event: str | None = None,
        head_sha: str | None = None,
        head_branch: str | None = None,
        status: str = "completed",
        conclusion: str | None = "success",
        **more: Any,
    ) -> Run:
        """A run of a workflow, for a pull request or for a commit of a branch; a fork's names no pull request."""
        source = (pull.head_repository or self) if pull else self
        branch = head_branch or (pull.head_ref if pull else self.default_branch)
        sha = head_sha or (pull.head_sha if pull else self.tip(branch))
        assert sha, f"no branch {branch}"
        number = 1 + sum(each.workflow == workflow for each in self.runs.current())
        now = self.world.clock.now()
        made = Run(
            id=self.world.next_id(),
            workflow=workflow,
            name=workflow.rsplit("/", 1)[1].rsplit(".", 1)[0],
            event=event or ("pull_request" if pull else "push"),
            head_branch=branch,
            head_sha=sha,
            head_repository=source,
            actor=source.owner,
            status=status,
            conclusion=conclusion if status == "completed" else None,
            run_number=number,
            created=now,
            updated=now,
            pulls=(pull.number,) if pull and source is self else (),
        )
        return self.runs.put(made.id, replace(made, **more))

    def job(self, run: Run, name: str, conclusion: str | None = "success", **more: Any) -> Job:
        """A job of the run's newest attempt; still running without a conclusion."""
        status = "completed" if conclusion else "in_progress"
        made = Job(self.world.next_id(), run.id, run.run_attempt, name, status, conclusion, self.world.clock.now())
        return self.jobs.put(made.id, replace(made, **more))

    def release(self, tag: str, *, draft: bool = False, prerelease: bool = False, body: str = "") -> Release:
        """A release; the tag is made on the default branch if it is not there."""
        if not draft and self.refs.get(f"tags/{tag}") is None:
            self.set_ref(f"tags/{tag}", self.tip(self.default_branch) or "")
        now, target = self.world.clock.now(), self.default_branch
        published = None if draft else now
        made = Release(self.world.next_id(), tag, target, tag, body, draft, prerelease, self.owner, now, published)
        return self.releases.put(made.id, made)

    def artifact(self, run: Run, name: str, content: bytes, *, expired: bool = False) -> Artifact:
        """An artifact of the run: `content` is the zip's bytes."""
        now = self.world.clock.now()
        made = Artifact(self.world.next_id(), run.id, name, content, now, now + 90 * DAY, expired)
        return self.artifacts.put(made.id, made)

    def protect(self, branch: str, **more: Any) -> Protection:
        """The branch is protected; see `Protection` for what can be given."""
        self.protections[branch] = Protection(**more)
        return self.protections[branch]

    def ruleset(self, name: str, target: str, include: Iterable[str], *rules: str | Mapping[str, Any]) -> Ruleset:
        """An active ruleset, for example `ruleset("ledger", "branch", ["refs/heads/mlgate/ledger"], "deletion")`."""
        forms = tuple({"type": rule} if isinstance(rule, str) else rule for rule in rules)
        made = Ruleset(self.world.next_id(), name, target, tuple(include), forms)
        return self.rulesets.put(made.id, made)

    def environment(self, name: str, **more: Any) -> Environment:
        """An environment; see `Environment` for what can be given."""
        made = Environment(self.world.next_id(), name, self.world.clock.now(), **more)
        return self.environments.put(name, made)

    def approve(self, run: Run, environment: str, login: str, state: str = "approved") -> RunReview:
        """A reviewer has let the run go on in an environment, or has not."""
        made = RunReview(run.id, environment, self.world.user(login), state)
        self.run_reviews.append(made)
        return made

    def comments_on(self, number: int) -> list[Comment]:
        """The comments of an issue or pull request as they truly are, without lag."""
        return sorted((each for each in self.comments.current() if each.number == number), key=lambda each: each.id)

    def statuses_of(self, sha: str) -> dict[str, Status]:
        """The newest status of each context, as they truly are, without lag."""
        return {each.context: each for each in self.statuses.current() if each.sha == sha}
