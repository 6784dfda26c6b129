"""`mlgate compare`, as typed."""

from pathlib import Path

import click

from mlgate.exit_codes import LOOK_CODES
from mlgate.progress import Progress


@click.command(epilog=LOOK_CODES)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("mlgate.yml"),
    show_default=True,
    help="For two commits: the configuration that says how they predict.",
)
@click.option("--positive", help="For two files: the label that counts as positive, where it is not 1 or true.")
@click.option("--metric", "metrics", multiple=True, help="Only this metric (can be repeated).")
def compare(a: str, b: str, config: Path, positive: str | None, metrics: tuple[str, ...]) -> None:
    """Say what B changes against A on the same rows: two files of predictions, or two commits.

    Files have the columns `id`, `y_true`, and `y_pred`, `score` or `score_<class>`.

    \b
    Examples:
      mlgate compare old.csv new.csv
      mlgate compare main my-branch
      mlgate compare old.parquet new.parquet --positive yes --metric log-loss
    """
    from mlgate.running.starting import start

    is_files = Path(a).is_file() and Path(b).is_file()
    with Progress() as progress:
        if not is_files:
            start(config, b, a, progress.say)
        from mlgate.exploring.two import of_commits, of_files

        if is_files:
            found = of_files(Path(a), Path(b), positive, metrics, progress.say)
        else:
            found = of_commits(a, b, config, metrics, progress.say)
    click.echo(found)
