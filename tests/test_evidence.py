"""Evidence crosses a trust boundary: what is parsed is bounded, typed and exact, and all else is refused."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate.errors import UserError
from mlgate.evidence import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_FINDINGS,
    Baseline,
    CheckRun,
    Evidence,
    Finding,
    Location,
    Note,
    Predicate,
    Run,
    Subject,
    TableInfo,
    canonical,
    digest_of,
    parse_evidence,
)

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
FULL = Evidence(
    subject=(Subject("model:credit", {"sha256": "a" * 64}), Subject("table:test", {"sha256": "b" * 64})),
    predicate=Predicate(
        kit="0.1.0", policy_sha256="c" * 64, model="credit", event="pull_request", date="2026-03-02",
        head_sha="1" * 40, base_sha="2" * 40, tested_sha="3" * 64, baseline=Baseline("main", "d" * 64, "e" * 64),
        tables=(TableInfo("test", 714, "b" * 64, "f" * 64, 700, "0" * 64),),
        checks=(CheckRun("missing", "9" * 64, 0.5),),
        findings=(Finding(id="missing", subject="age", value=0.5, interval=(0.1, 0.9), limit=0.2, n=7,
                          location=Location("mlgate.yml", 3, "checks.missing")),),
        notes=(Note("bootstrap", "mlgate.yml", "why"),), run=Run(1.5, 17, ("own-proc",)),
    ),
)  # fmt: skip


def plain() -> Any:
    return json.loads(canonical(FULL))


def test_evidence_is_read_as_it_was_written() -> None:
    assert parse_evidence(canonical(FULL)) == FULL
    assert canonical(parse_evidence(canonical(FULL))) == canonical(FULL)


def test_spelling_and_order_do_not_change_the_digest() -> None:
    spelled = json.dumps(dict(reversed(plain().items())), indent=3, ensure_ascii=True).encode()
    assert digest_of(parse_evidence(spelled)) == digest_of(FULL)


def objects(value: Any) -> list[dict[str, Any]]:
    """All objects inside whose keys are those of a type."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [o for item in inner for o in objects(item)]
    return [value, *found] if isinstance(value, dict) and set(value) != {"sha256"} else found


@pytest.mark.parametrize("index", range(len(objects(plain()))))
def test_unknown_fields_are_dropped_wherever_they_stand(index: int) -> None:
    raw = plain()
    objects(raw)[index]["__html"] = {"<img src=x onerror=alert(1)>": [1, 2, 3]}
    assert parse_evidence(json.dumps(raw).encode()) == FULL


@pytest.mark.parametrize("index", range(len(objects(plain()))))
def test_a_key_that_stands_twice_is_refused_wherever_it_stands(index: int) -> None:
    raw = plain()
    name = next(iter(objects(raw)[index]))
    objects(raw)[index]["again"] = objects(raw)[index][name]
    text = json.dumps(raw).replace('"again"', json.dumps(name))
    with pytest.raises(UserError, match="duplicate key"):
        parse_evidence(text.encode())


@pytest.mark.parametrize(
    ("field", "number"),
    [("value", n) for n in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" * 5_000)]
    + [("n", n) for n in ("NaN", "1e400", "9007199254740993", "1" * 5_000)],
)
def test_a_number_without_a_canonical_form_is_refused(field: str, number: str) -> None:
    raw = plain()
    raw["predicate"]["findings"][0][field] = "NUMBER"
    with pytest.raises(UserError, match="evidence is refused"):
        parse_evidence(json.dumps(raw).replace('"NUMBER"', number).encode())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("_type",), "https://in-toto.io/Statement/v0.1"), (("predicateType",), "urn:mlgate:evidence:v2"),
        (("predicate", "findings", 0, "status"), "ok"), (("predicate", "findings", 0, "reason"), "because"),
        (("predicate", "findings", 0, "severity"), "none"), (("predicate", "findings", 0, "direction"), "left"),
        (("predicate", "findings", 0, "message"), "x" * 2_001), (("predicate", "findings", 0, "subject"), "x" * 401),
        (("predicate", "findings", 0, "value"), "0.5"), (("predicate", "findings", 0, "n"), 1.5),
        (("predicate", "findings", 0, "interval"), [1]), (("predicate", "findings", 0, "location", "line"), 0),
        (("predicate", "notes", 0, "kind"), "praise"), (("predicate", "head_sha"), "main"),
        (("predicate", "head_sha"), "1" * 40 + "\n"), (("predicate", "policy_sha256"), "C" * 64),
        (("predicate", "date"), "today"), (("predicate", "date"), "٢٠٢٦-01-01"),
        (("subject", 0, "digest"), {"md5": "a"}), (("subject", 0, "digest", "sha256"), "a"),
        (("predicate", "findings"), [{}] * (MAX_FINDINGS + 1)), (("predicate", "kit"), None), (("predicate",), []),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(path: tuple[Any, ...], value: Any) -> None:
    raw = inside = plain()
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    with pytest.raises(UserError, match="evidence is refused"):
        parse_evidence(json.dumps(raw).encode())


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH, 100_000])
def test_only_shallow_evidence_is_read(depth: int) -> None:
    text = canonical(FULL).decode().replace('{"_type"', '{"deep":' + "[" * depth + "]" * depth + ',"_type"', 1)
    if depth < MAX_DEPTH:
        assert parse_evidence(text.encode()) == FULL
    else:
        with pytest.raises(UserError, match=f"nested deeper than {MAX_DEPTH}"):
            parse_evidence(text.encode())


def test_only_small_evidence_is_read() -> None:
    padding = b" " * (MAX_BYTES - len(canonical(FULL)))
    assert parse_evidence(canonical(FULL) + padding) == FULL
    with pytest.raises(UserError, match="at most 2,097,152 are read"):
        parse_evidence(canonical(FULL) + padding + b" ")


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"\x00", b'{"a":"\\ud800"}', b"[[]]"])
def test_what_is_no_evidence_is_refused(data: bytes) -> None:
    with pytest.raises(UserError):
        parse_evidence(data)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["pass", "a" * 64]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=100)
def test_evidence_with_any_change_is_parsed_or_refused(draw: st.DataObject) -> None:
    raw = plain()
    inside = draw.draw(st.sampled_from(objects(raw)))
    inside[draw.draw(st.sampled_from(list(inside)))] = draw.draw(ANY)
    try:
        found = parse_evidence(json.dumps(raw).encode())
    except UserError:
        return
    assert parse_evidence(canonical(found)) == found


@given(st.binary(max_size=200), st.integers(0, len(canonical(FULL))))
@settings(max_examples=150)
def test_evidence_with_any_bytes_in_it_is_parsed_or_refused(noise: bytes, at: int) -> None:
    data = canonical(FULL)
    try:
        found = parse_evidence(data[:at] + noise + data[at + len(noise) :])
    except UserError:
        return
    assert isinstance(found, Evidence)


def test_every_text_of_evidence_has_a_bound() -> None:
    for kind in (Finding, Location, Subject, TableInfo, CheckRun, Baseline, Run, Note, Predicate):
        for field in msgspec.structs.fields(kind):
            assert "str" not in str(field.type) or "Meta(" in str(field.type) or "Literal" in str(field.type), field
