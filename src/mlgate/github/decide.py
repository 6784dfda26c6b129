"""Deciding: from what was read to what is published; no clock, no network."""

import datetime
from typing import Literal

from msgspec import Struct

from mlgate.github.comment import room_for_each
from mlgate.github.facts import Change
from mlgate.github.gathering import Gathered
from mlgate.github.judged import Judged, judge, without_earlier, worst
from mlgate.github.models import StatusState, WorkflowRun
from mlgate.github.section_text import Told, description, section_text, sign_of
from mlgate.github.sections import Key, Point, Result, Section, Sections
from mlgate.github.words import IGNORED, NOTHING
from mlgate.reporting.escaping import code_span
from mlgate.reporting.view import Links, View
from mlgate.reporting.words import METRICS
from mlgate.verdict import Verdict

Mode = Literal["always", "changed", "problems", "never"]
SUMMARY_BUDGET = 900_000  # bytes; GitHub takes 1 MiB


class Place(Struct, frozen=True, kw_only=True):
    """Where the report itself runs."""

    server_url: str
    repository: str
    run_id: int = 0
    run_attempt: int = 1

    def run_url(self, run_id: int) -> str:
        """The page of a run, built from its number."""
        return f"{self.server_url}/{self.repository}/actions/runs/{run_id}"


class Publication(Struct, frozen=True, kw_only=True):
    """What is to be said, and where."""

    sections: Sections
    state: StatusState
    description: str
    summary: str
    may_create: bool
    may_add: bool = True  # models that the comment does not have yet


def decide(
    run: WorkflowRun, change: Change, read: Gathered, place: Place, mode: Mode, today: datetime.date
) -> Publication:
    """The verdict on each model by the base's policy, and the worst of them as the commit's status."""
    links = Links(place.server_url, place.repository, run.id)
    verdicts = (
        judge(path, policy, read.evidence.get(path), change, run.conclusion, links, today)
        for path, policy in read.policies.items()
    )
    judged = without_earlier(verdicts, read.evidence, run.conclusion)
    again, gate = place.run_url(place.run_id), place.run_url(run.id)
    told = Told(change=change, changes=read.changes, approval=read.approval, again=again, run=gate)
    states: list[StatusState] = [_waiting(each, told) for each in judged]
    state = worst(states)
    leading = [each for each, its in zip(judged, states, strict=True) if its == state]
    return Publication(
        sections={each.path: Section(_result(each, told, run, place, len(judged))) for each in judged},
        state=state,
        description=description(leading[0], told, len(judged)) if leading else NOTHING,
        summary=_summary(judged, told, read),
        may_create=mode == "always" or (mode == "changed" and any(map(_is_changed, judged))) or _is_bad(judged, told),
    )


def _waiting(judged: Judged, told: Told) -> StatusState:
    return "pending" if told.approval.is_open and judged.status == "success" else judged.status


def _is_bad(judged: list[Judged], told: Told) -> bool:
    return any(sign_of(each, told) != "✅" for each in judged)


def _is_changed(judged: Judged) -> bool:
    """Whether the model or a table is another than at the baseline."""
    if judged.view is None:
        return True
    evidence = judged.view.evidence
    models = [s.digest["sha256"] for s in evidence.subject if s.name.startswith("model:")]
    model = bool(models) and models[0] != evidence.predicate.baseline.model_sha256
    return model or any(table.sha256 != table.baseline_sha256 for table in evidence.predicate.tables)


def _result(judged: Judged, told: Told, run: WorkflowRun, place: Place, models: int) -> Result:
    metric, history = _history(judged.view)
    phase = 1 if judged.special == "held" else 2
    return Result(
        key=Key(run.id, run.run_attempt, phase, place.run_id, place.run_attempt),
        head_sha=run.head_sha, sign=sign_of(judged, told), evidence=judged.digest, metric=metric, history=history,
        text=section_text(judged, told, room_for_each(models)),
    )  # fmt: skip


def _history(view: View | None) -> tuple[str, tuple[Point, ...]]:
    """The primary metric's value at the base and here."""
    if view is None:
        return "", ()
    primary = _primary(view.verdict)
    said = view.evidence.predicate
    if primary is None:
        return "", ()
    at = ((said.base_sha, primary[1]), (said.head_sha, primary[2]))
    return primary[0], tuple(Point(sha[:7], round(value, 6)) for sha, value in at if sha and value is not None)


def _primary(verdict: Verdict) -> tuple[str, float | None, float | None] | None:
    for finding in verdict.findings:
        is_whole = not (finding.slice or finding.group or finding.family)
        if finding.margin is not None and is_whole and finding.metric in METRICS:
            return finding.metric or "", finding.baseline_value, finding.candidate_value
    return None


def _summary(judged: list[Judged], told: Told, read: Gathered) -> str:
    room = SUMMARY_BUDGET // max(1, len(judged)) - 1_000
    parts = [section_text(each, told, room) for each in judged] or [f"### ❌ mlgate: {NOTHING}"]
    if read.ignored:
        named = ", ".join(code_span(name) for name in read.ignored[:10])
        parts.append(IGNORED.format(what=named))
    return "\n\n".join(parts) + "\n"
