"""Feature versions: a feature whose transform or schema changed has a new version, and the model's are declared.

A feature that changes under its old version makes a model that was trained on the one and served with the other.
The files that `transform` names are compared byte by byte with the base's; code that they import is not looked at.
Mend: declare the changed feature as a new version beside the old one, and keep the old one's files as they were.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.config import CheckParams
from mlgate.evidence import Finding
from mlgate.features.states import FeatureState, FeatureStates
from mlgate.judging import at, flaw
from mlgate.plugins import Answers, Facts
from mlgate.questions import Features, Question


class Params(CheckParams, frozen=True, kw_only=True):
    file: Annotated[str, Meta(description="the file that declares the features, relative to mlgate.yml")] = (
        "features.yml"
    )


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Features(params.file)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    states: FeatureStates = answers[Features(params.file)]
    before = {state.label: state for state in states.base or ()}
    for state in states.here:
        wrong = _what_is_wrong(state, before.get(state.label))
        yield flaw(wrong is not None, wrong or _as_it_is(state, states), subject=state.label, location=at("file"))
    gone = sorted(before.keys() - {state.label for state in states.here})
    for label in gone:
        message = f"{label} is no longer declared; retire it first, so that no model in a registry still needs it"
        yield flaw(True, message, subject=label, severity="warn", location=at("file"))
    model = answers.facts.config.model
    for name, version in (model.requires if model else {}).items():
        label = f"{name}@{version}"
        known = states.find(name, version) is not None
        message = f"the model requires {label}, which {params.file} {'declares' if known else 'does not declare'}"
        yield flaw(not known, message, subject=f"requires {label}", location=at("file"))
    if not states.here and not gone:
        yield flaw(True, f"{params.file} declares no features", subject="features", location=at("file"))


def _what_is_wrong(state: FeatureState, before: FeatureState | None) -> str | None:
    """Why the version cannot stand as it is."""
    if state.missing:
        return f"the transform of {state.label} names {', '.join(state.missing[:5])}, which is not there"
    changed = []
    if before and before.transform_sha256 != state.transform_sha256:
        changed.append("transform")
    if before and before.schema_sha256 != state.schema_sha256:
        changed.append("schema")
    return f"the {' and the '.join(changed)} of {state.label} changed under its old version" if changed else None


def _as_it_is(state: FeatureState, states: FeatureStates) -> str:
    if states.base is None:
        return f"{state.label} is declared; there is no base to compare it with"
    return f"{state.label} is {'as at the base' if any(s.label == state.label for s in states.base) else 'new'}"
