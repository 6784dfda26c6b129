"""Forged artifacts are refused or do no harm, each with its reason in the summary, and nothing is written to disk."""

import io
import json
import os
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlgate.evidence import Evidence, canonical
from mlgate.github.intake import MAX_ENTRIES, MAX_ZIP, Received, Refusal, read_artifact
from tests.github.stage import Stage, failing, zipped
from tests.github_fake.state import PullRequest

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")
Forge = Callable[[dict[str, Any]], Any]


def entry(name: str, data: bytes = b"x", *, mode: int | None = None, extra: dict[str, bytes] | None = None) -> bytes:
    """A zip with an entry of that name or kind beside sound evidence."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        if mode is not None:
            info.create_system = 3
            info.external_attr = mode << 16
        archive.writestr(info, data)
        for other, content in (extra or {}).items():
            archive.writestr(other, content)
    return buffer.getvalue()


def encrypted(good: bytes) -> bytes:
    """The flag of encryption set in both headers."""
    data = bytearray(zipped({"evidence.json": good}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def rare(good: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("evidence.json", good)
    return buffer.getvalue()


def doubled(good: bytes) -> bytes:
    return entry("evidence.json", good, extra={"evidence.json": good})


def lying(good: bytes) -> bytes:
    """The directory says that the file is small; it is not."""
    data = bytearray(zipped({"evidence.json": b"[" + b" " * 3_000_000 + b"]"}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


ARCHIVES: dict[str, Callable[[bytes], bytes]] = {
    "not a zip": lambda good: good,
    "nothing": lambda good: b"",
    "cut off": lambda good: zipped({"evidence.json": good})[:-30],
    "too large": lambda good: b"PK" + b"\0" * MAX_ZIP,
    "no evidence": lambda good: zipped({"report.md": b"# hello"}),
    "elsewhere": lambda good: zipped({"out/evidence.json": good}),
    "another name": lambda good: zipped({"EVIDENCE.JSON": good}),
    "too many files": lambda good: zipped({"evidence.json": good} | {f"{n}": b"" for n in range(MAX_ENTRIES)}),
    "two of one name": doubled,
    "absolute path": lambda good: entry("/etc/passwd", extra={"evidence.json": good}),
    "parent path": lambda good: entry("../../.ssh/authorized_keys", extra={"evidence.json": good}),
    "backslash path": lambda good: entry("..\\evil", extra={"evidence.json": good}),
    "drive": lambda good: entry("C:/evil", extra={"evidence.json": good}),
    "symbolic link": lambda good: entry("evidence.json", b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
    "link beside": lambda good: entry("report.md", b"/etc", mode=stat.S_IFLNK, extra={"evidence.json": good}),
    "device": lambda good: entry("tty", b"", mode=stat.S_IFCHR, extra={"evidence.json": good}),
    "encrypted": encrypted,
    "rare compression": rare,
    "bomb": lambda good: zipped({"evidence.json": b"[" + b" " * 50_000_000 + b"]"}),
    "bomb beside": lambda good: zipped({"evidence.json": good, "report.md": b"\0" * 60_000_000}),
    "size that lies": lying,
    "nested zip": lambda good: zipped({"evidence.json": zipped({"evidence.json": good})}),
}


def changed(*path: str | int, to: Any) -> Forge:
    """One value of the evidence is another one."""

    def change(evidence: dict[str, Any]) -> bytes:
        place: Any = evidence
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return json.dumps(evidence).encode()

    return change


def nested(evidence: dict[str, Any]) -> bytes:
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    return json.dumps({**evidence, "deep": deep}).encode()


def raw(old: bytes, new: bytes) -> Forge:
    return lambda evidence: canonical(evidence).replace(old, new)


FINDING = ("predicate", "findings", 0)
CONTENTS: dict[str, tuple[Forge, str]] = {
    "another commit": (changed("predicate", "head_sha", to="f" * 40), "about the commit"),
    "no commit": (changed("predicate", "head_sha", to=None), "about the commit"),
    "another configuration": (changed("predicate", "config", to="evil.yml"), "about the configuration"),
    "path outside": (changed("predicate", "config", to="../mlgate.yml"), "about the configuration"),
    "another model": (changed("predicate", "model", to="other"), "about the model"),
    "another event": (changed("predicate", "event", to="push"), "made for the event"),
    "another table digest": (changed("predicate", "tables", 0, "sha256", to="e" * 64), "digest of the table"),
    "another model subject": (changed("subject", 0, "name", to="model:x"), "its subject is another model"),
    "doubled subject": (changed("subject", 0, "name", to="table:test"), "two of its subjects"),
    "digest too short": (changed("subject", 0, "digest", to={"sha256": "7"}), "the evidence is refused"),
    "older schema": (changed("predicateType", to="urn:mlgate:evidence:v0"), "the evidence is refused"),
    "future schema": (changed("predicateType", to="urn:mlgate:evidence:v2"), "the evidence is refused"),
    "another type": (changed("_type", to="https://example.com"), "the evidence is refused"),
    "a list": (lambda evidence: json.dumps([evidence]).encode(), "the evidence is refused"),
    "no predicate": (lambda evidence: b'{"predicate": {}}', "the evidence is refused"),
    "not JSON": (lambda evidence: b"hello", "the evidence is refused"),
    "not UTF-8": (lambda evidence: b'{"a": "\xff"}', "the evidence is refused"),
    "NaN": (raw(b'"value":0.0035', b'"value":NaN'), "the evidence is refused"),
    "infinity": (raw(b'"value":0.0035', b'"value":-Infinity'), "the evidence is refused"),
    "overflow": (raw(b'"value":0.0035', b'"value":1e999'), "the evidence is refused"),
    "duplicate key": (raw(b'"value":0.0035', b'"value":1,"value":0.0035'), "duplicate key"),
    "text for a number": (changed(*FINDING, "value", to="0.1"), "the evidence is refused"),
    "unknown status": (changed(*FINDING, "status", to="great"), "the evidence is refused"),
    "long message": (changed(*FINDING, "message", to="x" * 3_000), "the evidence is refused"),
    "deep": (nested, "nested deeper"),
    "very deep": (lambda evidence: b"[" * 200_000, "nested deeper"),
    "a million findings": (lambda evidence: b'{"findings":[' + b"{}," * 1_000_000 + b"{}]}", "times its size"),
    "too many findings": (changed("predicate", "findings", to=[{}] * 6_000), "the evidence is refused"),
}  # fmt: skip
HARMLESS: dict[str, Forge] = {
    "number of another pull request": changed("predicate", "pull_request", to=1),
    "another repository": changed("predicate", "repository", to="acme/other"),
    "its own verdict": changed("predicate", "verdict", to={"outcome": "pass", "exit_code": 0}),
    "its own policy": changed("predicate", "policy", to={"inconclusive": "warn"}),
    "its own comment": changed("predicate", "markdown", to="# hi @octocat"),
    "recorded as passed": changed(*FINDING, "status", to="pass"),
    "recorded as waived": changed(*FINDING, "status", to="waived"),
}


def test_there_are_forty_forgeries_and_more() -> None:
    assert len(ARCHIVES) + len(CONTENTS) + len(HARMLESS) >= 40


def forged(stage: Stage, pull: PullRequest, forge: Forge) -> bytes:
    return zipped({"evidence.json": forge(json.loads(stage.evidence(pull, findings=failing())))})


def outcome(stage: Stage, pull: PullRequest, archive: bytes) -> tuple[str, str]:
    """The status and the summary."""
    run = stage.gated(pull)
    stage.keep(run, archive)
    reported = stage.report(run)
    assert reported.exit_code == 0
    return stage.status(pull.head_sha)[0], reported.summary


@pytest.mark.parametrize("case", ARCHIVES)
def test_forged_archive_is_refused_with_its_reason(stage: Stage, case: str) -> None:
    pull = stage.pull()
    data = ARCHIVES[case](stage.evidence(pull))
    refusal = read_artifact(data)
    assert isinstance(refusal, Refusal)
    state, summary = outcome(stage, pull, data)
    assert state == "error"
    assert "### ❌ mlgate: do not merge — the evidence is refused: " in summary


@pytest.mark.parametrize("case", CONTENTS)
def test_forged_evidence_is_refused_with_its_reason(stage: Stage, case: str) -> None:
    forge, why = CONTENTS[case]
    pull = stage.pull()
    sound = json.loads(stage.evidence(pull))
    state, summary = outcome(stage, pull, zipped({"evidence.json": forge(sound)}))
    assert state == "error"
    assert "the evidence is refused: " in summary
    assert why in summary


@pytest.mark.parametrize("case", HARMLESS)
def test_what_evidence_says_beside_its_numbers_changes_nothing(stage: Stage, case: str) -> None:
    other = stage.repository.pull_request("other", files={"x.csv": "1"})
    pull = stage.pull()
    state, summary = outcome(stage, pull, forged(stage, pull, HARMLESS[case]))
    assert state == "failure"
    assert "@octocat" not in summary
    assert stage.comments(other.number) == []
    assert len(stage.comments(pull.number)) == 1


def test_sound_archive_is_read_with_the_digest_of_its_bytes(stage: Stage) -> None:
    good = stage.evidence(stage.pull())
    received = read_artifact(zipped({"report.md": b"", "evidence.json": good, "page/index.html": b""}))
    assert isinstance(received, Received)
    assert isinstance(received.evidence, Evidence)


WRITES: list[str] = []  # what this process opens to write, makes or renames while somebody listens
LISTENING: list[bool] = []
CHANGES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "tempfile.mkstemp", "tempfile.mkdtemp"}


def listen(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: Python tells it of every file, and there is no way back from it."""
    if not LISTENING:
        return
    flags = arguments[2] if event == "open" else 0
    is_write = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC)
    if event in CHANGES or (event == "open" and is_write):
        WRITES.append(f"{event} {arguments[0]}")


@pytest.fixture
def writes() -> Iterator[list[str]]:
    """What is written to disk during the test."""
    if not getattr(listen, "is_added", False):
        sys.addaudithook(listen)
        listen.is_added = True  # type: ignore[attr-defined]
    WRITES.clear()
    LISTENING.append(True)
    yield WRITES
    LISTENING.clear()


def test_nothing_is_written_to_disk(stage: Stage, writes: list[str]) -> None:
    pull = stage.pull()
    sound = stage.evidence(pull)
    forgeries = [make(sound) for make in ARCHIVES.values()]
    forgeries += [zipped({"evidence.json": forge(json.loads(sound))}) for forge, _ in CONTENTS.values()]
    forgeries += [forged(stage, pull, forge) for forge in HARMLESS.values()]
    assert len(forgeries) >= 40
    writes.clear()
    for forgery in forgeries:
        outcome(stage, pull, forgery)
    assert writes == []


def test_the_listener_hears_a_write(tmp_path: Path, writes: list[str]) -> None:
    (tmp_path / "a").write_text("x")
    assert writes == [f"open {tmp_path / 'a'}"]


def test_expired_artifact_is_refused(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull)
    stage.repository.artifact(run, "mlgate-evidence", zipped({"evidence.json": stage.evidence(pull)}), expired=True)
    assert "the artifact has expired" in stage.report(run).summary


def test_artifact_of_a_model_that_nobody_named_is_not_read(stage: Stage) -> None:
    pull = stage.pull()
    run = stage.gated(pull, stage.evidence(pull))
    stage.keep(run, b"no zip", "mlgate-evidence-evil")
    before = len(stage.fake.requests)
    reported = stage.report(run)
    downloads = [s for s in stage.fake.requests[before:] if s.operation == "actions/download-artifact"]
    assert len(downloads) == 1
    assert "`mlgate-evidence-evil`" in reported.summary
    assert stage.status(pull.head_sha)[0] == "success"
