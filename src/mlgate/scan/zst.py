"""Whether a file of Zstandard is whole, told by its frames' own lengths: DuckDB reads a cut-off one without a word."""

from pathlib import Path
from typing import BinaryIO

FRAME, SKIPPABLE = 0xFD2FB528, 0x184D2A50  # RFC 8878, 3.1
_ID_BYTES = (0, 1, 2, 4)
_RUN = 1  # a block of one byte, repeated


def is_whole_zst(file: Path) -> bool:
    """Whether the file is a sequence of whole frames and nothing else; no block is decompressed."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        while stream.tell() < size:
            magic = int.from_bytes(stream.read(4), "little")
            if magic & 0xFFFFFFF0 == SKIPPABLE:
                stream.seek(int.from_bytes(stream.read(4), "little"), 1)
            elif magic != FRAME or not _pass_frame(stream):
                return False
        return 0 < size == stream.tell()


def _pass_frame(stream: BinaryIO) -> bool:
    """The stream is after the frame; false where it ends in it."""
    descriptor = stream.read(1)
    if not descriptor:
        return False
    is_single = bool(descriptor[0] & 0x20)
    size_flag = descriptor[0] >> 6
    content_bytes = 1 << size_flag if size_flag else int(is_single)
    stream.seek((not is_single) + _ID_BYTES[descriptor[0] & 3] + content_bytes, 1)
    while len(header := stream.read(3)) == 3:
        block = int.from_bytes(header, "little")
        kind, length = block >> 1 & 3, block >> 3
        stream.seek(1 if kind == _RUN else length, 1)
        if block & 1:
            stream.seek(4 if descriptor[0] & 4 else 0, 1)
            return True
    return False
