"""`mlgate promote`, as typed."""

from pathlib import Path

import click

from mlgate.commands.releasing import EVIDENCE, RELEASE_CODES, RUN, changes, end, given, place_here
from mlgate.progress import Progress


@click.command(epilog=RELEASE_CODES)
@click.argument("version", metavar="MODEL@VERSION")
@click.option("--stage", required=True, help="Where it shall be, one of those in stages.yml.")
@EVIDENCE
@RUN
@changes
def promote(
    version: str, stage: str, evidence: Path | None, run_id: int | None, remote: str, key: Path | None, dry_run: bool,
    is_json: bool,
) -> None:  # fmt: skip
    """Bring a version to a stage, if its evidence opens it.

    Without --evidence and --run the evidence counts that the version was registered with.

    \b
    Examples:
      mlgate promote churn@v1.2.0 --stage prod
      mlgate promote churn@v1.2.0 --stage prod --evidence out/evidence.json
      mlgate promote churn@v1.2.0 --stage prod --dry-run
    """
    from mlgate.deploying.following import follow
    from mlgate.ledger.names import parse_asked
    from mlgate.promotion.outcome import Declined
    from mlgate.promotion.promoting import Asked
    from mlgate.promotion.promoting import promote as run
    from mlgate.promotion.refusing import refuse

    asked = parse_asked(version, needs="version")
    assert asked.version is not None
    with Progress() as shown:
        place = place_here(remote, key)
        config = "mlgate.yml"
        if run_id is not None and (known := place.ledger().state.version(asked.model, asked.version)):
            config = known.config
        try:
            found = given(place, evidence, run_id, config)
        except Declined as declined:
            refused = refuse(place, "promote", asked.model, declined.reasons, version=asked.version, stage=stage,
                             dry_run=dry_run)  # fmt: skip
            end(refused, is_json=is_json)
        outcome = run(place, Asked(asked.model, asked.version, stage, found, dry_run), shown.say)
        outcome = follow(place, outcome, shown.say)
    end(outcome, is_json=is_json)
