"""Values of columns as text, and rows in words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlgate.measuring.joint import Bools

SHOWN = 5


class Unusable(Exception):
    """Rows or predictions that cannot be judged; the text says which and why."""


CLOSE = 100_000  # whole numbers at most so far apart are counted instead of sorted


def spell(values: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct values as text, and each row's place among them (shape n).

    >>> spell(np.array([1.0, 0.0, 1.0]))[0]
    ['0', '1']
    """
    if values.dtype.kind == "O":
        texts = [spell_one(v) for v in values]
        distinct = list(dict.fromkeys(texts))
        place = {text: i for i, text in enumerate(distinct)}
        return distinct, np.fromiter((place[t] for t in texts), np.int64, len(texts))
    if values.dtype.kind in "biu" and len(values) and not np.ma.isMaskedArray(values):
        low = int(values.min())
        if int(values.max()) - low <= CLOSE:
            shifted = values.astype(np.int64) - low
            known = np.flatnonzero(np.bincount(shifted))
            code_of = np.zeros(int(known.max()) + 1, np.int64)
            code_of[known] = np.arange(len(known))
            return [spell_one(v) for v in (known + low).astype(values.dtype).tolist()], code_of[shifted]
    unique, place_of = np.unique(values, return_inverse=True)
    return [spell_one(v) for v in unique.tolist()], np.asarray(place_of, np.int64)


def spell_one(value: object) -> str:
    """A label as text: 1.0 is `1`, True is `true`."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def rows_word(wrong: Bools) -> str:
    """The rows (counted from 1) for which `wrong` (shape n) is true, in words: at most five numbers.

    >>> rows_word(np.array([False, True, True]))
    'rows 2 and 3'
    """
    numbers = [f"{i + 1:,}" for i in np.flatnonzero(wrong)[:SHOWN]]
    count = int(wrong.sum())
    if count > SHOWN:
        return f"{count:,} rows ({', '.join(numbers)} …)"
    if count == 1:
        return f"row {numbers[0]}"
    return f"rows {', '.join(numbers[:-1])} and {numbers[-1]}"


def is_missing(values: NDArray[Any]) -> Bools:
    """Which values are missing, null or NaN, shape (n,)."""
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(np.ma.getmaskarray(values), dtype=np.bool_)
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=np.bool_)
    if values.dtype.kind == "O":
        return np.fromiter((v is None or v != v for v in values), bool, len(values))
    return np.zeros(len(values), bool)
