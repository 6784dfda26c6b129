"""The text of a model's section: its heading, what to know first, and the Markdown report."""

from collections.abc import Iterator
from types import ModuleType
from typing import cast

from msgspec import Struct

from mlgate.github.changes import Changes
from mlgate.github.facts import Change
from mlgate.github.judged import Judged
from mlgate.github.sections import Sign
from mlgate.github.words import FOOTER, FORK, NOTICES, SPECIAL, TITLE, WHY
from mlgate.plugins import load_report
from mlgate.reporting.budget import MORE_ELSEWHERE
from mlgate.reporting.escaping import code_span, plain, shortened
from mlgate.reporting.phrases import PLAIN, Marks
from mlgate.reporting.rows import IN_TEXT
from mlgate.reporting.sentences import headline, icon
from mlgate.reporting.words import VERDICTS

LONGEST_DESCRIPTION = 140
PATHS_SHOWN = 3


class Approval(Struct, frozen=True):
    """Whether the change must be approved, and by whom it was."""

    is_needed: bool = False
    by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody must still approve."""
        return self.is_needed and self.by is None


class Told(Struct, frozen=True, kw_only=True):
    """What is said beside the verdicts: the change, what it edits, its approval, and where to run the report again."""

    change: Change
    changes: Changes = Changes()
    approval: Approval = Approval()
    again: str = ""  # the address of this report's own run
    run: str = ""  # the address of the gate's run


def sign_of(judged: Judged, told: Told) -> Sign:
    """The sign of the section; what waits for approval is not green."""
    if judged.special:
        return SPECIAL[judged.special][0]
    assert judged.view is not None
    return "⏳" if _waits(judged, told) else cast(Sign, icon(judged.view))


def title(judged: Judged, told: Told, marks: Marks = PLAIN) -> str:
    """The verdict and its cause in one line."""
    if judged.special:
        how = marks.name(judged.how) if judged.how else ""
        named = judged.special in ("missing", "other-parameters")
        what = marks.name(judged.what) if named else marks.text(judged.what)
        return TITLE.format(words=SPECIAL[judged.special][1], why=WHY[judged.special].format(what=what, how=how))
    assert judged.view is not None
    if not _waits(judged, told):
        return headline(judged.view, marks)
    what = NOTICES["bootstrap"] if "bootstrap" in judged.notices else next(_first(told, marks), "")
    rest = VERDICTS[judged.view.verdict.outcome][1]
    why = WHY["waiting"].format(what=what[:1].lower() + what[1:].rstrip("."), rest=rest)
    return TITLE.format(words=SPECIAL["waiting"][1], why=why)


def description(judged: Judged, told: Told, models: int) -> str:
    """The commit status in at most 140 characters."""
    said = plain(title(judged, told)).removeprefix("mlgate: ")
    return shortened(f"{said} ({plain(judged.path)})" if models > 1 else said, LONGEST_DESCRIPTION)


def section_text(judged: Judged, told: Told, budget: int) -> str:
    """The section in at most `budget` bytes."""
    heading = f"### {sign_of(judged, told)} {title(judged, told, IN_TEXT)}"
    notices = list(_notices(judged, told))
    first = [heading, "> [!IMPORTANT]\n" + "\n".join(f"> - {n}" for n in notices)] if notices else [heading]
    last = [] if judged.view else [FOOTER.format(link=told.run, commit=code_span(told.change.head_sha[:7]))]
    last += [FORK] if told.change.is_fork else []
    room = budget - sum(len(part.encode()) + 2 for part in [*first, *last])
    rest = _report(judged, room) if judged.view else []
    return "\n\n".join([*first, *rest, *last])


def _report(judged: Judged, budget: int) -> list[str]:
    """The Markdown report without its own heading."""
    module = cast(ModuleType, load_report("markdown"))
    text = str(module.render(judged.view, budget, MORE_ELSEWHERE))
    return [text.partition("\n")[2].strip("\n")]


def _waits(judged: Judged, told: Told) -> bool:
    return told.approval.is_open and judged.status == "success"


def _notices(judged: Judged, told: Told) -> Iterator[str]:
    yield from _first(told, IN_TEXT)
    commit = code_span(told.change.head_sha[:7])
    if told.approval.is_open:
        again = NOTICES["again"].format(link=told.again) if told.again else "run this report again"
        yield NOTICES["approve"].format(commit=commit, again=again)
    elif told.approval.by:
        yield NOTICES["approved"].format(who=code_span(told.approval.by), commit=commit)
    yield from (NOTICES[name] for name in judged.notices)


def _first(told: Told, marks: Marks) -> Iterator[str]:
    """What the change edits of the gate itself."""
    changes = told.changes
    for name, paths in (
        ("protected", changes.protected),
        ("configuration", changes.configuration),
        ("data", changes.data),
    ):
        if paths:
            yield NOTICES[name].format(what=_some(paths, marks))
    if changes.is_unknown:
        yield NOTICES["unknown"]


def _some(paths: tuple[str, ...], marks: Marks) -> str:
    more = len(paths) - PATHS_SHOWN
    return ", ".join(map(marks.name, paths[:PATHS_SHOWN])) + (f" and {more:,} more" if more > 0 else "")
