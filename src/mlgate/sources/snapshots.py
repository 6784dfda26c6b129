"""Snapshots: tables at addresses, brought with credentials before code of the change runs, for this process alone."""

import atexit
import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from mlgate.config import Table
from mlgate.configuring.setting import Request, Setting, find_setting
from mlgate.errors import Problem, UserError
from mlgate.inputs.pointers import cache_folder
from mlgate.sources.addresses import place_of

NEW_ADDRESS = "the address of table '{name}' is new in this change; addresses are read from when they are merged"


def bring_all(request: Request, say: Callable[[str], None]) -> None:
    """The tables at addresses are in this process's snapshots; none that only the change names, and none for a fork.

    The process may replace itself afterwards: its number stays the same, by which it finds them again.
    """
    from mlgate.scan.tables import connect
    from mlgate.sources.bringing import bring

    _sweep()
    with ExitStack() as stack:
        setting = find_setting(request, stack, load_own=False)  # a check of the change would see the credentials
        engine = setting.config.scan.engine
        tables = {
            n: t
            for n, t in setting.config.tables.items()
            if place_of(t.path, engine) == "address" and is_agreed(setting, n)
        }
        if not tables or setting.event.is_fork:
            return
        connection = stack.enter_context(connect())
        problems: list[Problem] = []
        for name, table in tables.items():
            say(f"reading {table.path}")
            try:
                bring(connection, table, folder_for(table))
            except UserError as error:
                where = setting.head.source.where(("tables", name, "path"))
                problems += [Problem(p.message, where, p.mend) for p in error.problems]
        if problems:
            remove()
            raise UserError(*problems)


def is_agreed(setting: Setting, name: str) -> bool:
    """Whether a table's address may be read: on a pull request only one that the base has too.

    Otherwise a change could have the credentials sent to a server of its own.
    """
    if setting.event.kind != "pull_request":
        return True
    ours = setting.base.config.tables.get(name) if setting.base else None
    theirs = setting.config.tables[name]
    return ours is not None and (ours.path, ours.relation) == (theirs.path, theirs.relation)


def snapshot_of(table: Table) -> tuple[Path, ...]:
    """The files of a table that was brought; none if it was not."""
    return tuple(sorted(p for p in folder_for(table).rglob("*") if p.is_file()))


def folder_for(table: Table) -> Path:
    """Where this process keeps the table's files."""
    key = hashlib.sha256(f"{table.path}\0{table.relation}".encode()).hexdigest()[:32]
    return _folder() / key


def remove() -> None:
    """This process's snapshots are gone."""
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return cache_folder() / "snapshots" / str(os.getpid())


def _sweep() -> None:
    """Snapshots of processes that are no more are gone, and a folder of this user's alone is there for this one's."""
    parent = _folder().parent
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in parent.iterdir():
        if folder.name.isdigit() and not _is_alive(int(folder.name)):
            shutil.rmtree(folder, ignore_errors=True)
    remove()
    _folder().mkdir(mode=0o700)
    remove_at_exit()


def remove_at_exit() -> None:
    """They are gone when this process ends."""
    atexit.register(remove)


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
