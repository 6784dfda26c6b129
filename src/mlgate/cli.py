"""The command line: `mlgate check` and what belongs to it."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import click

import mlgate
from mlgate.adopting.commands import doctor, init
from mlgate.errors import UserError
from mlgate.reporting.escaping import log_safe, plain_lines

OK, FAILED, USER, OURS, INTERRUPTED = 0, 1, 2, 3, 130
EXIT_CODES = """\b
Exit codes:
  0  nothing blocks       1  something blocks the merge
  2  the configuration or its inputs need mending
  3  a bug of mlgate's    130  interrupted"""
REPORT_CODES = """\b
Exit codes:
  0  reported, or there was nothing to report on; a comment that GitHub refuses is a notice
  1  the run could not be read                       2  an option cannot be used
  3  a bug of mlgate's                             130  interrupted"""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Check a change": ("check", "render"),
    "Adopt": ("init", "doctor"),
    "On GitHub": ("report",),
    "Look things up": ("checks", "schema"),
}


class Grouped(click.Group):
    """Help that shows commands by the job they serve."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, group by group."""
        for title, names in GROUPS.items():
            rows = [(name, self.commands[name].get_short_help_str(80)) for name in names]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(
    cls=Grouped, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXIT_CODES
)
@click.version_option(mlgate.__version__, prog_name="mlgate")
def cli() -> None:
    """CI/CD for machine learning: checks with honest verdicts.

    \b
    Examples:
      mlgate check                        the work tree against the branch it left
      mlgate check --only missing         one check alone
      mlgate check --output out           write evidence.json and report.md to out/
      mlgate checks regression            what a check does, and its parameters
    """


@cli.command(epilog=EXIT_CODES)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("mlgate.yml"),
    show_default=True,
    help="The configuration.",
)
@click.option("--ref", help="Check this commit instead of the work tree.")
@click.option("--baseline", help="Compare with this commit instead of the one the event or branch gives.")
@click.option("--only", multiple=True, metavar="ID", help="Run only this check (can be repeated).")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Write evidence.json and report.md here."
)
@click.option("--plan", "only_plan", is_flag=True, help="Print what would be read, as SQL, and stop.")
@click.option("--install", is_flag=True, help="Build an environment from the configuration's requirements first.")
@click.option("--own-policy", is_flag=True, help="Judge by this change's own policy, to try it before it is merged.")
@click.option("--quiet", is_flag=True, help="No progress, only the report.")
def check(
    config: Path, ref: str | None, baseline: str | None, only: tuple[str, ...], output: Path | None, only_plan: bool,
    install: bool, own_policy: bool, quiet: bool,
) -> None:  # fmt: skip
    """Check a change against its base and say whether it may be merged.

    \b
    Examples:
      mlgate check --ref my-branch --baseline main
      mlgate check --config models/churn/mlgate.yml --output out
      mlgate check --plan
    """
    from mlgate.worker.environment import STARTED_CLEAN, clean_start

    is_second_start = os.environ.get(STARTED_CLEAN) == str(os.getpid())  # the first one has fetched, with credentials
    with Progress(quiet=quiet) as progress:
        if not is_second_start and (ref or (config.is_file() and b"fetch" in config.read_bytes())):
            from mlgate.configuring.setting import Request
            from mlgate.inputs.fetching import fetch_missing

            fetch_missing(Request(config, ref, baseline), progress.say)
        clean_start()  # from here on no credential is in this process, nor in /proc; before what takes time to import
        from mlgate.configuring.setting import Request
        from mlgate.running.runner import check as run

        request = Request(config, ref, baseline, only, install, own_policy)
        result = run(request, progress.say, only_plan=only_plan)
    if only_plan:
        for name, sql in result.queries.items():
            click.echo(f"-- {name}\n{sql};\n")
        return
    if output:
        write_reports(result.evidence, result.verdict, output)
    click.echo(render_text("terminal", result.evidence, result.verdict), nl=False)
    if output:
        click.echo(f"Evidence and report: {output}")
    sys.exit(result.verdict.exit_code)


@cli.command(epilog=EXIT_CODES)
@click.argument("evidence", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--format", "format_id", default="terminal", show_default=True, help="terminal, markdown, json or annotations."
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Decide by this configuration's policy instead of the recorded statuses.",
)
def render(evidence: Path, format_id: str, config: Path | None) -> None:
    """Show the evidence of a run in another format.

    \b
    Examples:
      mlgate render out/evidence.json --format markdown
      mlgate render out/evidence.json --config mlgate.yml
    """
    from mlgate.evidence import parse_evidence
    from mlgate.reporting.rendering import recorded_verdict, verdict_under

    found = parse_evidence(evidence.read_bytes())
    verdict = verdict_under(found, config) if config else recorded_verdict(found)
    click.echo(render_text(format_id, found, verdict), nl=False)


@cli.command(epilog=REPORT_CODES)
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
@click.option("--name", default="default", show_default=True, help="The comment's name, where one change has several.")
@click.option("--author", default="github-actions[bot]", show_default=True, help="The account of GITHUB_TOKEN.")
def report(
    configs: tuple[str, ...], workflow: str, comment: Literal["always", "changed", "problems", "never"], name: str,
    author: str,
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
    sys.exit(report_from(os.environ, options))


@cli.command(epilog=EXIT_CODES)
@click.argument("id_", metavar="[ID]", required=False)
def checks(id_: str | None) -> None:
    """The table of checks, or one check's page.

    \b
    Examples:
      mlgate checks
      mlgate checks fairness
    """
    from mlgate.reporting.pages import check_page, table_of_checks

    click.echo(check_page(id_) if id_ else table_of_checks())


@cli.command(epilog=EXIT_CODES)
@click.argument("what", type=click.Choice(["config", "evidence"]), default="config")
def schema(what: str) -> None:
    """Print the JSON Schema of mlgate.yml, or of evidence.

    \b
    Examples:
      mlgate schema > mlgate.schema.json
      mlgate schema evidence
    """
    from mlgate.configuring.schema import config_schema, evidence_schema, to_text

    click.echo(to_text(config_schema() if what == "config" else evidence_schema()))


cli.add_command(init)
cli.add_command(doctor)


def main() -> None:
    """The console script: every error is a message with its mend, never a bare traceback of the user's fault."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stopped job leaves no work tree behind either
    try:
        code = cli.main(prog_name="mlgate", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else OK)
    except UserError as error:
        problems = "\n".join(line for problem in error.problems for line in plain_lines(str(problem)))
        count = len(error.problems)
        click.echo(log_safe(f"{problems}\n\n{count} thing{'s' * (count != 1)} to mend."), err=True)
        sys.exit(USER)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(USER)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(OK)
    except Exception:  # noqa: BLE001 — the last resort: say that it is our fault
        traceback.print_exc()
        click.echo(
            "\nThis is a bug of mlgate's, not of your repository. Please report it with the lines above.", err=True
        )
        sys.exit(OURS)


def render_text(format_id: str, evidence: Any, verdict: Any) -> str:
    """A report as text, for this terminal and this server."""
    import shutil

    from mlgate.plugins import load_report
    from mlgate.reporting.view import Links, View

    run = os.environ.get("GITHUB_RUN_ID", "")
    links = Links(
        os.environ.get("GITHUB_SERVER_URL", "https://github.com"),
        os.environ.get("GITHUB_REPOSITORY"),
        int(run) if run.isdigit() else None,
    )
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = shutil.get_terminal_size((100, 24)).columns
    return load_report(format_id).render(View(evidence, verdict, links, max(width, 60), color))


def write_reports(evidence: Any, verdict: Any, folder: Path) -> None:
    """The reports that are files, each written whole or not at all."""
    from mlgate.plugins import find_reports, load_report

    folder.mkdir(parents=True, exist_ok=True)
    for format_id in find_reports():
        name = load_report(format_id).FILE
        if name:
            temporary = folder / f".{name}.part"
            temporary.write_text(render_text(format_id, evidence, verdict), encoding="utf-8")
            temporary.replace(folder / name)


class Progress:
    """Says on standard error what is going on, once it has gone on for two seconds."""

    def __init__(self, *, quiet: bool = False, after: float = 2.0, echo: Callable[..., None] = click.echo) -> None:
        self._quiet, self._after, self._echo = quiet, after, echo
        self._timer: threading.Timer | None = None
        self._began = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._cancel()

    def say(self, what: str) -> None:
        """`what` is going on from now; it is shown when it takes long."""
        self._cancel()
        if not self._quiet:
            self._timer = threading.Timer(self._after, self._show, (what,))
            self._timer.daemon = True
            self._timer.start()

    def _show(self, what: str) -> None:
        seconds = time.monotonic() - self._began
        self._echo(f"[{seconds:5.1f} s] {what} …", err=True)

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()


if __name__ == "__main__":
    main()
