"""`mlgate rollback`, as typed."""

from functools import partial
from pathlib import Path

import click

from mlgate.commands.releasing import EVIDENCE, RELEASE_CODES, RUN, changes, end, given, place_here
from mlgate.progress import Progress


@click.command(epilog=RELEASE_CODES)
@click.argument("model")
@click.option("--stage", required=True, help="Which stage shall go back.")
@click.option("--to", metavar="vX.Y.Z", help="To this version instead of the newest earlier one that can.")
@click.option("--reason", default="", help="Why; the ledger keeps it.")
@click.option("--drill", is_flag=True, help="Only fetch and verify the version, and say how long it took.")
@EVIDENCE
@RUN
@changes
def rollback(
    model: str, stage: str, to: str | None, reason: str, drill: bool, evidence: Path | None, run_id: int | None,
    remote: str, key: Path | None, dry_run: bool, is_json: bool,
) -> None:  # fmt: skip
    """Bring an earlier version back to a stage, the newest that can stand there.

    A version can if it was not revoked, was not rolled back from before, its bytes can be fetched, its features are
    served and fresh, and the service still sends what it takes. Nothing is deleted or moved: a rollback is one more
    event.

    \b
    Examples:
      mlgate rollback churn --stage prod --reason 'recall fell'
      mlgate rollback churn --stage prod --to v1.0.0 --reason 'as asked by ann'
      mlgate rollback churn --stage prod --drill

    With evidence that was made of the version's commit today, a drill also says whether it scores as it did when it
    was registered.
    """
    from mlgate.deploying.following import follow
    from mlgate.errors import user_error
    from mlgate.ledger.names import parse_asked
    from mlgate.promotion.drilling import drill as run_drill
    from mlgate.promotion.rolling_back import Asked, roll_back

    if to is not None:
        parse_asked(f"model@{to}", needs="version")
    if not drill and (evidence or run_id is not None):
        raise user_error("only a drill looks at evidence", mend="--drill")
    if not reason and not drill:
        raise user_error("a rollback needs a reason", mend="--reason 'what went wrong'")
    with Progress() as shown:
        asked = Asked(parse_asked(model).model, stage, reason, to, dry_run)
        place = place_here(remote, key)
        if drill:
            outcome = run_drill(place, asked, partial(given, place, evidence, run_id), shown.say)
        else:
            outcome = follow(place, roll_back(place, asked, shown.say), shown.say)
    end(outcome, is_json=is_json)
