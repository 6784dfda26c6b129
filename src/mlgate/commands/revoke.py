"""`mlgate revoke`, as typed."""

from pathlib import Path

import click

from mlgate.commands.releasing import RELEASE_CODES, changes, end, place_here
from mlgate.progress import Progress


@click.command(epilog=RELEASE_CODES)
@click.argument("version", metavar="MODEL@VERSION")
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@click.option("--clear", is_flag=True, help="Also where it is at a stage, which is left empty then.")
@changes
def revoke(version: str, reason: str, clear: bool, remote: str, key: Path | None, dry_run: bool, is_json: bool) -> None:
    """Let a version never be promoted or rolled back to again.

    \b
    Examples:
      mlgate revoke churn@v1.0.0 --reason 'trained on leaked labels'
      mlgate revoke churn@v1.0.0 --reason 'withdrawn by its owner' --clear
    """
    from mlgate.ledger.names import parse_asked
    from mlgate.promotion.revoking import Asked
    from mlgate.promotion.revoking import revoke as run

    asked = parse_asked(version, needs="version")
    assert asked.version is not None
    with Progress() as shown:
        outcome = run(place_here(remote, key), Asked(asked.model, asked.version, reason, clear, dry_run), shown.say)
    end(outcome, is_json=is_json)
