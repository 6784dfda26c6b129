"""`mlgate register`, as typed."""

from pathlib import Path
from typing import NoReturn

import click

from mlgate.commands.releasing import EVIDENCE, RELEASE_CODES, RUN, changes, end, given, place_here
from mlgate.progress import Progress


@click.command(epilog=RELEASE_CODES)
@EVIDENCE
@RUN
@click.option("--commit", metavar="SHA", help="Evidence of the gate's newest run on this commit, on GitHub.")
@click.option(
    "--config", default="mlgate.yml", show_default=True, help="With --run or --commit: the model's configuration."
)
@click.option(
    "--model", type=click.Path(path_type=Path), help="The model's file or folder, where git does not have it."
)
@click.option("--version", metavar="vX.Y.Z", help="The version to be, instead of the next one.")
@click.option(
    "--bump", type=click.Choice(["major", "minor", "patch"]), default="minor", show_default=True,
    help="Which part the next version raises.",
)  # fmt: skip
@changes
def register(
    evidence: Path | None, run_id: int | None, commit: str | None, config: str, model: Path | None,
    version: str | None, bump: str, remote: str, key: Path | None, dry_run: bool, is_json: bool,
) -> None:  # fmt: skip
    """Make a version of a model from evidence and the bytes that it is about.

    The same bytes are the same version, so it can be run again after anything that went wrong.

    \b
    Examples:
      mlgate register --evidence out/evidence.json
      mlgate register --run 8121212 --version v2.0.0
      mlgate register --commit 8a33ed5b1f14 --config models/churn/mlgate.yml
      mlgate register --evidence out/evidence.json --model build/model.skops --dry-run
    """
    from mlgate.errors import user_error
    from mlgate.ledger.names import parse_asked
    from mlgate.promotion.evidences import run_on
    from mlgate.promotion.outcome import Declined
    from mlgate.promotion.refusing import refuse
    from mlgate.promotion.registering import Asked
    from mlgate.promotion.registering import register as run
    from mlgate.promotion.sources import model_of

    if version is not None:
        parse_asked(f"model@{version}", needs="version")
    with Progress() as shown:
        place = place_here(remote, key)
        if commit is not None:
            run_id = run_on(place, commit) if run_id is None and evidence is None else _only_one()
        try:
            found = given(place, evidence, run_id, config)
        except Declined as declined:
            end(refuse(place, "register", model_of(place, config), declined.reasons, dry_run=dry_run), is_json=is_json)
        if found is None:
            raise user_error("no evidence was given", mend="--evidence FILE, --run ID or --commit SHA")
        outcome = run(place, Asked(found, model, version, bump, dry_run), shown.say)
    end(outcome, is_json=is_json)


def _only_one() -> NoReturn:
    from mlgate.errors import user_error

    raise user_error("--commit and another option both name evidence", mend="give one of them")
