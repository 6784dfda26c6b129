"""`mlgate features`, as typed."""

import sys
from pathlib import Path

import click

from mlgate.commands.releasing import (
    CHECK_CODES,
    RELEASE_CODES,
    as_json,
    changes,
    end,
    place_here,
    remote,
    show,
    show_json,
)
from mlgate.progress import Progress


@click.group(epilog=CHECK_CODES)
def features() -> None:
    """Serve and retire feature versions, and see what needs them.

    \b
    Examples:
      mlgate features status
      mlgate features serve transactions@2
      mlgate features retire transactions@1 --reason "nothing needs it since March"
    """


@features.command(epilog=RELEASE_CODES)
@click.argument("feature", metavar="FEATURE@VERSION")
@changes
def serve(feature: str, remote: str, key: Path | None, dry_run: bool, is_json: bool) -> None:
    """Record that a declared feature version is computed for production.

    \b
    Examples:
      mlgate features serve transactions@2
      mlgate features serve transactions@2 --dry-run
    """
    from mlgate.features.serving import serve as run

    name, version = _parsed(feature)
    with Progress() as shown:
        place = place_here(remote, key)
        shown.say("recording in the ledger")
        outcome = run(place, name, version, dry_run=dry_run)
    end(outcome, is_json=is_json)


@features.command(epilog=RELEASE_CODES)
@click.argument("feature", metavar="FEATURE@VERSION")
@click.option("--reason", required=True, help="Why it is no longer needed.")
@changes
def retire(feature: str, reason: str, remote: str, key: Path | None, dry_run: bool, is_json: bool) -> None:
    """Record that a feature version is no longer computed, if no version of a model may need it.

    \b
    Examples:
      mlgate features retire transactions@1 --reason "nothing needs it since March"
    """
    from mlgate.features.serving import retire as run

    name, version = _parsed(feature)
    with Progress() as shown:
        place = place_here(remote, key)
        shown.say("recording in the ledger")
        outcome = run(place, name, version, reason, dry_run=dry_run)
    end(outcome, is_json=is_json)


@features.command(epilog=CHECK_CODES)
@remote
@as_json
def status(remote: str, is_json: bool) -> None:
    """Show every feature version: whether it is served and fresh, and which models need it.

    It ends with 1 if something is wrong, so that a nightly job notices rows that are no longer fresh.

    \b
    Examples:
      mlgate features status
      mlgate features status --json
    """
    from mlgate.features.serving import status as rows_of
    from mlgate.promotion.looking import columns

    with Progress() as shown:
        place = place_here(remote)
        shown.say("reading the ledger and the features' tables")
        rows = rows_of(place)
    if is_json:
        show_json(rows)
    elif not rows:
        show("no feature is declared or served")
    else:
        words = {True: "fresh", False: "not fresh", None: "–"}
        cells = [
            (f"{r.feature}@{r.version}", "served" if r.served else "not served", words[r.fresh],
             ", ".join(r.needed_by) or "–", r.remark)
            for r in rows
        ]  # fmt: skip
        show(columns([("feature", "", "rows", "needed by", ""), *cells]))
    sys.exit(int(any(row.is_fault for row in rows)))


def _parsed(feature: str) -> tuple[str, int]:
    from mlgate.errors import user_error

    name, at, version = feature.rpartition("@")
    if not at or not name or not version.isdecimal() or not 1 <= int(version) <= 1_000_000:
        raise user_error(f"'{feature}' is no feature version", mend="write it as transactions@2")
    return name, int(version)
