"""`mlgate checks`, as typed."""

import click

from mlgate.exit_codes import EXIT_CODES


@click.command(epilog=EXIT_CODES)
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
