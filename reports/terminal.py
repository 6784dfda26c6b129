"""Terminal: the report for a person at a prompt or in a CI log."""

from io import StringIO
from typing import TYPE_CHECKING

from mlgate.escaping import log_safe, plain
from mlgate.evidence import Finding
from mlgate.figures import bracketed, change, decimals, fixed, natural_interval, smaller_is_better, trimmed
from mlgate.sentences import (
    counts,
    extra_lines,
    headline,
    is_measured,
    missing_sentence,
    note_sentence,
    sentence,
    state,
    status_word,
    subject,
    worst_first,
)
from mlgate.steps import next_steps, way_out
from mlgate.view import View
from mlgate.words import State

Cells = tuple[State, list[str]]

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

FILE: str | None = None
LINES = 15  # of a longer message, its last ones
ROWS = 30
STYLES: dict[State, str] = {
    "error": "bold red", "fail": "bold red", "not measured": "yellow", "inconclusive": "yellow", "warning": "yellow",
    "waived": "cyan", "existing": "cyan", "info": "cyan", "not run": "dim", "pass": "green",
}  # fmt: skip
OUTCOMES = {"pass": "bold green", "fail": "bold red", "error": "bold red"}


def render(view: View) -> str:
    """The heading, what was compared, what is wrong, what blocks, and what to do next."""
    from rich.console import Console  # costs as much as all else here, so only who reads a terminal pays for it
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out, width=view.width, force_terminal=view.color, color_system="standard" if view.color else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(Text(headline(view), style=OUTCOMES.get(view.verdict.outcome, "bold yellow")))
    console.print(Text(counts(view)))
    _tables(view, console)
    for line in _closing(view):
        console.print(Text(line))
    return log_safe(out.getvalue())


def _tables(view: View, console: "Console") -> None:
    findings = worst_first(view.verdict.findings)
    rows = [f for f in findings if is_measured(f) and f.status not in ("error", "skipped", "not-measured")]
    numbers = [f for f in rows if state(f) != "pass" or not (f.slice or f.group)]
    others = [f for f in findings if f not in rows and state(f) not in ("pass", "not run")]
    if numbers:
        ref = plain(view.evidence.predicate.baseline.ref or "baseline")[:12]
        console.print(_table(["", "metric", ref, "candidate", "Δ [95 % CI]", "gate"], [*map(_numbers, numbers[:ROWS])]))
    if others:
        cells: list[Cells] = [(state(f), [status_word(f), plain(f.id), sentence(f)]) for f in others[:ROWS]]
        console.print(_table(["", "check", "finding"], cells))
    if left := len(numbers[ROWS:]) + len(others[ROWS:]):
        console.print(f"… and {left:,} more in evidence.json")


def _table(columns: list[str], rows: list[Cells]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for status, (word, *cells) in rows:
        table.add_row(Text(word, style=STYLES[status]), *map(Text, cells))
    return table


def _numbers(finding: Finding) -> Cells:
    places, ends, difference = decimals(finding), natural_interval(finding), change(finding)
    before = finding.baseline_value
    after = finding.value if difference is None else finding.candidate_value
    shown = fixed(difference, places, sign=True) if difference is not None else ""
    interval = bracketed(ends, places, sign=difference is not None) if ends else ""
    if finding.margin is not None:
        gate = f"margin {trimmed(finding.margin, places)}"
    else:
        sign = "≥" if finding.direction == "up" else "≤"
        gate = f"{sign} {trimmed(finding.limit, places)}" if finding.limit is not None else ""
    return state(finding), [
        status_word(finding),
        subject(finding) + (" ↓" if smaller_is_better(finding) else ""),
        "" if before is None else fixed(before, places),
        "" if after is None else fixed(after, places),
        f"{shown} {interval}".strip(),
        gate,
    ]


def _closing(view: View) -> list[str]:
    """What blocks, why it was cannot tell, what the reader must know, and what to do next."""
    verdict = view.verdict
    lines = [missing_sentence(check) for check in verdict.missing] + [way_out(f) for f in verdict.blocking]
    blocks = [f"  {line}" for line in lines[:5]] + ([f"  and {len(lines) - 5:,} more"] if len(lines) > 5 else [])
    steps = next_steps(view)
    return [
        *_long_messages(view),
        *(["", "Blocks merge:", *blocks] if lines else []),
        *(["", "Good to know:"] if view.evidence.predicate.notes else []),
        *(f"  {note_sentence(note)}" for note in view.evidence.predicate.notes[:8]),
        "",
        "What to do next:",
        *(f"  {step}" for step in steps),
    ]


def _long_messages(view: View) -> list[str]:
    lines: list[str] = []
    for finding in [f for f in worst_first(view.verdict.findings) if extra_lines(f) and state(f) != "pass"][:5]:
        lines += [
            "",
            f"{plain(finding.id)} {plain(finding.subject)}:",
            *(f"  {x}" for x in extra_lines(finding)[-LINES:]),
        ]
    return lines
