"""Differences: what a change does to tables and model, and what the run cost, each in one line of Markdown."""

from collections.abc import Iterator, Mapping

from mlgate.evidence import ModelFacts, Predicate, RowsChange, SchemaChange, TableInfo
from mlgate.reporting.escaping import code_span
from mlgate.reporting.figures import MINUS
from mlgate.reporting.view import View

MOST_TABLES, MOST_NAMES, MOST_LIBRARIES = 8, 4, 6
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def data_line(view: View) -> str | None:
    """Rows and columns of each table, here and at the base."""
    tables = view.evidence.predicate.tables
    shown = [f"{code_span(t.name)} {_table(t)}" for t in tables[:MOST_TABLES]]
    if len(tables) > MOST_TABLES:
        shown.append(f"and {len(tables) - MOST_TABLES:,} more tables")
    return f"**Data** {' · '.join(shown)}" if shown else None


def model_line(view: View) -> str | None:
    """Size, inputs and libraries of the model file, here and at the base."""
    predicate = view.evidence.predicate
    ours, theirs = predicate.model_facts, predicate.baseline.model_facts
    if ours is None:
        return None
    if theirs and _is_same_model(view, predicate):
        return f"**Model** {size(ours.bytes)}, unchanged"
    parts = [_sizes(ours, theirs), *_inputs(ours, theirs), *_libraries(ours, theirs)]
    return f"**Model** {' · '.join(parts)}"


def cost_line(view: View) -> str:
    """How long the run took, and how many checks ran in it."""
    predicate = view.evidence.predicate
    checks = len({run.id for run in predicate.checks})
    ran = f", {checks:,} check{'s' * (checks != 1)}" if checks else ""
    return f"**Cost of this run** {duration(predicate.run.seconds)}{ran}"


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(0.4), duration(59.9), duration(372), duration(7_300)
    ('1 s', '1 min 0 s', '6 min 12 s', '2 h 1 min')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3_600 else f"{whole // 3_600} h {whole % 3_600 // 60} min"


def _is_same_model(view: View, predicate: Predicate) -> bool:
    models = [s.digest["sha256"] for s in view.evidence.subject if s.name.startswith("model:")]
    return bool(models) and models[0] == predicate.baseline.model_sha256


def _table(table: TableInfo) -> str:
    rows = _growth(table.rows, table.baseline_rows, table.sha256 == table.baseline_sha256)
    paired = [_paired(table.rows_change)] if table.rows_change else []
    return "; ".join([rows, *paired, *(_schema(table.schema_change) if table.schema_change else ())])


def _paired(change: RowsChange) -> str:
    """Rows by key, and the columns in which most cells changed."""
    counts = (("added", change.added), ("removed", change.removed), ("changed", change.changed))
    said = ", ".join(f"{n:,} {what}" for what, n in counts if n) or "no row is another"
    cells = [f"{code_span(column)} {n:,}" for column, n in change.cells.items()]
    in_columns = f" ({', '.join(cells[:MOST_NAMES])}{_more(len(cells))})" if cells else ""
    alone = f", {change.unpaired:,} without a key of their own" if change.unpaired else ""
    return f"by {code_span(change.key)} {said}{in_columns}{alone}"


def _growth(rows: int, before: int | None, is_same: bool) -> str:
    if is_same:
        return f"{rows:,} rows, unchanged"
    if before is None:
        return f"{rows:,} rows"
    if rows == before:
        return f"{rows:,} rows, some changed"
    return f"{before:,} → {rows:,} rows{_share(rows, before)}"


def _share(now: int, before: int) -> str:
    return f" ({100 * (now - before) / before:+.1f} %)".replace("-", MINUS) if before else ""


def _schema(change: SchemaChange) -> Iterator[str]:
    for sign, names in (("+", change.added), (MINUS, change.removed)):
        if names:
            yield f"{sign}{_some(names)}"
    if change.retyped:
        said = [f"{code_span(name)} {before} → {after}" for name, (before, after) in change.retyped.items()]
        yield ", ".join(said[:MOST_NAMES]) + _more(len(said))


def _sizes(ours: ModelFacts, theirs: ModelFacts | None) -> str:
    if theirs is None or theirs.bytes == ours.bytes:
        return size(ours.bytes)
    return f"{size(theirs.bytes)} → {size(ours.bytes)}{_share(ours.bytes, theirs.bytes)}"


def _inputs(ours: ModelFacts, theirs: ModelFacts | None) -> Iterator[str]:
    if ours.inputs is None:
        return
    if theirs is None or theirs.inputs is None or set(theirs.inputs) == set(ours.inputs):
        yield f"{len(ours.inputs):,} input columns"
        return
    added = [name for name in ours.inputs if name not in theirs.inputs]
    removed = [name for name in theirs.inputs if name not in ours.inputs]
    named = [f"{sign}{_some(names)}" for sign, names in (("+", added), (MINUS, removed)) if names]
    grown = f"{len(theirs.inputs):,} → " if len(theirs.inputs) != len(ours.inputs) else ""
    yield f"{grown}{len(ours.inputs):,} input columns ({', '.join(named)})"


def _libraries(ours: ModelFacts, theirs: ModelFacts | None) -> Iterator[str]:
    before: Mapping[str, str] = theirs.libraries if theirs else ours.libraries
    names = sorted({*ours.libraries, *before})
    for name in names[:MOST_LIBRARIES]:
        was, now = (side.get(name) for side in (before, ours.libraries))
        if was == now or was is None or now is None:
            version = code_span(now or was or "")
            yield f"{code_span(name)} {version}" + ("" if was == now else " is new" if now else " is gone")
        else:
            yield f"{code_span(name)} {code_span(was)} → {code_span(now)}"


def _some(names: "tuple[str, ...] | list[str]") -> str:
    return ", ".join(map(code_span, names[:MOST_NAMES])) + _more(len(names))


def _more(count: int) -> str:
    return f" and {count - MOST_NAMES:,} more" if count > MOST_NAMES else ""


def size(count: int) -> str:
    """Bytes with a decimal unit.

    >>> size(999), size(48_123), size(2_000_000_000)
    ('999 bytes', '48.1 kB', '2.0 GB')
    """
    size, unit = float(count), 0
    while size >= 999.95 and unit < len(_UNITS) - 1:
        size, unit = size / 1_000, unit + 1
    return f"{count:,} bytes" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"
