"""Unknown words of texts in Spark: only marks of a sample's words are fetched, and counted here."""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mlgate.drift.profile import RARE, ColumnProfile
from mlgate.questions import TableFacts
from mlgate.scan.spark_dialect import literal, quote
from mlgate.scan.texts import MARKS, MOST_WORDS, SAMPLE, SHARES

BETWEEN = r"[^\pL\pN]+"  # words
Fetch = Callable[[str], list[tuple[Any, ...]]]
Texts = Sequence[tuple[bool, Sequence[int]]]  # whether a text is one to learn from, and the marks of its words


def unknown_words(fetch: Fetch, facts: TableFacts, column: str, known: str | None) -> ColumnProfile | None:
    """The rows of a sample by the share of their words whose marks are not `known`; None where no word is common."""
    texts = _marked(fetch, facts, column)
    if known is None:
        known = _vocabulary([marks for is_learnt, marks in texts if is_learnt])
        texts = [text for text in texts if not text[0]]
    if not known:
        return None
    bits = np.unpackbits(np.frombuffer(b64decode(known), np.uint8))
    shares = [float(np.mean(1 - bits[list(marks)])) for _, marks in texts if marks]
    cells = Counter(int(share * SHARES.high) for share in shares)
    kept = {str(cell): cells[cell] for cell in sorted(cells)}
    return ColumnProfile(kind="number", missing=len(texts) - len(shares), grid=SHARES, cells=kept, words=known)


def _marked(fetch: Fetch, facts: TableFacts, column: str) -> Texts:
    ((rows,),) = fetch(f"SELECT count(*) FROM {quote(facts.name)}")
    some = f" TABLESAMPLE ({100 * SAMPLE / rows:.6f} PERCENT) REPEATABLE (17)" if rows > SAMPLE else ""
    text = f"substr({quote(column)}, 1, 500)"
    words = f"filter(split(lower({text}), {literal(BETWEEN)}), w -> w <> '')"
    marks = f"transform({words}, w -> CAST(conv(substr(md5(CAST(w AS BINARY)), 1, 4), 16, 10) AS INT) % {MARKS})"
    is_learnt = f"substr(md5(CAST({text} AS BINARY)), 1, 1) < '8'"
    found = fetch(f"SELECT {is_learnt}, {marks} FROM {quote(facts.name)}{some}")
    return [(bool(learnt), marks or ()) for learnt, marks in found]


def _vocabulary(texts: Sequence[Sequence[int]]) -> str:
    """The marks of the most common words, none of them in few rows, as the bits of a base64 text; empty if none is."""
    rows = Counter(mark for marks in texts for mark in set(marks))
    common = sorted((mark for mark, n in rows.items() if n >= RARE), key=lambda mark: (-rows[mark], mark))
    bits = np.zeros(MARKS, bool)
    bits[common[:MOST_WORDS]] = True
    return b64encode(np.packbits(bits).tobytes()).decode() if common else ""
