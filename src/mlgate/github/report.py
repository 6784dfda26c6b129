"""The report of `workflow_run`: a run of the gate becomes a comment, a commit status and a job summary."""

import datetime
from collections.abc import Callable, Mapping
from random import Random

from msgspec import Struct

from mlgate.errors import user_error
from mlgate.github.client import GitHub
from mlgate.github.comment import marker
from mlgate.github.decide import Mode, Place, Publication, decide
from mlgate.github.facts import Change, Unknown, find_change
from mlgate.github.gathering import gather
from mlgate.github.models import RunEvent, StatusState, WorkflowRun
from mlgate.github.publishing import publish_comment, publish_status
from mlgate.github.sections import Asked, Section
from mlgate.github.status import WantedStatus
from mlgate.github.transport import GitHubError
from mlgate.github.upsert import Wanted
from mlgate.github.words import COULD_NOT, PENDING, UNREADABLE
from mlgate.reporting.escaping import prose

Publish = Callable[[Wanted, int, GitHub, Random], str | None]
REPORTED, NOT_REPORTED = 0, 1
MOST_MODELS = 40


class Options(Struct, frozen=True, kw_only=True):
    """The inputs of `report.yml`, which stands on the default branch."""

    workflow: str = ".github/workflows/mlgate.yml"
    configs: tuple[str, ...] = ("mlgate.yml",)
    comment: Mode = "always"
    name: str = "default"  # of the comment, where one pull request has several
    author: str = "github-actions[bot]"  # the account of the token


class Reported(Struct, frozen=True):
    """How it went: the exit code does not depend on whether GitHub took the comment."""

    exit_code: int
    summary: str
    notice: str | None = None
    state: StatusState | None = None


def run_report(
    event: RunEvent, github: GitHub | None, options: Options, place: Place, today: datetime.date, random: Random,
    publish: Publish = publish_comment,
) -> Reported:  # fmt: skip
    """The report of one run of the gate; at most one notice says what could not be done."""
    _refuse_unusable(options)
    if github is None:
        return Reported(REPORTED, _line("there is no token"), COULD_NOT.format(what="report", why="there is no token"))
    run = event.workflow_run
    try:
        change = find_change(event, options.workflow, github)
        if isinstance(change, Unknown):
            return Reported(REPORTED, _line(change.why), change.why)
        if event.action != "completed":
            return _requested(run, change, github, options, place, random, publish)
        read = gather(change, run, options.configs, github)
    except GitHubError as error:
        return Reported(NOT_REPORTED, _line(str(error)), COULD_NOT.format(what="read the run", why=error))
    publication = decide(run, change, read, place, options.comment, today)
    return _publish(publication, run, change, github, options, place, random, publish)


def _requested(
    run: WorkflowRun, change: Change, github: GitHub, options: Options, place: Place, random: Random,
    publish: Publish,
) -> Reported:  # fmt: skip
    """The status waits, and a comment that is there says what is being checked."""
    asked = {path: Section(None, Asked(run.id, run.run_attempt, run.head_sha)) for path in options.configs}
    waiting = Publication(
        sections=asked, state="pending", description=PENDING, summary="", may_create=False, may_add=False
    )
    return _publish(waiting, run, change, github, options, place, random, publish)


def _publish(
    publication: Publication, run: WorkflowRun, change: Change, github: GitHub, options: Options, place: Place,
    random: Random, publish: Publish,
) -> Reported:  # fmt: skip
    """Comment and status are written, as far as GitHub lets them be."""
    failed = []
    if change.is_open:
        wanted = WantedStatus(
            run.head_sha, publication.state, publication.description, change.context,
            f"{place.run_url(run.id)}/attempts/{run.run_attempt}", options.workflow, publication.description == PENDING,
        )  # fmt: skip
        if why := publish_status(wanted, github):
            failed.append(COULD_NOT.format(what="set the status", why=why))
    if change.pull and not change.is_moved and options.comment != "never" and publication.sections:
        comment = Wanted(
            sections=publication.sections, head_sha=run.head_sha, name=options.name, author=options.author,
            may_create=publication.may_create, may_add=publication.may_add, is_final=not change.is_open,
        )  # fmt: skip
        if why := publish(comment, change.pull.number, github, random):
            failed.append(COULD_NOT.format(what="write the comment", why=why))
    return Reported(REPORTED, publication.summary, " ".join(failed) or None, publication.state)


def _line(why: str) -> str:
    return f"### ⚠️ mlgate: {UNREADABLE} — {prose(why)}\n"


def _refuse_unusable(options: Options) -> None:
    marker(options.name)
    if not 1 <= len(options.configs) <= MOST_MODELS:
        raise user_error(f"'configs' names {len(options.configs)} configurations", mend=f"name 1 to {MOST_MODELS}")
    for path in options.configs:
        if path.startswith("/") or ".." in path.split("/") or not path.endswith((".yml", ".yaml")):
            raise user_error(
                f"'configs' names '{path}'", mend="give paths of YAML files from the top of the repository"
            )
    if len(set(options.configs)) != len(options.configs):
        raise user_error("'configs' names one configuration twice", mend="name each once")


def place_of(environ: Mapping[str, str]) -> Place:
    """Where this process runs, from GitHub's environment."""

    def number(name: str) -> int:
        text = environ.get(name, "")
        return int(text) if text.isdecimal() else 0

    return Place(
        server_url=environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/"),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        run_id=number("GITHUB_RUN_ID"),
        run_attempt=number("GITHUB_RUN_ATTEMPT"),
    )
