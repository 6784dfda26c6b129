"""`mlgate import`, as typed."""

from pathlib import Path

import click

from mlgate.exit_codes import LOOK_CODES


@click.command(name="import", epilog=LOOK_CODES)
@click.argument("tool", type=click.Choice(["great-expectations"]))
@click.argument("suite", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--table", default="data.csv", show_default=True, help="The path of the table that it is about.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this new file.")
def import_(tool: str, suite: Path, table: str, output: Path | None) -> None:
    """Turn another tool's expectations into a configuration, and list what has no counterpart.

    \b
    Examples:
      mlgate import great-expectations gx/expectations/orders.json --table data/orders.csv
      mlgate import great-expectations orders.json --table data/orders.csv --output mlgate.yml
    """
    from mlgate.adopting.writing import write_new
    from mlgate.importing.great_expectations import import_suite
    from mlgate.reporting.escaping import log_safe

    found = import_suite(suite, table)
    if output is None:
        click.echo(log_safe(found.text), nl=False)
    else:
        write_new(output, found.text)
        click.echo(f"wrote {output}; to try it: mlgate check --config {output}")
    click.echo(f"{len(found.translated)} of {len(found.translated) + len(found.left)} translated", err=True)
