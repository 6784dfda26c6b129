"""Cells of rates: proportions, paired count metrics, ratios and averages over classes."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from coverage_cells import SIZES, Cell, Floats

from mlgate.measuring.comparing import compare
from mlgate.measuring.joint import Joint, Side
from mlgate.statistics.count_metrics import confusion_metric, count_metric_interval, paired_count_metric
from mlgate.statistics.interval import Interval
from mlgate.statistics.paired_proportions import tango
from mlgate.statistics.proportions import wilson
from mlgate.statistics.ratios import ratio_interval


def proportions() -> Iterator[Cell]:
    """Wilson, over rates and sizes."""
    known = lru_cache(maxsize=None)(wilson)
    for n in SIZES:
        for rate in (0.01, 0.05, 0.3, 0.5, 0.9, 0.99):
            yield Cell(f"n {n:,}, rate {rate}", rate, n * min(rate, 1 - rate),
                       lambda rng, n=n, rate=rate: known(int(rng.binomial(n, rate)), n))  # fmt: skip


def f1_alone() -> Iterator[Cell]:
    """F1 of one model, Wilson by Jaccard."""
    for n in SIZES:
        for positives in (0.05, 0.2, 0.5):
            for recall, false_alarm in ((0.6, 0.1), (0.9, 0.02)):
                shares = np.array([positives * recall, (1 - positives) * false_alarm, positives * (1 - recall), 0])
                shares[3] = 1 - shares.sum()
                truth = float(confusion_metric("f1", *shares))

                def draw(rng: np.random.Generator, n: int = n, shares: Floats = shares) -> Interval | None:
                    tp, fp, fn, tn = rng.multinomial(n, shares).tolist()
                    return count_metric_interval("f1", tp, fp, fn, tn) if tp + fp + fn else None

                yield Cell(f"n {n:,}, positives {positives}, recall {recall}", truth, n * float(shares[:3].min()), draw)


def paired_cells(discordant: float, drop: float, positives: float, right: float) -> Floats:
    """Shares by [label, baseline, candidate] of two models that are right `right` and `right` − drop of the time."""
    cells = np.zeros((2, 2, 2))
    for label, share in ((0, 1 - positives), (1, positives)):
        lost, gained = (discordant + drop) / 2, (discordant - drop) / 2
        cells[label, label, label] = share * (right - lost)
        cells[label, label, 1 - label] = share * lost
        cells[label, 1 - label, label] = share * gained
        cells[label, 1 - label, 1 - label] = share * (1 - right - gained)
    return cells


def paired(metric: str) -> Callable[[], Iterator[Cell]]:
    """The paired change of a count metric."""

    def cells() -> Iterator[Cell]:
        for n in SIZES:
            for discordant, drop in ((0.02, 0.0), (0.06, 0.0), (0.06, 0.02), (0.15, 0.05)):
                for positives in (0.1, 0.5):
                    shares = paired_cells(discordant, drop, positives, 0.85)
                    exact = paired_count_metric(shares, metric)

                    def draw(rng: np.random.Generator, n: int = n, shares: Floats = shares) -> Interval | None:
                        return paired_count_metric(rng.multinomial(n, shares.ravel()).reshape(2, 2, 2), metric).interval

                    counts = {"recall": shares[1], "accuracy": shares}.get(metric, shares)
                    least = n * min(float(counts[..., 0, 1].sum()), float(counts[..., 1, 0].sum()))
                    yield Cell(f"n {n:,}, discordant {discordant}, drop {drop}, positives {positives}",
                               exact.difference, least, draw)  # fmt: skip

    return cells


def tangos() -> Iterator[Cell]:
    """The paired difference of two accuracies."""
    known = lru_cache(maxsize=None)(tango)
    for n in SIZES:
        for discordant in (0.02, 0.06, 0.15):
            for drop in (0.0, 0.01, 0.02):
                gained, lost = (discordant - drop) / 2, (discordant + drop) / 2

                def draw(rng: np.random.Generator, n: int = n, g: float = gained, w: float = lost) -> Interval:
                    up, down, _ = rng.multinomial(n, [g, w, 1 - g - w]).tolist()
                    return known(up, down, n)

                yield Cell(f"n {n:,}, discordant {discordant}, drop {drop}", -drop, n * discordant, draw)


def ratios() -> Iterator[Cell]:
    """The ratio of two rates."""
    for n in SIZES:
        for one, other in ((0.5, 0.5), (0.1, 0.2), (0.02, 0.02), (0.9, 0.95)):
            yield Cell(f"n {n:,}, rates {one} and {other}", one / other, n * min(one, other, 1 - one, 1 - other),
                       lambda rng, n=n, a=one, b=other: ratio_interval(
                           int(rng.binomial(n, a)), n, int(rng.binomial(n, b)), n))  # fmt: skip


def tables(metric: str) -> Callable[[], Iterator[Cell]]:
    """The paired change of an average over three classes, of kappa, or of MCC."""

    def cells() -> Iterator[Cell]:
        for n in (50, 200, 1_000, 4_000):
            for shares in ((0.34, 0.33, 0.33), (0.6, 0.3, 0.1)):
                for discordant in (0.02, 0.06, 0.15):

                    def rows(rng: np.random.Generator, n: int, shares: Any = shares, d: float = discordant) -> Joint:
                        truth = rng.choice(3, n, p=shares)
                        wrong = (truth + rng.integers(1, 3, n)) % 3
                        base = np.where(rng.random(n) < 0.8, truth, wrong)
                        moved = np.where(base == truth, wrong, truth)
                        half = np.where(base == truth, d / 1.6, d / 0.4)  # so that as many are gained as are lost
                        ours = np.where(rng.random(n) < half, moved, base)
                        sides = [Side(p, None, False, ("a", "b", "c")) for p in (ours, base)]
                        return Joint("", truth, sides[0], sides[1], {}, task="multiclass", classes=("a", "b", "c"))

                    def draw(rng: np.random.Generator, n: int = n, rows: Any = rows) -> Interval | None:
                        return compare(metric, rows(rng, n), 0.01).interval

                    whole = compare(metric, rows(np.random.default_rng(5), 500_000), 0.01).value
                    words = f"n {n:,}, classes {shares}, discordant {discordant}"
                    yield Cell(words, whole, n * discordant * min(shares), draw)

    return cells
