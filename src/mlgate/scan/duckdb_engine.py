"""DuckDB as the engine: embedded, two threads, bounded memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from mlgate.errors import user_error
from mlgate.questions import Duplicates, TableFacts
from mlgate.scan.dialect import DUCKDB, Dialect, quote
from mlgate.scan.engine import Histogram, TookTooLong, Unanswered
from mlgate.scan.tables import OpenTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlgate.drift.profile import ColumnProfile

PLAIN = 200_000  # rows up to which a plain query costs less than the import of numpy
MOST_HASHES = 20_000_000  # that are held at once: 160 MB
FEW = 10_000  # equal hashes that are looked at one by one
_WORDS = {
    duckdb.OutOfMemoryException: "the table needs more memory than 'scan.memory' allows",
    duckdb.ConversionException: "a value could not be converted to the type that the check needs",
    duckdb.OutOfRangeException: "a number is out of the range of its type",
    duckdb.IOException: "a file of the table could not be read to its end",
}


@dataclass(frozen=True)
class DuckDB:
    """An open connection."""

    connection: duckdb.DuckDBPyConnection
    dialect: Dialect = DUCKDB
    errors: tuple[type[Exception], ...] = (duckdb.Error,)

    def open(self, name: str, path: str, *, rows_too: bool) -> OpenTable:
        """There is none."""
        raise user_error(f"{path} is no file", mend="set 'scan: {engine: spark}' to read tables that a session knows")

    def adopt(self, table: OpenTable) -> None:
        """It is already."""

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that the query gives."""
        return self.connection.execute(sql).fetchall()

    def duplicates(self, asked: Duplicates, sql: str) -> int:
        """Exact, by sorting hashes and comparing only the rows whose hashes are equal.

        Equal values have equal hashes, so where no hash occurs twice nothing does.
        """
        table, columns = quote(asked.table), ", ".join(map(quote, asked.columns))
        ((rows,),) = self.fetch(f"SELECT count(*) FROM {table}")
        if asked.where is not None or rows <= PLAIN:
            return int(self.fetch(sql)[0][0])
        import numpy as np

        parts = max(1, -(-rows // MOST_HASHES))
        found: list[int] = []
        for part in range(parts):
            hashed = f"SELECT hash({columns}) AS h FROM {table}"
            kept = f" WHERE h % {parts} = {part}" if parts > 1 else ""
            hashes = np.asarray(self.connection.execute(f"SELECT h FROM ({hashed}) t{kept}").fetchnumpy()["h"])
            hashes.sort()
            found += np.unique(hashes[1:][hashes[1:] == hashes[:-1]]).tolist()
            if len(found) > FEW:
                return int(self.fetch(sql)[0][0])
        if not found:
            return 0
        same = f"SELECT {columns} FROM {table} WHERE hash({columns}) IN ({', '.join(map(str, found))})"
        counts = f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM ({same}) s) d) FROM ({same}) t"
        return int(self.fetch(counts)[0][0])

    def histograms(
        self, table: str, values: Sequence[str], numbers: Sequence[str] = ()
    ) -> tuple[list[Histogram], tuple[Any, ...]]:
        """All in one query: a histogram of each value, then the numbers."""
        asked = ", ".join([*(f"histogram({value})" for value in values), *numbers])
        (row,) = self.fetch(f"SELECT {asked} FROM {quote(table)}")
        return [counts or {} for counts in row[: len(values)]], row[len(values) :]

    def sample(self, table: str, values: Sequence[str], most: int) -> "list[NDArray[np.float64]]":
        """Whole blocks of rows, where there are more than four times as many."""
        ((rows,),) = self.fetch(f"SELECT count(*) FROM {quote(table)}")
        asked = ", ".join(f"{value} AS c{at}" for at, value in enumerate(values))
        some = f" USING SAMPLE system({100 * most / rows:.4f} PERCENT) REPEATABLE (17)" if rows > 4 * most else ""
        self.connection.execute("SET threads = 1")  # which rows are drawn depends on the number of threads
        found = self.connection.execute(f"SELECT {asked} FROM {quote(table)}{some}").fetchnumpy()
        self.connection.execute("SET threads = 2")
        return [_present(found[f"c{at}"]) for at in range(len(values))]

    def unknown_words(self, facts: TableFacts, column: str, known: str | None) -> "ColumnProfile | None":
        """In two queries of lists of words."""
        from mlgate.scan.texts import unknown_words

        return unknown_words(self.connection, facts, column, known)

    def interrupt(self) -> None:
        """The query at work raises `InterruptException`."""
        self.connection.interrupt()

    def failure(self, error: Exception) -> Exception:
        """What went wrong, by its kind."""
        if isinstance(error, duckdb.InterruptException):
            return TookTooLong()
        said = next((words for kind, words in _WORDS.items() if isinstance(error, kind)), None)
        return Unanswered(said or f"the engine gave up on the query ({type(error).__name__})")


def _present(values: object) -> "NDArray[np.float64]":
    """The present values of a fetched column."""
    import numpy as np

    present = values.compressed() if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    return np.asarray(present, dtype=np.float64)
