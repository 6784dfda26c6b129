"""The command `mlgate report`: the edges of a report, where it meets environment, event file and summary."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Literal

import click
import msgspec

from mlgate.errors import user_error
from mlgate.github.client import GitHub
from mlgate.github.cml import publisher_cml
from mlgate.github.models import RunEvent
from mlgate.github.publishing import publish_comment
from mlgate.github.report import Options, place_of, run_report
from mlgate.github.transport import Clock, Transport
from mlgate.inputs.event import MAX_EVENT_BYTES
from mlgate.reporting.escaping import workflow_value

Publisher = Literal["github", "cml"]


def report_from(
    environ: Mapping[str, str], options: Options, clock: Clock | None = None, publisher: Publisher = "github"
) -> int:
    """The exit code of `mlgate report`; summary and notice have been handed to GitHub."""
    event = _event(environ)
    place = place_of(environ)
    token, github = environ.get("GITHUB_TOKEN", ""), None
    if token:
        url = environ.get("GITHUB_API_URL", "https://api.github.com")
        github = GitHub(Transport(url, token, clock=clock or Clock()), place.repository)
    publish = publisher_cml(environ, place) if publisher == "cml" else publish_comment
    today = datetime.datetime.now(datetime.UTC).date()
    reported = run_report(event, github, options, place, today, Random(), publish)
    if summary := environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(reported.summary)
    if reported.notice:
        click.echo(f"::notice title=mlgate::{workflow_value(reported.notice)}")
    return reported.exit_code


def _event(environ: Mapping[str, str]) -> RunEvent:
    """The payload, which GitHub wrote."""
    if environ.get("GITHUB_EVENT_NAME") != "workflow_run":
        raise user_error(
            f"mlgate report runs on the event 'workflow_run', not '{environ.get('GITHUB_EVENT_NAME', '')}'",
            mend="see docs/report.md for the workflow file",
        )
    try:
        path = Path(environ.get("GITHUB_EVENT_PATH", ""))
        if path.stat().st_size > MAX_EVENT_BYTES:
            raise ValueError("too large")
        return msgspec.json.decode(path.read_bytes(), type=RunEvent)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise user_error(f"the event's payload cannot be read: {error}") from None
