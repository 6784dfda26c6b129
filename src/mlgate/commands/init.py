"""`mlgate init`, as typed."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mlgate.adopting.initialising import Plan

STATES = {"new": "new", "same": "is as proposed", "kept": "is there already and is kept; init would have written"}


INIT_CODES = """\b
Exit codes:
  0    the configuration runs, whatever its verdict
  2    the repository or the configuration needs mending, or nobody could be asked
  3    a bug of mlgate's    130  no, or interrupted: nothing was written"""


@click.command(epilog=INIT_CODES)
@click.option("--config", type=click.Path(path_type=Path), help="Propose this one configuration, for its folder.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--protect", is_flag=True, help="Also write the rules that GitHub must enforce, as code.")
def init(config: Path | None, yes: bool, dry_run: bool, protect: bool) -> None:
    """Look at this repository and propose its gate: a configuration and two workflows.

    \b
    Examples:
      mlgate init                              look, show, ask, write, and check once
      mlgate init --dry-run                    only look and show
      mlgate init --config models/a/mlgate.yml one model of several
      mlgate init --yes --protect              with rulesets, Terraform and CODEOWNERS
    """
    from mlgate.worker.environment import clean_start

    clean_start()  # the run at the end executes the repository's code
    from mlgate.adopting.initialising import plan
    from mlgate.adopting.writing import write

    planned = plan(Path.cwd(), config, protect=protect)
    _show(planned)
    new = [step for step in planned.steps if step.state == "new"]
    if not new:
        click.echo("Nothing to write. To check: mlgate check")
        return
    if dry_run:
        click.echo("Nothing was written (--dry-run).")
        return
    if not yes:
        _ask(len(new))
    for path in write(planned.top, new):
        click.echo(f"wrote {_plain(path)}")
    code = _check_once(planned)
    _next_steps(planned)
    sys.exit(code)


def _ask(count: int) -> None:
    """Somebody has said yes; a `UserError` where nobody can be asked."""
    from mlgate.errors import user_error

    if not sys.stdin.isatty():
        raise user_error("nothing was written: there is no terminal to ask at", mend="add --yes to write these files")
    if not click.confirm(f"Write {'this file' if count == 1 else f'these {count} files'}?", default=True):
        raise click.Abort


def _show(planned: "Plan") -> None:
    for step in planned.steps:
        click.echo(click.style(f"{_plain(step.file.path)}: {STATES[step.state]} ({step.file.what})", bold=True))
        if step.diff:
            click.echo(step.diff + "\n")
    _listed("Guessed, please check:", planned.guesses)
    _listed("To know:", planned.remarks)


def _listed(title: str, lines: tuple[str, ...]) -> None:
    if lines:
        click.echo(title)
    for line in lines:
        click.echo(f"  {_plain(line)}")


def _check_once(planned: "Plan") -> int:
    """The gate has run for each new configuration; 2 if one cannot be used as it is."""
    from mlgate.configuring.setting import Request
    from mlgate.errors import UserError
    from mlgate.progress import Progress
    from mlgate.reporting.rendering import render_text
    from mlgate.running.runner import check

    code = 0
    for path in planned.new_configs:
        click.echo(f"\nmlgate check --config {_plain(shlex.quote(path))}")
        try:
            with Progress() as progress:
                result = check(Request(planned.top / path), progress.say)
        except UserError as error:
            code = 2
            click.echo("\n".join(f"  {_plain(line)}" for p in error.problems for line in str(p).splitlines()))
            click.echo("The configuration was written; mend this, then run the command above.")
            continue
        click.echo(render_text("terminal", result.evidence, result.verdict), nl=False)
    return code


def _next_steps(planned: "Plan") -> None:
    from mlgate.adopting.protection import RULESET_FILE
    from mlgate.adopting.workflows import REQUIRED_CHECK, REQUIRED_STATUS

    has_rules = any(step.file.path == RULESET_FILE for step in planned.steps)
    how = f"apply {RULESET_FILE}, which says how" if has_rules else "`mlgate init --protect` writes that as code"
    names = shlex.join(step.file.path for step in planned.steps if step.state == "new")
    click.echo("\nNext:")
    click.echo("  1. Read the configuration and correct what was guessed.")
    click.echo(
        f"  2. git add {_plain(names)} && git commit -m 'Gate pull requests with mlgate', and open a pull request."
    )
    click.echo(f"  3. Once it is merged, require the check `{REQUIRED_CHECK}` and the status `{REQUIRED_STATUS}`;")
    click.echo(f"     {how}. `mlgate doctor` says what else is missing.")


def _plain(text: str) -> str:
    from mlgate.reporting.escaping import plain

    return plain(text)
