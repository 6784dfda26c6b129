"""Adjustment of p-values that are read together."""

from collections.abc import Sequence


def holm_adjusted(p: Sequence[float]) -> tuple[float, ...]:
    """Return the smallest familywise level at which each hypothesis would be rejected, in the order given.

    Valid under any dependence between the tests.
    Source: Holm 1979, Scand. J. Stat. 6:65.
    Raises ValueError when a p-value is outside [0, 1].

    >>> holm_adjusted([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    order = _ascending(p)
    adjusted, largest = [0.0] * len(p), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = largest
    return tuple(adjusted)


def holm(p: Sequence[float], alpha: float = 0.025) -> tuple[bool, ...]:
    """Return which hypotheses are rejected, with at most `alpha` probability of one or more false rejections.

    Source and errors as `holm_adjusted`.

    >>> holm([0.004, 0.5, 0.02])
    (True, False, False)
    """
    return tuple(value <= alpha for value in holm_adjusted(p))


def benjamini_hochberg(p: Sequence[float], q: float = 0.05) -> tuple[bool, ...]:
    """Return which hypotheses are suspects when at most a share `q` of them may be false on average.

    Valid for independent or positively dependent tests; it lists, it never blocks.
    Source: Benjamini and Hochberg 1995, JRSS B 57:289.
    Raises ValueError when a p-value is outside [0, 1].

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.9], q=0.06)
    (True, True, True, False)
    """
    order = _ascending(p)
    within = [rank for rank, index in enumerate(order, start=1) if p[index] <= rank * q / len(p)]
    rejected = set(order[: within[-1]]) if within else set()
    return tuple(index in rejected for index in range(len(p)))


def _ascending(p: Sequence[float]) -> list[int]:
    for value in p:
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"p-values lie in [0, 1], got {value!r}")
    return sorted(range(len(p)), key=lambda index: p[index])
