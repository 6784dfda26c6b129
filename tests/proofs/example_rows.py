"""The example's test rows with the scores of two versions of its model, and how often the gate says what of them."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlgate.evidence import Finding
from mlgate.measuring.joint import Column, Joint, Side
from mlgate.plugins import Answers, Facts
from tests.checks.asked import BASE, CHECKS, params_of, with_statuses

ROWS = list(csv.DictReader((Path(__file__).parent / "data" / "scores.csv").open(encoding="utf-8")))
TRUTH = np.array([row["deny"] == "yes" for row in ROWS])
LOGISTIC = np.array([float(row["logistic"]) for row in ROWS])
BOOSTED = np.array([float(row["boosted"]) for row in ROWS])
GROUPS = ("afam", "single", "condomin", "hschool", "selfemp", "chist")
Floats = NDArray[np.float64]


def columns() -> dict[str, Column]:
    """The columns for slices and groups."""
    found = {}
    for name in GROUPS:
        labels, codes = np.unique([row[name] for row in ROWS], return_inverse=True)
        found[name] = Column(np.asarray(codes, np.int64), tuple(labels.tolist()))
    return found


def rows_of(candidate: Floats, baseline: Floats, drawn: NDArray[np.int64] | None = None) -> Joint:
    """The joint rows of two columns of scores; `drawn` are the indexes of the rows to take."""
    sides = [Side(score >= 0.5, score) for score in (candidate, baseline)]
    joint = Joint("test", TRUTH, sides[0], sides[1], columns())
    return joint if drawn is None else joint.where(drawn)


class Gate:
    """Checks with their parameters, judged and settled together on one set of rows after the other."""

    def __init__(self, **yaml: str) -> None:
        self.asked = []
        for id_, block in yaml.items():
            params, config = params_of(id_, block, BASE)
            loaded = CHECKS[id_].load()
            facts = Facts(config, {})
            self.asked.append((id_, loaded, params, facts, tuple(loaded.plan(params, facts))))

    def __call__(self, rows: Joint) -> tuple[Finding, ...]:
        """What the checks say of the rows, with the statuses that the verdict gives them."""
        found: list[Finding] = []
        for _, check, params, facts, questions in self.asked:
            found += check.judge(params, Answers(facts, dict.fromkeys(questions, rows)))
        return with_statuses(tuple(found))


def shares(statuses: Sequence[Mapping[str, str]]) -> str:
    """A table of how often each subject had each status, for the message of an assertion."""
    counts: dict[str, dict[str, int]] = {}
    for trial in statuses:
        for subject, status in trial.items():
            counts.setdefault(subject, {}).setdefault(status, 0)
            counts[subject][status] += 1
    lines = [f"{len(statuses):,} trials: share of each status"]
    for subject, by_status in counts.items():
        said = "  ".join(f"{s} {n / len(statuses):.3f}" for s, n in sorted(by_status.items()))
        lines.append(f"  {subject:<28} {said}")
    return "\n".join(lines)


def failing(trials: Sequence[Mapping[str, str]], subject: str | None = None) -> float:
    """The share of trials in which the subject, or any of them, fails."""
    return float(np.mean([any(s == "fail" for k, s in t.items() if subject in (None, k)) for t in trials]))


def swapped(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The two models' scores exchanged at random row by row, so that by construction nothing differs."""
    coin: Any = rng.random(len(TRUTH)) < 0.5
    return np.where(coin, LOGISTIC, BOOSTED), np.where(coin, BOOSTED, LOGISTIC)
