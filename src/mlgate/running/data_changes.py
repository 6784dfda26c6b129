"""What a change does to its tables: rows and columns, here and at the base, as evidence says it."""

from collections.abc import Iterator, Mapping

import duckdb

from mlgate.config import Config
from mlgate.configuring.setting import Setting
from mlgate.evidence import Note, RowsChange, SchemaChange, TableInfo
from mlgate.inputs.pointers import Pointer, recorded_for
from mlgate.reporting.differences import size
from mlgate.running.addressed import source_notes
from mlgate.running.opening import Inputs
from mlgate.scan.differing import pair_rows
from mlgate.scan.duckdb_engine import DuckDB
from mlgate.scan.engine import Engine
from mlgate.scan.tables import OpenTable

MOST_NAMED = 50  # columns of each kind that evidence names
KINDS = {"lfs": "Git LFS", "dvc": "DVC"}


def table_infos(
    connection: duckdb.DuckDBPyConnection, engine: Engine, inputs: Inputs, config: Config
) -> Iterator[TableInfo]:
    """Rows and digests of every table, here and at the base, and what became of rows and columns."""
    for name, table in inputs.tables.items():
        base = inputs.base.get(name)
        key = config.tables[name].key if name in config.tables else None
        theirs = _rows(DuckDB(connection) if base.files else engine, base) if base else None
        yield TableInfo(
            name, _rows(engine, table), table.sha256, table.schema_sha256, theirs, base.sha256 if base else None,
            table.facts.path[:400], schema_change(base.facts.columns, table.facts.columns) if base else None,
            _rows_change(connection, base, table, key) if base and key else None,
        )  # fmt: skip


def schema_change(before: Mapping[str, str], now: Mapping[str, str]) -> SchemaChange | None:
    """What became of the columns; None where nothing did."""
    added = tuple(name[:400] for name in now if name not in before)
    removed = tuple(name[:400] for name in before if name not in now)
    retyped = {name[:400]: (before[name], now[name]) for name in now if before.get(name, now[name]) != now[name]}
    if not (added or removed or retyped):
        return None
    return SchemaChange(added[:MOST_NAMED], removed[:MOST_NAMED], dict([*retyped.items()][:MOST_NAMED]))


def data_notes(inputs: Inputs, setting: Setting) -> Iterator[Note]:
    """A note where the change brings other test rows than the base has, or a table that cannot be compared with it."""
    config = setting.config
    yield from source_notes(config)
    test = config.model.table if config.model else "test"
    if test in inputs.tables and test in inputs.base and inputs.tables[test].sha256 != inputs.base[test].sha256:
        yield Note("test-data-changed", inputs.tables[test].facts.path)
    for name, before in inputs.base_pointers.items():
        if name in config.tables and (detail := _by_pointer(before, _pointer_now(inputs, setting, name))):
            yield Note("held-by-pointer", config.tables[name].path[:400], detail)


def _rows_change(
    connection: duckdb.DuckDBPyConnection, base: OpenTable, table: OpenTable, key: str
) -> RowsChange | None:
    """What became of the rows; None where nothing did, or a side has no such column."""
    if (
        base.sha256 == table.sha256
        or not (base.files and table.files)
        or key not in base.facts.columns
        or key not in table.facts.columns
    ):
        return None
    found = pair_rows(connection, base.facts, table.facts, (key,))
    most = sorted(((n, column) for column, n in found.cells.items() if n), key=lambda pair: -pair[0])[:MOST_NAMED]
    return RowsChange(
        key[:400], found.added, found.removed, found.changed, sum(found.unpaired), {c[:400]: n for n, c in most}
    )


def _pointer_now(inputs: Inputs, setting: Setting, name: str) -> Pointer | None:
    """What the change's git holds for the table: a file that Git LFS brought is known by its own bytes."""
    path, table = setting.folder / setting.config.tables[name].path, inputs.tables.get(name)
    if recorded := recorded_for(path):
        return recorded
    if table and len(table.files) == 1:
        return Pointer("lfs", table.sha256, size=table.files[0].stat().st_size)
    return None


def _by_pointer(before: Pointer, now: Pointer | None) -> str:
    """Sizes and digests as pointers say them; empty where they say that nothing changed."""
    if now and now.digest == before.digest:
        return ""
    sides = [f"{size(p.size) if p.size is not None else 'size unknown'}, {p.digest[:12]}" for p in (before, now) if p]
    return f"by its {KINDS[before.kind]} pointer: {' → '.join(sides)}"


def _rows(engine: Engine, table: OpenTable) -> int:
    ((rows,),) = engine.fetch(f"SELECT count(*) FROM {engine.dialect.quote(table.facts.name)}")
    return int(rows)
