"""`mlgate pull`, as typed."""

from pathlib import Path

import click

from mlgate.commands.releasing import SHOW_CODES, as_json, dry_run, place_here, remote, show, show_json
from mlgate.progress import Progress


@click.command(epilog=SHOW_CODES)
@click.argument("version", metavar="MODEL#STAGE|MODEL@VERSION")
@click.option(
    "--into", type=click.Path(path_type=Path), help="The new folder; MODEL-VERSION here if none is named."
)  # fmt: skip
@remote
@dry_run
@as_json
def pull(version: str, into: Path | None, remote: str, dry_run: bool, is_json: bool) -> None:
    """Fetch a version, or what is at a stage, as the ledger has it, each file verified by its digest.

    \b
    Examples:
      mlgate pull churn#prod
      mlgate pull churn@v1.2.0 --into model
    """
    from mlgate.errors import user_error
    from mlgate.ledger.names import parse_asked
    from mlgate.promotion.pulling import pull as run
    from mlgate.promotion.pulling import resolve

    asked = parse_asked(version)
    if asked.version is None and asked.stage is None:
        raise user_error(f"'{version}' names neither version nor stage", mend=f"such as {version}#prod")
    with Progress() as shown:
        place = place_here(remote)
        register = resolve(place, asked)
        folder = into or Path(f"{register.model}-{register.version}")
        if not dry_run:
            run(place, register, folder, shown.say)
    found = {
        "model": register.model, "version": register.version, "sha256": register.sha256, "folder": str(folder),
        "files": [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in register.files], "dry_run": dry_run,
    }  # fmt: skip
    label = f"{register.model}@{register.version}"
    said = f"{label} would be in {folder} (--dry-run)" if dry_run else f"{label} is in {folder}, verified"
    show_json(found) if is_json else show(said)
