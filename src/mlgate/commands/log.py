"""`mlgate log`, as typed."""

import click

from mlgate.commands.releasing import SHOW_CODES, as_json, place_here, remote, show, show_json


@click.command(epilog=SHOW_CODES)
@click.argument("model", required=False)
@remote
@as_json
def log(model: str | None, remote: str, is_json: bool) -> None:
    """Show what was recorded, the newest first: decisions, and what was refused.

    \b
    Examples:
      mlgate log
      mlgate log churn --json
    """
    import msgspec

    from mlgate.promotion.looking import columns, told

    records = [r for r in place_here(remote).ledger().events if model in (None, getattr(r.event, "model", None))]
    if is_json:
        events = [
            {"sha256": r.sha256, "is_signed": r.signature is not None, **msgspec.to_builtins(r.event)} for r in records
        ]
        show_json(events)
        return
    rows = [(str(r.event.seq), r.event.time, r.event.actor, told(r.event)) for r in reversed(records)]
    show(columns(rows) if rows else "nothing was recorded yet")
