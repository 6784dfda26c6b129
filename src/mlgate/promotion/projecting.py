"""Projecting: the registry shows what the ledger decided, now or whenever it is looked at again."""

from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct

from mlgate.errors import UserError, user_error
from mlgate.ledger.events import Projected, Register
from mlgate.ledger.reading import Ledger
from mlgate.ledger.recording import FACT_TRIES, Proposal, record
from mlgate.promotion.place import Place
from mlgate.promotion.sources import model_path, tree_at
from mlgate.registries.backend import Backend, Say, released
from mlgate.transfer.files import records_of

ROUNDS = 5


class Difference(Struct, frozen=True, omit_defaults=True):
    """Where registry and ledger differ, and whether that was mended."""

    subject: str
    message: str
    mended: bool = False


def project(place: Place, model: str, stage: str, say: Say) -> None:
    """The registry shows the stage as the ledger has it, also if that changes meanwhile; the ledger says so."""
    backend, ledger = place.backend, place.ledger()
    for _ in range(ROUNDS):
        say(f"showing {model}#{stage} in {backend.name}")
        try:
            _show(backend, ledger, model, stage)
        except UserError as error:
            mend = "the decision stands in the ledger; let the registry follow it: mlgate reconcile"
            raise user_error(
                f"{model}#{stage} is not shown by {backend.name}: {error.problems[0].message}", mend=mend
            ) from None
        shown, ledger = ledger, place.ledger()
        if ledger.state.current(model, stage) == shown.state.current(model, stage):
            break
    standing = ledger.state.assignment(model, stage)
    if standing is None or ledger.state.is_projected(standing.seq, backend.name):
        return
    event = Projected(model=model, version=standing.version, stage=stage, of=standing.seq, backend=backend.name)

    def propose(found: Ledger) -> Proposal | None:
        return None if found.state.is_projected(event.of, event.backend) else Proposal(event)

    with suppress(UserError):  # it is shown, which is what counts
        record(place.remote, place.author, propose, tries=FACT_TRIES)


def _show(backend: Backend, ledger: Ledger, model: str, stage: str) -> None:
    wanted = ledger.state.current(model, stage)
    if wanted is None:
        backend.clear(model, stage)
    else:
        backend.point(released(wanted), stage)


def reconcile(place: Place, say: Say, *, dry_run: bool = False) -> tuple[Difference, ...]:
    """What differed between the registry and the ledger; mended where it can be, unless it is a dry run."""
    backend, ledger = place.backend, place.ledger()
    found = []
    for model in ledger.state.models:
        say(f"comparing {model} in {backend.name}")
        for version, register in ledger.state.versions[model].items():
            if (model, version) not in ledger.state.revoked:
                found += list(_bytes(place, backend, register, say, dry_run))
        found += list(_stages(place, backend, ledger, model, say, dry_run))
    return tuple(found)


def _bytes(place: Place, backend: Backend, register: Register, say: Say, dry_run: bool) -> Iterator[Difference]:
    """The files of a version; what is gone comes back from git, where git has it."""
    faults = backend.faults(released(register))
    if not faults:
        return
    mended = False
    if not dry_run:
        try:
            with tree_at(place, register.source_sha, register.config) as tree:
                path = model_path(place, register.source_sha, register.config, tree)
                if records_of(path) == register.files:
                    backend.push(released(register), path if path.is_dir() else path.parent, say)
                    mended = not backend.faults(released(register))
        except UserError as error:
            faults = (*faults, str(error.problems[0].message))
    for fault in faults:
        yield Difference(f"{register.model}@{register.version}", fault, mended)


def _stages(
    place: Place, backend: Backend, ledger: Ledger, model: str, say: Say, dry_run: bool
) -> Iterator[Difference]:
    shown, wanted = backend.shown(model), ledger.state.stages(model)
    for stage in sorted({*wanted, *(s for s in shown if (model, s) in ledger.state.spells)}):
        there, here = shown.get(stage), wanted[stage].version if stage in wanted else None
        if there == here:
            continue
        mended = False
        message = f"the registry shows {there or 'nothing'}, the ledger has {here or 'nothing'}"
        if not dry_run:
            try:
                project(place, model, stage, say)
                mended = backend.shown(model).get(stage) == here
            except UserError as error:
                message += f"; {error.problems[0].message}"
        yield Difference(f"{model}#{stage}", message, mended)
