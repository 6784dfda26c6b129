"""How often the gate's rule is wrong, simulated: harmless changes blocked, harmful ones passed, gaps that are none.

The tables stand at the end of docs/coverage.md; `python benchmarks/false_blocks.py` makes them alone.
"""

import argparse
from collections.abc import Iterator
from functools import cache

import numpy as np

from mlgate.measuring.confirming import search
from mlgate.measuring.joint import Column, Joint, Side
from mlgate.measuring.metrics import metric_named
from mlgate.statistics.gaps import gap_interval
from mlgate.statistics.multiplicity import holm
from mlgate.statistics.paired_proportions import tango, tango_p_worse

SIZES = (200, 500, 2_000, 10_000)
MARGIN, DISCORDANT, TOLERANCE = 0.01, 0.06, 0.1
ALPHA = 0.025


def main() -> None:
    """The tables are on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=5_000)
    parser.add_argument("--searches", type=int, default=200)
    asked = parser.parse_args()
    page(asked.draws, asked.searches)


def page(draws: int, trials: int = 200) -> None:
    """The tables, one after the other."""
    for lines in (comparisons(draws), families(draws), gaps(draws), searches(trials)):
        for line in lines:
            print(line, flush=True)


@cache
def judged(gained: int, lost: int, n: int) -> tuple[str, float]:
    """The state of a comparison, and its p-value."""
    low, high = tango(gained, lost, n)
    state = "pass" if low > -MARGIN else "fail" if high < 0 else "cannot tell"
    return state, tango_p_worse(gained, lost, n)


def comparisons(draws: int) -> Iterator[str]:
    """What the rule says of a true drop of 0, of the margin, and of twice the margin."""
    yield f"\n## One metric: accuracy, {DISCORDANT:.0%} of rows discordant, margin one point, {draws:,} draws\n"
    yield "| rows | no drop: fail | no drop: pass | drop of the margin: pass | drop of two margins: pass | … fail |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for n in SIZES:
        shares = []
        for drop in (0.0, MARGIN, 2 * MARGIN):
            rng = np.random.default_rng([n, int(1_000 * drop)])
            gained, lost = (DISCORDANT - drop) / 2, (DISCORDANT + drop) / 2
            found = [
                judged(int(a), int(b), n)[0] for a, b, _ in rng.multinomial(n, [gained, lost, 1 - DISCORDANT], draws)
            ]
            shares.append({state: found.count(state) / draws for state in ("pass", "fail")})
        yield (
            f"| {n:,} | {shares[0]['fail']:.3f} | {shares[0]['pass']:.3f} | {shares[1]['pass']:.3f} | "
            f"{shares[2]['pass']:.3f} | {shares[2]['fail']:.3f} |"
        )


def families(draws: int) -> Iterator[str]:
    """A primary metric and ten slices of equal size without any change."""
    yield f"\n## Ten slices and no change: how often anything fails, {draws:,} draws\n"
    yield "| rows | slices alone, no correction | slices by Holm | with the primary metric |"
    yield "|--:|--:|--:|--:|"
    for n in SIZES:
        rng = np.random.default_rng(n)
        counts = np.zeros(3)
        half = DISCORDANT / 2
        for split in rng.multinomial(n // 10, [half, half, 1 - DISCORDANT], (draws, 10)):
            states = [judged(int(a), int(b), n // 10) for a, b, _ in split]
            failing = [state == "fail" for state, _ in states]
            by_holm = any(f and r for f, r in zip(failing, holm([p for _, p in states], ALPHA), strict=True))
            a, b = split[:, :2].sum(axis=0)
            primary = judged(int(a), int(b), n // 10 * 10)[0] == "fail"
            counts += (any(failing), by_holm, by_holm or primary)
        yield f"| {n:,} | {' | '.join(f'{share:.3f}' for share in counts / draws)} |"


def gaps(draws: int) -> Iterator[str]:
    """Groups that are treated alike, and groups with a gap of exactly the tolerance."""
    yield f"\n## Fairness: a tolerance of {TOLERANCE}, {draws:,} draws\n"
    yield "| groups | rows a group | rate | no gap: fail | no gap: pass | gap of the tolerance: pass | … fail |"
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for count, size, rate in ((2, 30, 0.4), (6, 30, 0.4), (6, 30, 0.1), (6, 500, 0.4), (6, 2_000, 0.4), (24, 500, 0.4)):
        rng = np.random.default_rng([count, size])
        shares = []
        for gap in (0.0, TOLERANCE):
            rates = np.full(count, rate)
            rates[0] += gap
            found = [gap_interval(x, np.full(count, size)).interval for x in rng.binomial(size, rates, (draws, count))]
            shares.append((sum(i.low > TOLERANCE for i in found), sum(i.high <= TOLERANCE for i in found)))
        (fails, passes), (fails_at, passes_at) = shares
        cells = [f"{x / draws:.3f}" for x in (fails, passes, passes_at, fails_at)]
        yield f"| {count} | {size:,} | {rate} | {' | '.join(cells)} |"


def searches(trials: int) -> Iterator[str]:
    """The search for weak slices where nothing is planted, and where a slice of two conditions is."""
    yield f"\n## The search for weak slices, {trials:,} trials of 5,000 rows and six columns\n"
    yield "| planted | something is confirmed | it is the planted one |"
    yield "|---|--:|--:|"
    for planted in (False, True):
        found = [confirmed(np.random.default_rng([trial, planted]), planted) for trial in range(trials)]
        hit = sum(any("a=0" in words and "b=1" in words for words in names) for names in found)
        what = "a third of the answers of a slice of 8 % turned" if planted else "nothing"
        yield f"| {what} | {sum(map(bool, found)) / trials:.3f} | {hit / trials if planted else 0:.3f} |"


def confirmed(rng: np.random.Generator, planted: bool, n: int = 5_000) -> list[str]:
    """The slices that the second half of the rows confirms."""
    columns = {name: Column(rng.integers(0, 4 if name == "a" else 3, n), tuple("0123")) for name in "abcd"}
    truth = rng.random(n) < 0.4
    sides = []
    for side in range(2):
        flip = rng.random(n) < 0.15
        if planted and side == 0:
            flip |= (columns["a"].codes == 0) & (columns["b"].codes == 1) & (rng.random(n) < 0.35)
        sides.append(Side(truth ^ flip, None, False))
    numbers = {"x": rng.normal(size=n), "z": rng.exponential(size=n)}
    rows = Joint("", truth, sides[0], sides[1], columns, numbers=numbers)
    found = search(metric_named("accuracy"), rows, MARGIN, 2, 5, 30)
    return [
        one.slice.words
        for one in found.confirmed
        if one.compared.interval is not None and one.compared.interval.low <= -MARGIN
    ]


if __name__ == "__main__":
    main()
