"""Shown at GitHub: a deployment with its statuses; what GitHub refuses there does not stop a deployment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mlgate.deploying.job import Job
from mlgate.github.deployments import Deployments
from mlgate.github.transport import GitHubError, Transport

LONGEST = 140  # characters of a description


@dataclass
class Shown:
    """A deployment that is shown, or nothing."""

    deployments: Deployments | None = None
    id: int = 0
    note: str = ""  # why it is not shown

    def end(self, fault: str) -> None:
        """It is shown as successful, or as failed."""
        self.say("failure" if fault else "success", fault or "the service answers as it should")

    def say(self, state: str, description: str) -> None:
        """It is shown in a state."""
        if self.deployments is None:
            return
        try:
            self.deployments.show(self.id, state, description[:LONGEST])
        except GitHubError as error:
            self.note = str(error)


@contextmanager
def shown_at_github(job: Job, environment: str) -> Iterator[Shown]:
    """The deployment is shown in progress; an end without a word is an error."""
    repository, token = job.environ.get("GITHUB_REPOSITORY"), job.environ.get("GITHUB_TOKEN")
    if not repository or not token:
        yield Shown(note="GITHUB_REPOSITORY and GITHUB_TOKEN are not set")
        return
    transport = Transport(job.environ.get("GITHUB_API_URL") or "https://api.github.com", token)
    deployments = Deployments(transport, repository)
    release = job.release
    payload = {"model": release.model, "version": release.version, "sha256": release.sha256, "action": job.action}
    try:
        shown = Shown(deployments, deployments.create(str(release), environment, payload))
    except GitHubError as error:
        yield Shown(note=str(error))
        return
    shown.say("in_progress", f"{job.action} {release}")
    try:
        yield shown
    except BaseException:
        shown.say("error", "it was interrupted")
        raise
