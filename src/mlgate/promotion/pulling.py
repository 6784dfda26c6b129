"""Pulling: a version's bytes, resolved by the ledger and verified by its digests."""

from pathlib import Path

from mlgate.errors import did_you_mean, user_error
from mlgate.ledger.events import Register
from mlgate.ledger.names import Asked
from mlgate.promotion.place import Place
from mlgate.registries.backend import Say, released


def resolve(place: Place, asked: Asked) -> Register:
    """The version that is named, or that is at the named stage; a `UserError` if there is none, or it was revoked."""
    state = place.ledger().state
    if asked.model not in state.versions:
        raise user_error(f"there is no model '{asked.model}'", mend=did_you_mean(asked.model, state.models))
    if asked.stage is not None:
        found = state.current(asked.model, asked.stage)
        if found is None:
            there = state.stages(asked.model)
            mend = did_you_mean(asked.stage, there) if there else f"name a version, such as {state.latest(asked.model)}"
            raise user_error(f"nothing of '{asked.model}' is at '{asked.stage}'", mend=mend)
        return found
    found = state.version(asked.model, asked.version or "")
    if found is None:
        mend = did_you_mean(asked.version or "", state.versions[asked.model])
        raise user_error(f"there is no {asked.model}@{asked.version}", mend=mend)
    if revoked := state.revoked.get((found.model, found.version)):
        raise user_error(f"{found.model}@{found.version} was revoked: {revoked.reason}",
                         mend="use what is at a stage: mlgate status")  # fmt: skip
    return found


def pull(place: Place, register: Register, into: Path, say: Say) -> None:
    """The version's files are in the new folder, each verified; nothing is there if one was not."""
    if into.exists():
        raise user_error(f"{into} is there already", mend="name a new folder: --into FOLDER")
    say(f"fetching {register.model}@{register.version}")
    place.backend.pull(released(register), into, say)
