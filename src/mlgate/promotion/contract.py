"""Contract: what a service sends today, beside what a version takes and was tested with."""

import posixpath
from collections.abc import Iterator, Mapping

from mlgate.errors import nearest
from mlgate.evidence import parse_evidence
from mlgate.features.declared import DEFAULT_FILE
from mlgate.features.states import states_at
from mlgate.github.governing import Governing
from mlgate.ledger.events import Reason, Register
from mlgate.ledger.reading import Ledger, evidence_in
from mlgate.promotion.place import Place
from mlgate.promotion.sources import governing_at
from mlgate.type_families import fits

Contract = Mapping[str, str]  # column → family of its values
MEND = "let the service send it again, or roll back to another version: --to vX.Y.Z"


def misfits(place: Place, ledger: Ledger, register: Register) -> Iterator[Reason]:
    """Why today's service and features do not give a version what it takes; nothing without a serving contract."""
    now = _contract(place, place.tip, register)
    if now is None:
        return
    kept = evidence_in(place.repository, ledger, register.evidence_sha256)
    facts = parse_evidence(kept[0]).predicate.model_facts if kept else None
    then = _contract(place, register.source_sha, register)
    yield from missing(f"{register.model}@{register.version}", facts.inputs if facts else None, then or {}, now)


def missing(label: str, inputs: tuple[str, ...] | None, then: Contract, now: Contract) -> Iterator[Reason]:
    """The inputs that nobody gives now, or of another type; of a model that names none, all that it was given then.

    >>> [r.message for r in missing("churn@v1.0.0", ("age",), {"age": "integer"}, {"age": "string"})]
    ["churn@v1.0.0 takes 'age' as integer, and today it is given as string"]
    """
    how = "takes" if inputs is not None else "was tested with"
    for column in inputs if inputs is not None else then:
        if column not in now:
            near = nearest(column, now)
            close = f"; there is '{near}'" if near else ""
            yield Reason("input-missing", f"{label} {how} '{column}', which nobody gives today{close}", MEND)
        elif column in then and not _is_as_good(now[column], then[column]):
            said = f"{label} {how} '{column}' as {then[column]}, and today it is given as {now[column]}"
            yield Reason("input-type", said, MEND)


def _is_as_good(now: str, then: str) -> bool:
    """Whether values of one family can be taken where the other was; of `any` nothing can be said."""
    return now in (then, "any") or fits(now, then) or (now == "number" and then == "float")


def _contract(place: Place, sha: str, register: Register) -> Contract | None:
    """What the service sends by the `signature` check of a commit, and what the version's features give there."""
    governing = governing_at(place, sha, register.config) if place.repository.commit(sha) else None
    asked = governing.config.checks.get("signature") if isinstance(governing, Governing) else None
    blocks = asked if isinstance(asked, list) else [asked]
    sent = {column: family for block in blocks if isinstance(block, Mapping)
            for column, family in block.get("columns", {}).items()}  # fmt: skip
    if not sent:
        return None
    file = posixpath.join(posixpath.dirname(register.config), DEFAULT_FILE)
    for state in states_at(place.repository, sha, file) or ():
        if register.requires.get(state.name) == state.version:
            sent = {**state.schema, **sent}
    return sent
