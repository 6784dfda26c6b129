"""The state block: the last line of a comment, by which the next report knows what the comment says and where."""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mlgate.github.models import Sha
from mlgate.github.sections import Asked, Key, Point, Result, Section, Sections, Sign

MOST_BYTES = 4_096
MOST_PLAIN_BYTES = 65_536
POINTS_TRIED = (12, 6, 3, 0)
TAG = 12  # hexadecimal digits of a text's digest
_LINE = re.compile(r"<!-- mlgate:state:v1:([A-Za-z0-9_=-]{1,8192}) -->")

Size = Annotated[int, Meta(ge=0, le=MOST_PLAIN_BYTES)]


class Stored(Struct, frozen=True, array_like=True):
    """A model's section without its text, which stands in the comment from `start` on."""

    name: str
    asked: Asked | None
    key: Key | None = None
    head_sha: Sha | None = None
    sign: Sign = "⚠️"
    evidence: str = ""
    is_short: bool = False
    metric: str = ""
    history: tuple[Point, ...] = ()
    start: Size = 0
    size: Size = 0
    tag: str = ""


def state_line(sections: Sections, starts: Mapping[str, int]) -> str:
    """The state of the sections, whose texts start at `starts`; at most 4 KiB, the oldest points forgotten first."""
    for points in POINTS_TRIED:
        stored = [_stored(name, section, starts.get(name, 0), points) for name, section in sections.items()]
        packed = base64.urlsafe_b64encode(_zipped(msgspec.json.encode(stored))).decode()
        if len(packed) <= MOST_BYTES - 32:
            break
    return f"<!-- mlgate:state:v1:{packed} -->"


def read_sections(body: str) -> Sections:
    """The sections of a comment; one whose text somebody changed is left out, so the next report writes it anew."""
    text = body.replace("\r\n", "\n").rstrip()
    found = _LINE.fullmatch(text.rpartition("\n")[2])
    try:
        packed = base64.b64decode(found[1], altchars=b"-_", validate=True) if found else b""
        stored = msgspec.json.decode(_unzipped(packed), type=tuple[Stored, ...]) if packed else ()
    except (binascii.Error, zlib.error, msgspec.MsgspecError, RecursionError):
        return {}
    return {each.name: section for each in stored if (section := _section(each, text))}


def _stored(name: str, section: Section, start: int, points: int) -> Stored:
    result = section.result
    if result is None:
        return Stored(name, section.asked)
    history = result.history[max(0, len(result.history) - points) :]
    return Stored(
        name, section.asked, result.key, result.head_sha, result.sign, result.evidence[:16], result.is_short,
        result.metric, history, start, len(result.text), _tag(result.text),
    )  # fmt: skip


def _section(stored: Stored, body: str) -> Section | None:
    if stored.key is None or stored.head_sha is None:
        return Section(None, stored.asked)
    text = body[stored.start : stored.start + stored.size]
    if _tag(text) != stored.tag:
        return None
    result = Result(
        key=stored.key, head_sha=stored.head_sha, sign=stored.sign, evidence=stored.evidence, text=text,
        is_short=stored.is_short, metric=stored.metric, history=stored.history,
    )  # fmt: skip
    return Section(result, stored.asked)


def _tag(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:TAG]


def _zipped(data: bytes) -> bytes:
    """Gzip without a time, so that the same state has the same bytes."""
    zipper = zlib.compressobj(9, wbits=31)
    return zipper.compress(data) + zipper.flush()


def _unzipped(data: bytes) -> bytes:
    unzipper = zlib.decompressobj(wbits=31)
    plain = unzipper.decompress(data, MOST_PLAIN_BYTES)
    if unzipper.unconsumed_tail:
        raise zlib.error("more than a state can be")
    return plain
