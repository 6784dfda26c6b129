"""Following: a stage's service becomes what the ledger decided, or ledger and service go back to the version before."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from mlgate.deploying.deploying import Deployed, deploy
from mlgate.deploying.job import Action, Job
from mlgate.deploying.settings import Deploy
from mlgate.ledger.events import Assignment, Reason
from mlgate.ledger.events import Deployed as DeployedEvent
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import Proposal, record
from mlgate.promotion.outcome import Outcome
from mlgate.promotion.place import Place
from mlgate.promotion.projecting import Difference
from mlgate.promotion.rolling_back import Asked, roll_back
from mlgate.promotion.withdrawing import withdraw
from mlgate.registries.backend import Say, released
from mlgate.scratch import scratch_folder

MOST_LINES = 20  # of a hook's output, in what a person is told


def follow(place: Place, outcome: Outcome, say: Say, *, again: bool = False) -> Outcome:
    """The outcome after the stage's deployment; what was deployed before is left as it is, unless `again`."""
    if not outcome.done or outcome.dry_run or outcome.stage is None or outcome.action == "drill":
        return outcome
    settings, ledger = place.stages.stage(outcome.stage).deploy, place.ledger()
    standing = ledger.state.assignment(outcome.model, outcome.stage)
    if settings is None or standing is None or (ledger.state.is_deployed(standing.seq) and not again):
        return outcome
    done = _bring(place, ledger, standing, settings, "deploy", say)
    if done.ok:
        return _noted(outcome, _well(done))
    failure = Reason("deploy-failed", f"{done.model}@{done.version} did not get well at {done.stage}: {done.message}",
                     "mend the model or the deployment, and release it as a new version")  # fmt: skip
    outcome = msgspec.structs.replace(outcome, done=False, failed=True, reasons=(failure,))
    return _noted(outcome, *_output(done), *_back(place, done, settings, say))


def catch_up(place: Place, say: Say, *, dry_run: bool = False) -> Iterator[Difference]:
    """Each decision whose deployment was cut off, failed, or was never asked for, and whether it is deployed now."""
    ledger = place.ledger()
    for model in ledger.state.models:
        for stage, standing in ledger.state.stages(model).items():
            conditions = place.stages.stages.get(stage)
            if conditions is None or conditions.deploy is None or ledger.state.is_deployed(standing.seq):
                continue
            message = f"the ledger knows of no deployment of {standing.version} that went well"
            decided = Outcome(action="deploy", done=True, model=model, version=standing.version, stage=stage)
            done = decided if dry_run else follow(place, decided, say)
            failed = "; ".join(reason.message for reason in done.reasons)
            yield Difference(f"{model}#{stage}", f"{message}; {failed}" if failed else message,
                             mended=done.done and not dry_run)  # fmt: skip


def _back(place: Place, failed: Deployed, settings: Deploy, say: Say) -> Iterator[str]:
    """The version before is at the stage again, and deployed; what happened, in sentences."""
    reason = f"the deployment of {failed.version} failed: {failed.message}"
    back = roll_back(place, Asked(failed.model, failed.stage, reason), say)
    if not back.done:
        withdraw(place, failed.model, failed.version, failed.stage, reason, say)
        yield f"no earlier version can stand at {failed.stage}, so it is left empty: the ledger claims no service"
        return
    yield f"{back.model}@{back.version} is at {failed.stage} again (event {back.event})"
    ledger = place.ledger()
    standing = ledger.state.assignment(failed.model, failed.stage)
    if standing is not None:
        done = _bring(place, ledger, standing, settings, "return", say)
        yield _well(done) if done.ok else f"{done.version} did not get well either: {done.message}"
        yield from _output(done)


def _bring(place: Place, ledger: Ledger, standing: Assignment, settings: Deploy, action: Action, say: Say) -> Deployed:
    """How the version came to its service; the ledger says so too."""
    register = ledger.state.version(standing.model, standing.version)
    assert register is not None, standing.version
    release = released(register)
    with scratch_folder() as folder, place.repository.exported(place.tip, ["."]) as root:
        files = folder / "model"
        say(f"fetching {release}")
        place.backend.pull(release, files, say)
        job = Job(release, standing.stage, files, Path(root), place.environ, action, standing.previous)
        done = deploy(job, settings, say)
    event = DeployedEvent(
        model=done.model, version=done.version, stage=done.stage, of=standing.seq, ok=done.ok,
        seconds=done.seconds, rows=done.rows, message=done.message, image=done.image,
    )  # fmt: skip
    record(place.remote, place.author, lambda _: Proposal(event))
    return done


def _well(done: Deployed) -> str:
    rows = f"; {done.rows} golden rows answered right" if done.rows else ""
    return f"{done.model}@{done.version} was deployed in {done.seconds:.1f} s{rows}"


def _output(done: Deployed) -> list[str]:
    return [f"  {line}" for line in done.output.splitlines()[-MOST_LINES:]] if not done.ok else []


def _noted(outcome: Outcome, *notes: str) -> Outcome:
    return msgspec.structs.replace(outcome, notes=(*outcome.notes, *notes))
