"""Scratch folders: gone when their block ends, and where a run was killed, when the next one begins."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

PREFIX = "mlgate-scratch-"
LOCK = ".lock"  # held as long as its folder is in use; the kernel lets it go with the process
YOUNG = 60.0  # seconds in which a folder may be there without its lock


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder of this user's alone; those that killed runs left behind are removed first."""
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@cache
def sweep(parent: Path) -> None:
    """No folder in `parent` is left whose run was killed; another user's, and one in use, stay. It looks only once."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid == os.geteuid() and time.time() - found.st_mtime > YOUNG and not folder.is_symlink():
                _remove_unused(folder)


def _remove_unused(folder: Path) -> None:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
