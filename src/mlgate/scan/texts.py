"""Texts measured, whatever their language: length, classes of characters, and words that are not known.

Of the words only marks are kept, which many words share, so that none can be read from a profile.
"""

from base64 import b64decode, b64encode

import duckdb
import numpy as np

from mlgate.drift.grid import Grid
from mlgate.drift.profile import RARE, ColumnProfile
from mlgate.questions import TableFacts
from mlgate.scan.dialect import Dialect, quote

CLASSES = {"digits": "[^0-9]", "letters": "[^\\pL]", "spaces": r"\S"}  # by what is no such character
MEASURES = ("length", *CLASSES)
UNKNOWN = "unknown words"
SAMPLE = 20_000  # rows whose words are looked at
MARKS = 2**14  # by the first bits of a word's MD5
MOST_WORDS = 2_000  # of the vocabulary: about one mark in eight
SHARES = Grid(-7, 0, 128)  # cells of 1/128


def measures_of(column: str, dialect: Dialect) -> dict[str, str]:
    """The SQL of the length of the texts in a column, and of the shares of classes of characters in them."""
    length = f"length({column})"
    share = f"CAST(length({{0}}) AS {dialect.double}) / CAST(nullif({length}, 0) AS {dialect.double})"
    kept = {n: dialect.functions["without"].format(column, dialect.literal(c)) for n, c in CLASSES.items()}
    return {"length": f"CAST({length} AS {dialect.double})"} | {n: share.format(sql) for n, sql in kept.items()}


def unknown_words(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str, known: str | None = None
) -> ColumnProfile | None:
    """The rows of a sample by the share of their words whose marks are not `known`; None where no word is common.

    What is known is learnt, if it is not given, from one half of the different texts, and the other half is counted:
    words that are common by chance would be rarer in any other table.
    """
    connection.execute("SET threads = 1")  # which rows are drawn depends on the number of threads
    half = "" if known is not None else f"substr(md5({quote(column)}), 1, 1) >= '8'"
    if known is None:
        known = _vocabulary(connection, facts, column)
    found = _counted(connection, facts, column, known, half) if known else None
    connection.execute("SET threads = 2")
    return found


def _vocabulary(connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str) -> str:
    """The marks of the most common words, none of them in few rows, as the bits of a base64 text; empty if none is."""
    drawn = _sample(connection, facts, column, f"substr(md5({quote(column)}), 1, 1) < '8'")
    each = f"SELECT unnest(list_distinct({_marks(quote(column))})) AS mark FROM ({drawn}) s"
    common = f"SELECT mark, count(*) AS n FROM ({each}) e GROUP BY mark HAVING n >= {RARE} ORDER BY n DESC, mark"
    marks = [int(mark) for mark, _ in connection.execute(f"{common} LIMIT {MOST_WORDS}").fetchall()]
    bits = np.zeros(MARKS, bool)
    bits[marks] = True
    return b64encode(np.packbits(bits).tobytes()).decode() if marks else ""


def _counted(
    connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str, known: str, half: str
) -> ColumnProfile:
    bits = "".join(map(str, np.unpackbits(np.frombuffer(b64decode(known), np.uint8))))
    share = f"list_avg(list_transform({_marks(quote(column))}, lambda m: 1 - get_bit('{bits}'::BIT, m)))"
    cell = f"CAST(floor({share} * 128) AS SMALLINT)"
    drawn = _sample(connection, facts, column, half)
    cells = dict(connection.execute(f"SELECT {cell} AS c, count(*) FROM ({drawn}) s GROUP BY c ORDER BY c").fetchall())
    missing = int(cells.pop(None, 0))  # texts without words too
    return ColumnProfile(
        kind="number", missing=missing, grid=SHARES, cells={str(c): int(n) for c, n in cells.items()}, words=known
    )


def _sample(connection: duckdb.DuckDBPyConnection, facts: TableFacts, column: str, where: str) -> str:
    """The beginnings of the texts of some rows, each drawn by itself, the same in every run."""
    rows = int((connection.execute(f"SELECT count(*) FROM {quote(facts.name)}").fetchone() or (0,))[0])
    drawn = f"SELECT substr({quote(column)}, 1, 500) AS {quote(column)} FROM {quote(facts.name)}"
    if rows > SAMPLE:
        drawn += f" USING SAMPLE bernoulli({100 * SAMPLE / rows:.6f} PERCENT) REPEATABLE (17)"
    return f"SELECT * FROM ({drawn}) d" + (f" WHERE {where}" if where else "")


def _marks(text: str) -> str:
    """SQL of the marks of a text's words."""
    words = f"list_filter(regexp_split_to_array(lower({text}), '[^\\pL\\pN]+'), lambda w: w <> '')"
    return f"list_transform({words}, lambda w: ('0x' || substr(md5(w), 1, 4))::INTEGER % {MARKS})"
