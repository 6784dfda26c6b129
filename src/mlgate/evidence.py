"""Evidence: what a run found, typed, canonical and bounded, so that it can cross a trust boundary."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import rfc8785
from msgspec import UNSET, Meta, Struct, UnsetType

from mlgate.errors import user_error

StatementType = Literal["https://in-toto.io/Statement/v1"]
PredicateType = Literal["urn:mlgate:evidence:v1"]
STATEMENT_TYPE: StatementType = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: PredicateType = "urn:mlgate:evidence:v1"
MAX_BYTES = 2 * 2**20
MAX_DEPTH = 12
MAX_FINDINGS = 5_000

Status = Literal["pass", "fail", "inconclusive", "waived", "skipped", "not-measured", "error"]
Reason = Literal[
    "none", "existing", "no-baseline", "no-access", "underpowered", "suspect",
    "training-noise", "baseline-crashed", "candidate-crashed",
    "timeout",
]  # fmt: skip
Severity = Literal["block", "warn", "info"]
Direction = Literal["up", "down"]
NoteKind = Literal[
    "bootstrap", "policy-changed", "protected-changed", "test-data-changed", "shared-environment", "deltas-only",
    "check-added", "left-behind", "unlabelled", "reuse", "reuse-spent", "improvement",
    "insecure-source", "held-by-pointer",
]  # fmt: skip

Text = Annotated[str, Meta(max_length=2_000)]
Name = Annotated[str, Meta(max_length=400)]
Family = Annotated[str, Meta(pattern=r"^[a-z]{1,20}$(?!\n)")]  # of a column's type
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]  # Python's `$` would let a last line end through
FeatureNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{40,64}$(?!\n)")]


class Location(Struct, frozen=True, omit_defaults=True):
    """Where a person mends it: a file (relative to the repository), a line, and the key in the configuration."""

    file: Name
    line: Annotated[int, Meta(ge=1)] | None = None
    key: Name | None = None


class Finding(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What one check says about one subject; `status` follows from the numbers, see `mlgate.verdict.settle`.

    `value` is judged: an observed value against `limit`, or candidate − baseline (positive = better) against `margin`.
    """

    id: Name = ""  # the check; the engine fills it in
    subject: Name = ""  # the metric, column, slice or file that is judged
    status: Status = "pass"
    severity: Severity = "block"
    reason: Reason = "none"
    metric: Name | None = None
    slice: Name | None = None  # "single=yes"
    group: Name | None = None  # "afam: yes − no"
    direction: Direction = "down"  # which way is better; with a limit: "up" = at least, "down" = at most
    baseline_value: float | None = None
    candidate_value: float | None = None
    value: float | None = None
    interval: tuple[float, float] | None = None
    level: float | None = None  # of the interval, two-sided
    p: float | None = None  # one-sided, small = the candidate is worse
    family: Name | None = None  # judged together by Holm
    limit: float | None = None
    margin: float | None = None
    noise: float | None = None  # how far apart two trainings of the same code lie; a drop inside of it is no fail
    n: int | None = None  # rows that were judged
    min_rows: int | None = None
    mde: float | None = None  # smallest effect found with 80 % power
    rows_needed: int | None = None  # rows at which an unchanged model would pass with 80 % power
    method: Name | None = None
    # What the interval was computed from, by name; pairs, so that a finding can be a member of a set.
    basis: Annotated[tuple[tuple[Annotated[str, Meta(max_length=24)], float], ...], Meta(max_length=64)] = ()
    source: Name | None = None  # the table whose rows were judged, "test", or "test@base" for the base's own rows
    message: Text = ""
    location: Location | None = None
    seconds: float | None = None


class Subject(Struct, frozen=True):
    """An in-toto subject: a model or table by name and SHA-256."""

    name: Name
    digest: Mapping[Literal["sha256"], Digest]


class SchemaChange(Struct, frozen=True, omit_defaults=True):
    """What a change does to a table's columns; at most so many of each kind are named."""

    added: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()
    removed: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()
    retyped: Annotated[Mapping[Name, tuple[Family, Family]], Meta(max_length=50)] = {}  # column → before, after


Count = Annotated[int, Meta(ge=0)]


class RowsChange(Struct, frozen=True, omit_defaults=True):
    """What a change does to a table's rows, paired by `key`; `cells` has the changed ones of at most so many columns.

    `unpaired` are the rows here and at the base whose key is missing or occurs twice.
    """

    key: Name
    added: Count
    removed: Count
    changed: Count
    unpaired: Count = 0
    cells: Annotated[Mapping[Name, Count], Meta(max_length=50)] = {}  # column → changed cells, none without one


class TableInfo(Struct, frozen=True, omit_defaults=True):
    """A table as it was read: rows and digests here and at the baseline."""

    name: Name
    rows: int
    sha256: Digest
    schema_sha256: Digest
    baseline_rows: int | None = None
    baseline_sha256: Digest | None = None
    path: Name | None = None  # as configured
    schema_change: SchemaChange | None = None
    rows_change: RowsChange | None = None  # where the table has a key, here and at the base


class CheckRun(Struct, frozen=True, omit_defaults=True):
    """A check that ran: with which parameters (digest), for how long, and who asked for it."""

    id: Name
    params_sha256: Digest
    seconds: float = 0.0


class ModelFacts(Struct, frozen=True, omit_defaults=True):
    """What a model file is: its size, its input columns and the libraries that wrote it, where they can be read."""

    bytes: Annotated[int, Meta(ge=0)]
    inputs: Annotated[tuple[Name, ...], Meta(max_length=500)] | None = None
    libraries: Annotated[Mapping[Name, Name], Meta(max_length=20)] = {}


class Baseline(Struct, frozen=True, omit_defaults=True):
    """What the candidate was compared with."""

    ref: Name | None = None  # "main", a commit, or the stored predictions file
    model_sha256: Digest | None = None
    environment_sha256: Digest | None = None
    model_facts: ModelFacts | None = None


class Run(Struct, frozen=True):
    """How the run was made: what it cost, from which seed, how isolated user code was."""

    seconds: float = 0.0
    seed: int = 17
    isolation: tuple[Name, ...] = ()
    digest_seconds: float | UnsetType = UNSET  # of them, for the digests of tables


class Note(Struct, frozen=True, omit_defaults=True):
    """Something the reader must know to weigh the findings, such as a policy that the change would loosen."""

    kind: NoteKind
    subject: Name = ""
    detail: Text = ""


class Predicate(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The mlgate part of the statement."""

    kit: Name
    policy_sha256: Digest
    model: Name | None = None  # its id; none in a data-only repository
    requires: Annotated[Mapping[Name, FeatureNumber], Meta(max_length=100)] = {}  # feature → version
    config: Name = "mlgate.yml"  # the configuration's path in the repository
    event: Name = "local"
    date: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)")] | None = (
        None  # UTC; what waivers are judged by
    )
    head_sha: Sha | None = None
    base_sha: Sha | None = None
    tested_sha: Sha | None = None
    rows_sha256: Digest | None = None  # of the labels of the judged rows, by which a test set is known again
    environment_sha256: Digest | None = None
    model_facts: ModelFacts | None = None
    baseline: Baseline = Baseline()
    tables: Annotated[tuple[TableInfo, ...], Meta(max_length=500)] = ()
    checks: Annotated[tuple[CheckRun, ...], Meta(max_length=500)] = ()
    findings: Annotated[tuple[Finding, ...], Meta(max_length=MAX_FINDINGS)] = ()
    notes: Annotated[tuple[Note, ...], Meta(max_length=200)] = ()
    run: Run = Run()


class Evidence(Struct, frozen=True, kw_only=True):
    """An in-toto Statement whose predicate is the run's findings."""

    type_: StatementType = msgspec.field(default=STATEMENT_TYPE, name="_type")
    predicateType: PredicateType = PREDICATE_TYPE
    subject: Annotated[tuple[Subject, ...], Meta(max_length=500)] = ()
    predicate: Predicate


def sha256(data: bytes) -> str:
    """The hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """`value` (a Struct or plain data) as canonical JSON (RFC 8785): one value, one spelling, one digest."""
    return rfc8785.dumps(msgspec.to_builtins(value))


def digest_of(value: Any) -> str:
    """The SHA-256 of the canonical JSON of `value`."""
    return sha256(canonical(value))


def parse_evidence(data: bytes) -> Evidence:
    """The evidence in `data`, or a `UserError` that says why it is refused.

    Refused: more than 2 MiB, deeper than 12, duplicate keys, NaN or infinities, unknown statuses, over-long strings.
    Unknown fields are dropped.
    """
    if len(data) > MAX_BYTES:
        raise user_error(f"evidence of {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        raw = json.loads(data, object_pairs_hook=_unique, parse_constant=_no_constant)
        if _depth(raw) > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH}")
        evidence = msgspec.convert(raw, Evidence, strict=True)
        rfc8785.dumps(msgspec.to_builtins(evidence))  # refuses what has no canonical form, such as 1e400
    except RecursionError:
        raise user_error(f"evidence is refused: nested deeper than {MAX_DEPTH}") from None
    except (ValueError, msgspec.ValidationError, rfc8785.CanonicalizationError) as error:
        raise user_error(
            "evidence is refused: " + str(error).replace("`", "'"),
            mend="run the gate again with this version of mlgate",
        ) from None
    return evidence


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"duplicate key {key[:80]!r}")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number that evidence may hold")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [v for x in level if isinstance(x, dict | list) for v in (x.values() if isinstance(x, dict) else x)]
        if depth > MAX_DEPTH:
            break
    return depth
