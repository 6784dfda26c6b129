"""Building blocks for a check's `judge`: findings from counts, from metrics, and for what cannot be judged."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from mlgate.config import Rule, Section
from mlgate.evidence import Finding, Location, Severity
from mlgate.statistics.power import mde, rows_needed
from mlgate.verdict import IDENTICAL

if TYPE_CHECKING:  # metrics are computed by numpy, which checks of data do not need
    from mlgate.measuring.joint import Absent
    from mlgate.measuring.metric import Basis, Compared, Metric

MIN_ROWS = 30  # below this a normal or bootstrap interval is not to be trusted
MOST_ROWS = 10**12  # to name more would be no advice


class Tolerance(Section, frozen=True, kw_only=True):
    """How many rows may fail: a share of the rows (`max`) or a number of them (`rows`); none if neither is given.

    `where` it is asked, how much it weighs, and whether the report may show `examples` of the rows.
    """

    max: Annotated[float, Meta(ge=0, le=1)] | None = None
    rows: Annotated[int, Meta(ge=0)] | None = None
    where: Rule | None = None
    severity: Severity = "block"
    examples: bool = False


def at(*path: str | int) -> Location:
    """The place in the check's own parameters that a finding is about, as a JSON pointer; the engine adds the line."""
    return Location("", key="/".join(str(part).replace("~", "~0").replace("/", "~1") for part in path))


def at_most(count: int, of: int, tolerance: Tolerance, what: str, table: str = "the table", **fields: Any) -> Finding:
    """A finding that `count` of `of` rows fail, at most so many allowed; `what` says how, "values are missing".

    `what` and `table` name the file, so that the same check of two tables says which is which.
    Of no rows nothing can be said, so an empty table never passes.
    """
    if not of:
        return not_measurable(f"{table} has no rows, so there is nothing to judge", **fields)
    share = count / of
    shown = f"{count:,} of {of:,} {what}" + (f" ({percent(share)})" if count else "")
    if tolerance.rows is not None or tolerance.max is None:
        limit = float(tolerance.rows or 0)
        value, allowed = float(count), f"at most {int(limit):,} allowed" if limit else "none allowed"
    else:
        limit, value, allowed = tolerance.max, share, f"at most {percent(tolerance.max)} allowed"
    return Finding(value=value, limit=limit, direction="down", n=of, message=f"{shown}; {allowed}", **fields)


def some(names: Iterable[str]) -> str:
    """Names for a sentence: at most eight.

    >>> some(["a", "b"]), some([])
    ('a, b', 'none')
    """
    known = list(names)
    return (", ".join(known[:8]) or "none") + (f" and {len(known) - 8} more" if len(known) > 8 else "")


def flaw(is_wrong: bool, message: str, **fields: Any) -> Finding:
    """A finding that something is as it must be, or is not."""
    return Finding(value=float(is_wrong), limit=0.0, direction="down", message=message, **fields)


def percent(share: float) -> str:
    """A share in words for a sentence, never rounded to none or to all.

    >>> percent(0.0476), percent(0.5), percent(0.00001)
    ('4.8 %', '50 %', '0.001 %')
    """
    value = share * 100
    for digits in range(1, 6):
        text = f"{value:.{digits}f}"
        if float(text) or not value:
            return f"{text.rstrip('0').rstrip('.')} %"
    return f"{value:.1e} %"


def change(metric: "str | Metric", found: "Compared", n: int, *, identical: bool = False, **fields: Any) -> Finding:
    """A finding on a paired comparison: Δ with interval against its margin, and what these rows can see.

    Predictions that are `identical`, or that the comparison found so alike that it cannot differ, need no interval.
    """
    from mlgate.measuring.metric import LEVEL
    from mlgate.measuring.metrics import metric_named

    metric = metric_named(metric)
    identical = identical or found.method == IDENTICAL
    se = found.se if 0 < found.se < math.inf else None
    return Finding(
        metric=metric.id,
        direction=metric.better,
        baseline_value=found.baseline,
        candidate_value=found.candidate,
        value=found.value,
        interval=None if identical else finite(found.interval),
        level=LEVEL,
        p=None if identical else found.p_worse,
        margin=found.margin,
        n=n,
        mde=None if se is None else mde(se),
        rows_needed=None if se is None else more_than(n, rows_needed(se, n, found.margin)),
        method=IDENTICAL if identical else found.method,
        basis=() if identical else known(found.basis),
        **fields,
    )


def more_than(n: int, needed: int) -> int | None:
    """The rows needed where they are more than there are and anybody could have; else rows are not what is lacking."""
    return needed if n < needed <= MOST_ROWS else None


def finite(interval: Sequence[float] | None) -> tuple[float, float] | None:
    """The interval as evidence may hold it: None where an end is not finite."""
    if interval is None or any(end - end != 0 for end in interval):
        return None
    return (float(interval[0]), float(interval[1]))


def known(basis: "Basis") -> tuple[tuple[str, float], ...]:
    """The numbers that an interval was computed from as evidence may hold them: only finite ones."""
    return tuple((name, float(value)) for name, value in basis.items() if math.isfinite(value))


def without_baseline(absent: "Absent | None", **fields: Any) -> Finding:
    """A finding that nothing could be compared, and why: skipped, or inconclusive where the baseline crashed."""
    if absent is None or absent.reason == "no-baseline":
        message = absent.message if absent else "there is no baseline to compare with"
        return Finding(status="skipped", reason="no-baseline", message=message, **fields)
    return Finding(status="inconclusive", reason=absent.reason, message=absent.message, **fields)


def not_measurable(why: object, **fields: Any) -> Finding:
    """A finding that the question does not fit the rows or predictions: too little to tell, never a pass."""
    return Finding(status="not-measured", message=str(why), **fields)
