"""Conflicting labels: rows that are alike in all features have one label.

No model can be right about rows that are alike and labelled differently. Compared are all columns but the key, the
target and those to `ignore`; a missing label conflicts with none.
Mend: look for labels of two sources or two dates, or for the feature that tells the rows apart and was dropped.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.config import Column, TableParams
from mlgate.evidence import Finding
from mlgate.judging import Tolerance, at, at_most, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Conflicts, Question, Rows


class Params(TableParams, frozen=True, kw_only=True):
    target: Annotated[Column, Meta(description="the column of labels; the table's own if not given")] | None = None
    ignore: Annotated[tuple[Column, ...], Meta(description="columns that are not compared")] = ()
    rows: Annotated[int, Meta(ge=0, description="how many rows may be in conflict")] | None = None
    share: Annotated[float, Meta(ge=0, le=1, description="which share of the rows may be")] | None = None


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    if question := _question(params, facts):
        yield question


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    path, question = answers.facts.tables[params.table].path, _question(params, answers.facts)
    if question is None:
        message = f"{path} has no target, or no other column, so no labels can be compared"
        yield not_measurable(message, subject="labels", location=at())
        return
    what = f"rows of {path} equal another row in {len(question.columns)} columns, and differ in '{question.target}'"
    tolerance = Tolerance(max=params.share, rows=params.rows)
    yield at_most(
        answers[question], answers[Rows(params.table)], tolerance, what, path, subject=question.target, location=at()
    )


def _question(params: Params, facts: Facts) -> Conflicts | None:
    table, configured = facts.tables.get(params.table), facts.config.tables.get(params.table)
    target = params.target or (configured.target if configured else None)
    left_out = {target, *params.ignore, configured.key if configured else None}
    columns = tuple(column for column in (table.columns if table else ()) if column not in left_out)
    return Conflicts(params.table, columns, target) if target and columns else None
