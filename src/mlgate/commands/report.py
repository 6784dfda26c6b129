"""`mlgate report`, as typed."""

import os
import sys
from typing import Literal

import click

REPORT_CODES = """\b
Exit codes:
  0  reported, or there was nothing to report on; a comment that GitHub refuses is a notice
  1  the run could not be read                       2  an option cannot be used
  3  a bug of mlgate's                             130  interrupted"""


@click.command(epilog=REPORT_CODES)
@click.option(
    "--config",
    "configs",
    multiple=True,
    metavar="PATH",
    default=("mlgate.yml",),
    show_default=True,
    help="A model that must have been checked, by its configuration's path in the repository (can be repeated).",
)
@click.option(
    "--workflow",
    default=".github/workflows/mlgate.yml",
    show_default=True,
    help="The file of the gate's workflow; runs of others are not reported on.",
)
@click.option(
    "--comment",
    type=click.Choice(["always", "changed", "problems", "never"]),
    default="always",
    show_default=True,
    help="When to write a new comment.",
)
@click.option(
    "--publisher",
    type=click.Choice(["github", "cml"]),
    default="github",
    show_default=True,
    help="Who writes the comment: mlgate itself, or the command `cml`. The status is always mlgate's.",
)
@click.option("--name", default="default", show_default=True, help="The comment's name, where one change has several.")
@click.option("--author", default="github-actions[bot]", show_default=True, help="The account of GITHUB_TOKEN.")
def report(
    configs: tuple[str, ...], workflow: str, comment: Literal["always", "changed", "problems", "never"], name: str,
    author: str, publisher: Literal["github", "cml"],
) -> None:  # fmt: skip
    """Write a run's evidence as comment, commit status and summary.

    It is a step of a workflow for the event workflow_run, and reads GITHUB_TOKEN and GitHub's other variables.

    \b
    Examples:
      mlgate report
      mlgate report --config credit/mlgate.yml --config churn/mlgate.yml
      mlgate report --comment problems
    """
    from mlgate.github.command import report_from
    from mlgate.github.report import Options

    options = Options(workflow=workflow, configs=configs, comment=comment, name=name, author=author)
    sys.exit(report_from(os.environ, options, publisher=publisher))
