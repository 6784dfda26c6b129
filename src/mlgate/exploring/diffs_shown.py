"""The difference of two tables as the terminal and JSON show it."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from mlgate.exploring.layout import columns
from mlgate.exploring.table_diff import Side, TableDiff
from mlgate.reporting.differences import size
from mlgate.scan.differing import RowChanges
from mlgate.statistics.distances import Distance

WORDS = {"ks": "KS distance", "total-variation": "total variation"}
MOST_COLUMNS = 60  # that the terminal shows; JSON has all
KINDS = {"lfs": "Git LFS", "dvc": "DVC"}


def as_facts(diff: TableDiff) -> dict[str, Any]:
    """The difference, for JSON."""
    facts: dict[str, Any] = {
        "tables": [_side_facts(side) for side in (diff.before, diff.now)],
        "same": diff.is_same,
        "schema": msgspec.to_builtins(diff.schema) if diff.schema else None,
        "rows": None,
        "columns": {
            name: {"measure": measure, "distance": min(found.value, 1e9), "p": found.p}
            for name, (measure, found) in diff.distances.items()
        },
    }
    if rows := diff.rows:
        counts = {"added": rows.added, "removed": rows.removed, "changed": rows.changed, "same": rows.same}
        facts["rows"] = {"key": rows.key, **counts, "unpaired": rows.unpaired, "cells": dict(rows.cells)}
    return facts


def _side_facts(side: Side) -> dict[str, Any]:
    known = {"rows": side.rows, "bytes": side.bytes, "pointer": side.pointer}
    return {"table": side.name, "digest": side.digest, **{key: v for key, v in known.items() if v is not None}}


def as_text(diff: TableDiff) -> str:
    """The difference, for the terminal."""
    return "\n".join(_lines(diff))


def _lines(diff: TableDiff) -> Iterator[str]:
    before, now = diff.before, diff.now
    yield f"{before.name} → {now.name}" + (": the same bytes" if diff.is_same else "")
    if before.rows is None or now.rows is None:
        yield from (f"  {_held(side)}" for side in (before, now))
        yield "Rows were not compared: pull both files first."
        return
    yield from columns(list(_summary(diff, before.rows, now.rows)))
    if table := list(_by_column(diff)):
        yield ""
        yield from columns(table[: MOST_COLUMNS + 1], right=(1, 2, 3) if diff.rows else (2, 3))
    if len(table) > MOST_COLUMNS + 1:
        yield f"and {len(table) - MOST_COLUMNS - 1:,} more columns; --json has all"
    if diff.rows is None:
        yield "Give --key COLUMN to see which rows were added, removed and changed."


def _summary(diff: TableDiff, before: int, now: int) -> Iterator[tuple[str, str]]:
    share = f" ({100 * (now - before) / before:+.1f} %)" if before and now != before else ""
    yield "rows", (f"{before:,} → {now:,}{share}" if now != before else f"{now:,} in both")
    for title, names in (("new columns", diff.schema and diff.schema.added),
                         ("lost columns", diff.schema and diff.schema.removed)):  # fmt: skip
        if names:
            yield title, ", ".join(names)
    for name, (was, became) in diff.schema.retyped.items() if diff.schema else ():
        yield "other type", f"{name}: {was} → {became}"
    if diff.rows:
        yield f"by {', '.join(diff.rows.key)}", _paired(diff.rows)


def _paired(rows: RowChanges) -> str:
    said = f"{rows.added:,} added · {rows.removed:,} removed · {rows.changed:,} changed · {rows.same:,} the same"
    alone = f" · without a key of their own: {rows.unpaired[0]:,} before, {rows.unpaired[1]:,} now"
    return said + (alone if any(rows.unpaired) else "")


def _by_column(diff: TableDiff) -> Iterator[Sequence[str]]:
    """A row for each column that both have, those that changed most first."""
    cells = diff.rows.cells if diff.rows else {}
    names = dict.fromkeys([*sorted(cells, key=lambda name: -cells[name]), *diff.distances])
    if not names:
        return
    yield ("column", "cells changed", "distance", "p", "") if diff.rows else ("column", "", "distance", "p", "")
    for name in names:
        changed = f"{cells[name]:,}" if name in cells else ""
        yield (name, changed, *_distance(diff.distances.get(name)))


def _distance(found: tuple[str, Distance] | None) -> tuple[str, str, str]:
    return (f"{found[1].value:.3f}", f"{found[1].p:.2g}", WORDS[found[0]]) if found else ("", "", "not compared")


def _held(side: Side) -> str:
    what = f"a {KINDS[side.pointer]} pointer" if side.pointer else "a file"
    return f"{side.name}: {what}, {size(side.bytes) if side.bytes is not None else 'of unknown size'}, {side.digest}"
