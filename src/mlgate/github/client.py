"""The client: the few operations of GitHub's REST API that a report needs, on one repository."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from mlgate.errors import user_error
from mlgate.github import models
from mlgate.github.download import download
from mlgate.github.models import Artifact, Comment, Pull, Review, Status, StatusState, Tree, WorkflowRun
from mlgate.github.transport import Answer, GitHubError, Transport

T = TypeVar("T")
MOST_PAGES = 100
FULL_NAME = re.compile(r"(?!\.\.?/)[A-Za-z0-9_.-]+/(?!\.\.?$)[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class GitHub:
    """One repository on one server."""

    transport: Transport
    repository: str

    def __post_init__(self) -> None:
        if not FULL_NAME.fullmatch(self.repository):
            raise user_error(f"GITHUB_REPOSITORY is '{self.repository[:200]}'", mend="it must be owner/name")

    # --- the change ---------------------------------------------------------------------------------------------

    def pulls(self, head: str, state: str) -> tuple[Pull, ...]:
        """The pull requests from the branch `owner:branch`."""
        return self._list("/pulls", Pull, head=head, state=state, sort="updated", direction="desc")

    def pull(self, number: int) -> Pull:
        """The pull request as it is now."""
        return self._one(f"/pulls/{number}", Pull)

    def run(self, run_id: int) -> WorkflowRun:
        """The run as it is now."""
        return self._one(f"/actions/runs/{run_id}", WorkflowRun)

    def runs_on(self, workflow: str, commit: str) -> tuple[WorkflowRun, ...]:
        """The runs of a workflow, by its file's name, on a commit; the newest hundred."""
        found = self._one(f"/actions/workflows/{quote(workflow)}/runs", models.Runs, head_sha=commit, per_page="100")
        return found.workflow_runs

    def run_approvals(self, run_id: int) -> tuple[models.RunApproval, ...]:
        """Who approved or rejected the run's environments."""
        return self._one(f"/actions/runs/{run_id}/approvals", tuple[models.RunApproval, ...])

    def branch_tip(self, name: str) -> str | None:
        """The newest commit of a branch, or None if there is no such branch; a tag of that name is none."""
        try:
            return self._one(f"/branches/{quote(name, safe='')}", models.Branch).commit.sha
        except GitHubError as error:
            if error.status == 404:
                return None
            raise

    def merge_base(self, base: str, head: str) -> str:
        """The commit that both come from."""
        return self._one(f"/compare/{base}...{head}", models.Compared, per_page="1").merge_base_commit.sha

    def tree(self, sha: str) -> Tree:
        """All entries of a commit."""
        return self._one(f"/git/trees/{sha}", Tree, recursive="1")

    def file(self, path: str, ref: str) -> bytes | None:
        """The file's bytes at a commit, or None if there is no such file."""
        kind: Any = models.FileContent | list[Any]  # a folder is a list
        try:
            found = self._one(f"/contents/{quote(path)}", kind, ref=ref)
        except GitHubError as error:
            if error.status == 404:
                return None
            raise
        if not isinstance(found, models.FileContent) or (found.type, found.encoding) != ("file", "base64"):
            return None
        try:
            return base64.b64decode(found.content)
        except binascii.Error:
            return None

    def reviews(self, number: int) -> tuple[Review, ...]:
        """All reviews, the oldest first."""
        return self._list(f"/pulls/{number}/reviews", Review)

    def permission(self, login: str) -> str:
        """What an account may do here: admin, write, read or none."""
        return self._one(f"/collaborators/{quote(login, safe='')}/permission", models.Permission).permission

    # --- the evidence -------------------------------------------------------------------------------------------

    def artifacts(self, run_id: int) -> tuple[Artifact, ...]:
        """What the run kept, all attempts."""
        pages = self._pages(f"/actions/runs/{run_id}/artifacts")
        return tuple(artifact for page in pages for artifact in decoded(page, models.Artifacts).artifacts)

    def download_artifact(self, artifact_id: int, limit: int) -> bytes:
        """The artifact's zip, at most `limit` bytes."""
        return download(self.transport, f"/repos/{self.repository}/actions/artifacts/{artifact_id}/zip", limit)

    # --- comments and statuses ----------------------------------------------------------------------------------

    def comments(self, number: int) -> tuple[Comment, ...]:
        """All comments, the oldest first."""
        return self._list(f"/issues/{number}/comments", Comment)

    def create_comment(self, number: int, body: str) -> Comment:
        """The comment that now stands there; asked once, since a fault does not say whether it landed."""
        answer = self._call("POST", f"/issues/{number}/comments", body={"body": body}, retries=0)
        return decoded(answer, Comment)

    def edit_comment(self, comment_id: int, body: str) -> None:
        """The comment says `body`; asked once, since what it should say may be another thing by then."""
        self._call("PATCH", f"/issues/comments/{comment_id}", body={"body": body}, retries=0)

    def delete_comment(self, comment_id: int) -> None:
        """The comment is gone."""
        self._call("DELETE", f"/issues/comments/{comment_id}", retries=0)

    def statuses(self, sha: str) -> tuple[Status, ...]:
        """The newest status of each context on a commit."""
        pages = self._pages(f"/commits/{sha}/status")
        return tuple(status for page in pages for status in decoded(page, models.CombinedStatus).statuses)

    def set_status(self, sha: str, state: StatusState, description: str, context: str, target_url: str) -> None:
        """The commit has the status."""
        body = {"state": state, "description": description, "context": context, "target_url": target_url}
        self._call("POST", f"/statuses/{sha}", body=body)

    # --- how ----------------------------------------------------------------------------------------------------

    def _call(self, method: str, path: str, **how: Any) -> Answer:
        return self.transport.call(method, f"/repos/{self.repository}{path}", **how)

    def _one(self, path: str, kind: type[T], **params: str) -> T:
        return decoded(self._call("GET", path, params=params), kind)

    def _list(self, path: str, kind: type[T], **params: str) -> tuple[T, ...]:
        return tuple(item for page in self._pages(path, **params) for item in decoded(page, list[kind]))  # type: ignore[valid-type]

    def _pages(self, path: str, **params: str) -> Iterator[Answer]:
        """The pages of an answer; of the link to the next page only its number counts."""
        page: int | None = 1
        while page is not None and page <= MOST_PAGES:
            answer = self._call("GET", path, params={**params, "per_page": "100", "page": str(page)})
            yield answer
            following = _next_page(answer)
            page = following if following == page + 1 else None


def _next_page(answer: Answer) -> int | None:
    for link in answer.headers.get("link", "").split(","):
        address, _, relation = link.partition(";")
        if 'rel="next"' in relation:
            pages = parse_qs(urlsplit(address.strip().strip("<>")).query).get("page", [""])
            return int(pages[0]) if pages[0].isdecimal() else None
    return None


def decoded(answer: Answer, kind: type[T]) -> T:
    """The answer as a type; `GitHubError` if it is something else."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        raise GitHubError(answer.status, "an answer of GitHub that cannot be read") from None
