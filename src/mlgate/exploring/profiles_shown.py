"""A profile that was made, as the terminal and JSON show it: what is in it, what is not, and who can read what."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlgate.drift.profile import RARE, ColumnProfile
from mlgate.exploring.profiling import Made
from mlgate.reporting.differences import size
from mlgate.scan.texts import MEASURES, UNKNOWN

WIDTH = 88


def as_facts(made: Made, file: Path, data: bytes, *, is_written: bool) -> dict[str, Any]:
    """What was made, for JSON."""
    return {
        "profile": str(file),
        "written": is_written,
        "bytes": len(data),
        "rows": made.profile.rows,
        "sources": [{"table": text, "rows": rows} for text, rows in made.sources],
        "columns": {name: column.kind for name, column in made.profile.columns.items()},
        "named-categories": sum(len(column.categories) for column in made.profile.columns.values()),
        "left-out": dict(made.left_out),
    }


def as_text(made: Made, file: Path, data: bytes, *, is_written: bool) -> str:
    """What was made, for the terminal."""
    return "\n".join(_lines(made, file, data, is_written=is_written))


def _lines(made: Made, file: Path, data: bytes, *, is_written: bool) -> Iterator[str]:
    columns = made.profile.columns
    yield f"{'wrote' if is_written else 'would write'} {file} ({size(len(data))}): counts of {made.profile.rows:,} rows"
    if len(made.sources) > 1:
        yield from (f"  {rows:>12,} of {text}" for text, rows in made.sources)
    kinds = {"numbers": "number", "times": "time", "categories": "category"}
    texts = {name.rpartition(": ")[0] for name, column in columns.items() if _is_measure(name, column)}
    for title, kind in kinds.items():
        names = [n for n, c in columns.items() if c.kind == kind and n.rpartition(": ")[0] not in texts]
        if names:
            yield f"  {title:<11} {_listed(names)}"
    if texts:
        yield f"  {'texts':<11} {_listed(sorted(texts))}, of which lengths, characters and unknown words are counted"
    for name, why in made.left_out.items():
        yield f"  {'left out':<11} {name}: {why}"
    yield from _privacy([column for column in columns.values() if column.kind == "category"])
    yield f"To compare with it: 'drift: {{profile: {file}}}' in mlgate.yml, by its path from there."


def _privacy(columns: list[ColumnProfile]) -> Iterator[str]:
    """What readers of the file learn."""
    named, other = sum(len(c.categories) for c in columns), sum(c.other for c in columns)
    if named:
        yield (
            f"Whoever reads it sees {named:,} categories by name, and how many rows have each: look at it before you "
            f"commit it."
        )
    if other:
        yield f"Categories of fewer than {RARE} rows have no name in it; {other:,} values are counted together."


def _is_measure(name: str, column: ColumnProfile) -> bool:
    """Whether it is what is counted of a text."""
    return column.kind == "number" and name.rpartition(": ")[2] in (*MEASURES, UNKNOWN)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names)
    return shown if len(shown) <= WIDTH else f"{len(names):,} columns, {shown[: WIDTH - 30].rpartition(', ')[0]}, …"
