"""The evidence file: the bytes of `evidence.json`, with the findings as they were settled."""

import msgspec

from mlgate.evidence import canonical
from mlgate.reporting.view import View


def evidence_file(view: View) -> bytes:
    """The canonical JSON (RFC 8785) of the evidence with the verdict's findings in place, and a line end."""
    evidence = view.evidence
    predicate = msgspec.structs.replace(evidence.predicate, findings=view.verdict.findings)
    return canonical(msgspec.structs.replace(evidence, predicate=predicate)) + b"\n"
