"""The tables of a run, here and at the base: opened, compared by digest, and every fault named with its line."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from mlgate.column_rules import columns_named, is_pattern
from mlgate.config import Config, Table
from mlgate.configuring.setting import Setting
from mlgate.configuring.yaml_source import Path as KeyPath
from mlgate.errors import Problem, UserError, did_you_mean, nearest
from mlgate.expressions.kinds import rule_fault
from mlgate.inputs.pointers import Pointer, pointer_for, resolve
from mlgate.plugins import Facts
from mlgate.questions import TableFacts
from mlgate.running import engines
from mlgate.running.addressed import open_address
from mlgate.running.trees import Tree
from mlgate.scan.engine import Engine
from mlgate.scan.formats import digest_files, find_files
from mlgate.scan.tables import OpenTable, open_table
from mlgate.sources.addresses import is_address, place_of
from mlgate.sources.snapshots import NEW_ADDRESS, is_agreed

AT_BASE = "@base"
WITHHELD = "{path} is fetched with credentials, which a fork's pull request does not get"


@dataclass(frozen=True)
class Inputs:
    """The opened tables by name; those that this run has no access to, with the reason; and the base's, by name."""

    tables: Mapping[str, OpenTable]
    unavailable: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, OpenTable] = field(default_factory=dict)
    base_pointers: Mapping[str, Pointer] = field(default_factory=dict)  # of what the base has and was not pulled

    @property
    def digest_seconds(self) -> float:
        """What the digests of all tables took, here and at the base."""
        return sum(table.digest_seconds for table in (*self.tables.values(), *self.base.values()))

    def facts(self, config: Config) -> Facts:
        """What checks may know of them."""
        return Facts(config, {name: table.facts for name, table in self.tables.items()})


def open_tables(connection: duckdb.DuckDBPyConnection, engine: Engine, setting: Setting, there: Tree | None) -> Inputs:
    """All tables that the configuration names; a `UserError` with every missing file, column and table at once."""
    problems: list[Problem] = []
    tables: dict[str, OpenTable] = {}
    unavailable: dict[str, str] = {}
    for name, table in setting.config.tables.items():
        where = setting.head.source.where(("tables", name, "path"))
        try:
            found = _open(connection, engine, setting, name, table, where)
        except UserError as error:
            inside = f"{setting.folder}/"
            problems.extend(Problem(p.message.replace(inside, ""), where, p.mend) for p in error.problems)
            continue
        if isinstance(found, str):
            unavailable[name] = found
        else:
            tables[name] = found
    problems.extend(_no_target(setting))
    if _should_name_columns(setting):
        facts = {name: table.facts for name, table in tables.items()}
        problems.extend(_unknown_names(setting, facts, unavailable))
    if problems:
        raise UserError(*dict.fromkeys(problems))
    base = dict(_base_tables(connection, setting, there, tables))
    return Inputs(tables, unavailable, base, dict(_base_pointers(there, base)))


def _open(
    connection: duckdb.DuckDBPyConnection, engine: Engine, setting: Setting, name: str, table: Table, where: str
) -> OpenTable | str:
    """The table, or the reason why this run has no access to it; a `UserError` if it cannot be read."""
    place = place_of(table.path, setting.config.scan.engine)
    if not engines.is_agreed(setting):
        return engines.NEW_SESSION
    if place == "session":
        if not is_agreed(setting, name):
            return NEW_ADDRESS.format(name=name)
        return engine.open(name, table.path, rows_too=_is_needed_here(setting.config, name))
    found = open_address(connection, setting, name, table) if place == "address" else None
    found = found or _open_files(connection, setting, name, table, where)
    if isinstance(found, OpenTable):
        engine.adopt(found)
    return found


def _is_needed_here(config: Config, name: str) -> bool:
    """Whether rows are asked for and not only counts: a model predicts them, or deepchecks reads them."""
    return (config.model is not None and config.model.table == name) or "deepchecks" in config.checks


def _open_files(
    connection: duckdb.DuckDBPyConnection, setting: Setting, name: str, table: Table, where: str
) -> OpenTable | str:
    problem = _absent(setting, table.path, find_files(setting.folder, table.path), where)
    if problem and setting.event.is_fork and setting.config.environment.fetch:
        return WITHHELD.format(path=table.path)
    if problem:
        raise UserError(problem)
    files = find_files(setting.folder, table.path)  # anew, since a pointer may have been resolved
    return open_table(connection, name, table.path, files, table)


def absent_file(setting: Setting, path: str, key: KeyPath) -> Problem | None:
    """The problem that a configured file is not there, or only its pointer; None if it is."""
    files, is_model = find_files(setting.folder, path), key[-1] == "artifact"
    return _absent(setting, path, files, setting.head.source.where(key), may_be_folder=is_model)


def _absent(
    setting: Setting, path: str, files: tuple[Path, ...], where: str, *, may_be_folder: bool = False
) -> Problem | None:
    top = setting.repository.top if setting.repository else setting.folder
    wanted = files or (setting.folder / path,)
    for file in wanted:
        pointer = pointer_for(file)
        if pointer and not resolve(file, pointer, top):
            return Problem(f"{path} is {pointer.words}", where, pointer.mend)
    wanted = find_files(setting.folder, path) or wanted
    if may_be_folder and (setting.folder / path).is_dir():
        inside = (file for file in (setting.folder / path).rglob("*") if file.is_file())
        return next((p for p in (_absent(setting, f.relative_to(setting.folder).as_posix(), (f,), where)
                                 for f in inside) if p), None)  # fmt: skip
    if any(file.is_file() for file in wanted):
        return next((p for p in (_not_data(file, path, where) for file in wanted) if p), None)
    if is_address(path):
        return Problem("an address is read as a table only", where,
                       "bring the file with 'environment.fetch', and give its path here")  # fmt: skip
    if (setting.folder / path).is_dir():
        return Problem(f"{path} is a folder without tables of one format in it", where,
                       f"name a file in it, or those of a table, such as {path.rstrip('/')}/*.csv")  # fmt: skip
    return Problem(f"there is no file {path}", where, _nearest_path(setting.folder, path))


def _not_data(file: Path, path: str, where: str) -> Problem | None:
    """A file that would be taken for a table of one column, though it is what a failed download leaves."""
    with file.open("rb") as stream:
        start = stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return Problem(f"{path} is a web page, not what its ending says", where,
                       "download the file itself; a server that asks for a login answers with a page")  # fmt: skip
    return Problem(f"{path} is empty", where, "check the step that writes it") if not start else None


def _nearest_path(folder: Path, path: str) -> str:
    """The mend for a file that is not there: the first part of its path that is not, and what it probably is."""
    place, parts = folder, Path(path).parts
    while len(parts) > 1 and (place / parts[0]).is_dir():
        place, parts = place / parts[0], parts[1:]
    if any(c in parts[0] for c in "*?["):
        return "no file fits this pattern"
    names = sorted(p.name for p in place.iterdir() if len(parts) == 1 or p.is_dir())
    close = nearest(parts[0], names)
    if close is None:
        return "check the path, which begins at the configuration's folder"
    found = (place / close).joinpath(*parts[1:])
    return f"did you mean '{(found if found.exists() else place / close).relative_to(folder).as_posix()}'?"


def _no_target(setting: Setting) -> Iterator[Problem]:
    """The table that the model is judged on needs the column with the true labels."""
    model = setting.config.model
    table = (
        setting.config.tables.get(model.table) if model and model.metrics is None and model.task != "score" else None
    )
    if model and table and table.target is None:
        where = setting.head.source.where(("tables", model.table))
        yield Problem(f"table '{model.table}' has no 'target', the column with the true labels", where, "add 'target:'")


def _should_name_columns(setting: Setting) -> bool:
    """A column that the change's configuration misspells is its author's to mend; one that its data lost, a finding."""
    return setting.base is None or setting.base.source.data != setting.head.source.data


def _unknown_names(
    setting: Setting, facts: Mapping[str, TableFacts], unavailable: Mapping[str, str]
) -> Iterable[Problem]:
    head = setting.head
    for reference in head.references:
        where = head.source.where(reference.path)
        if reference.kind == "table" and reference.name not in head.config.tables:
            mend = did_you_mean(reference.name, head.config.tables) if head.config.tables else "add it under 'tables'"
            yield Problem(f"there is no table '{reference.name}'", where, mend)
        if reference.kind not in ("column", "columns", "expression"):
            continue
        table = _table_of(setting, reference.path)
        if table is None or table not in facts or table in unavailable:
            continue
        if reference.kind == "expression":
            if fault := rule_fault(reference.name, facts[table].columns):
                yield Problem(f"{reference.name!r} does not fit {facts[table].path}: {fault}", where, fault.mend)
        elif reference.kind == "columns" and is_pattern(reference.name):
            if not columns_named(reference.name, facts[table].columns):
                yield Problem(f"no column of {facts[table].path} fits '{reference.name}'", where, "leave it out")
        elif reference.name not in facts[table].columns:
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
    connection: duckdb.DuckDBPyConnection, setting: Setting, there: Tree | None, tables: Mapping[str, OpenTable]
) -> Iterator[tuple[str, OpenTable]]:
    """The base's tables that can be had; what cannot is left out, since the base is not the author's to mend.

    One that the change left as it is, is the change's own.
    """
    if there is None:
        return
    folder, config = there.folder, there.config
    top = setting.repository.top if setting.repository else folder
    for name, table in config.tables.items():
        if place_of(table.path, setting.config.scan.engine) != "file":
            ours = setting.config.tables.get(name)
            if name in tables and ours and (ours.path, ours.relation) == (table.path, table.relation):
                yield name, tables[name]  # there is one state of it, today's
            continue
        files = find_files(folder, table.path)
        for file in files or (folder / table.path,):
            if pointer := pointer_for(file):
                resolve(file, pointer, top)
        files = tuple(f for f in find_files(folder, table.path) if pointer_for(f) is None)
        began = time.monotonic()
        if files and name in tables and digest_files(files) == tables[name].sha256:
            yield name, replace(tables[name], digest_seconds=time.monotonic() - began)
        elif files:
            try:
                yield name, open_table(connection, name + AT_BASE, table.path, files, table)
            except UserError:
                continue


def _base_pointers(there: Tree | None, base: Mapping[str, OpenTable]) -> Iterator[tuple[str, Pointer]]:
    """What stands in the base's git for those of its tables that could not be had."""
    for name, table in there.config.tables.items() if there else ():
        if name not in base and not is_address(table.path):
            files = find_files(there.folder, table.path) if there else ()
            first = files[0] if files else (there.folder / table.path if there else Path())
            if pointer := pointer_for(first):
                yield name, pointer
