"""Parts: a file as pieces of at most a size, each with its own name and digest."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from mlgate.transfer.files import chunks


class Part(Struct, frozen=True):
    """A piece of a file: its name, and where it lies in the file."""

    name: str
    start: int
    size: int


def parts_of(name: str, size: int, largest: int) -> tuple[Part, ...]:
    """The pieces of a file, in their order; one that fits is whole.

    >>> [part.name for part in parts_of("m.bin", 5, 2)]
    ['m.bin.part-1-of-3', 'm.bin.part-2-of-3', 'm.bin.part-3-of-3']
    """
    count = max(1, -(-size // largest))
    if count == 1:
        return (Part(name, 0, size),)
    return tuple(
        Part(f"{name}.part-{i + 1}-of-{count}", i * largest, min(largest, size - i * largest)) for i in range(count)
    )


def digest_of(path: Path, part: Part) -> str:
    """The SHA-256 of the part."""
    digest = hashlib.sha256()
    for chunk in chunks(path, part.start, part.size):
        digest.update(chunk)
    return digest.hexdigest()


class PartBody:
    """A part as the body of a request: read as it is sent, with its length known before."""

    def __init__(self, path: Path, part: Part) -> None:
        self._chunks: Iterator[bytes] = chunks(path, part.start, part.size)
        self._left, self._size = b"", part.size

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if size is None or size < 0:
            return self._left + b"".join(self._chunks)
        if not self._left:
            self._left = next(self._chunks, b"")
        found, self._left = self._left[:size], self._left[size:]
        return found


def asset_names(names: tuple[str, ...]) -> Mapping[str, str]:
    """File → the name that GitHub leaves as it is: what it would change is replaced, and a digest keeps names apart.

    >>> asset_names(("model.skops",))["model.skops"]
    'model.skops'
    """
    return {name: name if _is_plain(name) else f"{_plain(name)}.{hashlib.sha256(name.encode()).hexdigest()[:8]}"
            for name in names}  # fmt: skip


def _is_plain(name: str) -> bool:
    return _plain(name) == name and ".part-" not in name and name != "release.json" and not name.startswith(".")


def _plain(name: str) -> str:
    allowed = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "." for c in name)
    return allowed.strip(".")[:200] or "file"
