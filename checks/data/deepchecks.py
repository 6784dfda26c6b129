"""Deepchecks: the conditions of deepchecks' own suites hold, for data alone and for training against test data.

`data-integrity` looks at the table, `train-test` at the table beside the one that the model learnt from. They run in an
environment of their own, since deepchecks 0.19.1 imports only with libraries of 2023; `mlgate check --install` makes it
once, with Python 3.11. A condition is a finding by deepchecks' own default limits; its details stay out of reports, as
they quote cells, so ask deepchecks itself for them.
Limits: deepchecks takes a sample of large tables and gives no interval; `drift`, `leakage` and the other checks here
judge most of the same with one. It takes minutes where they take seconds.
Mend: look at the condition that does not hold; `ignore` leaves one of its checks out.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from mlgate.config import TableName, TableParams
from mlgate.evidence import Finding
from mlgate.judging import at, not_measurable
from mlgate.plugins import Answers, Facts
from mlgate.questions import Deepchecks, DeepchecksCondition, Question

Suite = Literal["data-integrity", "train-test"]


class Params(TableParams, frozen=True, kw_only=True):
    reference: Annotated[TableName, Meta(description="the table that the model learnt from")] = "train"
    suites: Annotated[tuple[Suite, ...], Meta(description="which suites run", min_length=1)] = (
        "data-integrity", "train-test",
    )  # fmt: skip
    ignore: Annotated[
        tuple[str, ...], Meta(description="checks of deepchecks' that do not count, such as `FeatureDrift`")
    ] = ()


def plan(params: Params, facts: Facts) -> Iterable[Question]:
    yield _question(params, facts)


def judge(params: Params, answers: Answers) -> Iterable[Finding]:
    found = answers[_question(params, answers.facts)]
    if isinstance(found, str):
        yield not_measurable(found, subject="deepchecks", location=at("suites"))
        return
    counted = [each for each in found if each.check not in params.ignore]
    yield from (_finding(params, answers.facts, each) for each in counted if each.condition)
    if not any(each.condition for each in counted):
        yield not_measurable("no check of deepchecks' ran", subject="deepchecks", location=at("suites"))


def _finding(params: Params, facts: Facts, found: DeepchecksCondition) -> Finding:
    """One condition: it holds, or does not; one that deepchecks could not decide is not measured."""
    path, subject = facts.tables[params.table].path, f"{found.check}: {found.condition}"[:400]
    if found.category == "ERROR":
        return not_measurable(f"deepchecks could not decide of {path} whether {found.condition!r}", subject=subject)
    is_broken = found.category in ("FAIL", "WARN")
    said = "does not hold" if is_broken else "holds"
    return Finding(
        value=float(is_broken), limit=0.0, direction="down", severity="warn" if found.category == "WARN" else "block",
        method="deepchecks", message=f"deepchecks ({found.suite}): '{found.condition}' {said} for {path}",
        location=at("suites"), subject=subject,
    )  # fmt: skip


def _question(params: Params, facts: Facts) -> Deepchecks:
    table = facts.config.tables.get(params.table)
    other = params.reference if "train-test" in params.suites else None
    target, key = (table.target, table.key) if table else (None, None)
    return Deepchecks(params.table, other, params.suites, target, key)
