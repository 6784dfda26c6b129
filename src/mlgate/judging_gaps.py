"""Findings on gaps: of one metric over the groups of one column, within a tolerance and grown or not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlgate.evidence import Finding
from mlgate.judging import at, finite, known, more_than, not_measurable, some
from mlgate.measuring.gaps import gap, growth
from mlgate.measuring.groups import RATES, GroupMetric, Groups, counted_rows, in_groups
from mlgate.measuring.joint import Joint
from mlgate.measuring.metric import LEVEL, NotMeasurable
from mlgate.statistics.gaps import rows_needed_per_group
from mlgate.statistics.power import mde, rows_needed
from mlgate.verdict import IDENTICAL

ROUNDING = 1e-9  # effective rows are sums of fractions
MOST_GROUPS = 100


@dataclass(frozen=True)
class Asked:
    """One gap that is asked for: the metric, the column, its limits, and where it is asked."""

    metric: GroupMetric
    column: str
    tolerance: float  # largest difference
    growth: float  # largest growth of the gap
    ratio: float | None  # smallest ratio, judged instead of the difference
    reference: str | None  # the group that all others are compared with
    min_rows: int
    where: str = ""  # " where income=low"

    @property
    def name(self) -> str:
        """The column, and where."""
        return self.column + self.where

    @property
    def is_ratio(self) -> bool:
        """Whether the ratio is judged, and not the difference."""
        return self.ratio is not None

    @property
    def what(self) -> str:
        """The metric's gap or ratio."""
        return f"{self.metric} {'ratio' if self.is_ratio else 'gap'}"

    def fields(self, place: str) -> dict[str, Any]:
        """What every finding on it says."""
        return {"subject": f"{self.name}: {self.what}", "metric": self.metric, "location": at(place)}


def gap_findings(asked: Asked, rows: Joint) -> Iterable[Finding]:
    """The groups that are too small, the candidate's gap, and its growth where there is a baseline."""
    labels = rows.columns[asked.column].labels
    if len(labels) > MOST_GROUPS:
        message = (
            f"'{asked.column}' has {len(labels):,} values; at most {MOST_GROUPS} are groups, and 'bins' cuts numbers"
        )
        yield not_measurable(message, **asked.fields("columns"))
        return
    if asked.is_ratio and asked.metric not in RATES:
        yield not_measurable(f"{asked.metric} is no rate, so there is no ratio of it", **asked.fields("metrics"))
        return
    try:
        found = in_groups(asked.metric, rows, asked.column)
    except NotMeasurable as why:
        yield not_measurable(why, **asked.fields("metrics"))
        return
    is_large = found.rows + ROUNDING >= asked.min_rows
    present = np.bincount(rows.columns[asked.column].codes, minlength=len(labels)) > 0
    for small in np.flatnonzero(~is_large & (present | (not asked.where))):
        yield _too_small(asked, labels[small], _whole(found.rows[small]))
    large = np.flatnonzero(is_large)
    groups, wanted = found.of(large), asked.reference
    if len(large) < 2 or (wanted is not None and wanted not in groups.labels):
        yield _no_pair(asked, labels, groups.labels)
        return
    reference = None if wanted is None else groups.labels.index(wanted)
    yield _absolute(asked, groups, rows, reference)
    if rows.paired() is not None:
        yield _growth(asked, groups, rows, reference)


def _absolute(asked: Asked, groups: Groups, rows: Joint, reference: int | None) -> Finding:
    """The candidate's gap against the tolerance: information where there is a baseline to answer for."""
    paired, n = rows.paired() is not None, _whole(groups.rows.sum())
    found = gap(groups, "candidate", reference, as_ratio=asked.is_ratio)
    before = gap(groups, "baseline", reference, as_ratio=asked.is_ratio).value if paired else None
    extra: dict[str, Any] = {"severity": "info"} if paired else {}
    return Finding(
        **asked.fields("ratio" if asked.is_ratio else "tolerance"),
        group=_pair(asked.column, groups.labels, found.high_group, found.low_group),
        direction="up" if asked.is_ratio else "down", value=found.value, candidate_value=found.value,
        baseline_value=before, interval=finite(found.interval), level=LEVEL,
        limit=asked.tolerance if asked.ratio is None else asked.ratio, n=n,
        rows_needed=_rows_needed(asked, groups, n), method="simultaneous lower end, intersection-union upper end",
        basis=known(found.basis),
        **extra,
    )  # fmt: skip


def _rows_needed(asked: Asked, groups: Groups, n: int) -> int | None:
    if asked.metric not in RATES or asked.is_ratio or asked.tolerance >= 1:
        return None
    hits = float((groups.paired.candidate * groups.rows).sum())
    rate = (hits + 1) / (float(groups.rows.sum()) + 2)  # never 0 or 1
    count = len(groups.labels)
    return more_than(n, rows_needed_per_group(rate, asked.tolerance, count) * count)


def _growth(asked: Asked, groups: Groups, rows: Joint, reference: int | None) -> Finding:
    """The growth of the gap on the same rows, signed so that positive is better."""
    found, n = growth(groups, reference, as_ratio=asked.is_ratio), _whole(groups.rows.sum())
    fields = asked.fields("growth") | {"subject": f"{asked.name}: {asked.what} growth"}
    return Finding(
        **fields, group=_pair(asked.column, groups.labels, *found.pair), direction="up" if asked.is_ratio else "down",
        baseline_value=found.baseline, candidate_value=found.candidate, value=found.value,
        interval=finite(found.interval), level=LEVEL, p=found.p_worse, margin=asked.growth, family="fairness",
        n=n, mde=mde(found.se), rows_needed=more_than(n, rows_needed(found.se, n, asked.growth)),
        method=IDENTICAL if rows.is_identical() else "paired gap growth", basis=known(found.basis),
    )  # fmt: skip


def _no_pair(asked: Asked, labels: tuple[str, ...], large: tuple[str, ...]) -> Finding:
    """That no two groups can be compared: undecided for want of rows, or not measurable with a single group."""
    fields, wanted = asked.fields("columns"), asked.reference
    if wanted is not None and wanted not in labels:
        return not_measurable(f"'{asked.column}' has no group '{wanted}'; it has {some(labels)}", **fields)
    if len(labels) < 2:
        return not_measurable(f"'{asked.name}' has the single group {some(labels)}, so there is no gap", **fields)
    said = (
        f"'{asked.name}' has {len(large)} group{'s' * (len(large) != 1)} with rows enough for a gap of {asked.metric}"
    )
    said += "; two are needed" if len(large) < 2 else f", and '{wanted}' is none of them"
    return Finding(status="inconclusive", reason="underpowered", message=said, **fields)


def _too_small(asked: Asked, label: str, size: int) -> Finding:
    metric, least = asked.metric, asked.min_rows
    counted = f"{size:,} {counted_rows(metric)}"
    message = f"group '{label}' of '{asked.name}' has {counted}; {least} are needed to judge its {metric}"
    return Finding(
        subject=f"{asked.name}: {metric} of {label}", metric=metric, group=f"{asked.column}: {label}",
        status="inconclusive", reason="underpowered", n=size, min_rows=least, rows_needed=least, message=message,
        location=at("min-rows"),
    )  # fmt: skip


def _whole(rows: float) -> int:
    return int(rows + ROUNDING)


def _pair(column: str, names: tuple[str, ...], high: int, low: int) -> str:
    return f"{column}: {names[high]} − {names[low]}"
