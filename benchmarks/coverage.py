"""How often each interval covers the truth, and how often the gate is wrong: simulated, as the tables of a page.

`python benchmarks/coverage.py > docs/coverage.md` makes docs/coverage.md anew, in some minutes on one core;
`--draws 200` is quick and rough, `--only tango` makes one family.
"""

import argparse
import datetime
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlgate.measuring.comparing import compare, measure
from mlgate.measuring.gaps import gap as gap_in
from mlgate.measuring.groups import in_groups
from mlgate.measuring.joint import Absent, Column, Joint, Side
from mlgate.statistics.auc import auc as area_of
from mlgate.statistics.auc import auc_interval, delong
from mlgate.statistics.calibration import calibration_error
from mlgate.statistics.count_metrics import confusion_metric, count_metric_interval, paired_count_metric
from mlgate.statistics.gap_growth import gap_growth
from mlgate.statistics.gaps import gap_interval
from mlgate.statistics.interval import Interval, normal_cdf
from mlgate.statistics.means import difference_of_means
from mlgate.statistics.paired_proportions import tango
from mlgate.statistics.proportions import wilson
from mlgate.statistics.ratios import ratio_interval

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Interval | None]
NONE = Absent("no-baseline", "")
SIZES = (50, 200, 1_000, 10_000)


@dataclass(frozen=True)
class Cell:
    """One setting: its words, the truth, the expected rows of the rarest event that counts, and a draw."""

    words: str
    truth: float
    expected: float
    draw: Draw


@dataclass(frozen=True)
class Family:
    """One kind of interval, with the expected rows from which it must cover."""

    name: str
    least: int
    cells: Callable[[], Iterator[Cell]]


# --- the families -------------------------------------------------------------------------------------------


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


def two_scores(rng: np.random.Generator, n: int, m: int, lead: tuple[float, float], agree: float) -> Any:
    """Labels and two scores that are normal in each class, `lead` apart, with correlation `agree`."""
    positive = np.arange(n + m) < n
    shared = math.sqrt(agree) * rng.normal(size=n + m)
    return positive, *(lead[k] * positive + shared + math.sqrt(1 - agree) * rng.normal(size=n + m) for k in (0, 1))


AREAS = {0.6: 0.3583, 0.8: 1.1902, 0.95: 2.3262, 0.99: 3.2900}  # area → distance of the means, √2·Φ⁻¹
CLASSES = ((25, 25), (30, 170), (100, 900), (1_000, 1_000))


def one_area() -> Iterator[Cell]:
    """One AUC by Newcombe's method 5."""
    for n, m in CLASSES:
        for area, lead in AREAS.items():

            def draw(rng: np.random.Generator, n: int = n, m: int = m, lead: float = lead) -> Interval:
                positive, score, _ = two_scores(rng, n, m, (lead, lead), 0.5)
                return auc_interval(area_of(positive, score), n, m)

            yield Cell(f"{n:,} + {m:,} rows, area {area}", normal_cdf(lead / math.sqrt(2)), min(n, m), draw)


def two_areas() -> Iterator[Cell]:
    """The paired change of an AUC by DeLong's method."""
    for n, m in CLASSES:
        for area, lead in AREAS.items():
            for agree in (0.5, 0.95):
                other = lead - 0.1

                def draw(
                    rng: np.random.Generator, n: int = n, m: int = m, leads: Any = (other, lead), agree: float = agree
                ) -> Interval | None:
                    return delong(*two_scores(rng, n, m, leads, agree)).interval

                truth = normal_cdf(other / math.sqrt(2)) - normal_cdf(lead / math.sqrt(2))
                yield Cell(f"{n:,} + {m:,} rows, area {area}, correlation {agree}", truth, min(n, m), draw)


def losses() -> Iterator[Cell]:
    """The paired change of a mean loss: of log loss, of exponential losses with a heavy tail, of squared errors."""
    for n in SIZES:
        for kind in ("log loss", "exponential", "squared"):

            def gains(rng: np.random.Generator, n: int = n, kind: str = kind) -> Floats:
                if kind == "exponential":
                    return rng.exponential(size=n) - rng.exponential(size=n) * 1.1
                if kind == "squared":
                    return rng.normal(0, 1.05, n) ** 2 - rng.normal(0, 1.0, n) ** 2
                true = rng.beta(2, 5, n)
                happened = rng.random(n) < true
                odds = np.log(true / (1 - true))
                both = [1 / (1 + np.exp(-(odds + 0.5 * rng.normal(size=n)))) for _ in range(2)]
                one, other = (-np.log(np.where(happened, p, 1 - p)) for p in both)
                return np.asarray(one - other)

            def draw(rng: np.random.Generator, n: int = n, gains: Any = gains) -> Interval:
                gain = gains(rng)
                return difference_of_means(float(gain.sum()), float(gain @ gain), n).interval

            truth = {"log loss": 0.0, "exponential": -0.1, "squared": 1.05**2 - 1}[kind]
            yield Cell(f"n {n:,}, {kind}", truth, n, draw)


def regressions(metric: str) -> Callable[[], Iterator[Cell]]:
    """RMSE, MAE, R² and quantile loss of one model with normal errors, and their paired change."""

    def cells() -> Iterator[Cell]:
        for n in (50, 200, 1_000):
            for noise in (1.0, 1.2):

                def draw(rng: np.random.Generator, n: int = n, noise: float = noise) -> Interval | None:
                    truth, shared = rng.normal(0, 2, n), rng.normal(size=n)
                    both = [truth + s * (0.8 * shared + 0.6 * rng.normal(size=n)) for s in (noise, 1)]
                    sides = [Side(predicted, None, False) for predicted in both]
                    joint = Joint("", truth, sides[0], sides[1], {}, task="regression")
                    return compare(metric, joint, 0.1).interval

                of = {"rmse": 1.0, "mae": math.sqrt(2 / math.pi), "pinball:0.5": math.sqrt(2 / math.pi) / 2}
                truth = (1 - noise**2 / 4) - (1 - 1 / 4) if metric == "r2" else of[metric] * (1 - noise)
                yield Cell(f"n {n:,}, errors {noise} and 1", truth, n, draw)

    return cells


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


def calibrations() -> Iterator[Cell]:
    """The debiased calibration error, of right and of pushed probabilities."""
    for n in SIZES:
        for push, steep in ((0.0, 1.0), (0.3, 1.0), (0.0, 1.5)):

            def rows(rng: np.random.Generator, n: int, push: float = push, steep: float = steep) -> Any:
                stated = rng.beta(2, 3, n)
                return stated, 1 / (1 + np.exp(-(push + steep * np.log(stated / (1 - stated)))))

            def draw(rng: np.random.Generator, n: int = n, rows: Any = rows) -> Interval:
                stated, true = rows(rng, n)
                return calibration_error(rng.random(n) < true, stated).interval

            stated, true = rows(np.random.default_rng(5), 1_000_000)
            count = max(1, min(15, n // 20))
            place = np.searchsorted(np.quantile(stated, np.arange(1, count) / count), stated, side="right")
            size = np.bincount(place)
            distance = np.bincount(place, weights=true - stated) / size
            truth = math.sqrt(float(size / size.sum() @ distance**2)) if (push, steep) != (0.0, 1.0) else 0.0
            yield Cell(f"n {n:,}, push {push}, slope {steep}", truth, n / count, draw)


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


FAMILIES = (
    Family("one proportion (Wilson)", 10, proportions),
    Family("F1 of one model (Wilson, by Jaccard)", 10, f1_alone),
    Family("paired accuracy (Tango)", 10, tangos),
    Family("paired recall (Tango)", 10, paired("recall")),
    Family("paired precision (delta method)", 30, paired("precision")),
    Family("paired F1 (delta method)", 30, paired("f1")),
    Family("ratio of rates (adjusted log)", 30, ratios),
    Family("one AUC (Newcombe)", 10, one_area),
    Family("paired AUC (DeLong)", 30, two_areas),
    Family("paired mean loss (normal)", 30, losses),
    Family("paired RMSE", 30, regressions("rmse")),
    Family("paired MAE", 30, regressions("mae")),
    Family("paired R²", 30, regressions("r2")),
    Family("paired quantile loss", 30, regressions("pinball:0.5")),
    Family("paired macro F1", 30, tables("f1-macro")),
    Family("paired kappa", 30, tables("kappa")),
    Family("paired MCC", 30, tables("mcc")),
    Family("calibration error", 10, calibrations),
    Family("gap of a rate", 10, gaps),
    Family("gap of a rate to a reference group", 10, group_gaps("selection-rate", 0, False)),
    Family("smallest ratio of a rate", 10, group_gaps("selection-rate", None, True)),
    Family("gap of PPV (influence)", 10, group_gaps("ppv", None, False)),
    Family("growth of a gap", 10, growths),
    Family("weighted accuracy (influence)", 30, weighted),
    Family("clustered mean, `cluster:` given", 30, clusters(True)),
    Family("clustered mean, `cluster:` not given", 30, clusters(False)),
)


# --- measuring ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What the draws of a cell showed."""

    cell: Cell
    covered: float
    below: float  # the interval lies below the truth
    above: float
    none: float  # draws without an interval, which the gate calls underpowered
    points: int  # intervals without width


def simulate(cell: Cell, draws: int) -> Seen:
    """The cell drawn so often, from a seed of its own words."""
    rng = np.random.default_rng(list(cell.words.encode()))
    found = [cell.draw(rng) for _ in range(draws)]
    given = [i for i in found if i is not None and math.isfinite(i.low) and math.isfinite(i.high)]
    below = sum(i.high < cell.truth for i in given) / max(len(given), 1)
    above = sum(i.low > cell.truth for i in given) / max(len(given), 1)
    points = sum(i.low == i.high for i in given)
    return Seen(cell, 1 - below - above, below, above, 1 - len(given) / draws, points)


def table_of(families: tuple[Family, ...], draws: int) -> Iterator[str]:
    """A line for each family, and one for each cell that covers too little."""
    floor = 0.93 - 3 * math.sqrt(0.05 * 0.95 / draws)
    yield "| interval | settings | coverage | side that misses most | least rows | settings with fewer: coverage |"
    yield "|---|--:|---|--:|--:|---|"
    low: list[str] = []
    for family in families:
        seen = [simulate(cell, draws) for cell in family.cells()]
        enough = [s for s in seen if s.cell.expected >= family.least]
        fewer = [s for s in seen if s.cell.expected < family.least]
        worst = max((max(s.below, s.above) for s in enough), default=math.nan)
        points = sum(s.points for s in seen)
        yield (
            f"| {family.name} | {len(enough)} | {_range(enough)} | {worst:.3f} | {family.least} | "
            f"{f'{len(fewer)}: {_range(fewer)}' if fewer else '–'}{f'; {points} points' if points else ''} |"
        )
        low += [f"* {family.name}, {s.cell.words}: {s.covered:.3f}" for s in enough if s.covered < floor]
    yield ""
    yield f"Settings with rows enough that cover less than .93 less three Monte-Carlo errors ({floor:.3f}):"
    yield ""
    yield from low or ["* none"]


def _range(seen: list[Seen]) -> str:
    return f"{min(s.covered for s in seen):.3f}–{max(s.covered for s in seen):.3f}" if seen else "–"


def main() -> None:
    """The page is on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=5_000)
    parser.add_argument("--only", default="", help="families whose name has this in it")
    asked = parser.parse_args()
    chosen = tuple(family for family in FAMILIES if asked.only in family.name)
    print("# Coverage: how often the intervals hold\n")
    print(f"Made by `python benchmarks/coverage.py` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, "
          f"{asked.draws:,} draws a setting, nominal 95 %.\n")  # fmt: skip
    for line in table_of(chosen, asked.draws):
        print(line, flush=True)


if __name__ == "__main__":
    main()
