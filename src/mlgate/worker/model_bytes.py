"""What a file is, told from its first bytes, and its contents unpacked within limits."""

from __future__ import annotations

import bz2
import importlib
import json
import lzma
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

MAX_BYTES = 2 << 30  # unpacked; more would not fit the worker's default 4 GiB together with the objects made of it
FREE_BYTES = 64 << 20  # up to here any compression ratio is believed: a sparse model compresses a thousandfold
MAX_RATIO = 200
MAX_ENTRIES = 10_000
CHUNK = 1 << 20

COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x5d\x00\x00": "lzma",
    b"\x78\x01": "zlib",
    b"\x78\x5e": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
    b"\x04\x22\x4d\x18": "lz4",
}
NOT_A_MODEL = (
    (
        rb"version https://git-lfs\.github\.com/spec/",
        "it is a Git LFS pointer, not the model; run `git lfs pull` or check out with `lfs: true`",
    ),
    (rb"\s*<(\?xml|PMML)", "XML (PMML) is not read; export the model to ONNX, or give a `predict` function"),
    (rb"(?i)\s*(<!doctype html|<html)", "it is a web page, probably the error page of a download"),
    (
        rb"(outs|md5|wdir|frozen):",
        "it is a DVC file, not the model; run `dvc pull` and name the file that it stands for",
    ),
    (rb"\x89HDF\r\n", "HDF5 (Keras) is not read; export the model to ONNX, or give a `predict` function"),
    (rb"ZF0x", "joblib's format before 0.10 is not read; save the model again"),
    (rb"<<<|\xef\xbb\xbf", "it is text, no model"),
)
PICKLE_IN_ZIP = (
    "a pickle inside a zip (PyTorch saves so), which is not read and cannot be trusted; "
    "export the model to ONNX, save it with skops, or name a `predict` function that loads it"
)


class Unreadable(ValueError):
    """The file is missing, damaged or no model; the message says which, and what to do."""


class Unsafe(ValueError):
    """The container of the file is made to do harm, or hides what is in it: (what, why)."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name, self.why = name, why


def open_model(path: str) -> BinaryIO:
    """The file, opened; raises Unreadable where it is missing, no regular file, empty, a pointer or a web page."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            what = "a folder: name a `predict` function that loads it" if Path(path).is_dir() else "not a regular file"
            raise Unreadable(f"it is {what}")
        file = Path(path).open("rb")  # noqa: SIM115 -- handed to the caller
    except OSError as error:
        raise Unreadable(f"it cannot be opened: {error.strerror}") from error
    head = file.read(256)
    file.seek(0)
    reason = "it is empty" if not head.strip(b"\0 \r\n\t") else None
    for pattern, why in NOT_A_MODEL:
        reason = reason or (why if re.match(pattern, head) else None)
    if reason:
        file.close()
        raise Unreadable(reason)
    return file


def compression(head: bytes) -> str | None:
    return next((name for magic, name in COMPRESSED.items() if head.startswith(magic)), None)


def kind_of(path: str, head: bytes) -> str:
    """The format: `zip`, `compressed`, `onnx`, `xgboost`, `lightgbm`, `catboost`, `pickle` or `unknown`."""
    suffix = Path(path).suffix.lower()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if compression(head):
        return "compressed"
    if head.startswith(b"CBM1"):
        return "catboost"
    if re.match(rb"tree\r?\n", head):
        return "lightgbm"
    if re.match(rb"\{\s*(\"|L\x00\x00\x00)", head) or (head.startswith(b"{") and suffix in (".ubj", ".json")):
        return "xgboost"
    if suffix == ".onnx" or re.match(rb"\x08[\x01-\x20][\x12\x1a\x22\x2a\x3a\x42]", head):
        return "onnx"
    # Protocols 0 and 1 have no mark of their own; these are the instructions a pickle of an object starts with.
    return "pickle" if re.match(rb"\x80[\x00-\x05]|[c(\]}]", head) else "unknown"


def unpacked(file: BinaryIO) -> BinaryIO:
    """The decompressed contents in a temporary file; raises Unsafe for a bomb or further bytes, else Unreadable."""
    name = compression(file.read(8)) or ""
    file.seek(0)
    if name == "lz4":
        return _unpack(file, _lz4())
    if name == "gzip":
        return _unpack(file, zlib.decompressobj(31))
    if name == "zlib":
        return _unpack(file, zlib.decompressobj())
    return _unpack(file, bz2.BZ2Decompressor() if name == "bz2" else lzma.LZMADecompressor(memlimit=1 << 30))


def _lz4() -> Any:
    try:
        return importlib.import_module("lz4.frame").LZ4FrameDecompressor()
    except ImportError as error:
        raise Unreadable("it is compressed with lz4, which is not installed; run `pip install lz4`") from error


def _unpack(file: BinaryIO, decompressor: Any) -> BinaryIO:
    target: Any = tempfile.SpooledTemporaryFile(max_size=FREE_BYTES)  # noqa: SIM115 -- handed to the caller
    is_zlib = hasattr(decompressor, "unconsumed_tail")
    step: Callable[[bytes], bytes] = lambda data: decompressor.decompress(data, CHUNK)  # noqa: E731
    taken = made = 0
    waiting = b""
    while not decompressor.eof:
        if not waiting and (is_zlib or decompressor.needs_input):
            waiting = file.read(CHUNK)
            taken += len(waiting)
        try:
            out = step(waiting)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError) as error:
            raise Unreadable(f"its compression is damaged: {error}") from error
        if not waiting and not out and not decompressor.eof:
            raise Unreadable("it is cut short (truncated)")
        made += len(out)
        if made > MAX_BYTES or made > max(FREE_BYTES, taken * MAX_RATIO):
            raise Unsafe("decompression bomb", f"{taken} bytes unpack to more than {made - len(out)}")
        target.write(out)
        waiting = decompressor.unconsumed_tail if is_zlib else b""
    if decompressor.unused_data or file.read(1):
        raise Unsafe("trailing bytes", "something follows the compressed model")
    target.seek(0)
    if compression(target.read(8)):
        raise Unsafe("compression within compression", "no library saves models so")
    target.seek(0)
    return target  # type: ignore[no-any-return]


def skops_schema(file: BinaryIO) -> dict[str, Any]:
    """The schema of a skops file; raises Unsafe for any other zip, and for one that is made to do harm."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            _check_entries(entries, names)
            size = sum(entry.compress_size for entry in entries)
            if sum(entry.file_size for entry in entries) > max(FREE_BYTES, min(MAX_BYTES, size * MAX_RATIO)):
                raise Unsafe("decompression bomb", f"{size} bytes unpack to {sum(e.file_size for e in entries)}")
            schema = json.loads(archive.read("schema.json"))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unreadable(f"it is a damaged zip: {error}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, (Unsafe, Unreadable)):
            raise
        raise Unreadable(f"its schema.json cannot be read: {error}") from error
    if not isinstance(schema, dict):
        raise Unreadable("its schema.json is no object")
    return schema


def _check_entries(entries: list[zipfile.ZipInfo], names: list[str]) -> None:
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
            raise Unsafe(name, "a path inside the zip leads outside it")
        if name.lower().endswith((".pkl", ".pickle", ".joblib", ".pt", ".pth")):
            raise Unsafe(name, PICKLE_IN_ZIP)
    if len(entries) > MAX_ENTRIES or len(set(names)) != len(names):
        raise Unsafe("zip entries", f"{len(entries)} entries, or one of them twice")
    if "schema.json" not in names:
        raise Unsafe("zip", "a zip that is no skops file (it has no schema.json)")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unsafe("zip", "it is encrypted")
