"""`mlgate schema`, as typed."""

import click

from mlgate.exit_codes import EXIT_CODES


@click.command(epilog=EXIT_CODES)
@click.argument("what", type=click.Choice(["config", "features", "stages", "evidence"]), default="config")
def schema(what: str) -> None:
    """Print the JSON Schema of mlgate.yml, features.yml, stages.yml or evidence.

    \b
    Examples:
      mlgate schema > mlgate.schema.json
      mlgate schema evidence
    """
    from mlgate.configuring.schema import SCHEMAS, to_text

    click.echo(to_text(SCHEMAS[what]()))
