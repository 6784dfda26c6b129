"""`mlgate audit`, as typed."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.commands.log import log
from mlgate.commands.releasing import CHECK_CODES, as_json, remote, show, show_json
from mlgate.progress import Progress

if TYPE_CHECKING:
    from mlgate.ledger.reading import Ledger
    from mlgate.promotion.auditing import Audit

offline = click.option("--offline", is_flag=True, help="Look at this clone alone and ask nobody.")


@click.group(epilog=CHECK_CODES)
def audit() -> None:
    """Verify, show or export the ledger of releases.

    \b
    Examples:
      mlgate audit verify
      mlgate audit verify --offline
      mlgate audit export --output audit.json
    """


@audit.command(epilog=CHECK_CODES)
@remote
@offline
@as_json
def verify(remote: str, offline: bool, is_json: bool) -> None:
    """Say whether ledger, tags, history, evidence and stored bytes agree, and name each fault.

    \b
    Examples:
      mlgate audit verify
      mlgate audit verify --offline
    """
    import msgspec

    found, _ = _audited(remote, offline)
    if is_json:
        show_json({"statement": found.statement, **msgspec.to_builtins(found)})
    else:
        faults = (f"{fault.code}: {fault.message}" for fault in found.faults)
        show("\n".join([*faults, found.statement, *(f"  {note}" for note in found.notes)]))
    sys.exit(1 if found.faults else 0)


@audit.command(epilog=CHECK_CODES)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@remote
@offline
@as_json
def export(output: Path, remote: str, offline: bool, is_json: bool) -> None:
    """Write events, signatures, evidence, model cards and the audit's outcome to one JSON file.

    \b
    Examples:
      mlgate audit export --output audit.json
    """
    from mlgate.inputs.git import find_repository
    from mlgate.promotion.exporting import export as document

    found, ledger = _audited(remote, offline)
    repository = find_repository(Path.cwd())
    assert repository is not None
    output.write_bytes(document(found, ledger, repository))
    if is_json:
        show_json({"file": str(output), "statement": found.statement, "faults": len(found.faults)})
    else:
        show(f"{output}: {found.statement}")
    sys.exit(1 if found.faults else 0)


audit.add_command(log)


def _audited(remote: str, offline: bool) -> "tuple[Audit, Ledger]":
    from mlgate.promotion.auditing import audit_offline, audit_online

    with Progress() as shown:
        if offline:
            return audit_offline(Path.cwd(), os.environ, shown.say)
        return audit_online(Path.cwd(), remote, os.environ, shown.say)
