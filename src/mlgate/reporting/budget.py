"""A byte budget for Markdown: whole rows are left out, the least important first, until the text fits."""

from collections.abc import Sequence

from msgspec import Struct

MORE = "_… and {n:,} more in `evidence.json`._"
MORE_ELSEWHERE = "_… and {n:,} more in the full report of the run._"  # where the file is not at hand
_MORE_BYTES = 64  # either line with a number, and the line ends around it


class Row(Struct, frozen=True):
    """A line (or a whole fenced block) that stays or goes as one; rank 0 is kept longest."""

    text: str
    rank: int


class Block(Struct, frozen=True):
    """A part of the text that is never cut inside: its opening lines, its rows and its closing lines.

    A block without rows always stays; one whose rows are all left out goes, with its opening and closing lines.
    """

    before: str
    rows: tuple[Row, ...] | None = None
    after: str = ""
    is_counted: bool = True  # whether its rows are missed where they are left out: a convenience is not

    def text(self, kept: Sequence[str], more: str = MORE) -> str:
        """The block with the rows that were kept, and a line that counts the others."""
        rows = self.rows or ()
        left_out = len(rows) - len(kept) if self.is_counted else 0
        counted = f"\n{more.format(n=left_out)}" if left_out else ""
        return "\n".join(part for part in (self.before, *kept, counted, self.after) if part)


def fit(blocks: Sequence[Block], budget: int, more: str = MORE) -> str | None:
    """The blocks as one text of at most `budget` bytes, rows admitted by rank; None if what must stay is too big."""
    room = budget - _MORE_BYTES - sum(_size(b.before, b.after) for b in blocks if b.rows is None)
    if room < 0:
        return None
    kept = _admitted(blocks, room)
    left = _shown(blocks, kept)
    texts = [b.text([r.text for i, r in enumerate(b.rows or ()) if (n, i) in kept], more) for n, b in left]
    shown = {n for n, _ in left}
    gone = sum(len(b.rows or ()) for n, b in enumerate(blocks) if n not in shown and b.is_counted)
    if gone:
        texts.append(more.format(n=gone))
    return "\n\n".join(texts) + "\n"


def _admitted(blocks: Sequence[Block], room: int) -> frozenset[tuple[int, int]]:
    """The (block, row) indexes that fit, by rank; the first that does not fit ends it, so that no better one is out."""
    queue = sorted((row.rank, n, i) for n, block in enumerate(blocks) for i, row in enumerate(block.rows or ()))
    kept: set[tuple[int, int]] = set()
    opened: set[int] = set()
    for _, n, i in queue:
        block = blocks[n]
        cost = _size((block.rows or ())[i].text)
        if n not in opened:
            cost += _size(block.before, block.after) + _MORE_BYTES
        if cost > room:
            break
        room -= cost
        opened.add(n)
        kept.add((n, i))
    return frozenset(kept)


def _shown(blocks: Sequence[Block], kept: frozenset[tuple[int, int]]) -> list[tuple[int, Block]]:
    opened = {n for n, _ in kept}
    return [(n, block) for n, block in enumerate(blocks) if block.rows is None or n in opened]


def _size(*parts: str) -> int:
    return sum(len(part.encode()) + 2 for part in parts)
