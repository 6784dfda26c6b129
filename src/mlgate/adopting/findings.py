"""A finding of the doctor: its state, what is so, and how to mend it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from mlgate.reporting.escaping import plain

State = Literal["ok", "not checked", "warn", "fail"]
STATES: tuple[State, ...] = ("ok", "not checked", "warn", "fail")
Get = Callable[[str], Any]  # a path of GitHub's API → its JSON, or None


@dataclass(frozen=True)
class Finding:
    """One thing that is as it should be, or not, and then how to mend it."""

    state: State
    what: str
    mend: str = ""


def table(findings: Iterable[Finding]) -> str:
    """The findings as text, those to mend last, where the eye is."""
    ordered = sorted(findings, key=lambda f: STATES.index(f.state))
    lines = []
    for finding in ordered:
        lines.append(f"{finding.state:<13}{plain(finding.what)}")
        if finding.mend:
            lines.append(f"{'':<13}mend: {plain(finding.mend)}")
    counts = [f"{count} {state}" for state in reversed(STATES) if (count := sum(f.state == state for f in ordered))]
    return "\n".join([*lines, "", " · ".join(counts)])
