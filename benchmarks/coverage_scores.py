"""Cells of scores: areas, mean losses, errors of numbers and calibration."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from coverage_cells import SIZES, Cell, Floats

from mlgate.measuring.comparing import compare
from mlgate.measuring.joint import Joint, Side
from mlgate.statistics.auc import auc as area_of
from mlgate.statistics.auc import auc_interval, delong
from mlgate.statistics.calibration import calibration_error
from mlgate.statistics.interval import Interval, normal_cdf


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
            for agree, less in ((0.5, 0.1), (0.95, 0.1), (0.95, 0.4)):
                other = lead - less

                def draw(
                    rng: np.random.Generator, n: int = n, m: int = m, leads: Any = (other, lead), agree: float = agree
                ) -> Interval | None:
                    return delong(*two_scores(rng, n, m, leads, agree)).interval

                truth = normal_cdf(other / math.sqrt(2)) - normal_cdf(lead / math.sqrt(2))
                yield Cell(f"{n:,} + {m:,} rows, area {area}, correlation {agree}, less {less}", truth, min(n, m), draw)


def change_of_mean(gain: Floats) -> Interval | None:
    """The interval of the mean of what each row gains."""
    sides = [Side(None, score, False) for score in (gain, np.zeros(len(gain)))]
    return compare("score", Joint("", np.zeros(len(gain)), *sides, {}, task="score"), 0.1).interval


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

            def draw(rng: np.random.Generator, n: int = n, gains: Any = gains) -> Interval | None:
                return change_of_mean(gains(rng))

            truth = {"log loss": 0.0, "exponential": -0.1, "squared": 1.05**2 - 1}[kind]
            yield Cell(f"n {n:,}, {kind}", truth, n, draw)


def few_losses() -> Iterator[Cell]:
    """The paired change of a mean where a share of the rows loses and the others do not change."""
    for n in SIZES:
        for share in (0.02, 0.06, 0.2):

            def draw(rng: np.random.Generator, n: int = n, share: float = share) -> Interval | None:
                gain = np.where(rng.random(n) < share, -rng.exponential(size=n), 0.0)
                return change_of_mean(gain)

            yield Cell(f"n {n:,}, {share:.0%} lose", -share, n * share, draw)


def areas_of_classes() -> Iterator[Cell]:
    """The paired change of the mean area of each of three classes against the rest."""
    for n in (200, 1_000):
        for shares in ((0.34, 0.33, 0.33), (0.6, 0.25, 0.15)):

            def rows(rng: np.random.Generator, n: int, shares: Any = shares) -> Joint:
                truth = rng.choice(3, n, p=shares)
                shared = 1.2 * np.eye(3)[truth] + 0.9 * rng.normal(size=(n, 3))
                scores = [lead * np.eye(3)[truth] + shared + 0.4 * rng.normal(size=(n, 3)) for lead in (0.0, 0.2)]
                sides = [Side(score.argmax(axis=1), score, False, ("a", "b", "c")) for score in scores]
                return Joint("", truth, sides[0], sides[1], {}, task="multiclass", classes=("a", "b", "c"))

            def draw(rng: np.random.Generator, n: int = n, rows: Any = rows) -> Interval | None:
                return compare("auc-ovr", rows(rng, n), 0.01).interval

            whole = compare("auc-ovr", rows(np.random.default_rng(5), 500_000), 0.01).value
            yield Cell(f"n {n:,}, classes {shares}", whole, n * min(shares), draw)


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
