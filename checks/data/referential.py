"""Referential integrity: each value of a column, or of several together, is in a column of another table.

Missing values point nowhere and are left to the check `missing`. Columns of different types are compared as text.
Mend: deliver the rows that are pointed at, or drop those that point at nothing; tables of different days do this.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from mlgate.config import Column, Section, TableName, TableParams
from mlgate.evidence import Finding, Severity
from mlgate.judging import Tolerance, at, at_most
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows, Unmatched


class Reference(Section, frozen=True, kw_only=True):
    """The `columns`, the table `in` which their values are, as which `others` (the same names if not given)."""

    columns: Annotated[tuple[Column, ...], Meta(min_length=1)]
    to: TableName
    others: tuple[str, ...] = ()
    rows: Annotated[int, Meta(ge=0)] | None = None
    share: Annotated[float, Meta(ge=0, le=1)] | None = None
    severity: Severity = "block"

    def __post_init__(self) -> None:
        if self.others and len(self.others) != len(self.columns):
            raise ValueError(f"{len(self.columns)} columns point to {len(self.others)} others")


class Params(TableParams, frozen=True, kw_only=True):
    references: Annotated[
        tuple[Reference, ...], Meta(description="list of `columns`, the table `to`, its `others`", min_length=1)
    ]


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)
    for reference in params.references:
        yield Rows(reference.to)
        yield _question(params, reference)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    rows, tables = answers[Rows(params.table)], answers.facts.tables
    for index, reference in enumerate(params.references):
        path, other = tables[params.table].path, tables[reference.to].path
        names = " + ".join(f"'{c}'" for c in reference.columns)
        what = f"rows of {path} have a {names} that is not in {other}"
        count, tolerance = answers[_question(params, reference)], Tolerance(max=reference.share, rows=reference.rows)
        yield at_most(
            count, rows, tolerance, what, path,
            subject="+".join(reference.columns), location=at("references", index), severity=reference.severity,
            source=f"{params.table}+{reference.to}",
        )  # fmt: skip


def _question(params: Params, reference: Reference) -> Unmatched:
    return Unmatched(params.table, reference.columns, reference.to, reference.others or reference.columns)
