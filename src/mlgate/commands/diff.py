"""`mlgate diff`, as typed."""

import click

from mlgate.commands.releasing import SHOW_CODES, as_json, place_here, remote, show, show_json


@click.command(epilog=SHOW_CODES)
@click.argument("one", metavar="MODEL@VERSION")
@click.argument("other", metavar="MODEL@VERSION")
@remote
@as_json
def diff(one: str, other: str, remote: str, is_json: bool) -> None:
    """Show in what two versions differ: their source, data and environment, and what was measured of each.

    The values are of each version's own evidence, not on the same rows unless the table is the same.

    \b
    Examples:
      mlgate diff churn@v1.1.0 churn@v1.2.0
      mlgate diff churn#prod churn@v1.2.0 --json
    """
    from mlgate.ledger.names import parse_asked
    from mlgate.promotion.evidences import from_ledger
    from mlgate.promotion.looking import columns, differences
    from mlgate.promotion.pulling import resolve

    place = place_here(remote)
    ledger = place.ledger()
    sides = []
    for text in (one, other):
        register = resolve(place, parse_asked(text))
        sides.append((register, from_ledger(place, ledger, register).evidence))
    rows = list(differences(sides[0], sides[1]))
    labels = [f"{register.model}@{register.version}" for register, _ in sides]
    if is_json:
        show_json({"versions": labels, "differences": rows})
        return
    shown = [(name, _said(before), _said(after)) for name, before, after in rows]
    show(columns([("", *labels), *shown]))


def _said(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value or "–")
