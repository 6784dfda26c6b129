"""Generous bounds from what was observed: wide enough for next month's data, tight enough for a changed unit."""

import math
from collections.abc import Mapping

from mlgate.adopting.profiling import Column, tokens

NAMED: Mapping[str, tuple[float, float]] = {  # what a value with this word in its column's name can be
    "age": (0.0, 120.0), "year": (1900.0, 2100.0), "month": (1.0, 12.0), "day": (1.0, 31.0), "weekday": (0.0, 7.0),
    "week": (1.0, 53.0), "quarter": (1.0, 4.0), "hour": (0.0, 23.0), "minute": (0.0, 59.0), "second": (0.0, 60.0),
    "latitude": (-90.0, 90.0), "lat": (-90.0, 90.0), "longitude": (-180.0, 180.0), "lon": (-180.0, 180.0),
    "lng": (-180.0, 180.0), "percent": (0.0, 100.0), "percentage": (0.0, 100.0), "pct": (0.0, 100.0),
}  # fmt: skip
CLOCK = (0.0, 2400.0)  # 517 for 5:17
FEW_CODES = 12
STEPS = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1)


def bounds(column: Column) -> tuple[float, float] | None:
    """The range to propose for a numeric column; None where nothing was observed or no range makes sense.

    What is never negative stays so, a share stays a share; else the observed ends are moved outwards by a quarter of
    the span, at least to one and a half times the distance of the 1 % and 99 % quantiles from the median, and rounded.
    """
    if column.low is None or column.high is None or column.quantiles is None:
        return None
    low, high, words = column.low, column.high, set(tokens(column.name))
    if named := _by_name(words, column):
        return named
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if column.family == "integer" and column.values is not None and len(column.values) <= FEW_CODES:
        return (0.0 if low >= 0 else low - math.ceil((high - low) / 2)), high + math.ceil((high - low) / 2)
    first, middle, last = column.quantiles
    span = high - low or abs(high) or 1.0
    wide_low = min(low - span / 4, 1.5 * first - 0.5 * middle if first < middle else low)
    wide_high = max(high + span / 4, 1.5 * last - 0.5 * middle if last > middle else high)
    unit = _unit(wide_high - wide_low)
    below = math.floor(wide_low / unit) * unit
    if low >= 0 and (below < 0 or low < high / 2):
        below = 0.0
    above = math.ceil(wide_high / unit) * unit
    if high <= 0:
        above = min(above, 0.0)
    return (_clean(below), _clean(above)) if _is_writable(below) and _is_writable(above) else None


def _by_name(words: set[str], column: Column) -> tuple[float, float] | None:
    """What a column of this name can hold, if all that was observed is so."""
    assert column.low is not None
    assert column.high is not None
    known = [limits for word, limits in NAMED.items() if word in words]
    if "time" in words and column.family == "integer" and column.high > CLOCK[1] / 2:
        known.append(CLOCK)
    return next((limits for limits in known if limits[0] <= column.low and column.high <= limits[1]), None)


def outlier(column: Column) -> float | None:
    """A largest or smallest value that lies so far out that it may stand for "missing", such as 999 for an age."""
    if column.quantiles is None or column.low is None or column.high is None:
        return None
    first, middle, last = column.quantiles
    for value, near in ((column.high, last), (column.low, first)):
        if near != middle and abs(value - middle) > 10 * abs(near - middle):
            return value
    return None


def missing_share(missing: int, rows: int) -> float:
    """The largest share of missing values to propose: twice what was observed, at least one point more, rounded up.

    >>> missing_share(0, 700), missing_share(22, 700), missing_share(690, 700)
    (0.01, 0.07, 1.0)
    """
    share = missing / rows if rows else 0.0
    return min(1.0, math.ceil(round(max(2 * share, share + 0.01) * 100, 6)) / 100)


def fewest_rows(rows: int) -> int:
    """Half of the rows, rounded down to one digit: fewer are likely a broken export.

    >>> fewest_rows(714), fewest_rows(1)
    (300, 1)
    """
    half = max(1, rows // 2)
    unit = int("1" + "0" * (len(str(half)) - 1))
    return half // unit * unit


def margin(metric: str, rows: int, smaller_class: int) -> float:
    """A margin that so many rows can settle, about: 2.5 standard errors of a difference of two models that disagree
    on one row in twenty, rounded up to a usual number.
    """
    error = math.sqrt(0.05 / max(rows, 1)) if metric != "auc" else math.sqrt(0.005 / max(smaller_class, 1))
    return next((step for step in STEPS if step >= 2.5 * error), STEPS[-1])


def floor_for(value: float) -> float:
    """A lower limit for a value between 0 and 1: five points below, rounded down to a hundredth.

    >>> floor_for(0.914)
    0.86
    """
    return max(0.0, math.floor(round((value - 0.05) * 100, 6)) / 100)


def _unit(span: float) -> float:
    """A round step, a tenth to a hundredth of the span."""
    return float(10.0 ** math.floor(math.log10(span) - 0.7)) if span > 0 else 1.0


def _clean(value: float) -> float:
    return float(f"{value:.12g}") + 0.0


def _is_writable(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 2**53
