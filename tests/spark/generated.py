"""Generated tables with all that tables can hold, each with a configuration that asks everything of its columns."""

import math
import os
import random
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from mlgate.scan.dialect import literal, quote

TABLES, COLUMNS = int(os.environ.get("MLGATE_SPARK_TABLES", "10")), 10  # a case is a column with its expectations
NAMES = (
    "a", 'a "b"', "it's", "select", "naïve 🙂", "x; DROP TABLE t", " ", "{0}", "a.b", "%s", "${spark.home}",
    "back`tick", "a, b", "back\\slash", "count(*)", "ORDER", "Größe", "1st", "--", "null",
)  # fmt: skip
DOUBLES = (
    "0.0", "-0.0", "1.5", "2.5", "-1e-5", "0.0001234", "1e7", "12345678.25", "1e15", "1e16", "1.5e300", "5e-324", "nan",
    "inf", "-inf", "0.1", "123456.789", "2", "3", "-2.25", "4111111111111111",
)  # fmt: skip
OF_DOUBLE = (
    "1.5e300",
    "5e-324",
    "1e15",
    "1e16",
    "4111111111111111",
)  # Java 17 prints large floats with digits too many
TEXTS = (
    "a", "B", "", " ", "1", "1.5", " 12 ", "1e5", "1d", "0x1p3", "nan", "abc\n", "a\nb", "it's", 'say "x"',
    "back\\slash",
    "🙂", "naïve", "${x}", "N/A", "-999", "2024-02-30", "2024-01-31", "2024-1-5", "2024/01/05", "2024",
    "2024-01-31 10:00",
    "2024-01-31T10:00:00Z", "ada@example.org", "+49 30 1234567", "4111 1111 1111 1111", "%", "50%", "a_b", "[x]", "x$",
)  # fmt: skip
VALUES: dict[str, tuple[str, ...]] = {
    "BIGINT": ("0", "1", "2", "3", "-3", "9223372036854775807", "-9223372036854775808", "-999"),
    "TINYINT": ("0", "1", "-128", "127"),
    "UINTEGER": ("0", "1", "4294967295"),
    "UBIGINT": ("0", "1", "18446744073709551615"),
    "DOUBLE": tuple(f"'{value}'::DOUBLE" for value in DOUBLES),
    "FLOAT": tuple(f"'{value}'::FLOAT" for value in DOUBLES if value not in OF_DOUBLE),
    "DECIMAL(9,2)": ("0.00", "1.50", "-3.25", "9999999.99", "2.00"),
    "DECIMAL(38,10)": ("0", "1234567890123456789012345678.0123456789", "-1.5", "2"),
    "VARCHAR": tuple(map(literal, TEXTS)),
    "BOOLEAN": ("true", "false"),
    "DATE": ("DATE '1970-01-01'", "DATE '2024-02-29'", "DATE '1899-12-31'", "DATE '2199-01-01'"),
    "TIMESTAMP": ("TIMESTAMP '1969-12-31 23:59:59.5'", "TIMESTAMP '2024-02-29 12:00:00.123456'",
                  "TIMESTAMP '2199-01-01'"),
    "TIMESTAMP WITH TIME ZONE": ("TIMESTAMPTZ '2024-03-31 02:30:00+02'", "TIMESTAMPTZ '2024-01-01 00:00:00-08'"),
    "INTEGER[]": ("[1, 2]", "[]", "[NULL]"),
    "STRUCT(x INTEGER)": ("{'x': 1}", "{'x': NULL}"),
    "BLOB": ("'\\x00'::BLOB", "'a'::BLOB"),
    "TIME": ("TIME '10:00'", "TIME '23:59:59'"),
    "UUID": ("'123e4567-e89b-12d3-a456-426614174000'::UUID",),
}  # fmt: skip
KINDS = (*VALUES, "DOUBLE", "VARCHAR", "VARCHAR", "BIGINT", "DOUBLE", "DATE")


class Case(NamedTuple):
    """The folder with both tables' files, and the checks by id."""

    folder: Path
    checks: dict[str, Any]
    columns: dict[str, str]


def generate(folder: Path, seed: int) -> Case:
    """Two tables of the same columns, as Parquet; every fourth time of few rows or none."""
    random_ = random.Random(seed)
    names = random_.sample(NAMES, COLUMNS)
    kinds = [KINDS[(seed * COLUMNS + at) % len(KINDS)] for at in range(COLUMNS)]
    columns = dict(zip(names, kinds, strict=True))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in ("test", "train"):
            rows = random_.choice([0, 1, 6]) if seed % 4 == 3 else random_.choice([40, 60])
            listed = [[_cell(random_, kind) for kind in kinds] for _ in range(rows)]
            _write(connection, folder / f"{table}.parquet", columns, listed)
    return Case(folder, dict(_checks(random_, columns, seed)), columns)


def _cell(random_: random.Random, kind: str) -> str:
    return "NULL" if random_.random() < 0.1 else random_.choice(VALUES[kind])


def _write(connection: duckdb.DuckDBPyConnection, file: Path, columns: dict[str, str], rows: list[list[str]]) -> None:
    shown = ", ".join(f"{quote(name)} {kind}" for name, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE written ({shown})")
    for row in rows:
        connection.execute(f"INSERT INTO written VALUES ({', '.join(row)})")
    connection.execute(f"COPY written TO {literal(str(file))} (FORMAT parquet)")


def _checks(random_: random.Random, columns: dict[str, str], seed: int) -> Any:
    flat = [n for n, kind in columns.items() if kind not in ("INTEGER[]", "STRUCT(x INTEGER)", "BLOB")]
    numbers = [n for n in flat if columns[n].startswith(("B", "T", "U", "D", "F")) and columns[n] not in
               ("BOOLEAN", "DATE", "TIME", "UUID") and not columns[n].startswith("TIMESTAMP")]  # fmt: skip
    texts = [n for n, kind in columns.items() if kind == "VARCHAR"]
    times = [n for n, kind in columns.items() if kind == "DATE" or kind.startswith("TIMESTAMP")]
    few, two = random_.sample(flat, 3), random_.sample(flat, 2)
    rules = {f"rule {at}": rule for at, name in enumerate(columns) for rule in _rules(name, columns[name])}
    yield "missing", {"columns": {"*": {"max": 0.05}}}
    yield "row-count", {"min": 1, "max": 50}
    yield "constant", {}
    yield "types", {"columns": dict.fromkeys(few, "number")}
    yield "mixed-types", {}
    yield "special-values", {}
    yield "pii", {}
    yield "dates", {}
    yield "ranges", {"columns": {"type:number": {"min": -1.5, "max": 1e6, "share": 0.2}}}
    yield "mean-std", {"columns": {"type:number": {"mean": {"min": 0, "max": 5}, "std": {"max": 10}}}}
    yield "quantiles", {"columns": {"type:number": [{"q": 0.5, "min": 0, "max": 2}, {"q": 0.9, "max": 100.0}]}}
    yield "allowed-values", {"columns": {n: [1, "a", True, 2.5, "1e+16", "nan", "1.5"] for n in flat}}
    yield "unique", {"columns": few}
    yield "duplicates", {}
    yield "new-categories", {"columns": {n: {} for n in two}}
    yield "leakage", {"digits": 3} | ({"predictive": 0.9} if seed % 4 == 0 else {})
    yield "drift", {"domain": 0.6}
    yield "label-shift", {}
    if texts:
        yield "patterns", {"columns": {n: {"matches": "^[a-z ]+$", "never": r"\s|[[:digit:]]{2}|[[]"} for n in texts}}
        yield "lengths", {"columns": {n: {"min": 1, "max": 4, "examples": True} for n in texts}}
    if numbers:
        yield "outliers", {"columns": {numbers[0]: {"factor": 1.5}, numbers[-1]: {"method": "std", "factor": 2}}}
        yield "monotonic", {"columns": {numbers[0]: {}}}
        yield "correlations", {}
    if times:
        yield "freshness", {"columns": {times[0]: {"max-age": "2000 weeks"}}}
    if rules:
        yield "cross-column", {"rules": rules}


def _rules(name: str, kind: str) -> list[str]:
    """Expressions about a column, in which each function occurs."""
    c = quote(name)
    if kind == "VARCHAR":
        return [
            f"length({c}) > 1 OR {c} LIKE '50%' OR {c} LIKE '%\\%'",
            f"upper(trim({c})) <> 'B' AND NOT {c} IN ('a', 'it''s')",
            f"CAST({c} AS double) > 1", f"CAST({c} AS integer) > 1", f"CAST({c} AS date) > '2024-01-10'",
            f"CAST({c} AS timestamp) > '2024-01-31 09:00'", f"starts_with({c}, 'a') OR ends_with({c}, 'x')",
            f"regexp_matches({c}, 'a.b|x$|^[^a-z]$') OR contains(replace({c}, '🙂', 'y'), 'y')",
            f"substr({c}, 2, 1) || '!' <> 'a!'",
        ]  # fmt: skip
    if kind in ("DOUBLE", "FLOAT"):
        return [
            f"floor({c}) < ceil({c}) OR abs({c}) > 10", f"ln({c}) > 0", f"sqrt({c}) > 1", f"CAST({c} AS integer) > 1",
            f"round({c}, 1) > 0.1", f"{c} / 0 > 1 OR exp({c}) > 2", f"least({c}, 2) >= coalesce({c}, 2)",
            f"CASE WHEN {c} > 1 THEN {c} * 2 ELSE -{c} END > 3", f"power({c}, 2) > 4 AND sign({c}) > 0",
        ]  # fmt: skip
    if kind in ("BIGINT", "TINYINT", "UINTEGER", "DECIMAL(9,2)"):
        return [f"{c} + {c} * 2 - 1 > 0", f"{c} % 2 = 0", f"{c} / 2 > 0.6", f"greatest({c}, 1) = nullif({c}, 2)",
                f"CAST({c} AS text) = '1'"]  # fmt: skip
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return [f"year({c}) > 2000 AND month({c}) < 3", f"weekday({c}) = 4", f"days_between({c}, '2024-03-01') = 1",
                f"{c} >= '2024-01-01'"]  # fmt: skip
    return []


def close(one: Any, two: Any) -> bool:
    """Whether two values are the same, numbers to the last digits of their arithmetic."""
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(map(close, one, two))
    return bool(one == two)
