"""`mlgate diff`, as typed."""

from pathlib import Path

import click

from mlgate.commands.releasing import SHOW_CODES, as_json, place_here, remote, show, show_json


@click.command(epilog=SHOW_CODES)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--key", "keys", multiple=True, metavar="COLUMN", help="Of tables: pair rows by it (can be repeated).")
@click.option("--relation", help="Of databases: the table or view.")
@click.option(
    "--config", type=click.Path(path_type=Path), default=Path("mlgate.yml"), show_default=True,
    help="The configuration that may name tables.",
)  # fmt: skip
@remote
@as_json
def diff(
    a: str, b: str, keys: tuple[str, ...], relation: str | None, config: Path, remote: str, *, is_json: bool
) -> None:
    """Show in what two tables differ, or two versions of a model (MODEL@VERSION, MODEL#STAGE).

    Of tables: columns, rows by key, changed cells and distributions, in counts and no value of a cell.
    Of versions: their source, data and environment, and what was measured of each, by its own evidence.

    \b
    Examples:
      mlgate diff old.csv new.csv --key id
      mlgate diff data/2024.parquet s3://sales/2025.parquet --json
      mlgate diff churn@v1.1.0 churn#prod
    """
    if _are_versions(a, b):
        _show_versions(a, b, remote, is_json=is_json)
        return
    from mlgate.exploring.diffs_shown import as_facts, as_text
    from mlgate.exploring.given import given_table
    from mlgate.exploring.table_diff import diff_tables

    one, other = (given_table(text, config, relation) for text in (a, b))
    found = diff_tables(one, other, keys)
    if is_json:
        show_json(as_facts(found))
    else:
        show(as_text(found))


def _are_versions(*texts: str) -> bool:
    """Whether all name models, one of them with its version or stage, and none a file."""
    from mlgate.ledger.names import find_asked

    asked = [None if Path(text).exists() else find_asked(text) for text in texts]
    return all(asked) and any(each and (each.version or each.stage) for each in asked)


def _show_versions(one: str, other: str, remote: str, *, is_json: bool) -> None:
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
