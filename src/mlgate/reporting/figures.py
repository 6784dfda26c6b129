"""Figures: the numbers of a finding as a person reads them, in the metric's natural sign."""

import math

from mlgate.evidence import Finding
from mlgate.statistics.decision import pass_point, unblock_point

MINUS = "−"
MOST_DECIMALS = 6


def smaller_is_better(finding: Finding) -> bool:
    """Whether the finding compares two values of a metric that should be small, such as log loss or a gap."""
    return finding.margin is not None and finding.direction == "down"


def change(finding: Finding) -> float | None:
    """Candidate − baseline in the metric's natural sign; evidence stores it with positive = better."""
    if finding.margin is None or finding.value is None:
        return None
    return -finding.value if smaller_is_better(finding) else finding.value


def natural_interval(finding: Finding) -> tuple[float, float] | None:
    """The finding's interval in the metric's natural sign."""
    if finding.interval is None:
        return None
    low, high = finding.interval
    return (-high, -low) if smaller_is_better(finding) else (low, high)


def turning_points(finding: Finding) -> tuple[float, float] | None:
    """The candidate's values from which the finding would pass and would stop blocking, were the rows the same.

    Against a margin: baseline − margin + half-width, and baseline − half-width; against a limit the sides of the
    interval are added to the limit. Mirrored where smaller is better. None where nothing can be computed.
    """
    if finding.interval is None:
        return None
    low, high = finding.interval
    better = 1 if finding.direction == "up" else -1
    if finding.margin is not None:
        if finding.baseline_value is None:
            return None
        baseline, half = better * finding.baseline_value, (high - low) / 2
        return better * pass_point(baseline, finding.margin, half), better * unblock_point(baseline, half)
    if finding.limit is None or finding.value is None:
        return None
    if finding.direction == "up":
        return finding.limit + finding.value - low, finding.limit + finding.value - high
    return finding.limit - (high - finding.value), finding.limit - (low - finding.value)


def is_blind(finding: Finding) -> bool:
    """Whether the finding cannot be told because its rows show only changes larger than the margin."""
    if finding.reason != "underpowered" or finding.mde is None or finding.margin is None:
        return False
    return finding.mde > finding.margin


def at_least_as_good(finding: Finding, point: float, places: int) -> float:
    """`point` rounded to the better side, so that who reaches the printed number has reached the point."""
    unit = 10.0**-places
    steps = round(point / unit, 6)
    if not math.isfinite(steps):
        return point
    return unit * (math.ceil(steps) if finding.direction == "up" else math.floor(steps))


def decimals(finding: Finding) -> int:
    """So many decimals that the margin has two digits and no rounding hides on which side of it the interval ends."""
    low, high = finding.interval or (None, None)
    half = (high - low) / 2 if low is not None and high is not None else None
    scale = finding.margin or half or abs(finding.value or 0.0) or 1.0
    largest = max((abs(v) for v in (finding.candidate_value, finding.baseline_value, finding.value) if v), default=0)
    needed = min(max(3 if largest < 10 else 0, 1 + math.ceil(-math.log10(scale))), MOST_DECIMALS)
    thresholds = (0.0, -finding.margin) if finding.margin is not None else (finding.limit,)
    while needed < MOST_DECIMALS and any(_hides(end, t, needed) for end in (low, high) for t in thresholds):
        needed += 1
    return needed


def fixed(value: float, places: int, *, sign: bool = False) -> str:
    """`value` with `places` decimals, thousands commas and a real minus sign; with `sign` also a plus.

    >>> fixed(-1234.5, 1), fixed(0.0035, 4, sign=True), fixed(-0.0001, 2, sign=True)
    ('−1,234.5', '+0.0035', '0.00')
    """
    text = f"{abs(value):,.{places}f}"
    if not text.strip("0.,"):
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def trimmed(value: float, places: int) -> str:
    """A margin or limit: as `fixed`, without the zeros at its end beyond three decimals.

    >>> trimmed(0.0050, 4), trimmed(0.01, 3), trimmed(0.85, 3), trimmed(120, 0)
    ('0.005', '0.010', '0.850', '120')
    """
    text = fixed(value, places)
    while "." in text and text.endswith("0") and len(text.partition(".")[2]) > 3:
        text = text[:-1]
    return text


def bracketed(ends: tuple[float, float], places: int, *, sign: bool = False) -> str:
    """An interval as a table shows it.

    >>> bracketed((-0.051, 0.008), 3, sign=True)
    '[−0.051, +0.008]'
    """
    return f"[{fixed(ends[0], places, sign=sign)}, {fixed(ends[1], places, sign=sign)}]"


def roughly(rows: int) -> str:
    """A number of rows to two significant digits, for what is itself an estimate.

    >>> roughly(26_184)
    '26,000'
    """
    digits = max(0, len(str(abs(rows))) - 2)
    return f"{round(rows, -digits):,}"


def _hides(end: float | None, threshold: float | None, places: int) -> bool:
    if end is None or threshold is None or end == threshold:
        return False
    return round(end, places) == round(threshold, places)
