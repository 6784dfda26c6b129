"""JSON: the evidence itself, canonical, with the findings as they were settled."""

from mlgate.evidence_file import evidence_file
from mlgate.reporting.view import View

FILE: str | None = "evidence.json"


def render(view: View) -> str:
    """The evidence as canonical JSON (RFC 8785) and a line end; the same evidence always gives the same bytes."""
    return evidence_file(view).decode()
