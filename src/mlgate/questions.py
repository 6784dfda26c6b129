"""What a check may ask: typed questions that the engine answers, many at once, so that no check reads anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mlgate.conditions import Breaks, Condition, Holds, IsNull, NotIn, Outside, Scalar
from mlgate.expressions.syntax import Expression

__all__ = ["Breaks", "Condition", "Holds", "IsNull", "NotIn", "Outside", "Scalar"]

Kind = Literal["mean", "std", "min", "max", "varies", "age", "latest", "earliest", "distinct"]


@dataclass(frozen=True)
class Rows:
    """How many rows the table has → int; with `where`, how many of those that it is true of."""

    table: str
    where: Expression | None = None


@dataclass(frozen=True)
class CountIf:
    """How many rows of the table, of those that `where` is true of, meet the condition → int."""

    table: str
    condition: Condition
    where: Expression | None = None


@dataclass(frozen=True)
class Statistic:
    """One number about a column's present values → float, or None if there is none.

    `mean`, `std`, `min` and `max` of numbers; `earliest`, `latest` in seconds since 1970 and `age` in seconds since the
    latest; `varies`: 1 if two values differ; `distinct`: about how many different ones there are.
    """

    table: str
    column: str
    kind: Kind
    where: Expression | None = None


@dataclass(frozen=True)
class Correlation:
    """The linear correlation of two columns of numbers → float, or None where one of them does not vary."""

    table: str
    columns: tuple[str, str]


@dataclass(frozen=True)
class Duplicates:
    """How many rows repeat an earlier row in `columns` → int. A pass of its own."""

    table: str
    columns: tuple[str, ...]
    where: Expression | None = None


@dataclass(frozen=True)
class Overlap:
    """How many rows of `table` equal some row of `other` in `columns` (nulls equal nulls) → int. A pass of its own.

    With `digits`, floating-point numbers are rounded to as many significant digits first.
    """

    table: str
    other: str
    columns: tuple[str, ...]
    digits: int | None = None


@dataclass(frozen=True)
class Unmatched:
    """How many rows of `table` have values in `columns`, none missing, that no row of `other` has in `others` → int.

    A pass of its own.
    """

    table: str
    columns: tuple[str, ...]
    other: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Conflicts:
    """How many rows equal another row in `columns` and differ from it in `target` → int. A pass of its own."""

    table: str
    columns: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Unordered:
    """How many rows come after one with a larger value (`rising`; where `strict`, an equal one too) → int.

    In the order of `by`, or of the file. A pass of its own.
    """

    table: str
    columns: tuple[str, ...]  # the column, then the columns within whose equal values it is ordered
    by: str | None = None
    rising: bool = True
    strict: bool = False


@dataclass(frozen=True)
class Later:
    """How many rows of `table` have a time in `columns[0]` that is not after the latest one of `other` → int.

    A pass of its own.
    """

    table: str
    other: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Beyond:
    """How many rows lie further than `factor` from the middle → int. A pass of its own.

    By `iqr`: factor × the distance of the quartiles, from the nearer one; by `std`: factor × standard deviation from
    the mean.
    """

    table: str
    columns: tuple[str, ...]
    factor: float
    method: Literal["iqr", "std"] = "iqr"


@dataclass(frozen=True)
class Crossed:
    """The rows by group of `columns[0]` and value of `columns[1]` → tuple of (group, value, rows). A pass of its own.

    Numbers of the first are cut into groups of about equal size; groups are numbered, values are digests, so that no
    cell is in the answer.
    """

    table: str
    columns: tuple[str, str]
    groups: int = 50


@dataclass(frozen=True)
class Compared:
    """The profiles of `columns` in `other`, or in the file `profile`, and in the table, counted alike
    → (reference, current). Passes of their own."""

    table: str
    other: str | None
    columns: tuple[str, ...]
    profile: str | None = None


@dataclass(frozen=True)
class Domain:
    """How well rows of the table and of `other` are told apart by `columns` → (AUC, interval), None of too few rows."""

    table: str
    other: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Examples:
    """Up to `most` rows that meet the condition → tuple of texts, "7: 'x'"; None if they are personal. A pass."""

    table: str
    condition: Condition
    columns: tuple[str, ...]
    where: Expression | None = None
    most: int = 20


@dataclass(frozen=True)
class Predictions:
    """The labels and predictions of the test rows, with columns for grouping, columns as numbers, and rules that hold
    of a row or not → `mlgate.measuring.joint.Joint`."""

    columns: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Deepchecks:
    """What deepchecks' suites say of the table, and of it beside `other` → tuple of `DeepchecksCondition`, or a text
    that says why they could not be run."""

    table: str
    other: str | None
    suites: tuple[str, ...]
    target: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class DeepchecksCondition:
    """A condition of one of deepchecks' checks, without details; `category` is PASS, FAIL, WARN or ERROR.

    Of a check that did not run the condition is empty, and `category` is the kind of error.
    """

    suite: str
    check: str
    condition: str
    category: str


Aggregate = Rows | CountIf | Statistic | Correlation  # fused into one query a table
Pass = (  # a query each
    Duplicates | Overlap | Unmatched | Conflicts | Unordered | Later | Beyond | Crossed | Compared | Domain | Examples
)
Question = Aggregate | Pass | Labels | Predictions | ModelFile | Pytest | Features | Deepchecks


@dataclass(frozen=True)
class TableFacts:
    """What is known of a table before it is scanned: where it is and its columns with their types."""

    name: str
    path: str  # as configured
    columns: Mapping[str, str]  # name → type family: integer, float, string, boolean, date, timestamp, other
    types: Mapping[str, str]  # name → the engine's type, "DECIMAL(18,3)"
