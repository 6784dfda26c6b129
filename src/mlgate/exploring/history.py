"""History: the verdicts that were shown on each test set, and what that leaves an improvement to prove."""

import fcntl
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from mlgate.evidence import Digest, Evidence, Finding, Name, Note, digest_of
from mlgate.exploring.layout import columns
from mlgate.reporting.escaping import plain
from mlgate.reporting.phrases import subject
from mlgate.statistics.reuse import alpha_at
from mlgate.verdict import Verdict

if TYPE_CHECKING:
    from mlgate.running.runner import Result

FOLDER, FILE = ".mlgate", "history.jsonl"
MAX_BYTES = 16 * 2**20
SHOWN = 30
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)")]


class Line(Struct, frozen=True, kw_only=True):
    """One completed run: on which rows, what it showed (a digest of the numbers), and how it ended."""

    date: Date
    rows: Digest  # of the labels that were judged
    shown: Digest
    model: Name
    outcome: Name
    commit: Name = ""


def remembered(result: "Result", folder: Path) -> "Result":
    """The result with what the folder's history says of its test rows, and the history with this run.

    Only of runs on a machine that keeps its files; nothing depends on whether the history can be written.
    """
    evidence, verdict = result.evidence, result.verdict
    line = line_of(evidence, verdict) if evidence.predicate.event == "local" else None
    if line is None:
        return result
    found = notes(read(folder), line, verdict.findings, result.policy.evaluations)
    append(folder, line)
    predicate = msgspec.structs.replace(evidence.predicate, notes=(*evidence.predicate.notes, *found))
    return replace(result, evidence=msgspec.structs.replace(evidence, predicate=predicate))


def line_of(evidence: Evidence, verdict: Verdict) -> Line | None:
    """The line that a run leaves; None where it compared nothing, and so taught nobody anything about the test rows."""
    predicate = evidence.predicate
    numbers = [(f.id, f.subject, f.value, f.interval) for f in compared(verdict.findings)]
    if predicate.rows_sha256 is None or predicate.date is None or not numbers:
        return None
    return Line(
        date=predicate.date, rows=predicate.rows_sha256, shown=digest_of(numbers), model=predicate.model or "",
        outcome=verdict.outcome, commit=predicate.tested_sha or "",
    )  # fmt: skip


def compared(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that compare two models on the test rows."""
    return [f for f in findings if f.margin is not None and f.value is not None]


def evaluation(history: Sequence[Line], line: Line) -> int:
    """Which evaluation of its rows this is, counted from 1; numbers that were shown before keep their place."""
    before = list(dict.fromkeys(past.shown for past in history if past.rows == line.rows))
    return before.index(line.shown) + 1 if line.shown in before else len(before) + 1


def notes(history: Sequence[Line], line: Line, findings: Sequence[Finding], budget: int | None) -> tuple[Note, ...]:
    """What the reader must know: how often these rows were judged, and whether the primary metric is proved better."""
    at = evaluation(history, line)
    said = f"≥ {at:,} of {budget:,}" if budget else f"≥ {at:,}"
    if budget and at > budget:
        return (Note("reuse-spent", detail=said),)
    alpha = alpha_at(at, budget=budget)
    better = [f for f in findings if _is_primary(f) and f.p is not None and 1 - f.p <= alpha]
    claims = (Note("improvement", subject(f), f"p = {1 - (f.p or 0.0):.1g}, α = {alpha:.1g}") for f in better)
    told = (Note("reuse", detail=said),) if at > 1 or budget else ()
    return (*told, *claims)


def read(folder: Path) -> tuple[Line, ...]:
    """The lines of the folder's history; one that cannot be read is left out, so the count is "at least"."""
    lines = []
    with suppress(OSError):
        descriptor = _open(folder, os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as stream:
            for text in stream.read(MAX_BYTES).splitlines():
                with suppress(msgspec.DecodeError):
                    lines.append(msgspec.json.decode(text, type=Line))
    return tuple(lines)


def append(folder: Path, line: Line) -> bool:
    """The line is at the end of the history, whole, or not at all; whether it could be written.

    The folder ignores itself for git. Links are not followed: a checkout may hold another person's.
    """
    try:
        place = folder / FOLDER
        place.mkdir(exist_ok=True)
        if not stat.S_ISDIR(place.lstat().st_mode):
            return False
        with suppress(FileExistsError), (place / ".gitignore").open("x", encoding="utf-8") as ignore:
            ignore.write("*\n")
        descriptor = _open(folder, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_size < MAX_BYTES:
                os.write(descriptor, msgspec.json.encode(line) + b"\n")
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


def render(history: Sequence[Line], budget: int | None = None) -> str:
    """The runs by test set, the latest last, and what the next claim of an improvement has to prove."""
    if not history:
        return "No run was recorded here yet: `mlgate check` writes a line for each that compares two models."
    lines: list[str] = []
    for rows in dict.fromkeys(line.rows for line in history):
        of_rows = [line for line in history if line.rows == rows]
        seen = len({line.shown for line in of_rows})
        counted = f"at least {seen:,} evaluation{'s' * (seen != 1)}" + (f" of {budget:,}" if budget else "")
        lines += [f"Test rows {rows[:12]}: {counted}"]
        table = [("date", "evaluation", "model", "commit", "verdict"), *(_cells(history, line) for line in of_rows)]
        lines += [f"  {text}" for text in columns(table[:1] + table[1:][-SHOWN:], right=(1,))]
        alpha = alpha_at(seen + 1, budget=budget)
        must = f"p ≤ {alpha:.2g}" if alpha else "nothing: the budget is spent, judge on new rows"
        lines += [f"  The next claim that a model is better must show {must}.", ""]
    return "\n".join(lines).rstrip()


def _cells(history: Sequence[Line], line: Line) -> tuple[str, ...]:
    number = f"{evaluation(history, line):,}"
    return line.date, number, plain(line.model), plain(line.commit[:7]) or "work tree", plain(line.outcome)


def _is_primary(finding: Finding) -> bool:
    return finding.id == "regression" and finding.margin is not None and finding.family is finding.slice is None


def _open(folder: Path, flags: int) -> int:
    """A descriptor of the history, which is a plain file in a folder that is no link; an `OSError` otherwise."""
    place = os.open(folder / FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        descriptor = os.open(FILE, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644, dir_fd=place)
    finally:
        os.close(place)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{FILE} is no plain file")
    return descriptor
