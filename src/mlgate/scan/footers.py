"""Parquet footers: what they say of a table without its rows being read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb

from mlgate.questions import CountIf, IsNull, Outside, Question, Rows, TableFacts
from mlgate.scan.dialect import literal

EXACT = ("integer", "decimal", "float")


@dataclass(frozen=True)
class Footer:
    """The rows of a table, and for each column that all row groups describe: its nulls, least and largest value."""

    rows: int
    nulls: Mapping[str, int]
    ends: Mapping[str, tuple[Decimal, Decimal]]

    def answer(self, question: Question, facts: TableFacts) -> int | None:
        """The answer, where the footer settles it; a count that is not 0 or all needs the rows."""
        if isinstance(question, Rows) and question.where is None:
            return self.rows
        if not isinstance(question, CountIf) or question.where is not None:
            return None
        asked = question.condition
        if isinstance(asked, IsNull) and facts.columns[asked.column] != "float":
            return self.nulls.get(asked.column)
        if isinstance(asked, Outside) and facts.columns[asked.column] in EXACT and asked.column in self.ends:
            return 0 if _inside(asked, *self.ends[asked.column]) else None
        return None


def read_footer(connection: duckdb.DuckDBPyConnection, files: Iterable[Path], facts: TableFacts) -> Footer | None:
    """The footers of the files, added up; None if they cannot be read as such."""
    paths = "[" + ", ".join(literal(str(file)) for file in files) + "]"
    try:
        rows = connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({paths})").fetchone()
        found = connection.execute(f"""
            SELECT path_in_schema, count(*), count(stats_null_count), sum(stats_null_count),
                   list(stats_min_value), list(stats_max_value), sum(num_values), sum(row_group_num_rows),
                   count_if((stats_min_value IS NULL OR stats_max_value IS NULL)
                            AND coalesce(stats_null_count, 0) < num_values)
            FROM parquet_metadata({paths}) WHERE path_in_schema NOT LIKE '%, %' GROUP BY path_in_schema""").fetchall()
    except duckdb.Error:
        return None
    nulls: dict[str, int] = {}
    ends: dict[str, tuple[Decimal, Decimal]] = {}
    total = int((rows or (0,))[0] or 0)
    for name, groups, described, missing, lows, highs, values, held, silent in found:
        if name not in facts.columns or values != held or held != total:
            continue
        if described == groups:
            nulls[name] = int(missing or 0)
        is_exact = facts.columns[name] in EXACT and facts.types[name] != "FLOAT"  # whose text is rounded
        if is_exact and not silent and (found_ends := _ends(lows, highs)):
            ends[name] = found_ends
    return Footer(total, nulls, ends)


def _ends(lows: Iterable[str | None], highs: Iterable[str | None]) -> tuple[Decimal, Decimal] | None:
    try:
        least = [Decimal(low) for low in lows if low is not None]
        largest = [Decimal(high) for high in highs if high is not None]
    except InvalidOperation:
        return None
    if not least or not largest or any(not number.is_finite() for number in (*least, *largest)):
        return None
    return min(least), max(largest)


def _inside(asked: Outside, least: Decimal, largest: Decimal) -> bool:
    """Whether both ends, and so all values, lie within the limits."""
    low = None if asked.low is None else Decimal(asked.low)
    high = None if asked.high is None else Decimal(asked.high)
    if asked.strict:
        return (low is None or least > low) and (high is None or largest < high)
    return (low is None or least >= low) and (high is None or largest <= high)
