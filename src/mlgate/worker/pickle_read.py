"""The bytes of a pickle, read within their bounds, and the report of what a walk through them found."""

from __future__ import annotations

import _compat_pickle
from typing import BinaryIO

from .pickle_rules import Thing, offerable

MAX_LINE = 1 << 20


class Malformed(ValueError):
    """The bytes are no pickle, are cut short, or do what no pickler writes."""


class Reader:
    """Reads a seekable file and never asks for more than it holds, so a forged length cannot reserve memory."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        file.seek(0, 2)
        self.size = file.tell()
        file.seek(0)

    def remaining(self) -> int:
        return self.size - self.file.tell()

    def read(self, count: int = -1) -> bytes:
        if count > self.remaining():
            raise Malformed("the file is cut short (truncated)")
        return self.file.read(count)

    def readline(self) -> bytes:
        line = self.file.readline(MAX_LINE)
        if len(line) == MAX_LINE:
            raise Malformed("a line of text is longer than any pickler writes")
        return line

    def tell(self) -> int:
        return self.file.tell()

    def skip(self, count: int, keep: bool) -> bytes | None:
        if count > self.remaining():
            raise Malformed("the file is cut short (truncated) inside an array")
        if keep:
            return self.file.read(count)
        self.file.seek(count, 1)
        return None


class Report:
    """What the walk found: refused names with the reason, and what the model says about itself."""

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self.offered: set[str] = set()
        self.things: list[Thing] = []
        self.arrays = False

    def refuse(self, name: str, why: str, called: bool = False, is_code: bool = True) -> None:
        """Without `is_code` the name is a part of the container, such as an entry of a zip, which no line can trust."""
        self.refused.setdefault(name, why)
        if is_code and offerable(name, called):
            self.offered.add(name)
        else:
            self.offered.discard(name)

    def trusted_lines(self) -> list[str]:
        """Names that a person may add under `model.trusted`; none if something is refused that no line can allow."""
        return sorted(self.offered) if self.offered == set(self.refused) else []


def python3_name(proto: int, module: str, name: str) -> tuple[str, str]:
    """Module and name as they are called today; both the walk and the loader ask here, so they mean the same object."""
    if proto < 3:
        if (module, name) in _compat_pickle.NAME_MAPPING:
            module, name = _compat_pickle.NAME_MAPPING[module, name]
        elif module in _compat_pickle.IMPORT_MAPPING:
            module = _compat_pickle.IMPORT_MAPPING[module]
    if (
        module == "_loss"
    ):  # as scikit-learn 1.4 to 1.7 names its compiled losses; a file of the user's could be called so
        module = "sklearn._loss._loss"
    return module, name
