"""Deploying one version: hooks and health check, told to GitHub, with an outcome that never raises for a bad model."""

import time
from contextlib import nullcontext

from msgspec import Struct

from mlgate.deploying import health, steps
from mlgate.deploying.job import HookFailed, Job
from mlgate.deploying.scrubbing import scrub, secrets_of
from mlgate.deploying.settings import Deploy
from mlgate.deploying.shown import Shown, shown_at_github
from mlgate.errors import UserError
from mlgate.registries.backend import Say


class Deployed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a version came to a stage's service, or did not."""

    model: str
    version: str
    stage: str
    ok: bool
    seconds: float
    rows: int = 0  # golden rows that the service answered right
    message: str = ""  # what went wrong
    output: str = ""  # the end of what the hook printed, without secrets
    image: str = ""  # by digest, where one was built


def deploy(job: Job, settings: Deploy, say: Say) -> Deployed:
    """The outcome of all hooks and the health check."""
    began = time.monotonic()
    facts: dict[str, str] = {}
    rows = 0
    with shown_at_github(job, settings.github) if settings.github else nullcontext(Shown()) as shown:
        try:
            facts |= steps.perform(job, settings, say)
            if settings.health is not None:
                say(f"asking the service of {job.stage} golden rows")
                rows = health.check(job, settings.health)
            message, output = "", ""
        except HookFailed as failed:
            message, output = str(failed)[:1_000], failed.output
        except (UserError, OSError) as error:
            message, output = _in_one_sentence(error, job, settings), ""
        shown.end(message)
    return Deployed(
        model=job.release.model, version=job.release.version, stage=job.stage, ok=not message,
        seconds=round(time.monotonic() - began, 3), rows=rows, message=message, output=output,
        image=facts.get("image", ""),
    )  # fmt: skip


def _in_one_sentence(error: UserError | OSError, job: Job, settings: Deploy) -> str:
    said = error.problems[0].message if isinstance(error, UserError) else f"{error.filename}: {error.strerror}"
    return scrub(said, secrets_of(job.environ, settings.environment))[:1_000]
