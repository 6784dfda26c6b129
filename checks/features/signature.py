"""Signature: the model's inputs are what the service sends and what its feature versions give, each of its type.

`columns` is the serving contract. As the base's counts, a model that needs more than the service sends does not pass
until the contract says so in a change of its own. The model's inputs are read from its file where that names them
(scikit-learn, ONNX, XGBoost, LightGBM, CatBoost); else only the test table is held to the contract.
Mend: send the column, give it by a feature version that the model requires, or leave it out of the model.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from mlgate.config import CheckParams
from mlgate.errors import nearest
from mlgate.evidence import Finding
from mlgate.features.states import FeatureStates
from mlgate.judging import at, flaw, not_measurable, some
from mlgate.plugins import Answers, Facts
from mlgate.questions import Features, ModelFile, Question
from mlgate.type_families import TypeFamily, fits
from mlgate.worker.client import ModelFileReport


class Params(CheckParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[str, TypeFamily],
        Meta(description="each column that the service sends, and the type family of its values", min_length=1),
    ]
    file: Annotated[str, Meta(description="the file that declares the features, relative to mlgate.yml")] = (
        "features.yml"
    )


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield ModelFile()
    if facts.config.model and facts.config.model.requires:
        yield Features(params.file)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    config = answers.facts.config
    assert config.model is not None  # the engine refuses a check that asks for a model where there is none
    given, clashes = _given(params, answers)
    for label, column in clashes:
        message = f"the service sends '{column}' as {params.columns[column]}, {label} gives another type"
        yield flaw(True, message, subject=f"{label}: {column}"[:400], location=at("columns", column))
    yield from _table(params, answers, given)
    report: ModelFileReport | None = answers[ModelFile()]
    inputs = report.features if report else None
    if inputs is None:
        yield not_measurable("the model does not say which inputs it takes; the test table was held to the contract",
                             subject="model inputs", severity="info", location=at("columns"))  # fmt: skip
        return
    unknown = [name for name in inputs if name not in given]
    message = f"the model takes {len(inputs):,} inputs, all of which it is given"
    if unknown:
        message = f"the model takes inputs that nobody gives it: {some(unknown)}"
    yield flaw(bool(unknown), message, subject="model inputs", location=at("columns"))


def _given(params: Params, answers: Answers) -> tuple[Mapping[str, str], list[tuple[str, str]]]:
    """All columns that the model is given with their types, and where service and features disagree."""
    given: dict[str, str] = dict(params.columns)
    model, clashes = answers.facts.config.model, []
    for name, version in (model.requires if model else {}).items():
        states: FeatureStates = answers[Features(params.file)]
        state = states.find(name, version)
        for column, family in (state.schema if state else {}).items():
            if given.setdefault(column, family) != family:
                clashes.append((f"{name}@{version}", column))
    return given, clashes


def _table(params: Params, answers: Answers, given: Mapping[str, str]) -> Iterable[Finding]:
    """A finding for each column that the model is given: the rows that it is tested on have it, of that type."""
    config = answers.facts.config
    table = answers.facts.tables.get(config.model.table) if config.model else None
    if table is None:
        return
    for column, wanted in given.items():
        where = {"subject": column[:400], "location": at("columns", column)}
        if column not in table.columns:
            close = nearest(column, list(table.columns))
            message = f"{table.path} has no column '{column}'" + (f"; '{close}' is there" if close else "")
            yield flaw(True, message, **where)
            continue
        family = table.columns[column]
        yield flaw(not fits(family, wanted), f"'{column}' of {table.path} is {family}, {wanted} is given", **where)
