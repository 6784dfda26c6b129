"""Events: what is recorded, typed; a kind is one struct, and its bytes are canonical JSON."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mlgate.errors import user_error
from mlgate.evidence import Digest, FeatureNumber, Name, Sha, Text, canonical
from mlgate.ledger.names import StageName, VersionName

EventSchema = Literal["urn:mlgate:event:v1"]
EVENT_SCHEMA: EventSchema = "urn:mlgate:event:v1"
MAX_EVENT_BYTES = 256 * 1024
UNSET_DIGEST = "0" * 64

Time = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$(?!\n)")]
Nonce = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
Number = Annotated[int, Meta(ge=1)]
FileName = Annotated[str, Meta(pattern=r"^(?!/)(?!.*(^|/)\.{1,2}(/|$))[^\\\x00-\x1f]{1,300}$(?!\n)")]


class FileRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a model."""

    name: FileName
    sha256: Digest
    size: Annotated[int, Meta(ge=0)]


class Origin(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who vouches for evidence: a run of the gate, a signature, or whoever recorded it."""

    kind: Literal["run", "signature", "file"]
    run: int | None = None
    workflow: Name | None = None
    event: Name | None = None
    signer: Name | None = None


class Approval(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who agreed, and where that can be seen."""

    kind: Literal["environment", "pull-request"]
    by: Name
    where: Name = ""


class Reason(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why something was refused, and what to do."""

    code: Name
    message: Text
    mend: Text = ""


class Cleared(Struct, frozen=True, forbid_unknown_fields=True):
    """A version that is no longer at a stage; all that ever were are named, since GTO falls back to the one before."""

    stage: StageName
    version: VersionName
    number: Number


class PassedOver(Struct, frozen=True, forbid_unknown_fields=True):
    """A version that a rollback did not choose, and why."""

    version: VersionName
    reasons: tuple[Reason, ...]


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all events say; what links them is filled in when they are recorded."""

    schema: EventSchema = EVENT_SCHEMA
    seq: Number = 1
    prev: Digest | None = None  # the SHA-256 of the event before
    time: Time = "1970-01-01T00:00:00Z"
    actor: Name = ""
    nonce: Nonce = "0" * 32


class Register(Event, frozen=True, kw_only=True, tag="register"):
    """A version of a model exists, with these bytes and this evidence."""

    model: Name
    version: VersionName
    sha256: Digest
    files: Annotated[tuple[FileRecord, ...], Meta(min_length=1, max_length=2_000)]
    source_sha: Sha
    config: Name
    evidence_sha256: Digest
    origin: Origin
    requires: Annotated[Mapping[Name, FeatureNumber], Meta(max_length=100)] = {}
    features: Annotated[Mapping[Name, Digest], Meta(max_length=100)] = {}  # "sums@2" → its digest


class Promote(Event, frozen=True, kw_only=True, tag="promote"):
    """A version is at a stage, because evidence says that it may be."""

    model: Name
    version: VersionName
    sha256: Digest
    stage: StageName
    number: Number
    evidence_sha256: Digest
    origin: Origin
    previous: VersionName | None = None
    approval: Approval | None = None
    bootstrap: bool = False  # the stage was empty, so there was no champion to compare with


class Rollback(Event, frozen=True, kw_only=True, tag="rollback"):
    """An earlier version is at the stage again."""

    model: Name
    version: VersionName
    sha256: Digest
    stage: StageName
    number: Number
    previous: VersionName
    reason: Text
    passed_over: Annotated[tuple[PassedOver, ...], Meta(max_length=100)] = ()


class Revoke(Event, frozen=True, kw_only=True, tag="revoke"):
    """A version may never be promoted or rolled back to again."""

    model: Name
    version: VersionName
    sha256: Digest
    reason: Text
    cleared: Annotated[tuple[Cleared, ...], Meta(max_length=1_000)] = ()


class Withdraw(Event, frozen=True, kw_only=True, tag="withdraw"):
    """A stage is left empty: its service did not get well with the version, and none before it can stand there."""

    model: Name
    version: VersionName
    sha256: Digest
    stage: StageName
    reason: Text
    cleared: Annotated[tuple[Cleared, ...], Meta(min_length=1, max_length=1_000)]


class Refused(Event, frozen=True, kw_only=True, tag="refused"):
    """Something was asked for and not done."""

    action: Literal["register", "promote", "rollback", "revoke", "serve", "retire"]
    model: Name  # of the last two, the feature version
    reasons: Annotated[tuple[Reason, ...], Meta(min_length=1, max_length=100)]
    version: VersionName | None = None
    stage: StageName | None = None
    evidence_sha256: Digest | None = None


class Projected(Event, frozen=True, kw_only=True, tag="projected"):
    """A backend shows what was decided."""

    model: Name
    version: VersionName
    stage: StageName
    of: Number  # the event that decided it
    backend: Name


class Deployed(Event, frozen=True, kw_only=True, tag="deployed"):
    """A version was brought to the service of its stage, which got well or did not."""

    model: Name
    version: VersionName
    stage: StageName
    of: Number  # the event that decided it
    ok: bool
    seconds: Annotated[float, Meta(ge=0)]
    rows: Annotated[int, Meta(ge=0)] = 0  # golden rows that the service answered right
    message: Text = ""  # what went wrong
    image: Name = ""  # the container image by digest, where one was built


class FeatureServe(Event, frozen=True, kw_only=True, tag="feature-serve"):
    """A feature version is computed for production."""

    feature: Name
    version: FeatureNumber
    sha256: Digest  # of its schema and transform


class FeatureRetire(Event, frozen=True, kw_only=True, tag="feature-retire"):
    """A feature version is no longer computed."""

    feature: Name
    version: FeatureNumber
    reason: Text = ""


Assignment = Promote | Rollback
Clearing = Revoke | Withdraw
Decision = Register | Assignment | Clearing
AnyEvent = Decision | Refused | Projected | Deployed | FeatureServe | FeatureRetire


def event_bytes(event: AnyEvent) -> bytes:
    """The event's file: canonical JSON and a line end."""
    return canonical(event) + b"\n"


def parse_event(data: bytes, name: str) -> AnyEvent:
    """The event in a file; a `UserError` if it is none, or is spelled in any way but the canonical one."""
    if len(data) > MAX_EVENT_BYTES:
        raise user_error(f"the ledger's {name} has {len(data):,} bytes; at most {MAX_EVENT_BYTES:,} are read")
    try:
        event: AnyEvent = msgspec.json.decode(data, type=AnyEvent, strict=True)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        mend = "read it with the version of mlgate that wrote it, or a newer one"
        raise user_error(f"the ledger's {name} cannot be read: {error}", mend=mend) from None
    if event_bytes(event) != data:
        raise user_error(f"the ledger's {name} is not spelled as mlgate spells it",
                         mend="somebody edited it by hand: mlgate audit verify")  # fmt: skip
    return event
