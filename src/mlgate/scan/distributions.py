"""Distributions of a table's columns: a layout that suits the reference, then counts by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mlgate.drift.grid import Grid, choose_grid
from mlgate.drift.profile import MOST_CATEGORIES, RARE, ColumnProfile, Kind, Profile
from mlgate.personal import is_personal_name
from mlgate.questions import TableFacts
from mlgate.scan.dialect import DUCKDB, Dialect
from mlgate.scan.emit import number
from mlgate.scan.engine import Engine
from mlgate.scan.texts import MEASURES, UNKNOWN, measures_of
from mlgate.type_families import fits

SAMPLE = 100_000  # rows by which grids are chosen
FEW = 1_000  # different texts that are categories; with more, texts are measured instead


@dataclass(frozen=True)
class Counted:
    """What is counted under one name: its kind and SQL, and the grid or the categories that it is counted by."""

    kind: Kind
    sql: str
    grid: Grid | None = None
    categories: tuple[str, ...] = ()


def profile_of(
    engine: Engine, facts: TableFacts, columns: Sequence[str], like: Profile | None = None,
    measured: Collection[str] = (),
) -> Profile:  # fmt: skip
    """The profile of these columns; counted as in `like`, if it is given, for what both have in one kind.

    The `measured` are texts that are never named as categories.
    """
    names = _countable(engine, facts, columns, like, measured)
    found = _numbers(engine, facts, {n: c for n, c in names.items() if c.kind != "category"})
    found |= _categories(engine, facts, {n: c for n, c in names.items() if c.kind == "category"}, like is not None)
    ((rows,),) = engine.fetch(f"SELECT count(*) FROM {engine.dialect.quote(facts.name)}")
    texts = [column for column in columns if any(f"{column}: {measure}" in names for measure in MEASURES)]
    words = _words(engine, facts, texts, like)
    return Profile(rows=int(rows), columns={name: found[name] for name in names} | words)


def _words(engine: Engine, facts: TableFacts, texts: Sequence[str], like: Profile | None) -> dict[str, ColumnProfile]:
    """Of each text, the rows by their share of unknown words."""
    found: dict[str, ColumnProfile] = {}
    for column in texts:
        name = f"{column}: {UNKNOWN}"
        if like is None or name in like.columns:
            counted = engine.unknown_words(facts, column, like.columns[name].words if like else None)
            found |= {name: counted} if counted else {}
    return found


def _countable(
    engine: Engine, facts: TableFacts, columns: Sequence[str], like: Profile | None, measured: Collection[str]
) -> dict[str, Counted]:
    texts = [c for c in columns if facts.columns[c] == "string"]
    many = {c for c in texts if c not in like.columns} if like else _many(engine, facts, texts) | set(measured)
    dialect = engine.dialect
    found: dict[str, Counted] = {}
    for column in columns:
        family = facts.columns[column]
        if fits(family, "number") or family in ("date", "timestamp"):
            kind: Kind = "number" if fits(family, "number") else "time"
            found[column] = Counted(kind, number(column, facts, dialect))
        elif family == "boolean" or (column in texts and column not in many):
            found[column] = Counted("category", dialect.call("cast-text", family).format(dialect.quote(column)))
        elif column in texts:
            measures = measures_of(dialect.quote(column), dialect)
            found |= {f"{column}: {name}": Counted("number", sql) for name, sql in measures.items()}
    if like is not None:
        before = like.columns
        same = {n: c for n, c in found.items() if n in before and before[n].kind == c.kind}
        return {name: _as_before(c, before[name]) for name, c in same.items()}
    return found | _with_grids(engine, facts, {n: c for n, c in found.items() if c.kind != "category"})


def _as_before(counted: Counted, before: ColumnProfile) -> Counted:
    return Counted(before.kind, counted.sql, before.grid, tuple(before.categories))


def _many(engine: Engine, facts: TableFacts, texts: Sequence[str]) -> set[str]:
    """The columns with too many different texts to be categories, and those that look personal by their names."""
    if not texts:
        return set()
    quote = engine.dialect.quote
    larger = _larger(engine, facts, [quote(column) for column in texts], FEW)
    return {column for column in texts if quote(column) in larger or is_personal_name(column)}


def _with_grids(engine: Engine, facts: TableFacts, names: Mapping[str, Counted]) -> dict[str, Counted]:
    if not names:
        return {}
    samples = engine.sample(facts.name, [c.sql for c in names.values()], SAMPLE)
    return {
        name: Counted(c.kind, c.sql, choose_grid(sample))
        for (name, c), sample in zip(names.items(), samples, strict=True)
    }


def cell_sql(grid: Grid, value: str, dialect: Dialect = DUCKDB) -> str:
    """The cell of a number as a small integer: 0 for a missing one, then from the one below the grid."""
    scaled = value
    if grid.scale == "growing":
        scaled = f"asinh({value} / {dialect.literal(2.0**grid.unit)} - {grid.center})"
    low, high = dialect.literal(float(grid.low - 1)), dialect.literal(float(grid.high + 1))
    cell = f"floor(greatest(least({scaled} / {dialect.literal(2.0**grid.width)}, {high}), {low})) - {grid.low - 2}"
    return f"CAST(CASE WHEN {value} IS NULL THEN 0 ELSE {cell} END AS SMALLINT)"


def _numbers(engine: Engine, facts: TableFacts, names: Mapping[str, Counted]) -> dict[str, ColumnProfile]:
    """All numbers and times in one query: a histogram of cells each."""
    if not names:
        return {}
    grids = {name: c.grid or Grid(0, 0, 1) for name, c in names.items()}
    cells_of = [cell_sql(grids[name], c.sql, engine.dialect) for name, c in names.items()]
    row, _ = engine.histograms(facts.name, cells_of)
    found = {}
    for (name, counted), counts in zip(names.items(), row, strict=True):
        cells = dict(sorted(counts.items()))
        missing, grid = cells.pop(0, 0), grids[name]
        kept = {str(cell + grid.low - 2): n for cell, n in cells.items()}
        found[name] = ColumnProfile(kind=counted.kind, missing=missing, grid=grid, cells=kept)
    return found


def _categories(
    engine: Engine, facts: TableFacts, names: Mapping[str, Counted], known: bool
) -> dict[str, ColumnProfile]:
    """All categories in another query; where they are `known`, everything else is one of the others."""
    if not names:
        return {}
    many = _larger(engine, facts, [c.sql for c in names.values()]) if known else set()

    def asked(counted: Counted) -> str:
        if not known or counted.sql not in many:
            return counted.sql
        listed = ", ".join(map(engine.dialect.literal, counted.categories)) or "NULL"
        return f"CASE WHEN {counted.sql} IN ({listed}) THEN {counted.sql} END"

    present = [f"count({c.sql})" for c in names.values()]
    histograms, numbers = engine.histograms(facts.name, [asked(c) for c in names.values()], [*present, "count(*)"])
    found = {}
    for (name, counted), counts, there in zip(names.items(), histograms, numbers, strict=False):
        by_size = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        kept = {n: counts[n] for n in counted.categories if n in counts} if known else _common(by_size)
        found[name] = ColumnProfile(
            kind=counted.kind, missing=int(numbers[-1]) - int(there), categories=dict(sorted(kept.items())),
            other=int(there) - sum(kept.values()),
        )  # fmt: skip
    return found


def _common(by_size: Sequence[tuple[str, int]]) -> dict[str, int]:
    """The categories that are named: not the rare ones, and not more than are worth it."""
    return {name: n for name, n in by_size[:MOST_CATEGORIES] if n >= RARE}


def _larger(engine: Engine, facts: TableFacts, values: Sequence[str], most: int = 10 * FEW) -> set[str]:
    """Those of the `values` that are so many that they are not counted one by one."""
    asked = ", ".join(engine.dialect.functions["about-distinct"].format(value) for value in values)
    (counts,) = engine.fetch(f"SELECT {asked} FROM {engine.dialect.quote(facts.name)}")
    return {value for value, n in zip(values, counts, strict=True) if n > most}
