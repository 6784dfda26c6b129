"""Terminal: the report for a person at a prompt or in a CI log."""

import re
from collections import Counter
from io import StringIO
from typing import TYPE_CHECKING

from mlgate.evidence import Finding
from mlgate.reporting.escaping import log_safe, plain
from mlgate.reporting.figures import bracketed, change, decimals, fixed, natural_interval, smaller_is_better, trimmed
from mlgate.reporting.phrases import is_quiet, is_row, state, subject
from mlgate.reporting.sentences import (
    counts,
    extra_lines,
    headline,
    missing_sentence,
    note_sentence,
    sentence,
    status_word,
    worst_first,
)
from mlgate.reporting.steps import next_steps, way_out
from mlgate.reporting.view import View
from mlgate.reporting.words import State

Cells = tuple[State, list[str]]

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

FILE: str | None = None
LINES = 15  # of a longer message, its last ones
ROWS = 30
ITEMS = 5  # of a list
WIDE = 96  # columns; a narrower table shows the difference without the two values
WRAPPED = ("metric", "finding")
STYLES: dict[State, str] = {
    "error": "bold red", "fail": "bold red", "not measured": "yellow", "inconclusive": "yellow", "warning": "yellow",
    "waived": "cyan", "existing": "cyan", "info": "cyan", "not run": "dim", "pass": "green",
}  # fmt: skip
OUTCOMES = {"pass": "bold green", "fail": "bold red", "error": "bold red"}


def render(view: View) -> str:
    """The heading, what was compared, what is wrong, what blocks, and what to do next."""
    from rich.console import Console  # costs as much as all else here, so only who reads a terminal pays for it
    from rich.padding import Padding
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out, width=view.width, force_terminal=view.color, color_system="standard" if view.color else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(Text(headline(view), style=OUTCOMES.get(view.verdict.outcome, "bold yellow")))
    console.print(Text(f"{counts(view)}\n"))
    _tables(view, console)
    for indent, line in _closing(view):
        console.print(Padding(Text(line), (0, 0, 0, indent)) if line else "")
    return log_safe(re.sub(r"(?m) +$", "", out.getvalue()))


def _tables(view: View, console: "Console") -> None:
    findings = worst_first(view.verdict.findings)
    numbers = [f for f in findings if is_row(f) and (state(f) != "pass" or not (f.slice or f.group))]
    others = [f for f in findings if not is_row(f) and not is_quiet(f)]
    if numbers:
        ref = plain(view.evidence.predicate.baseline.ref or "baseline")[:12]
        figure = "Δ" if all(change(f) is not None for f in numbers) else "Δ or value"
        columns = ["", "metric", f"{figure} [95 % CI]", "gate", ref, "candidate"]
        shown = len(columns) if view.width >= WIDE else 4
        rows = [(style, cells[:shown]) for style, cells in map(_numbers, numbers[:ROWS])]
        console.print(_table(columns[:shown], rows))
    if others:
        if numbers:
            console.print()
        cells: list[Cells] = [(state(f), [status_word(f), plain(f.id), sentence(f)]) for f in others[:ROWS]]
        console.print(_table(["", "check", "finding"], cells))
    _quiet(findings, console)
    if left := len(numbers[ROWS:]) + len(others[ROWS:]):
        console.print(f"… and {left:,} more in evidence.json")


def _table(columns: list[str], rows: list[Cells]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=column not in WRAPPED, overflow="fold")
    for status, (word, *cells) in rows:
        table.add_row(Text(word, style=STYLES[status]), *map(Text, cells))
    return table


def _numbers(finding: Finding) -> Cells:
    places, ends, difference = decimals(finding), natural_interval(finding), change(finding)
    before = finding.baseline_value
    after = finding.value if difference is None else finding.candidate_value
    shown = fixed(difference, places, sign=True) if difference is not None else fixed(finding.value or 0.0, places)
    interval = bracketed(ends, places, sign=difference is not None) if ends else ""
    if finding.margin is not None:
        gate = f"margin {trimmed(finding.margin, places)}"
    else:
        sign = "≥" if finding.direction == "up" else "≤"
        gate = f"{sign} {trimmed(finding.limit, places)}" if finding.limit is not None else ""
    return state(finding), [
        status_word(finding),
        subject(finding) + (" ↓" if smaller_is_better(finding) else ""),
        f"{shown} {interval}".strip(),
        gate,
        "" if before is None else fixed(before, places),
        "" if after is None else fixed(after, places),
    ]


def _quiet(findings: list[Finding], console: "Console") -> None:
    """What passes and what did not run, by check, in a line each."""
    from rich.text import Text

    for quiet in ("pass", "not run", "info"):
        checks = Counter(plain(f.id) for f in findings if state(f) == quiet and is_quiet(f))
        said = ", ".join(f"{check} ×{n}" if n > 1 else check for check, n in checks.items())
        if said:
            console.print(Text(f"{quiet}: {said}", style="dim"))


def _closing(view: View) -> list[tuple[int, str]]:
    """What blocks, what cannot be told, what the reader must know, and what to do next: lines and their indents."""
    verdict = view.verdict
    blocks = [missing_sentence(check) for check in verdict.missing] + [way_out(f) for f in verdict.blocking]
    open_ones = [sentence(f) for f in verdict.findings if state(f) == "inconclusive" and f not in verdict.blocking]
    return [
        *_long_messages(view),
        *_list("Blocks merge:", blocks),
        *_list("Does not block:", open_ones),
        *_list("Good to know:", [note_sentence(note) for note in view.evidence.predicate.notes]),
        *_list("What to do next:", list(next_steps(view))),
        *_cost(view),
    ]


def _cost(view: View) -> list[tuple[int, str]]:
    """How long the run took, and how much of it went into the digests of what it read."""
    run = view.evidence.predicate.run
    if not run.digest_seconds:
        return []
    return [(0, ""), (0, f"{run.seconds:.2f} s, of them {run.digest_seconds:.2f} s for the digests of the tables")]


def _list(title: str, lines: list[str]) -> list[tuple[int, str]]:
    more = [f"and {len(lines) - ITEMS:,} more"] if len(lines) > ITEMS else []
    return [(0, ""), (0, title), *((2, line) for line in [*lines[:ITEMS], *more])] if lines else []


def _long_messages(view: View) -> list[tuple[int, str]]:
    """Messages of more than one line, each once: one crash is the message of many findings."""
    long = [f for f in reversed(worst_first(view.verdict.findings)) if extra_lines(f) and state(f) != "pass"]
    found: list[tuple[int, str]] = []
    for finding in list(reversed({f.message: f for f in long}.values()))[:ITEMS]:
        found += [(0, ""), (0, f"{plain(finding.id)} {plain(finding.subject)}:")]
        found += [(2, line) for line in extra_lines(finding)[-LINES:]]
    return found
