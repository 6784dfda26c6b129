"""Steps: how a release command's outcome reaches later steps of a workflow, the run's summary and its annotations."""

from collections.abc import Mapping
from pathlib import Path

import click

from mlgate.promotion.outcome import Outcome
from mlgate.reporting.escaping import plain_lines, workflow_property, workflow_value

MOST_ANNOTATIONS = 10  # GitHub shows no more of a kind for a step


def tell_outcome(outcome: Outcome, environ: Mapping[str, str]) -> None:
    """Outputs, a paragraph of the summary, and an error for each reason; nothing outside of GitHub Actions."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    outputs = {
        "done": str(outcome.done).lower(), "model": outcome.model, "version": outcome.version or "",
        "digest": outcome.sha256 or "", "sha": outcome.source_sha or "", "config": outcome.config or "",
        "event": str(outcome.event or ""),
    }  # fmt: skip
    tell_step(outputs, environ)
    headline, *rest = plain_lines(outcome.as_text())
    if summary := environ.get("GITHUB_STEP_SUMMARY"):
        told = "".join(f"    {line}\n" for line in (headline, *rest))  # an indented block cannot be left by its text
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"### {'✅' if outcome.done else '❌'} mlgate {outcome.action}\n\n{told}\n")
    for reason in outcome.reasons[:MOST_ANNOTATIONS]:
        mend = f"\nmend: {reason.mend}" if reason.mend else ""
        title = workflow_property(headline[:200])
        click.echo(f"::error title={title}::{workflow_value(reason.message + mend)}", err=True)


def tell_step(outputs: Mapping[str, str], environ: Mapping[str, str]) -> None:
    """The outputs of the step; each is one line, whatever it holds."""
    if environ.get("GITHUB_ACTIONS") == "true" and (path := environ.get("GITHUB_OUTPUT")):
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={' '.join(value.split())}\n" for name, value in outputs.items())
