"""Annotations: workflow commands that put findings on the lines of the pull request's files."""

from collections.abc import Mapping

from mlgate.evidence import Finding
from mlgate.reporting.escaping import workflow_property, workflow_value
from mlgate.reporting.phrases import state
from mlgate.reporting.sentences import extra_lines, missing_sentence, sentence, worst_first
from mlgate.reporting.view import View
from mlgate.reporting.words import State

FILE: str | None = None
MOST = 8  # GitHub shows ten of a level in a step; the rest are dropped there without a word
LINES = 12  # of a longer message, such as a notebook's difference
LEVELS: Mapping[State, str] = {  # of what does not block; the others are silent
    "error": "warning",
    "fail": "warning",
    "not measured": "warning",
    "inconclusive": "warning",
    "warning": "warning",
    "waived": "notice",
    "existing": "notice",
    "info": "notice",
}


def render(view: View) -> str:
    """One command a line, the worst first and at most eight; what blocks is an error, what passes is silent."""
    blocking = frozenset(view.verdict.blocking)
    others = [f for f in worst_first(view.verdict.findings) if f not in blocking and state(f) in LEVELS]
    commands = [_command("error", {"title": "mlgate"}, missing_sentence(check)) for check in view.verdict.missing]
    commands += [_annotation("error", f) for f in view.verdict.blocking]
    commands += [_annotation(LEVELS[state(f)], f) for f in sorted(others, key=lambda f: LEVELS[state(f)] == "notice")]
    if len(commands) > MOST:
        more = len(commands) - MOST + 1
        commands[MOST - 1 :] = [_command("notice", {"title": "mlgate"}, f"+{more:,} more in the report")]
    return "".join(f"{command}\n" for command in commands)


def _annotation(level: str, finding: Finding) -> str:
    where = finding.location
    properties = {
        "file": where.file if where else None,
        "line": str(where.line) if where and where.line else None,
        "title": f"mlgate {finding.id}: {finding.subject}",
    }
    lines = extra_lines(finding)
    shown = lines[-LINES:] if finding.reason != "none" else lines[1 : LINES + 1]
    return _command(level, properties, "\n".join([sentence(finding), *shown]))


def _command(level: str, properties: Mapping[str, str | None], message: str) -> str:
    shown = ",".join(f"{key}={workflow_property(value)}" for key, value in properties.items() if value)
    return f"::{level} {shown}::{workflow_value(message)}"
