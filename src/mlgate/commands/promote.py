"""`mlgate promote`, as typed."""

import os
from pathlib import Path

import click

from mlgate.commands.releasing import EVIDENCE, RELEASE_CODES, RUN, changes, end, given, place_here, show, show_json
from mlgate.progress import Progress


@click.command(epilog=RELEASE_CODES)
@click.argument("version", metavar="MODEL@VERSION")
@click.option("--stage", required=True, help="Where it shall be, one of those in stages.yml.")
@EVIDENCE
@RUN
@click.option("--plan", "only_plan", is_flag=True, help="Say which commits have to be compared first, and stop.")
@click.option(
    "--config", "configs", multiple=True, metavar="FILE",
    help="With --plan, for a version that is not registered: where its model may be configured (can be repeated).",
)  # fmt: skip
@changes
def promote(
    version: str, stage: str, evidence: Path | None, run_id: int | None, only_plan: bool, configs: tuple[str, ...],
    remote: str, key: Path | None, dry_run: bool, is_json: bool,
) -> None:  # fmt: skip
    """Bring a version to a stage, if its evidence opens it.

    Without --evidence and --run the evidence counts that the version was registered with. A version may also be named
    by the tag with which people ask for it.

    \b
    Examples:
      mlgate promote churn@v1.2.0 --stage prod
      mlgate promote churn@v1.2.0 --stage prod --evidence out/evidence.json
      mlgate promote churn@v1.2.0 --stage prod --dry-run
      mlgate promote release/churn/v1.2.0 --stage prod --plan
    """
    from mlgate.deploying.following import follow
    from mlgate.ledger.names import parse_asked, requested
    from mlgate.promotion.outcome import Declined
    from mlgate.promotion.planning import plan
    from mlgate.promotion.promoting import Asked
    from mlgate.promotion.promoting import promote as run
    from mlgate.promotion.refusing import refuse
    from mlgate.promotion.step import tell_step

    asked = parse_asked(requested(version), needs="version")
    assert asked.version is not None
    with Progress() as shown:
        place = place_here(remote, key)
        planned = plan(place, asked.model, asked.version, stage, configs or ("mlgate.yml",)) if only_plan else None
    if planned is not None:
        tell_step(planned.outputs, os.environ)
        show_json(planned) if is_json else show(planned.as_text())
        return
    with Progress() as shown:
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
