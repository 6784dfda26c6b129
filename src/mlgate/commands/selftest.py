"""`mlgate selftest`, as typed."""

from pathlib import Path

import click

from mlgate.exit_codes import LOOK_CODES
from mlgate.progress import Progress


@click.command(epilog=LOOK_CODES)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("mlgate.yml"),
    show_default=True,
    help="The gate to be tested.",
)
@click.option("--baseline", help="Take this commit's model for the second one.")
@click.option("--trials", type=click.IntRange(20), help="For each line of the table: 200, or 40 of many rows.")
@click.option("--seed", default=17, show_default=True, help="Of the trials.")
@click.option(
    "--retrain",
    type=click.IntRange(2),
    metavar="K",
    help="Instead: how much training the base again moves its metrics.",
)
def selftest(config: Path, baseline: str | None, trials: int | None, seed: int, retrain: int | None) -> None:
    """Put the gate to the test: how often it blocks what did no harm, and finds what did.

    \b
    Examples:
      mlgate selftest
      mlgate selftest --trials 1000 --seed 1
      mlgate selftest --retrain 5
    """
    from mlgate.running.starting import start

    with Progress() as progress:
        start(config, None, baseline, progress.say)
        from mlgate.configuring.setting import Request
        from mlgate.exploring.retraining import render as render_retrained
        from mlgate.exploring.retraining import retrained
        from mlgate.exploring.selftest import of_joint, render, run
        from mlgate.running.looking import look

        request = Request(config, None, baseline)
        if retrain is not None:
            click.echo(render_retrained(retrained(request, retrain, progress.say)))
            return
        with look(request, progress.say) as looked:
            found = run(looked, trials or of_joint(looked.joint), seed, progress.say)
    click.echo(render(found))
