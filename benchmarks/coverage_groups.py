"""Cells of groups: gaps and their growth, weighted rows and clusters."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from coverage_cells import Cell, Floats

from mlgate.measuring.comparing import compare, measure
from mlgate.measuring.gaps import gap as gap_in
from mlgate.measuring.groups import in_groups
from mlgate.measuring.joint import Absent, Column, Joint, Side
from mlgate.statistics.gap_growth import gap_growth
from mlgate.statistics.gaps import gap_interval
from mlgate.statistics.interval import Interval

NONE = Absent("no-baseline", "")
GROUPS = ((2, 0), (6, 0), (6, 0.1), (24, 0.1))


def gaps() -> Iterator[Cell]:
    """The gap of a rate over groups."""
    for size in (30, 200, 1_000, 5_000):
        for count, gap in GROUPS:
            for rate in (0.05, 0.4):
                rates = np.full(count, rate)
                rates[0] += gap

                def draw(rng: np.random.Generator, size: int = size, rates: Floats = rates) -> Interval:
                    return gap_interval(rng.binomial(size, rates), np.full(len(rates), size)).interval

                yield Cell(f"{count} groups of {size:,}, rate {rate}, gap {gap}", gap, size * rate, draw)


def joints(rates: Floats, size: int, rng: np.random.Generator, metric: str) -> Joint:
    """Groups whose share predicted positive, or PPV, is as given; the baseline agrees on nine rows of ten."""
    group = np.repeat(np.arange(len(rates)), size)
    draw, again = rng.random((2, group.size))
    if metric == "ppv":
        chosen = again < 0.5
        truth = draw < rates[group]
    else:
        chosen, truth = draw < rates[group], np.ones(group.size, bool)
    other = np.where(rng.random(group.size) < 0.9, chosen, rng.random(group.size) < 0.5)
    columns = {"g": Column(group, tuple(map(str, range(len(rates)))))}
    return Joint("", truth, Side(chosen, None, False), Side(other, None, False), columns)


def group_gaps(metric: Any, reference: int | None, as_ratio: bool) -> Callable[[], Iterator[Cell]]:
    """The gap of a metric as the check has it, with a reference group or as a ratio."""

    def cells() -> Iterator[Cell]:
        for size in (30, 200, 1_000):
            for count, gap in GROUPS[:3]:
                rates = np.full(count, 0.4)
                rates[-1] += gap

                def draw(rng: np.random.Generator, size: int = size, rates: Floats = rates) -> Interval:
                    groups = in_groups(metric, joints(rates, size, rng, metric), "g")
                    return gap_in(groups, "candidate", reference, as_ratio=as_ratio).interval

                truth = 0.4 / (0.4 + gap) if as_ratio else gap
                yield Cell(f"{count} groups of {size:,}, gap {gap}", truth, size * 0.4, draw)

    return cells


def error_gaps() -> Iterator[Cell]:
    """The gap of the mean error of a regression over groups, errors normal or with a heavy tail."""
    for size in (30, 200, 1_000):
        for count, gap in GROUPS[:3]:
            for tail in ("normal", "exponential"):

                def draw(
                    rng: np.random.Generator, size: int = size, count: int = count, gap: float = gap, tail: str = tail
                ) -> Interval:
                    group = np.repeat(np.arange(count), size)
                    noise = rng.normal(size=group.size) if tail == "normal" else rng.exponential(size=group.size) - 1
                    side = Side(noise + gap * (group == count - 1), None, False)
                    columns = {"g": Column(group, tuple(map(str, range(count))))}
                    joint = Joint("", np.zeros(group.size), side, NONE, columns, task="regression")
                    return gap_in(in_groups("mean-error", joint, "g"), "candidate").interval

                yield Cell(f"{count} groups of {size:,}, gap {gap}, {tail} errors", gap, size, draw)


def growths() -> Iterator[Cell]:
    """The growth of a gap, in the same rows."""
    for size in (30, 200, 1_000):
        for count, gap in GROUPS[:3]:
            cells = np.zeros((count, 4))
            cells[:] = (0.56, 0.04, 0.04, 0.36)
            cells[0] += np.array([-gap, gap, 0, 0])

            def draw(rng: np.random.Generator, size: int = size, cells: Floats = cells) -> Interval:
                return gap_growth(rng.multinomial(size, cells).reshape(-1, 2, 2)).interval

            yield Cell(f"{count} groups of {size:,}, growth {gap}", gap, size * 0.04, draw)


def clusters(told: bool) -> Callable[[], Iterator[Cell]]:
    """The change of a mean where rows come in clusters of ten that are alike, and the gate is told so or not."""

    def cells() -> Iterator[Cell]:
        for count in (30, 100, 400):

            def draw(rng: np.random.Generator, count: int = count) -> Interval | None:
                of = np.repeat(np.arange(count), 10)
                shared = rng.normal(size=count)[of]
                sides = [Side(None, k * shared + rng.normal(size=of.size), False) for k in (1.0, 0.0)]
                joint = Joint("", np.zeros(of.size), sides[0], sides[1], {}, None, of if told else None, "score")
                return compare("score", joint, 0.1).interval

            yield Cell(f"{count} clusters of 10", 0.0, count, draw)

    return cells


def weighted() -> Iterator[Cell]:
    """The accuracy of rows with weights from 1 to 8."""
    for n in (200, 1_000, 5_000):
        for rate in (0.6, 0.9):

            def draw(rng: np.random.Generator, n: int = n, rate: float = rate) -> Interval | None:
                weight = 2.0 ** rng.integers(0, 4, n)
                side = Side(rng.random(n) < rate, None, False)
                return measure("accuracy", Joint("", np.ones(n, bool), side, NONE, {}, weight), side).interval

            yield Cell(f"n {n:,}, accuracy {rate}", rate, n * (1 - rate) / 2, draw)
