"""What the release commands share: their options, how they end, and how they print."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from mlgate.promotion.outcome import Outcome
    from mlgate.promotion.place import Place

Command = TypeVar("Command", bound=Callable[..., Any])
RELEASE_CODES = """\b
Exit codes:
  0    it is so now, or was so before
  1    refused: each reason is told with its mend, and recorded in the ledger
  2    stages.yml, the repository or an option needs mending
  3    a bug of mlgate's    130  interrupted; what was recorded stands"""
SHOW_CODES = """\b
Exit codes:
  0    shown
  2    stages.yml, the repository or an option needs mending
  3    a bug of mlgate's    130  interrupted"""
CHECK_CODES = """\b
Exit codes:
  0    all is as it should be
  1    something is not
  2    stages.yml, the repository or an option needs mending
  3    a bug of mlgate's    130  interrupted"""

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
remote = click.option(
    "--remote", default="origin", show_default=True, help="Where the ledger is; '.' is this repository."
)
key = click.option(
    "--key",
    type=click.Path(path_type=Path),
    envvar="MLGATE_SIGNING_KEY",
    show_envvar=True,
    help="Sign with this SSH key.",
)
EVIDENCE = click.option(
    "--evidence", type=click.Path(path_type=Path, dir_okay=False), help="The evidence, as mlgate check wrote it."
)
RUN = click.option("--run", "run_id", type=int, metavar="ID", help="The run of the gate on GitHub that made it.")


def changes(command: Command) -> Command:
    """The options of a command that records something."""
    for option in (as_json, dry_run, key, remote):
        command = option(command)
    return command


def place_here(remote: str, key: Path | None = None) -> "Place":
    """The place of the current folder's repository."""
    from mlgate.promotion.place import find_place

    return find_place(Path.cwd(), remote, key, os.environ)


def given(place: "Place", evidence: Path | None, run_id: int | None, config: str) -> Any:
    """The evidence that an option names, or None."""
    from mlgate.errors import user_error
    from mlgate.promotion.evidences import from_file, from_run

    if evidence is not None and run_id is not None:
        raise user_error("--evidence and --run both name evidence", mend="give one of them")
    if run_id is not None:
        return from_run(place, run_id, config)
    return from_file(place, evidence) if evidence is not None else None


def end(outcome: "Outcome", *, is_json: bool) -> NoReturn:
    """The outcome is printed, told to GitHub in a step of a workflow, and the process ends by it."""
    from mlgate.promotion.step import tell_outcome

    tell_outcome(outcome, os.environ)
    if is_json:
        show_json(outcome)
    else:
        show(outcome.as_text())
    sys.exit(outcome.exit_code)


def show_json(value: Any) -> None:
    """The value as JSON in ASCII, so that nothing in it can move the cursor or break a line."""
    import json

    import msgspec

    click.echo(json.dumps(msgspec.to_builtins(value), indent=2))


def show(text: str) -> None:
    """The text, in which nothing of a ledger's or a server's can move the cursor."""
    from mlgate.reporting.escaping import log_safe, plain_lines

    click.echo(log_safe("\n".join(plain_lines(text))))
