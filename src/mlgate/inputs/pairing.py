"""Pairing by key where it is plain: keys of one kind, each once on both sides; the rest is looked at closer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def plain_order(ours: NDArray[Any], theirs: NDArray[Any]) -> NDArray[np.int64] | None:
    """Where each of our keys is among theirs, shape (n,), if both have the same keys, each once; else None.

    Only of whole numbers, in any order, and of texts that stand in the same order; of others None too.
    """
    if len(ours) != len(theirs) or np.ma.is_masked(ours) or np.ma.is_masked(theirs):
        return None
    mine, other = np.ma.getdata(ours), np.ma.getdata(theirs)
    if mine.dtype.kind == other.dtype.kind == "O":
        return _of_texts(mine.tolist(), other.tolist())
    if mine.dtype.kind not in "iu" or mine.dtype != other.dtype:
        return None
    if np.array_equal(mine, other) and (mine[1:] > mine[:-1]).all():
        return np.arange(len(mine))
    of_mine, of_other = np.argsort(mine, kind="stable"), np.argsort(other, kind="stable")
    in_order = other[of_other]
    if (in_order[1:] == in_order[:-1]).any() or not np.array_equal(mine[of_mine], in_order):
        return None
    order = np.empty(len(mine), np.int64)
    order[of_mine] = of_other
    return order


def _of_texts(mine: list[Any], other: list[Any]) -> NDArray[np.int64] | None:
    is_plain = mine == other and set(map(type, mine)) == {str} and len(set(mine)) == len(mine)
    return np.arange(len(mine)) if is_plain else None
