"""Configurations that cannot be used: files beside this one, and what no readable file could hold."""

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "broken"
WRITTEN: Mapping[str, bytes] = {file.stem: file.read_bytes() for file in sorted(FOLDER.glob("*.yml"))}
BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MADE: Mapping[str, bytes] = {
    "alias-bomb": BOMB.encode(),
    "empty-file": b"",
    "not-utf-8": 'version: 1\nmodel: {id: "crédit"}\n'.encode("latin-1"),
    "not-utf-8-but-utf-16": "version: 1\n".encode("utf-16"),
    "only-comments": b"# to be written\n---\n",
    "raw-control-character": b"version: 1\nchecks:\n  row-count: {min: \x07}\n",
    "too-deep": b"version: 1\nchecks:\n  row-count: " + b"[" * 30 + b"]" * 30 + b"\n",
    "too-large": b"# " + b"x" * 300_000 + b"\n",
    "too-many-values": b"version: 1\nchecks: [" + b"1," * 20_001 + b"]\n",
}
BROKEN: Mapping[str, bytes] = {**WRITTEN, **MADE}
