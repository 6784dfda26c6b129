"""How often each interval covers the truth, and how often the gate is wrong: simulated, as the tables of a page.

`python benchmarks/coverage.py > docs/coverage.md` makes docs/coverage.md anew, in half an hour on one core;
`--draws 200` is quick and rough, `--only tango` makes one family.
"""

import argparse
import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass

import coverage_groups as groups
import coverage_rates as rates
import coverage_scores as scores
import false_blocks
import numpy as np
from coverage_cells import Cell, Family

INTRODUCTION = """# Coverage: how often the intervals hold, and how often the gate is wrong

Simulated on {day} by `python benchmarks/coverage.py`; {draws:,} draws a setting \
(2,000 of averages over classes, kappa and MCC), nominal 95 %, seeds fixed.
Each setting is one size, rate, correlation or imbalance; "least rows" is the number of expected rows of the rarest \
event that counts from which the interval has to hold.
Below it coverage is shown all the same; the gate's `min-rows` (30) makes such rows `underpowered`, and so are changes \
of an AUC with fewer than 30 rows of a class.
"""
CONCLUSION = """
The last three are meant to fail: rows that come in clusters of ten alike, judged as if each were a draw of its own.
Above .95 an interval is wider than it need be, as for gaps among equal groups, whose lower end is simultaneous.\
"""
SLOW = 2_000  # draws, of tables of classes
FAMILIES = (
    Family("one proportion (Wilson)", 10, rates.proportions),
    Family("F1 of one model (Wilson, by Jaccard)", 10, rates.f1_alone),
    Family("paired accuracy (Tango)", 10, rates.tangos),
    Family("paired recall (Tango)", 10, rates.paired("recall")),
    Family("paired precision (delta method)", 30, rates.paired("precision")),
    Family("paired F1 (delta method)", 30, rates.paired("f1")),
    Family("ratio of rates (adjusted log)", 30, rates.ratios),
    Family("one AUC (Newcombe)", 10, scores.one_area),
    Family("paired AUC (DeLong)", 30, scores.two_areas),
    Family("paired mean loss", 30, scores.losses),
    Family("paired mean, only a few rows lose", 10, scores.few_losses),
    Family("paired RMSE", 30, scores.regressions("rmse")),
    Family("paired MAE", 30, scores.regressions("mae")),
    Family("paired R²", 30, scores.regressions("r2")),
    Family("paired quantile loss", 30, scores.regressions("pinball:0.5")),
    Family("paired one-vs-rest AUC", 30, scores.areas_of_classes),
    Family("paired macro F1", 30, rates.tables("f1-macro"), SLOW),
    Family("paired balanced accuracy", 30, rates.tables("balanced-accuracy"), SLOW),
    Family("paired kappa", 30, rates.tables("kappa"), SLOW),
    Family("paired MCC", 30, rates.tables("mcc"), SLOW),
    Family("calibration error", 10, scores.calibrations),
    Family("gap of a rate", 10, groups.gaps),
    Family("gap of a rate to a reference group", 10, groups.group_gaps("selection-rate", 0, False)),
    Family("smallest ratio of a rate", 10, groups.group_gaps("selection-rate", None, True)),
    Family("gap of PPV (influence)", 10, groups.group_gaps("ppv", None, False)),
    Family("gap of a mean error (influence)", 30, groups.error_gaps),
    Family("growth of a gap", 10, groups.growths),
    Family("weighted accuracy (influence)", 30, groups.weighted),
    Family("clustered mean, `cluster:` given", 30, groups.clusters(True)),
    Family("clustered mean, `cluster:` not given", 30, groups.clusters(False)),
)


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
        seen = [simulate(cell, min(draws, family.most)) for cell in family.cells()]
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
    parser.add_argument("--only", default="", help="families whose name has this in it, and none of the gate's own")
    asked = parser.parse_args()
    print(INTRODUCTION.format(day=datetime.datetime.now(datetime.UTC).date(), draws=asked.draws))
    chosen = tuple(family for family in FAMILIES if asked.only in family.name)
    for line in table_of(chosen, asked.draws):
        print(line, flush=True)
    if not asked.only:
        print(CONCLUSION)
        false_blocks.page(asked.draws)


if __name__ == "__main__":
    main()
