"""`mlgate deploy`, as typed."""

from pathlib import Path

import click

from mlgate.commands.releasing import RELEASE_CODES, changes, end, place_here
from mlgate.progress import Progress


@click.command(epilog=RELEASE_CODES)
@click.argument("stage", metavar="MODEL#STAGE")
@changes
def deploy(stage: str, remote: str, key: Path | None, dry_run: bool, is_json: bool) -> None:
    """Bring what is at a stage to its service, by the hooks in stages.yml, and see that it is well.

    mlgate promote does so by itself. If the service does not get well, the stage goes back to the version before, in
    the ledger and in the service.

    \b
    Examples:
      mlgate deploy 'churn#prod'
    """
    from mlgate.deploying.following import follow
    from mlgate.errors import user_error
    from mlgate.ledger.names import parse_asked
    from mlgate.promotion.outcome import Outcome
    from mlgate.promotion.pulling import resolve

    asked = parse_asked(stage, needs="stage")
    assert asked.stage is not None
    with Progress() as shown:
        place = place_here(remote, key)
        if place.stages.stage(asked.stage).deploy is None:
            raise user_error(f"stages.yml does not say how '{asked.stage}' is deployed", mend="see docs/deploy.md")
        version = resolve(place, asked).version
        outcome = Outcome(
            action="deploy", done=True, model=asked.model, version=version, stage=asked.stage, dry_run=dry_run
        )
        outcome = follow(place, outcome, shown.say, again=True)
    end(outcome, is_json=is_json)
