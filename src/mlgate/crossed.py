"""What two columns that were counted together say of each other."""

from collections import defaultdict
from collections.abc import Iterable


def predictive_power(counts: Iterable[tuple[object, object, int]]) -> float:
    """How much of the doubt about the value the group takes away: 0 none, 1 all; groups of one row count as doubt.

    The share of wrong guesses that is saved by guessing each group's commonest value among its other rows, instead of
    the commonest of all (Goodman and Kruskal's lambda, each row left out of its own guess).

    >>> predictive_power([("a", 1, 10), ("b", 0, 10)]), predictive_power([("a", 1, 5), ("a", 0, 5)])
    (1.0, 0.0)
    """
    groups: dict[object, dict[object, int]] = defaultdict(lambda: defaultdict(int))
    totals: dict[object, int] = defaultdict(int)
    for group, value, rows in counts:
        groups[group][value] += rows
        totals[value] += rows
    total = sum(totals.values())
    doubt = total - max(totals.values(), default=0)
    if not doubt:
        return 0.0
    wrong = sum(sum(values.values()) - _right(values) for values in groups.values())
    return max(0.0, 1 - wrong / doubt)


def _right(values: dict[object, int]) -> int:
    """How many rows are guessed by the commonest value among the others of their group."""
    most = max(values.values())
    return most if most > 1 else 0
