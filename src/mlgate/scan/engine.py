"""What an engine is to the scan: its own spelling of SQL, and the few things that each does in its own way."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mlgate.questions import Duplicates, TableFacts
from mlgate.scan.dialect import Dialect
from mlgate.scan.tables import OpenTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.drift.profile import ColumnProfile

Histogram = Mapping[Any, int]  # value → rows


class Unanswered(Exception):
    """A question that the engine could not answer; the message holds nothing of the table's cells."""


class TookTooLong(Exception):
    """A question that the engine was stopped at."""


class Engine(Protocol):
    """Tables by name, and queries about them in the engine's dialect."""

    @property
    def dialect(self) -> Dialect:
        """How its SQL is spelled."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What its queries may raise."""
        ...

    def open(self, name: str, path: str, *, rows_too: bool) -> OpenTable:
        """A table that only the engine can read; `rows_too`: its rows are a table of DuckDB's as well."""
        ...

    def adopt(self, table: OpenTable) -> None:
        """A table that DuckDB has opened is one of the engine's too."""
        ...

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that the query gives."""
        ...

    def duplicates(self, asked: Duplicates, sql: str) -> int:
        """How many rows repeat an earlier one; `sql` counts them plainly."""
        ...

    def histograms(
        self, table: str, values: Sequence[str], numbers: Sequence[str] = ()
    ) -> tuple[list[Histogram], tuple[Any, ...]]:
        """How often each of the `values` (of one type) has which value, null left out; and aggregates beside them."""
        ...

    def sample(self, table: str, values: Sequence[str], most: int) -> "list[NDArray[np.float64]]":
        """The present numbers of each of the `values`, of all rows or about `most`, the same ones in each run."""
        ...

    def unknown_words(self, facts: TableFacts, column: str, known: str | None) -> "ColumnProfile | None":
        """The rows of a sample by the share of their words that are not `known`, as `mlgate.scan.texts` says it."""
        ...

    def interrupt(self) -> None:
        """The query at work raises one of the `errors`."""
        ...

    def failure(self, error: Exception) -> Exception:
        """`TookTooLong` or `Unanswered` for an error of a query: the engine's own words may quote a cell."""
        ...
