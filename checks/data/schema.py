"""Columns and types: the table has the columns that are listed, each of its type, and no others unless allowed.

Catches a renamed, dropped or retyped column before a model meets it.
Mend: restore the column, or change the list where the change is meant.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta

from mlgate.config import TableParams
from mlgate.errors import nearest
from mlgate.evidence import Finding
from mlgate.judging import at, flaw
from mlgate.plugins import Answers, Facts
from mlgate.questions import Question, Rows
from mlgate.type_families import TypeFamily, fits


class Params(TableParams, frozen=True, kw_only=True):
    columns: Annotated[
        Mapping[str, TypeFamily], Meta(description="each column and the type family of its values", min_length=1)
    ]
    extra: Annotated[
        Literal["allow", "refuse"], Meta(description="whether the table may have columns that are not listed")
    ] = "allow"


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield Rows(params.table)  # only so that the table must be there: its columns are known before anything is read


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    table = answers.facts.tables[params.table]
    for column, wanted in params.columns.items():
        where = {"subject": column, "location": at("columns", column)}
        if column not in table.columns:
            close = nearest(column, [c for c in table.columns if c not in params.columns])
            seems = f"; '{close}' is new there" if close else ""
            yield flaw(True, f"{table.path} has no column '{column}'{seems}", **where)
            continue
        family = table.columns[column]
        yield flaw(
            not fits(family, wanted), f"column '{column}' of {table.path} is {family}, {wanted} expected", **where
        )
    if params.extra == "refuse":
        others = [c for c in table.columns if c not in params.columns]
        shown = ", ".join(f"'{c}'" for c in others[:8])
        message = f"{table.path} has {len(others)} columns that are not listed{f': {shown}' if others else ''}"
        yield flaw(bool(others), message, subject="other columns", location=at("extra"))
