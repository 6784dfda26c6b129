"""Registering: a version is made of evidence and the very bytes that it is about."""

import datetime
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlgate.errors import Problem, UserError, user_error
from mlgate.ledger.events import Reason, Register
from mlgate.ledger.names import following, order
from mlgate.ledger.reading import SIGNATURE, Ledger, evidence_file
from mlgate.ledger.recording import Proposal, record
from mlgate.promotion.accepting import REGISTER, refusals
from mlgate.promotion.case import Case
from mlgate.promotion.evidences import Given
from mlgate.promotion.outcome import Declined, Outcome
from mlgate.promotion.place import Place
from mlgate.promotion.refusing import refuse
from mlgate.promotion.sources import model_path, source_at, tree_at
from mlgate.registries.backend import Say, released
from mlgate.scratch import scratch_folder
from mlgate.transfer.files import inside, model_digest, records_of

_NO_TAG = re.compile(r"\.\.|\.$|\.lock$")


@dataclass(frozen=True)
class Asked:
    """What shall be registered, and as which version: this one, or the next by raising a part."""

    given: Given
    model: Path | None = None
    version: str | None = None
    part: str = "minor"
    dry_run: bool = False


def register(place: Place, asked: Asked, say: Say) -> Outcome:
    """The version exists and its bytes lie in the registry, or the reasons why not."""
    said = asked.given.evidence.predicate
    model = said.model
    if model is None or _NO_TAG.search(model):
        raise user_error(f"the evidence is about '{model or 'no model'}', which cannot be the name of a tag",
                         mend="give the model an id of letters, digits, '-' and '_'")  # fmt: skip
    try:
        with scratch_folder() as folder:
            return _register(place, asked, model, _brought(place, asked, folder / "model", say), say)
    except Declined as declined:
        return refuse(place, "register", model, declined.reasons, evidence=asked.given.sha256, dry_run=asked.dry_run)


def _brought(place: Place, asked: Asked, folder: Path, say: Say) -> Path:
    """The model's files alone in a folder, as they were given or as git has them at the tested commit."""
    said = asked.given.evidence.predicate
    if asked.model is not None:
        if not asked.model.exists():
            raise user_error(f"there is no {asked.model}", mend="give the model's file or folder: --model PATH")
        return _copied(asked.model, folder, say)
    if said.tested_sha is None or place.repository.commit(said.tested_sha) is None:
        what = f"the commit {said.tested_sha[:12]} is not here" if said.tested_sha else "no commit was tested"
        raise Declined(Reason("no-commit", f"the evidence cannot be traced: {what}",
                              "check a commit that is pushed: mlgate check --ref COMMIT"))  # fmt: skip
    with tree_at(place, said.tested_sha, said.config) as tree:
        return _copied(model_path(place, said.tested_sha, said.config, tree), folder, say)


def _copied(path: Path, into: Path, say: Say) -> Path:
    say(f"looking at {path.name} and its evidence")
    home = path if path.is_dir() else path.parent
    for file in records_of(path):
        target = inside(into, file.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(inside(home, file.name), target)
    return into


def _register(place: Place, asked: Asked, model: str, folder: Path, say: Say) -> Outcome:
    given, said = asked.given, asked.given.evidence.predicate
    files = records_of(folder)
    digest = model_digest(files)
    source = source_at(place, said.tested_sha or place.tip, said.config)
    found: dict[str, Register] = {}

    def propose(ledger: Ledger) -> Proposal | None:
        state = ledger.state
        if (there := state.of_digest(model, digest)) is not None:
            found["there"] = there
            return None
        case = Case(
            model=model, evidence=given.evidence, evidence_sha256=given.sha256, provenance=given.provenance,
            source=source, stages=place.stages, state=state, now=now(), sha256=digest, config=said.config,
        )  # fmt: skip
        if reasons := refusals(case, REGISTER):
            raise Declined(*reasons)
        version = _version(asked, state.versions.get(model, {}))
        found["new"] = Register(
            model=model, version=version, sha256=digest, files=files, source_sha=source.sha, config=said.config,
            evidence_sha256=given.sha256, origin=given.origin, requires=dict(said.requires),
            features=dict(source.features),
        )  # fmt: skip
        return None if asked.dry_run else Proposal(found["new"], kept(given))

    recorded = record(place.remote, place.author, propose)
    if there := found.get("there"):
        return _again(place, asked, there, folder, say)
    version = found["new"].version
    if recorded is None:
        return Outcome(action="register", done=True, model=model, version=version, dry_run=True)
    assert isinstance(recorded.event, Register)
    _keep(place, recorded.event, folder, say)
    seq = recorded.event.seq
    return Outcome(action="register", done=True, model=model, version=version, event=seq, sha256=digest)


def _keep(place: Place, register: Register, folder: Path, say: Say) -> None:
    """The version's bytes lie in the registry; a `UserError` that says what stands already, if they cannot."""
    try:
        place.backend.push(released(register), folder, say)
    except UserError as error:
        kept = f"{register.model}@{register.version} is registered, and its bytes are not kept"
        again = Problem("the registration can be finished", mend="run the same command again")
        raise UserError(*(replace(p, message=f"{kept}: {p.message}") for p in error.problems), again) from None


def _again(place: Place, asked: Asked, there: Register, folder: Path, say: Say) -> Outcome:
    """These bytes are a version already; what a cut-off registration left undone is done."""
    if revoked := place.ledger().state.revoked.get((there.model, there.version)):
        raise Declined(Reason("revoked", f"these bytes are {there.model}@{there.version}, which was revoked: "
                              f"{revoked.reason}", "train another model"))  # fmt: skip
    if asked.version not in (None, there.version):
        raise Declined(Reason("other-version", f"these bytes are registered as {there.model}@{there.version}",
                              "use that version, or leave --version out"))  # fmt: skip
    if not asked.dry_run:
        _keep(place, there, folder, say)
    return Outcome(
        action="register", done=True, model=there.model, version=there.version, already=True, sha256=there.sha256
    )


def _version(asked: Asked, known: Mapping[str, Register]) -> str:
    """The version to be, which has to be higher than all before it."""
    latest = max(known, key=order, default=None)
    wanted = asked.version or following(latest, asked.part)
    if latest is not None and order(wanted) <= order(latest):
        raise Declined(Reason("version-taken", f"{wanted} is not higher than {latest}, the latest version",
                              f"choose a higher one, such as {following(latest, asked.part)}"))  # fmt: skip
    return wanted


def kept(given: Given) -> Mapping[str, bytes]:
    """The evidence's files in the ledger."""
    name = evidence_file(given.sha256)
    return {name: given.data} | ({name + SIGNATURE: given.signature} if given.signature else {})


def now() -> datetime.datetime:
    """The time, by which evidence ages."""
    return datetime.datetime.now(datetime.UTC)
