"""Label shift: the shares of the labels in the test rows are those of the table that the model learnt from.

The largest change of a label's share, with its 95 % interval, is at most `max`: passes when the whole interval is,
fails when all of it is above, and cannot tell between the two.
Catches a test set that was drawn otherwise, and labels that were spelled or filtered anew.
Mend: draw the test rows as the training rows were drawn, or give both a `weight`; where the world has changed, learn
anew.
Limits: labels that are categories only; that the shares agree does not make the rows alike.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from mlgate.config import CheckParams, TableName
from mlgate.evidence import Finding
from mlgate.judging import MIN_ROWS, at, finite, more_than, not_measurable
from mlgate.measuring.metric import LEVEL
from mlgate.plugins import Answers, Facts
from mlgate.questions import Labels, Question
from mlgate.statistics.power import rows_needed
from mlgate.statistics.shift import largest_shift

MOST_LABELS = 1_000


class Params(CheckParams, frozen=True, kw_only=True):
    train: Annotated[TableName, Meta(description="the table that the model learnt from")] = "train"
    test: Annotated[TableName, Meta(description="the table that it is measured on")] = "test"
    max: Annotated[float, Meta(gt=0, le=1, description="largest change of a label's share allowed")] = 0.1
    min_rows: Annotated[int, Meta(ge=1, description="fewer rows than this in a table cannot tell")] = MIN_ROWS


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    for table in (params.train, params.test):
        yield Labels(table, _target(table, params, facts))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    facts = answers.facts
    target = _target(params.test, params, facts)
    learnt, tested = (answers[Labels(t, _target(t, params, facts))] for t in (params.train, params.test))
    fields: dict[str, Any] = {"subject": f"{target}: label shift", "metric": "label shift", "location": at("max")}
    labels = sorted({*learnt, *tested})
    rows = min(sum(learnt.values()), sum(tested.values()))
    if not rows:
        yield not_measurable(f"no row has a label in '{target}'", **fields)
        return
    if len(labels) > MOST_LABELS:
        yield not_measurable(f"'{target}' has {len(labels):,} different labels, which are no categories", **fields)
        return
    found = largest_shift([learnt.get(label, 0) for label in labels], [tested.get(label, 0) for label in labels], LEVEL)
    yield Finding(
        **fields, group=f"{target}: {labels[found.category]}"[:400], direction="down", value=found.value,
        candidate_value=found.value, interval=finite(found.interval), level=LEVEL, limit=params.max, n=rows,
        min_rows=params.min_rows, rows_needed=more_than(rows, rows_needed(found.se, rows, params.max)),
        method="simultaneous lower end, intersection-union upper end",
    )  # fmt: skip


def _target(table: str, params: Params, facts: Facts) -> str:
    """The table's target, or that of the test table where it has none of its own."""
    tables = facts.config.tables
    for name in (table, params.test):
        if name in tables and tables[name].target:
            return str(tables[name].target)
    return "y_true"
