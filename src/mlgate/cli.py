"""The command line: its groups of commands, and what every end of a command looks like."""

import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from keyword import iskeyword

import click

import mlgate
from mlgate.errors import UserError
from mlgate.exit_codes import EXIT_CODES, INTERRUPTED, OK, OURS, USER
from mlgate.reporting.escaping import log_safe, plain_lines

GROUPS: Mapping[str, tuple[str, ...]] = {  # a command is the file of its name in `mlgate.commands`
    "Check a change": ("check", "render"),
    "Release": (
        "register",
        "promote",
        "rollback",
        "revoke",
        "pull",
        "status",
        "log",
        "deploy",
        "reconcile",
        "features",
        "audit",
        "sign",
        "verify",
    ),
    "Look at data": ("profile", "diff"),
    "Adopt": ("init", "suggest", "import", "doctor"),
    "On GitHub": ("report",),
    "Look at statistics": ("power", "compare", "explain", "history", "selftest"),
    "Look things up": ("checks", "schema"),
}


class ReaderLeft(Exception):
    """Whoever read the output wants no more of it; click would take the error itself for a failure."""


class Grouped(click.Group):
    """Commands by the job they serve, each loaded when it is asked for."""

    def invoke(self, ctx: click.Context) -> object:
        """What the command returns."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderLeft from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, group by group."""
        return [name for names in GROUPS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of the file that has its name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command: click.Command = getattr(importlib.import_module(f"mlgate.commands.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, group by group."""
        for title, names in GROUPS.items():
            commands = {name: self.get_command(ctx, name) for name in names}
            rows = [(name, command.get_short_help_str(80)) for name, command in commands.items() if command]
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
    except (ReaderLeft, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still to be flushed goes nowhere
        sys.exit(OK)
    except Exception:  # noqa: BLE001 — the last resort: say that it is our fault
        traceback.print_exc()
        click.echo(
            "\nThis is a bug of mlgate's, not of your repository. Please report it with the lines above.", err=True
        )
        sys.exit(OURS)


if __name__ == "__main__":
    main()
