"""Leakage: no row of the test table is in the training table, and no feature gives the label away.

A model that has seen its test rows is measured too well. Shared rows are compared by the key, and on all columns that
both tables have but for the key; with `digits`, numbers that agree to so many significant digits are equal too, which
finds rows that were rounded or exported twice. With `time`, a test row must come after the last training row. With
`predictive`, a single training feature that alone predicts the label nearly perfectly is reported: it was probably
written after the event. Small tables of few categories can share rows by chance: allow for them with `rows`.
Mend: split again by the key or the time, drop duplicates before splitting, and drop the feature that knows the future.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.config import CheckParams, TableName
from mlgate.crossed import predictive_power
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most, not_measurable, percent
from mlgate.plugins import Answers, Facts
from mlgate.questions import Crossed, Later, Overlap, Question, Rows


class Params(CheckParams, frozen=True, kw_only=True):
    train: Annotated[TableName, Meta(description="the table that the model learnt from")] = "train"
    test: Annotated[TableName, Meta(description="the table that it is measured on")] = "test"
    rows: Annotated[int, Meta(ge=0, description="how many test rows may equal a training row in all values")] = 0
    digits: Annotated[int, Meta(ge=1, le=15, description="numbers that agree so far are equal too")] | None = None
    time: Annotated[str, Meta(description="column of times by which test rows come last")] | None = None
    predictive: Annotated[
        float, Meta(gt=0, le=1, description="largest share of labels that one feature may explain")
    ] | None = None  # fmt: skip


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.test)
    yield Rows(params.train)
    yield from _overlaps(params, facts).values()
    if params.time:
        yield Later(params.test, params.train, (params.time,))
    yield from _crossed(params, facts)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    overlaps = _overlaps(params, answers.facts)
    if not overlaps:
        message = f"{params.test} and {params.train} have no column in common by which rows could be compared"
        yield not_measurable(message, subject="shared rows", location=at())
    elif not answers[Rows(params.train)]:
        yield not_measurable(f"{params.train} has no rows to compare with", subject="shared rows", location=at())
        return
    yield from (_shared(params, answers, subject, answers[question]) for subject, question in overlaps.items())
    if params.time:
        count = answers[Later(params.test, params.train, (params.time,))]
        yield _shared(params, answers, "time order", count)
    for question in _crossed(params, answers.facts):
        yield _predictive(params, answers, question)


HOW = {
    "shared ids": "have an id that is in", "shared rows": "equal a row of",
    "near-identical rows": "nearly equal a row of", "time order": "are not after the last row of",
}  # fmt: skip


def _shared(params: Params, answers: Answers, subject: str, count: int) -> Finding:
    test, train = (answers.facts.tables[name].path for name in (params.test, params.train))
    is_counted = subject in ("shared rows", "near-identical rows")
    return at_most(
        count, answers[Rows(params.test)], Tolerance(rows=params.rows if is_counted else 0),
        f"rows of {test} {HOW[subject]} {train}", test, subject=subject, location=at("rows") if is_counted else at(),
        source=f"{params.train}+{params.test}",
    )  # fmt: skip


def _predictive(params: Params, answers: Answers, question: Crossed) -> Finding:
    feature, target = question.columns
    power = predictive_power(answers[question])
    path = answers.facts.tables[params.train].path
    limit = params.predictive or 1.0
    message = (
        f"'{feature}' alone takes away {percent(power)} of the doubt about '{target}' in {path}; "
        f"at most {percent(limit)} allowed"
    )
    return Finding(
        subject=f"{feature}: predictive", value=power, limit=limit, direction="down", n=answers[Rows(params.train)],
        message=message, location=at("predictive"), source=params.train,
    )  # fmt: skip


def _crossed(params: Params, facts: Facts) -> list[Crossed]:
    train, configured = facts.tables.get(params.train), facts.config.tables.get(params.train)
    if params.predictive is None or train is None or configured is None or configured.target not in train.columns:
        return []
    target = str(configured.target)
    features = [column for column in train.columns if column not in (target, configured.key)]
    return [Crossed(params.train, (feature, target)) for feature in features if train.columns[feature] != "other"]


def _overlaps(params: Params, facts: Facts) -> dict[str, Overlap]:
    """The questions by subject: shared ids where both tables have a key, shared rows by their common columns."""
    test, train = facts.tables.get(params.test), facts.tables.get(params.train)
    if test is None or train is None:
        return {}  # the engine says what became of them
    keys = {facts.config.tables[params.test].key, facts.config.tables[params.train].key}
    both = [c for c in test.columns if c in train.columns]
    found = {}
    for key in both:
        if keys == {key}:
            found["shared ids"] = Overlap(params.test, params.train, (key,))
    common = tuple(c for c in both if c not in keys)
    if common:
        found["shared rows"] = Overlap(params.test, params.train, common)
    if common and params.digits:
        found["near-identical rows"] = Overlap(params.test, params.train, common, params.digits)
    return found
