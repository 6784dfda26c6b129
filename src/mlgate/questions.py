"""What a check may ask: typed questions that the engine answers, many at once, so that no check reads anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Scalar = str | bool | int | float


# --- conditions on one row of a table -----------------------------------------------------------------------


@dataclass(frozen=True)
class IsNull:
    """The value is missing: null, or NaN in a floating-point column."""

    column: str


@dataclass(frozen=True)
class Outside:
    """The value is present and below `low`, above `high`, or not a number."""

    column: str
    low: float | None
    high: float | None


@dataclass(frozen=True)
class NotIn:
    """The value is present and none of `values` (compared as text where a type differs)."""

    column: str
    values: tuple[Scalar, ...]


Condition = IsNull | Outside | NotIn


# --- questions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """How many rows the table has → int."""

    table: str


@dataclass(frozen=True)
class CountIf:
    """How many rows of the table meet the condition → int."""

    table: str
    condition: Condition


@dataclass(frozen=True)
class Duplicates:
    """How many rows repeat an earlier row in `columns` → int. A pass of its own."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Overlap:
    """How many rows of `table` equal some row of `other` in `columns` (nulls equal nulls) → int. A pass of its own."""

    table: str
    other: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Predictions:
    """The labels and predictions of the test rows, with columns for grouping and columns as numbers
    → `mlgate.measuring.joint.Joint`."""

    columns: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labels:
    """How many rows of the table have each value of a column, missing ones left out → dict of text to int."""

    table: str
    column: str


@dataclass(frozen=True)
class ModelFile:
    """The format, contents and versions of the model file → `mlgate.worker.client.ModelFileReport`."""


@dataclass(frozen=True)
class Pytest:
    """The results of pytest in the user's environment → tuple of `mlgate.worker.client.TestResult`."""

    paths: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    purpose: Literal["tests", "notebooks"] = "tests"


@dataclass(frozen=True)
class Features:
    """The feature versions that `file` declares, here and at the base → `mlgate.features.states.FeatureStates`."""

    file: str = "features.yml"


Aggregate = Rows | CountIf  # fused into one query a table
Pass = Duplicates | Overlap  # a query each
Question = Aggregate | Pass | Labels | Predictions | ModelFile | Pytest | Features


@dataclass(frozen=True)
class TableFacts:
    """What is known of a table before it is scanned: where it is and its columns with their types."""

    name: str
    path: str  # as configured
    columns: Mapping[str, str]  # name → type family: integer, float, string, boolean, date, timestamp, other
    types: Mapping[str, str]  # name → the engine's type, "DECIMAL(18,3)"
