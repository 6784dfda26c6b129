"""`mlgate status`, as typed."""

import click

from mlgate.commands.releasing import SHOW_CODES, as_json, place_here, remote, show, show_json
from mlgate.progress import Progress


@click.command(epilog=SHOW_CODES)
@click.argument("model", required=False)
@remote
@as_json
def status(model: str | None, remote: str, is_json: bool) -> None:
    """Show which version of each model is at which stage, and whether the registry shows it.

    \b
    Examples:
      mlgate status
      mlgate status churn --json
    """
    from mlgate.promotion.looking import columns
    from mlgate.promotion.looking import status as rows_of

    with Progress() as shown:
        place = place_here(remote)
        shown.say("reading the ledger")
        state = place.ledger().state
        there = {name: place.backend.shown(name) for name in state.models if model in (None, name)}
    rows = rows_of(state, there, model)
    if is_json:
        show_json(rows)
    elif not rows:
        show(f"no version of {model or 'any model'} is registered; begin with: mlgate register")
    else:
        head = ("model", "version", "stage", "since", "by", "")
        show(columns([head, *((r.model, r.version, r.stage or "–", r.since, r.by, r.state) for r in rows)]))
