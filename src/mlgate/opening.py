"""The tables of a run, here and at the base: opened, compared by digest, and every fault named with its line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from mlgate.config import Config
from mlgate.errors import Problem, UserError, did_you_mean
from mlgate.evidence import Note, TableInfo
from mlgate.inputs.pointers import pointer_for, resolve
from mlgate.plugins import Facts
from mlgate.questions import TableFacts
from mlgate.scan.emit import quote
from mlgate.scan.tables import OpenTable, find_files, open_table
from mlgate.setting import Setting
from mlgate.yaml_source import Path as KeyPath

AT_BASE = "@base"


@dataclass(frozen=True)
class Inputs:
    """The opened tables by name; those that this run has no access to, with the reason; and the base's, by name."""

    tables: Mapping[str, OpenTable]
    unavailable: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, OpenTable] = field(default_factory=dict)

    def facts(self, config: Config) -> Facts:
        """What checks may know of them."""
        return Facts(config, {name: table.facts for name, table in self.tables.items()})


def open_tables(connection: duckdb.DuckDBPyConnection, setting: Setting, base_folder: Path | None) -> Inputs:
    """All tables that the configuration names; a `UserError` with every missing file, column and table at once."""
    problems: list[Problem] = []
    tables: dict[str, OpenTable] = {}
    unavailable: dict[str, str] = {}
    for name, table in setting.config.tables.items():
        where = setting.head.source.where(("tables", name, "path"))
        files = find_files(setting.folder, table.path)
        problem = _absent(setting, table.path, files, where)
        if problem and setting.event.is_fork and setting.config.environment.fetch:
            unavailable[name] = f"{table.path} is fetched with credentials, which a fork's pull request does not get"
        elif problem:
            problems.append(problem)
        else:
            try:
                tables[name] = open_table(connection, name, table.path, files)
            except UserError as error:
                problems.extend(Problem(p.message, where, p.mend) for p in error.problems)
    if _should_name_columns(setting):
        facts = {name: table.facts for name, table in tables.items()}
        problems.extend(_unknown_names(setting, facts, unavailable))
    if problems:
        raise UserError(*problems)
    return Inputs(tables, unavailable, dict(_base_tables(connection, setting, base_folder)))


def table_infos(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> Iterator[TableInfo]:
    """Rows and digests of every table, here and at the base."""
    for name, table in inputs.tables.items():
        base = inputs.base.get(name)
        yield TableInfo(
            name, _rows(connection, table), table.sha256, table.schema_sha256,
            _rows(connection, base) if base else None, base.sha256 if base else None,
        )  # fmt: skip


def data_notes(inputs: Inputs, config: Config) -> Iterator[Note]:
    """A note where the change brings other test rows than the base has."""
    test = config.model.table if config.model else "test"
    if test in inputs.tables and test in inputs.base and inputs.tables[test].sha256 != inputs.base[test].sha256:
        yield Note("test-data-changed", inputs.tables[test].facts.path)


def absent_file(setting: Setting, path: str, key: KeyPath) -> Problem | None:
    """The problem that a configured file is not there, or only its pointer; None if it is."""
    return _absent(setting, path, find_files(setting.folder, path), setting.head.source.where(key))


def _absent(setting: Setting, path: str, files: tuple[Path, ...], where: str) -> Problem | None:
    top = setting.repository.top if setting.repository else setting.folder
    wanted = files or (setting.folder / path,)
    for file in wanted:
        pointer = pointer_for(file)
        if pointer and not resolve(file, pointer, top):
            return Problem(f"{path} is {pointer.words}", where, pointer.mend)
    if any(file.is_file() for file in wanted):
        return None
    folder = (setting.folder / path).parent
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    return Problem(
        f"there is no file {path}", where, did_you_mean(Path(path).name, names) if names else "check the path"
    )


def _should_name_columns(setting: Setting) -> bool:
    """A column that the change's configuration misspells is its author's to mend; one that its data lost, a finding."""
    return setting.base is None or setting.base.source.data != setting.head.source.data


def _unknown_names(
    setting: Setting, facts: Mapping[str, TableFacts], unavailable: Mapping[str, str]
) -> Iterable[Problem]:
    head = setting.head
    for reference in head.references:
        where = head.source.where(reference.path)
        if reference.kind == "table":
            if reference.name not in head.config.tables:
                yield Problem(
                    f"there is no table '{reference.name}'", where, did_you_mean(reference.name, head.config.tables)
                )
            continue
        table = _table_of(setting, reference.path)
        if table is None or table not in facts or table in unavailable:
            continue
        if reference.name not in facts[table].columns:
            mend = did_you_mean(reference.name, facts[table].columns)
            yield Problem(f"column '{reference.name}' is not in {facts[table].path}", where, mend)


def _table_of(setting: Setting, path: KeyPath) -> str | None:
    """The table that a column reference at `path` is about."""
    if path[0] == "tables":
        return str(path[1])
    model = setting.head.config.model
    for params, at in setting.head.params.get(str(path[1]), ()):
        if path[: len(at)] == at:
            return getattr(params, "table", None) or (model.table if model else None)
    return None


def _base_tables(
    connection: duckdb.DuckDBPyConnection, setting: Setting, folder: Path | None
) -> Iterator[tuple[str, OpenTable]]:
    """The base's tables that can be had; what cannot is left out, since the base is not the author's to mend."""
    if folder is None:
        return
    config = (setting.base or setting.head).config
    top = setting.repository.top if setting.repository else folder
    for name, table in config.tables.items():
        files = find_files(folder, table.path)
        for file in files or (folder / table.path,):
            if pointer := pointer_for(file):
                resolve(file, pointer, top)
        files = tuple(f for f in find_files(folder, table.path) if pointer_for(f) is None)
        if files:
            try:
                yield name, open_table(connection, name + AT_BASE, table.path, files)
            except UserError:
                continue


def _rows(connection: duckdb.DuckDBPyConnection, table: OpenTable) -> int:
    found = connection.execute(f"SELECT count(*) FROM {quote(table.facts.name)}").fetchone()
    return int((found or (0,))[0])
