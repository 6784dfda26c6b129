"""Leakage: no row of the test table is in the training table, neither by its key nor by all of its values.

A model that has seen its test rows is measured too well. Shared rows are compared on all columns that both tables have,
but for the key. Two tables without a key in common and without a column in common cannot be compared, which is no pass.
Small tables of few categories can share rows by chance: allow for them with `rows`.
Mend: split again by the key, and drop duplicates before splitting.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.config import CheckParams, TableName
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Overlap, Question, Rows


class Params(CheckParams, frozen=True, kw_only=True):
    train: Annotated[TableName, Meta(description="the table that the model learnt from")] = "train"
    test: Annotated[TableName, Meta(description="the table that it is measured on")] = "test"
    rows: Annotated[int, Meta(ge=0, description="how many test rows may equal a training row in all values")] = 0


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.test)
    yield Rows(params.train)
    yield from _overlaps(params, facts).values()


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    tables, total = answers.facts.tables, answers[Rows(params.test)]
    overlaps = _overlaps(params, answers.facts)
    if not overlaps:
        message = f"{params.test} and {params.train} have no column in common by which rows could be compared"
        yield not_measurable(message, subject="shared rows", location=at())
    elif not answers[Rows(params.train)]:
        yield not_measurable(f"{params.train} has no rows to compare with", subject="shared rows", location=at())
        return
    for subject, overlap in overlaps.items():
        test, train = tables[params.test].path, tables[params.train].path
        allowed = 0 if subject == "shared ids" else params.rows
        how = "have an id that is in" if subject == "shared ids" else "equal a row of"
        what = f"rows of {test} {how} {train}"
        where = at() if subject == "shared ids" else at("rows")
        source = f"{params.train}+{params.test}"
        yield at_most(
            answers[overlap], total, Tolerance(rows=allowed), what, test, subject=subject, location=where, source=source
        )


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
    return found
