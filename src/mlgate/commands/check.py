"""`mlgate check`, as typed."""

import sys
from pathlib import Path

import click

from mlgate.exit_codes import EXIT_CODES
from mlgate.progress import Progress

THERE = click.Path(path_type=Path, exists=True, resolve_path=True)


@click.command(epilog=EXIT_CODES)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("mlgate.yml"),
    show_default=True,
    help="The configuration.",
)
@click.option("--ref", help="Check this commit instead of the work tree.")
@click.option("--baseline", help="Compare with this commit instead of the one the event or branch gives.")
@click.option("--model", type=THERE, help="With --ref: the model's file or folder, instead of the commit's own.")
@click.option("--baseline-model", type=THERE, help="The baseline's model file or folder, instead of its commit's own.")
@click.option("--only", multiple=True, metavar="ID", help="Run only this check (can be repeated).")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Write evidence.json and report.md here."
)
@click.option("--plan", "only_plan", is_flag=True, help="Print what would be read, as SQL, and stop.")
@click.option("--install", is_flag=True, help="Build an environment from the configuration's requirements first.")
@click.option("--own-policy", is_flag=True, help="Judge by this change's own policy, to try it before it is merged.")
@click.option("--history/--no-history", default=True, help="Write a line to .mlgate/history.jsonl, outside of CI.")
@click.option("--quiet", is_flag=True, help="No progress, only the report.")
def check(
    config: Path, ref: str | None, baseline: str | None, model: Path | None, baseline_model: Path | None,
    only: tuple[str, ...], output: Path | None, only_plan: bool, install: bool, own_policy: bool, history: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Check a change against its base and say whether it may be merged.

    \b
    Examples:
      mlgate check --ref my-branch --baseline main
      mlgate check --config models/churn/mlgate.yml --output out
      mlgate check --plan
    """
    from mlgate.running.starting import start

    if model is not None and ref is None:
        raise click.UsageError("--model needs --ref: in a work tree the model is the file that is there")
    with Progress(quiet=quiet) as progress:
        start(config, ref, baseline, progress.say)
        from mlgate.configuring.setting import Request
        from mlgate.reporting.rendering import render_text, write_reports
        from mlgate.running.runner import check as run

        request = Request(config, ref, baseline, only, install, own_policy, model, baseline_model)
        result = run(request, progress.say, only_plan=only_plan)
        if history and not only_plan:
            from mlgate.exploring.history import remembered

            result = remembered(result, config.absolute().parent)
    if only_plan:
        click.echo(result.plan.to_text())
        return
    if output:
        write_reports(result.evidence, result.verdict, output)
    click.echo(render_text("terminal", result.evidence, result.verdict), nl=False)
    if output:
        click.echo(f"Evidence and report: {output}")
    sys.exit(result.verdict.exit_code)
