"""`mlgate suggest`, as typed."""

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from mlgate.exit_codes import LOOK_CODES

if TYPE_CHECKING:
    from mlgate.config import Kind


@click.command(epilog=LOOK_CODES)
@click.argument("table")
@click.option("--relation", help="Of a database: the table or view.")
@click.option("--kind", "kinds", multiple=True, metavar="COLUMN=KIND", help="What a column is, if the guess is wrong.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this new file.")
def suggest(table: str, relation: str | None, kinds: tuple[str, ...], output: Path | None) -> None:
    """Propose expectations for a table from its own data, each line with what was observed.

    \b
    Examples:
      mlgate suggest data/train.csv
      mlgate suggest data/train.csv --kind zip=text --kind grade=category --output mlgate.yml
      mlgate suggest data/shop.db --relation orders
    """
    from mlgate.adopting.suggesting import suggest as propose
    from mlgate.adopting.writing import write_new
    from mlgate.config import Table
    from mlgate.reporting.escaping import log_safe

    text = propose(Table(path=table, relation=relation), _parsed(kinds), Path.cwd())
    if output is None:
        click.echo(log_safe(text), nl=False)
        return
    write_new(output, text)
    click.echo(f"wrote {output}; to try it: mlgate check --config {output}")


def _parsed(kinds: tuple[str, ...]) -> "dict[str, Kind]":
    from mlgate.config import Kind
    from mlgate.errors import did_you_mean, user_error

    found: dict[str, Kind] = {}
    for text in kinds:
        column, equals, kind = text.rpartition("=")
        known = [k for k in get_args(Kind) if k == kind]
        if not equals or not known:
            raise user_error(f"--kind {text}: give COLUMN=KIND", mend=did_you_mean(kind, get_args(Kind)))
        found[column] = known[0]
    return found
