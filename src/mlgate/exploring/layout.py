"""Layout: columns of text for the terminal."""

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Lines in which the cells of each column, of which `right` are the numbers, begin or end below each other.

    >>> columns([("metric", "rows"), ("AUC", "7,142")], right=[1])
    ['metric   rows', 'AUC     7,142']
    """
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
