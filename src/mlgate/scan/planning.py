"""The plan of a scan: what footers settle, one fused query a table, and the extra passes, each with its reason."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlgate.questions import Aggregate, Pass, Question, TableFacts
from mlgate.scan import emit, passes
from mlgate.scan.dialect import DUCKDB, Dialect
from mlgate.scan.footers import Footer

MOST_AT_ONCE = 1_000  # aggregates of one query; a wider table is read in parts, each with its own columns


@dataclass(frozen=True)
class Planned:
    """One query: what it is called, why it is made, its SQL, and the questions that it answers."""

    name: str
    why: str
    sql: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Plan:
    """What is known without reading rows, and the queries for the rest."""

    settled: Mapping[Question, Any]
    queries: tuple[Planned, ...]

    def to_text(self) -> str:
        """The plan as `mlgate check --plan` prints it."""
        settled = f"-- {len(self.settled):,} questions are settled by Parquet footers, without reading rows\n\n"
        shown = (f"-- {query.name}\n-- why: {query.why}\n{query.sql};\n" for query in self.queries)
        return (settled if self.settled else "") + "\n".join(shown)


def plan(
    questions: Iterable[Question], facts: Mapping[str, TableFacts], footers: Mapping[str, Footer] | None = None,
    dialect: Dialect = DUCKDB,
) -> Plan:  # fmt: skip
    """The plan that answers the table questions."""
    asked = dict.fromkeys(q for q in questions if isinstance(q, Aggregate | Pass))
    settled: dict[Question, Any] = {}
    for question in asked:
        footer = (footers or {}).get(question.table)
        if footer and (found := footer.answer(question, facts[question.table])) is not None:
            settled[question] = found
    rest = [question for question in asked if question not in settled]
    return Plan(settled, (*_fused(rest, facts, dialect), *_passes(rest, facts, dialect)))


def _fused(asked: Sequence[Question], facts: Mapping[str, TableFacts], dialect: Dialect) -> Iterator[Planned]:
    aggregates = [q for q in asked if isinstance(q, Aggregate)]
    for table in dict.fromkeys(q.table for q in aggregates):
        ours = [q for q in aggregates if q.table == table]
        for start in range(0, len(ours), MOST_AT_ONCE):
            part = tuple(ours[start : start + MOST_AT_ONCE])
            name = f"{table}: one scan for {len(part)} aggregates"
            yield Planned(name, "all counts of a table cost one reading", emit.fused(part, facts[table], dialect), part)


def _passes(asked: Sequence[Question], facts: Mapping[str, TableFacts], dialect: Dialect) -> Iterator[Planned]:
    for question in asked:
        if isinstance(question, Pass):
            kind = type(question).__name__.lower()
            columns = ", ".join(question.columns[:3]) + (" …" if len(question.columns) > 3 else "")
            name = f"{question.table}: {kind} by {columns}"
            yield Planned(name, passes.WHY[type(question)], passes.single(question, facts, dialect), (question,))
