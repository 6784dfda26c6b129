"""Evidence kept within its bounds: what passed is counted where there is too much of it, what did not is kept."""

from collections import Counter
from collections.abc import Sequence

from mlgate.evidence import Finding

KEPT = 2_000  # findings; far below what evidence may hold, so that its bytes stay within bounds too


def condense(findings: Sequence[Finding], kept: int = KEPT) -> tuple[Finding, ...]:
    """At most about `kept` findings, in order: passes without a family make room first, and a line a check counts them.

    Members of a family stay, since Holm's correction needs them all. Where even what did not pass is too much, the rest
    of it is one error a check.
    """
    if len(findings) <= kept:
        return tuple(findings)
    spare = [f for f in findings if f.status == "pass" and f.family is None]
    must = [f for f in findings if not (f.status == "pass" and f.family is None)]
    room = max(0, kept - len(must))
    keep = {id(f) for f in [*must[:kept], *spare[:room]]}
    left = [f for f in findings if id(f) not in keep]
    passed = Counter(f.id for f in left if f.status == "pass" and f.family is None)
    others = Counter(f.id for f in left if not (f.status == "pass" and f.family is None))
    counted = [
        Finding(id=check, subject="others", severity="info", message=f"{n:,} more findings passed")
        for check, n in passed.items()
    ]
    counted += [
        Finding(id=check, subject="others", status="error", message=f"{n:,} more findings, too many to list")
        for check, n in others.items()
    ]
    return (*(f for f in findings if id(f) in keep), *counted)
