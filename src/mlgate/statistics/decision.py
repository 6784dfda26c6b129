"""The three-state rule: what an interval says about a margin or a limit."""

from typing import Literal

from mlgate.statistics.interval import Interval

Verdict = Literal["pass", "fail", "inconclusive"]
Reason = Literal["suspect", "underpowered"]
Decision = tuple[Verdict, Reason | None]


def non_inferiority(
    interval: Interval | None,
    margin: float,
    *,
    holm_rejected: bool | None,
    identical: bool,
    enough_rows: bool,
    mde: float | None = None,
) -> Decision:
    """Return whether candidate − baseline, signed so that positive is better, stays within a margin.

    `pass`: the interval's lower end lies above −margin.
    `fail`: it does not, and the upper end lies below 0.
    `inconclusive`: neither; or the interval alone would fail and Holm's procedure over its family does not reject
    (`holm_rejected` False, reason `suspect`; None for a metric tested alone); or rows are too few (`underpowered`).
    Identical predictions pass, but not below the minimum of rows, where everything is inconclusive.
    Give `mde`, the smallest detectable effect, for a slice: one that cannot see its margin never passes.
    An interval of None, which a method without variance returns, is `underpowered`.
    Raises ValueError unless margin > 0.

    >>> non_inferiority(Interval(-0.008, 0.004), 0.01, holm_rejected=None, identical=False, enough_rows=True)
    ('pass', None)
    >>> non_inferiority(Interval(-0.031, -0.002), 0.01, holm_rejected=False, identical=False, enough_rows=True)
    ('inconclusive', 'suspect')
    """
    if not margin > 0:
        raise ValueError(f"a margin > 0 is needed, got {margin!r}")
    if not enough_rows:
        return "inconclusive", "underpowered"
    if identical:
        return "pass", None
    if interval is None:
        return "inconclusive", "underpowered"
    blind = mde is not None and mde > margin
    if interval.low > -margin and not blind:
        return "pass", None
    if interval.high < 0:
        return ("inconclusive", "suspect") if holm_rejected is False else ("fail", None)
    return "inconclusive", "underpowered" if blind else None


def absolute_limit(
    interval: Interval | None,
    limit: float,
    direction: Literal["min", "max"],
    *,
    holm_rejected: bool | None = None,
    enough_rows: bool = True,
) -> Decision:
    """Return whether a quantity, known by its own interval, keeps a limit; the limit itself is allowed.

    `direction` "min": `pass` when the whole interval is at or above the limit, `fail` when all of it is below.
    "max" mirrors this; between them it is inconclusive, with the reasons of `non_inferiority`.

    >>> absolute_limit(Interval(0.78, 0.84), 0.80, "min")
    ('inconclusive', None)
    """
    if interval is None or not enough_rows:
        return "inconclusive", "underpowered"
    kept = interval.low >= limit if direction == "min" else interval.high <= limit
    if kept:
        return "pass", None
    broken = interval.high < limit if direction == "min" else interval.low > limit
    if not broken:
        return "inconclusive", None
    return ("inconclusive", "suspect") if holm_rejected is False else ("fail", None)


def pass_point(baseline: float, margin: float, half_width: float) -> float:
    """Return the candidate's value from which it would pass, were its interval as wide as it is now.

    For a metric where larger is better; negate all values for the others.

    >>> round(pass_point(0.741, 0.010, 0.022), 3)
    0.753
    """
    return baseline - margin + half_width


def unblock_point(baseline: float, half_width: float) -> float:
    """Return the candidate's value from which it would no longer fail, were its interval as wide as it is now.

    >>> round(unblock_point(0.741, 0.021), 3)
    0.72
    """
    return baseline - half_width
