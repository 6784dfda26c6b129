"""Files that are written whole or not at all, also where the writing is killed."""

import contextlib
import os
from pathlib import Path

from mlgate.errors import user_error

_NAMELESS = getattr(os, "O_TMPFILE", 0)  # Linux: a file that is gone with its process unless it is given a name


def write_whole(file: Path, data: bytes) -> None:
    """The file holds these bytes; whoever reads it or kills the writing meanwhile finds what was there before.

    A `UserError` if it cannot be written.
    """
    beside = file.with_name(f".{file.name}.mlgate")
    try:
        beside.unlink(missing_ok=True)
        _written(beside, data)
        beside.replace(file)
    except OSError as error:
        raise user_error(f"{file} cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _written(beside: Path, data: bytes) -> None:
    """The bytes are on the disk under a name that is given when they are complete."""
    if _NAMELESS:
        with contextlib.suppress(OSError):  # a file system without nameless files
            handle = os.open(beside.parent, os.O_WRONLY | _NAMELESS, 0o666)
            with os.fdopen(handle, "wb") as stream:
                _flushed(stream.fileno(), data)
                os.link(f"/proc/self/fd/{stream.fileno()}", beside, follow_symlinks=True)
            return
    with beside.open("xb") as stream:
        _flushed(stream.fileno(), data)


def _flushed(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)
