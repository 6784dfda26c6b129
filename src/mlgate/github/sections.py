"""Sections: what a comment says of each model, as values of which the newer one wins wherever two meet."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgate.github.models import Sha

Sign = Literal["❌", "⏳", "⚠️", "❔", "✅"]
SIGNS: tuple[Sign, ...] = ("❌", "⏳", "⚠️", "❔", "✅")  # the worst first
MOST_POINTS = 12

Number = Annotated[int, Meta(ge=0, le=2**53)]


class Key(NamedTuple):
    """When something was found out: later is greater.

    Runs are told apart by their ids, which only grow; a workflow's own numbers begin anew when its file is renamed.
    A run that waits for its approval keeps its id when it goes on, hence the phase (1 = it waits, 2 = it ended); a
    report of the same run that is made again, perhaps after a review, has a later id of its own.
    """

    run_id: Number
    run_attempt: Number
    phase: Number
    report_id: Number = 0
    report_attempt: Number = 0


class Point(NamedTuple):
    """The primary metric's value at a commit."""

    sha: Annotated[str, Meta(pattern="^[0-9a-f]{7}$")]
    value: float


class Result(Struct, frozen=True, kw_only=True):
    """What the newest run found out about a model, and how the comment tells it."""

    key: Key
    head_sha: Sha
    sign: Sign
    evidence: str = ""  # the digest of the bytes received, or nothing if there were none
    text: str = ""  # Markdown that begins with the line of its heading
    is_short: bool = False  # only the heading fitted into the comment
    metric: str = ""
    history: tuple[Point, ...] = ()


class Asked(Struct, frozen=True):
    """A run that was asked for and has no result yet."""

    run_id: Number
    run_attempt: Number
    head_sha: Sha


class Section(Struct, frozen=True):
    """What a comment says of the model of one configuration."""

    result: Result | None = None
    asked: Asked | None = None

    @property
    def pending(self) -> Asked | None:
        """The run that is newer than the result."""
        asked, result = self.asked, self.result
        return None if asked and result and result.key[:2] >= (asked.run_id, asked.run_attempt) else asked


Sections = Mapping[str, Section]  # by the path of the configuration


def merge(*many: Sections) -> Sections:
    """Of each model the newest that any of them says; in whatever order they are merged, the outcome is the same."""
    names = sorted({name for sections in many for name in sections})
    return {name: _newest([s[name] for s in many if name in s]) for name in names}


def without_pending(sections: Sections) -> Sections:
    """The sections when no run will follow."""
    return {name: Section(section.result) for name, section in sections.items() if section.result}


def with_history(ours: Sections, before: Sections) -> Sections:
    """Our sections with the points of their models that were known before, ours last."""
    return {name: _remember(section, before.get(name, Section())) for name, section in ours.items()}


def _remember(section: Section, before: Section) -> Section:
    ours, known = section.result, before.result
    if ours is None or known is None or ours.metric != known.metric:
        return section
    shas = {point.sha for point in ours.history}
    points = (*(p for p in known.history if p.sha not in shas), *ours.history)[-MOST_POINTS:]
    return replace(section, result=replace(ours, history=points))


def _newest(sections: Iterable[Section]) -> Section:
    kept = list(sections)
    results = [s.result for s in kept if s.result]
    asked = [s.asked for s in kept if s.asked]
    newest = Section(max(results, key=_rank, default=None), max(asked, key=_order, default=None))
    return replace(newest, asked=newest.pending)


def _rank(result: Result) -> tuple[object, ...]:
    facts = (result.text, result.evidence, result.head_sha, result.sign, result.metric)
    return (result.key, not result.is_short, len(result.history), result.history, *facts)


def _order(asked: Asked) -> tuple[int, int, str]:
    return (asked.run_id, asked.run_attempt, asked.head_sha)
