"""Spark as the engine: the same questions on tables of a cluster, or on files that are handed to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from mlgate.drift.profile import ColumnProfile
from mlgate.errors import UserError, user_error
from mlgate.questions import Duplicates, TableFacts
from mlgate.scan.dialect import Dialect
from mlgate.scan.engine import Histogram, TookTooLong, Unanswered
from mlgate.scan.spark_dialect import SPARK, quote
from mlgate.scan.spark_tables import bring, digest_of_rows, hand_over, schema_digest, view_of
from mlgate.scan.spark_texts import unknown_words
from mlgate.scan.tables import OpenTable

TAG = "mlgate"
_WORDS = {  # what Spark calls it → what went wrong
    "CAST_INVALID_INPUT": "a value could not be converted to the type that the check needs",
    "ARITHMETIC_OVERFLOW": "a number is out of the range of its type",
    "NUMERIC_VALUE_OUT_OF_RANGE": "a number is out of the range of its type",
    "TABLE_OR_VIEW_NOT_FOUND": "a table is not there any more, or has no order of its own: set 'by'",
}


@dataclass
class Spark:
    """A session in which each table is a view of its name."""

    session: Any
    connection: duckdb.DuckDBPyConnection  # in which files are opened
    shared: bool  # whether the session reads this machine's files
    dialect: Dialect = SPARK
    errors: tuple[type[Exception], ...] = field(default_factory=lambda: _errors())
    stopped: bool = False

    def open(self, name: str, path: str, *, rows_too: bool) -> OpenTable:
        """A table by its name, or Parquet at an address; `rows_too`: its rows are a table of DuckDB's as well."""
        try:
            facts = view_of(self.session, name, path)
            digest = digest_of_rows(self.session, facts)
            here = bring(self.session, self.connection, facts) if rows_too else None
        except self.errors as error:
            raise _unread(path, error) from None
        return OpenTable(here.facts if here else facts, here.files if here else (), digest, schema_digest(facts))

    def adopt(self, table: OpenTable) -> None:
        """A table that DuckDB has opened is a view of the session's too."""
        try:
            hand_over(self.session, self.connection, table, shared=self.shared)
        except self.errors as error:
            raise _unread(table.facts.path, error) from None

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that the query gives."""
        self.session.addTag(TAG)
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def duplicates(self, asked: Duplicates, sql: str) -> int:
        """By a plain query, which Spark spreads over the cluster."""
        return int(self.fetch(sql)[0][0])

    def histograms(
        self, table: str, values: Sequence[str], numbers: Sequence[str] = ()
    ) -> tuple[list[Histogram], tuple[Any, ...]]:
        """All histograms by one grouping of all values, and the numbers by another query."""
        cells = f"SELECT posexplode(array({', '.join(values)})) AS (at, cell) FROM {quote(table)}"
        counted = f"SELECT at, cell, count(*) FROM ({cells}) c WHERE cell IS NOT NULL GROUP BY at, cell"
        found: list[dict[Any, int]] = [{} for _ in values]
        for at, cell, rows in self.fetch(counted):
            found[at][cell] = int(rows)
        row = self.fetch(f"SELECT {', '.join(numbers)} FROM {quote(table)}")[0] if numbers else ()
        return [*found], row

    def sample(self, table: str, values: Sequence[str], most: int) -> list[NDArray[np.float64]]:
        """A share of the rows, where there are more than four times as many."""
        ((rows,),) = self.fetch(f"SELECT count(*) FROM {quote(table)}")
        asked = ", ".join(f"{value} AS c{at}" for at, value in enumerate(values))
        some = f" TABLESAMPLE ({100 * most / rows:.4f} PERCENT) REPEATABLE (17)" if rows > 4 * most else ""
        self.session.addTag(TAG)
        found = self.session.sql(f"SELECT {asked} FROM {quote(table)}{some}").toArrow()
        return [np.asarray(column.drop_null().to_numpy(), dtype=np.float64) for column in found.columns]

    def unknown_words(self, facts: TableFacts, column: str, known: str | None) -> ColumnProfile | None:
        """From the marks of a sample's words, which are counted here."""
        return unknown_words(self.fetch, facts, column, known)

    def interrupt(self) -> None:
        """What the session has at work is cancelled."""
        self.stopped = True
        self.session.interruptTag(TAG)

    def failure(self, error: Exception) -> Exception:
        """What went wrong, by its kind."""
        if self.stopped:
            self.stopped = False
            return TookTooLong()
        kind = next((k for k in _WORDS if k in str(error)), None)
        name = getattr(error, "getCondition", lambda: None)() or type(error).__name__
        return Unanswered(_WORDS[kind] if kind else f"the engine gave up on the query ({name})")


def _unread(path: str, error: Any) -> UserError:
    said = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    mends = {"TABLE_OR_VIEW_NOT_FOUND": "check the name, as 'catalog.schema.table', and that this user may read it"}
    return user_error(f"{path} cannot be read by Spark ({said})",
                      mend=mends.get(said, "check that the session can read it"))  # fmt: skip


def _errors() -> tuple[type[Exception], ...]:
    """Spark's own, and those of the two ways to speak to it."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        from grpc import RpcError
    except ImportError:
        return (PySparkException, Py4JError)
    return (PySparkException, Py4JError, RpcError)
