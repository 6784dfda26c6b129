"""Power: which margin so many rows can afford, how many a margin needs, and the curve between."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlgate.evidence import Finding
from mlgate.exploring.layout import columns
from mlgate.judging import MIN_ROWS
from mlgate.reporting.figures import fixed, roughly
from mlgate.reporting.phrases import subject
from mlgate.statistics.power import chance, mde, rows_needed

WIDTH, HEIGHT = 60, 8  # characters of the curve
BLOCKS = " ▁▂▃▄▅▆▇█"
LISTED = 40


@dataclass(frozen=True)
class Sight:
    """What `n` rows see of one metric, whose paired difference has the standard error `se` at them."""

    name: str
    margin: float
    n: int
    se: float

    @property
    def affordable(self) -> float:
        """The smallest margin that these rows settle with 80 % power."""
        return mde(self.se)

    @property
    def needed(self) -> int:
        """The rows that settle the margin with 80 % power, and never fewer than a gate judges."""
        return max(MIN_ROWS, rows_needed(self.se, self.n, self.margin))


def of_findings(findings: Iterable[Finding]) -> tuple[Sight, ...]:
    """What the rows see of each comparison against a margin that has a standard error."""
    return tuple(
        Sight(subject(f), f.margin, f.n, f.mde / mde(1.0))
        for f in findings
        if f.margin and f.n and f.mde and f.status != "not-measured"
    )


def of_accuracy(n: int, discordant: float, margin: float) -> Sight:
    """What n rows see of accuracy, if exactly one of the two models is right on this share of them."""
    return Sight("accuracy", margin, n, math.sqrt(discordant / n))


def render(sights: Sequence[Sight]) -> str:
    """A table of all, and the curve of the first."""
    head = ("metric", "margin", "rows", "these rows settle", "the margin needs", "")
    rows = [head, *map(_row, sights[:LISTED])]
    more = [f"and {len(sights) - LISTED:,} more"] if len(sights) > LISTED else []
    return "\n".join(
        [
            "What these rows can settle, with 80 % power by 95 % intervals:",
            "",
            *columns(rows, right=(1, 2, 3, 4)),
            *more,
            "",
            *curve(sights[0]),
            "",
            "A margin is settled if an unchanged model passes, and one worse by the margin fails, 80 % of the time.",
            "All assume that the rows to come are like these, and that the two models differ as much as these two do.",
        ]
    )


def curve(sight: Sight) -> list[str]:
    """A picture: the chance that the margin is settled, over the number of rows on a logarithmic scale."""
    low, high = min(sight.n, sight.needed) / 8, max(sight.n, sight.needed) * 4
    step = (high / low) ** (1 / (WIDTH - 1))
    heights = [_chance(sight, low * step**x) * HEIGHT * 8 for x in range(WIDTH)]
    lines = [f"Chance that a margin of {figure(sight.margin)} in {sight.name} is settled, by the number of rows:"]
    for level in range(HEIGHT - 1, -1, -1):
        label = {HEIGHT - 1: "100 %", HEIGHT // 2 - 1: " 50 %", 0: "  0 %"}.get(level, "     ")
        cells = "".join(BLOCKS[max(0, min(8, round(h - 8 * level)))] for h in heights)
        lines.append(f"{label} ┤{cells}".rstrip())
    lines.append("      └" + "─" * WIDTH)
    for rows, word in sorted(((sight.n, "rows now"), (sight.needed, "rows for 80 %"))):
        at = min(WIDTH - 1, max(0, round(math.log(rows / low) / math.log(step))))
        said = f"▲ {rows:,} {word}"
        lines.append(" " * 7 + (" " * at + said if at + len(said) <= WIDTH + 12 else f"{said[2:]} ▲".rjust(at + 1)))
    return lines


def _chance(sight: Sight, rows: float) -> float:
    return chance(sight.margin, sight.se * math.sqrt(sight.n / rows))


def _row(sight: Sight) -> tuple[str, ...]:
    enough = "enough" if sight.needed <= sight.n else "too few"
    needed = f"≈ {roughly(sight.needed)} rows"
    return (
        sight.name, figure(sight.margin), f"{sight.n:,}", f"± {figure(sight.affordable, up=True)}", needed, enough
    )  # fmt: skip


def figure(value: float, *, up: bool = False) -> str:
    """The value with two significant digits; with `up` never less than it is."""
    places = max(0, 1 - math.floor(math.log10(value)))
    return fixed(math.ceil(value * 10**places - 1e-9) / 10**places if up else value, places)
