"""Row count: the table has at least `min` and at most `max` rows.

Mend: look for a filter, a join or an interrupted download.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.column_rules import where_of
from mlgate.config import Rule, TableParams
from mlgate.evidence import Finding
from mlgate.judging import at, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows


class Params(TableParams, frozen=True, kw_only=True):
    min: Annotated[int, Meta(ge=0, description="fewest rows allowed")] | None = None
    max: Annotated[int, Meta(ge=0, description="most rows allowed")] | None = None

    where: Annotated[Rule, Meta(description="which rows are counted")] | None = None

    def __post_init__(self) -> None:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:,} is above max {self.max:,}")


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table, where_of(params))


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows = answers[Rows(params.table, where_of(params))]
    if params.min is None and params.max is None:
        yield not_measurable("neither 'min' nor 'max' is given", subject=params.table, location=at())
    path = answers.facts.tables[params.table].path
    meeting = f" where {params.where}" if params.where else ""
    if params.min is not None:
        message = f"{path} has {rows:,} rows{meeting}; at least {params.min:,} expected"
        yield Finding(
            subject=f"{params.table}: at least", value=float(rows), limit=float(params.min), direction="up", n=rows,
            message=message, location=at("min"),
        )  # fmt: skip
    if params.max is not None:
        message = f"{path} has {rows:,} rows{meeting}; at most {params.max:,} expected"
        yield Finding(
            subject=f"{params.table}: at most", value=float(rows), limit=float(params.max), direction="down", n=rows,
            message=message, location=at("max"),
        )  # fmt: skip
