"""Columns for grouping made from others: bins of numbers, and what two columns are together."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise

import numpy as np

from mlgate.measuring.joint import MISSING, Column, Floats, Joint

COUNTED = 1_000_000  # pairs of groups at most, that are counted instead of sorted


def binned(values: Floats, edges: Sequence[float]) -> Column:
    """Numbers of shape (n,) in bins: below the first edge, from each edge to below the next, from the last on.

    >>> binned(np.array([17.0, 25, 70, np.nan]), [18, 65]).labels
    ('below 18', '18 to 65', 'from 65', '(missing)')
    """
    names = [f"{edge:g}" for edge in edges]
    labels = [
        f"below {names[0]}",
        *(f"{a} to {b}" for a, b in pairwise(names)),
        f"from {names[-1]}",
    ]
    missing = np.isnan(values)
    codes = np.searchsorted(np.asarray(edges, float), values, side="right").astype(np.int64)
    codes[missing] = len(labels)
    return Column(codes, (*labels, MISSING) if missing.any() else tuple(labels))


def crossed(one: Column, other: Column) -> Column:
    """The groups of both columns together, those that have rows, "yes & north"."""
    codes, most = one.codes * len(other.labels) + other.codes, len(one.labels) * len(other.labels)
    if most <= COUNTED:
        present = np.flatnonzero(np.bincount(codes, minlength=most))
        place_of = np.zeros(most, np.int64)
        place_of[present] = np.arange(len(present))
        place = place_of[codes]
    else:
        present, place = np.unique(codes, return_inverse=True)
    pairs = [divmod(code, len(other.labels)) for code in present.tolist()]
    labels = tuple(f"{one.labels[a]} & {other.labels[b]}" for a, b in pairs)
    return Column(np.asarray(place, np.int64), labels)


def with_bins(joint: Joint, bins: dict[str, tuple[float, ...]]) -> Joint:
    """The joint with each of these columns in bins."""
    found = {name: binned(joint.numbers[name], edges) for name, edges in bins.items() if name in joint.numbers}
    return joint if not found else joint.with_columns({**joint.columns, **found})


def with_crossed(joint: Joint, pairs: Sequence[tuple[str, ...]], *, named: bool = False) -> Joint:
    """The joint with a column "a & b" for each pair, or longer list, of columns that are there.

    Its labels are "yes & north", or `named` "a=yes & b=north".
    """
    found = dict(joint.columns)
    for names in pairs:
        if all(name in joint.columns for name in names):
            parts = [_named(name, joint.columns[name]) if named else joint.columns[name] for name in names]
            found[" & ".join(names)] = reduce(crossed, parts)
    return joint.with_columns(found)


def _named(name: str, column: Column) -> Column:
    return replace(column, labels=tuple(f"{name}={label}" for label in column.labels))
