"""A metric: what it is, which way is better, what it needs of a model, and what measuring or comparing it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from mlgate.config import Margin
from mlgate.measuring.joint import Floats, Joint, Side, Task
from mlgate.statistics.influence import Estimate
from mlgate.statistics.interval import Interval

__all__ = ["LEVEL", "Basis", "Change", "Compared", "Margin", "Measured", "Method", "Metric", "Needs", "NotMeasurable"]
LEVEL = 0.95
Basis = Mapping[str, float]  # the few numbers from which a method computes its interval, as `mlgate explain` shows them
Needs = Literal["class", "score", "probability", "number", "own"]


@dataclass(frozen=True)
class Measured:
    """A metric of one model with its 95 % interval; no interval where the method cannot give one."""

    value: float
    interval: Interval | None
    method: str
    basis: Basis = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """A metric of two models on the same rows; `value` is candidate − baseline, signed so that positive is better.

    `margin` is the margin as a number; where it is a share of the baseline's value, the lower end of the interval is
    such that it lies above −margin exactly when candidate − (1 ∓ share) · baseline is proven to be on the good side.
    """

    candidate: float
    baseline: float
    value: float
    se: float
    interval: Interval | None
    p_worse: float | None
    margin: float
    method: str
    basis: Basis = field(default_factory=dict)


class NotMeasurable(Exception):
    """The metric cannot be had from these predictions; the text says why and what would help."""


@dataclass(frozen=True)
class Change:
    """What is asked of a comparison: `sign` is 1 where more is better, else −1; one margin, absolute or relative."""

    sign: float
    absolute: float = 0.0
    relative: float = 0.0


class Method(Protocol):
    """How a metric is measured: its influence for rows of any weight, and the best interval for plain rows."""

    @property
    def reach(self) -> Interval:
        """The values that the metric can have."""
        ...

    def lacks(self, joint: Joint, side: Side) -> str | None:
        """What the rows lack for the metric to exist, or None."""
        ...

    def estimate(self, joint: Joint, side: Side, weight: Floats) -> Estimate:
        """The metric and each row's influence on it, with these weights (shape n)."""
        ...

    def alone(self, joint: Joint, side: Side) -> Measured:
        """One model's metric on rows that each count once and are draws of their own."""
        ...

    def paired(self, joint: Joint, ours: Side, theirs: Side, asked: Change) -> Compared:
        """Both models' on such rows."""
        ...


@dataclass(frozen=True)
class Metric:
    """One metric: all that checks and reports know of it, and how each task that has it measures it."""

    id: str
    better: Literal["up", "down"]
    needs: Needs
    margin: float | str  # where none is given
    methods: Mapping[Task, Method]

    @property
    def sign(self) -> float:
        """1 where more is better, else −1."""
        return 1.0 if self.better == "up" else -1.0
