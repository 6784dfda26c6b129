"""Intake: the evidence in an artifact's zip, read in memory; a refusal says why."""

import io
import stat
import struct
import zipfile
import zlib

from msgspec import Struct

from mlgate.errors import UserError
from mlgate.evidence import MAX_BYTES, Evidence, parse_evidence, sha256

MAX_ZIP = 8 * 2**20
MAX_ENTRIES = 50
MAX_UNPACKED = 64 * 2**20
MAX_RATIO = 500
FILE = "evidence.json"


class Received(Struct, frozen=True):
    """Evidence as it came: parsed, with the digest of its bytes."""

    evidence: Evidence
    digest: str
    is_earlier: bool = False  # an earlier attempt of the run left it
    is_foreign_base: bool = False  # it compares with a commit that is not on the pull request's base branch


class Refusal(Struct, frozen=True):
    """Why something is not taken as evidence; the words may hold strings of whoever made it."""

    why: str


def read_artifact(data: bytes) -> Received | Refusal:
    """The evidence in the zip `data`; a refusal says why it is none."""
    content = read_artifact_bytes(data)
    if isinstance(content, Refusal):
        return content
    try:
        return Received(parse_evidence(content), sha256(content))
    except UserError as error:
        return Refusal(error.problems[0].message.removeprefix("evidence is refused: "))


def read_artifact_bytes(data: bytes) -> bytes | Refusal:
    """The bytes of the evidence's file in the zip `data`; nothing but this one is unpacked, and it in memory."""
    if len(data) > MAX_ZIP:
        return Refusal(f"the artifact has {len(data):,} bytes; at most {MAX_ZIP:,} are read")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _content(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, ValueError,
            RuntimeError) as error:  # fmt: skip
        return Refusal(f"the artifact is not a zip that can be read: {type(error).__name__}")


def _content(archive: zipfile.ZipFile) -> bytes | Refusal:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        return Refusal(f"the artifact has {len(entries):,} files; at most {MAX_ENTRIES} are read")
    if why := next((why for entry in entries if (why := _fault(entry))), None):
        return Refusal(why)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        return Refusal(f"the artifact would unpack to more than {MAX_UNPACKED:,} bytes")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        return Refusal("the artifact has two files of one name")
    if FILE not in names:
        return Refusal(f"the artifact has no {FILE}")
    entry = archive.getinfo(FILE)
    if entry.file_size > MAX_BYTES:
        return Refusal(f"{FILE} has {entry.file_size:,} bytes; at most {MAX_BYTES:,} are read")
    with archive.open(entry) as file:
        content = file.read(MAX_BYTES + 1)
    return content if len(content) <= MAX_BYTES else Refusal(f"{FILE} has more than {MAX_BYTES:,} bytes")


def _fault(entry: zipfile.ZipInfo) -> str | None:
    """What an artifact of the gate never has: places outside, links, devices, encryption, rare compression, bombs."""
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    if name.startswith(("/", "\\")) or ":" in name or "\\" in name or "\0" in name:
        return f"the artifact has a file with the path '{name}'"
    if ".." in name.split("/"):
        return f"the artifact has a file outside of it: '{name}'"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"the artifact has a link or device: '{name}'"
    if entry.flag_bits & 0x1:
        return f"'{name}' is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"'{name}' is compressed in a way that is not read"
    if entry.file_size > 2**20 and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
        return f"'{name}' would unpack to {entry.file_size / max(1, entry.compress_size):,.0f} times its size"
    return None
