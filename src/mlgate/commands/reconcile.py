"""`mlgate reconcile`, as typed."""

import sys
from pathlib import Path

import click

from mlgate.commands.releasing import CHECK_CODES, changes, place_here, show, show_json
from mlgate.progress import Progress


@click.command(epilog=CHECK_CODES)
@changes
def reconcile(remote: str, key: Path | None, dry_run: bool, is_json: bool) -> None:
    """Let registry and service show what the ledger decided, whatever a crash or a person left otherwise.

    Files that are gone come back from git, where git has them; other bytes than those registered are never overwritten.
    What the ledger does not know to be deployed is deployed, and goes back where it is not well, as at a promotion.

    \b
    Examples:
      mlgate reconcile
      mlgate reconcile --dry-run
    """
    from mlgate.deploying.following import catch_up
    from mlgate.promotion.projecting import reconcile as run

    with Progress() as shown:
        place = place_here(remote, key)
        found = (*run(place, shown.say, dry_run=dry_run), *catch_up(place, shown.say, dry_run=dry_run))
    if is_json:
        show_json(found)
    elif not found:
        show("registry and service show what the ledger decided")
    else:
        lines = (f"{d.subject}: {d.message}{' (mended)' if d.mended else ''}" for d in found)
        show("\n".join(lines))
    sys.exit(0 if all(difference.mended for difference in found) else 1)
