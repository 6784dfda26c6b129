"""What somebody with push rights changes behind mlgate's back is found, offline, from a clone."""

import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest

from mlgate.errors import UserError
from mlgate.evidence import sha256
from mlgate.inputs.git import Repository as Git
from mlgate.ledger.auditing import Seen, audit
from mlgate.ledger.chain import recorded
from mlgate.ledger.events import AnyEvent, Cleared, Withdraw
from mlgate.ledger.objects import FILE, FOLDER, Entry, Made, commit, tree, write
from mlgate.ledger.reading import BRANCH, Ledger, find_ledger, ledger_at, read_ledger
from mlgate.ledger.recording import Author, Proposal, link, record
from mlgate.ledger.remote import Remote
from mlgate.ledger.signing import sign
from tests.ledger.place import ANN, Place, copied, make_place, promote, register, revoke


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two versions, of which the second replaced the first."""
    made = make_place(tmp_path_factory.mktemp("whole"))
    source = made.clone.git("rev-parse", "HEAD")
    for number, version in enumerate(("v1.0.0", "v1.1.0"), 1):
        data = f"evidence {version}".encode()
        proposal = Proposal(register(version, source=source), {f"evidence/{sha256(data)}.json": data})
        record(made.remote, ANN, partial(_always, proposal))
        before = "v1.0.0" if number == 2 else None
        made.record(promote(version, number, previous=before))
    return made


@pytest.fixture
def place(whole: Place, tmp_path: Path) -> Place:
    """The same, for one test to break."""
    return copied(whole, tmp_path)


def _always(proposal: Proposal, _: Ledger) -> Proposal:
    return proposal


def codes(place: Place, signers: bytes | None = None) -> set[str]:
    """The faults that a clone of the remote shows without asking it again."""
    clone = place.clone_again(place.bare.parent / f"clone-{os.urandom(4).hex()}")
    git = Git(clone.path)
    head = git.commit("origin/mlgate/ledger")
    found = ledger_at(git, head, signers)
    lines = (git.text("show-ref", "--tags") or "").splitlines()
    tags = {ref: id_ for id_, _, ref in (line.partition(" ") for line in lines)}
    seen = Seen(git, found.ledger, tags, (git.commit("origin/main"),))
    return {fault.code for fault in (*found.faults, *audit(seen))}


def rewrite(place: Place, change: Callable[[list[bytes]], list[bytes]], *, relink: bool = True) -> None:
    """The ledger with other events, one commit each, well chained, and pushed by force."""
    git = Git(place.clone.path)
    head, ledger = None, ledger_at(git, None).ledger
    events = change([r.data for r in place.ledger.events])
    evidence = git.text("rev-parse", f"{place.ledger.head}:evidence")
    entries: list[Entry] = []
    for data in events:
        parsed: AnyEvent = msgspec.json.decode(data, type=AnyEvent)
        if relink:
            parsed = msgspec.structs.replace(
                link(parsed, ledger, parsed.actor, 0), time=parsed.time, nonce=parsed.nonce
            )
        made = recorded(parsed)
        ledger = type(ledger)("0" * 40, (*ledger.events, made))
        entries.append(Entry(FILE, f"{parsed.seq:06}.json", write(git, Made("blob", made.data))))
        folder = write(git, tree(entries))
        root = write(git, tree([Entry(FOLDER, "events", folder), Entry(FOLDER, "evidence", evidence)]))
        head = write(git, commit(root, head, "eve", 1, "x"))
    place.clone.git("push", "-q", "--force", "origin", f"{head}:{BRANCH}")


def test_what_nobody_touched_has_no_fault(place: Place) -> None:
    assert codes(place) == set()


def test_evidence_that_is_gone_or_was_never_kept_is_found(place: Place) -> None:
    place.record(register("v3.0.0", source=place.clone.git("rev-parse", "HEAD")))
    assert codes(place) == {"lost-evidence"}


def test_a_rewritten_event_is_found_by_its_tag_though_the_chain_is_whole(place: Place) -> None:
    def change(events: list[bytes]) -> list[bytes]:
        return [event.replace(b'"actor":"ann"', b'"actor":"eve"') for event in events]

    rewrite(place, change)
    assert "rewritten" in codes(place)


def test_the_same_events_in_other_commits_are_found(place: Place) -> None:
    rewrite(place, lambda events: events)
    assert "rewritten" in codes(place)


def test_a_dropped_event_is_found_in_the_middle_and_at_the_end(place: Place) -> None:
    before = place.ledger
    rewrite(place, lambda events: [events[0], *events[2:]], relink=False)
    assert "dropped-event" in codes(place)
    place.clone.git("push", "-q", "--force", "origin", f"{before.head}~1:{BRANCH}")
    assert "tag-without-event" in codes(place)


def test_a_clone_that_saw_more_refuses_a_ledger_that_was_cut(place: Place) -> None:
    head = place.ledger.head
    place.clone.git("push", "-q", "--force", "origin", f"{head}~1:{BRANCH}")
    assert find_ledger(place.remote).faults[0].code == "rewritten"
    with pytest.raises(UserError, match="does not continue"):
        read_ledger(place.remote)
    place.clone.git("push", "-q", "origin", f":{BRANCH}")
    with pytest.raises(UserError, match="does not continue"):
        place.record(revoke("v1.0.0"))


@pytest.mark.parametrize("target", ["main", "churn@v1.0.0^{commit}"])
def test_a_moved_tag_is_found(target: str, place: Place) -> None:
    place.git("tag", "-f", "-a", "-m", "x", "churn#prod#2", target)
    assert "moved-tag" in codes(place)
    place.git("tag", "-f", "churn#prod#2", target)
    assert "moved-tag" in codes(place)


def test_a_tag_made_anew_on_the_same_commit_is_found(place: Place) -> None:
    text = place.git("cat-file", "tag", "churn#prod#2").replace("Nonce: ", "Nonce: 0")
    id_ = write(Git(place.bare), Made("tag", text.encode() + b"\n"))
    place.git("update-ref", "refs/tags/churn#prod#2", id_)
    assert "rewritten" in codes(place)


def test_a_deleted_tag_and_one_of_nobodys_are_found(place: Place) -> None:
    place.git("tag", "-d", "churn@v1.0.0")
    place.git("tag", "-a", "-m", "x", "churn#prod#9", "main")
    assert {"missing-tag", "tag-without-event"} <= codes(place)


def test_a_version_from_an_unmerged_commit_is_found(place: Place) -> None:
    place.clone.git("checkout", "-q", "-b", "side")
    place.clone.write("model.bin", "two")
    side = place.clone.commit()
    place.clone.git("push", "-q", "origin", "side")
    place.record(register("v2.0.0", source=side))
    assert "unmerged-source" in codes(place)


def withdraw(version: str, *cleared: Cleared) -> Withdraw:
    """The stage is left empty."""
    sha256_ = promote(version, 1).sha256
    return Withdraw(model="churn", version=version, sha256=sha256_, stage="prod", reason="x", cleared=cleared)


def test_a_withdrawal_that_ends_all_is_no_fault(place: Place) -> None:
    place.record(withdraw("v1.1.0", *place.ledger.state.cleared("churn", "prod")))
    assert codes(place) == set()
    assert place.ledger.state.current("churn", "prod") is None


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (promote("v9.0.0", 3, previous="v1.1.0"), "was never registered"),
        (promote("v1.0.0", 7, previous="v1.1.0"), "would be next"),
        (promote("v1.0.0", 3, previous="v1.0.0"), "replaces"),
        (msgspec.structs.replace(promote("v1.0.0", 3, previous="v1.1.0"), sha256="b" * 64), "another digest"),
        (register("v1.0.0"), "registered already"),
        (withdraw("v1.0.0", Cleared("prod", "v1.0.0", 3)), "where v1.0.0 was not"),
        (withdraw("v1.1.0", Cleared("prod", "v1.1.0", 3)), "does not end all"),
        (withdraw("v1.1.0", Cleared("prod", "v1.0.0", 9), Cleared("prod", "v1.1.0", 10)), "does not end all"),
    ],
)
def test_a_forged_event_that_mlgate_would_never_record_is_found(event: AnyEvent, why: str, place: Place) -> None:
    git, ledger = Git(place.clone.path), place.ledger
    made = recorded(link(event, ledger, "eve", 0))
    faults = audit(Seen(git, type(ledger)(ledger.head, (*ledger.events, made)), {}, ()))
    assert any(f.code == "impossible-event" and why in f.message for f in faults)


# --- signatures ---------------------------------------------------------------------------------------------


def key(folder: Path, name: str) -> tuple[Path, bytes]:
    """A key, and the line by which it is allowed."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name], check=True)
    return folder / name, f"{name} {(folder / name).with_suffix('.pub').read_text()}".encode()


def test_a_forged_well_chained_event_without_signature_is_found_and_decides_nothing(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    private, signers = key(tmp_path / "keys", "ann")
    signed = Author("ann", private, signers)
    place.record(register("v1.0.0", source=place.clone.git("rev-parse", "HEAD")), signed)
    place.record(promote("v1.0.0", 1), Author("eve"))
    assert "unsigned-event" in codes(place, signers)
    with pytest.raises(UserError, match="the event 2 has no signature, and events are signed from 1 on"):
        place.record(revoke("v1.0.0"), signed)


def test_a_signature_by_a_stranger_or_of_other_bytes_does_not_count(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    ann, signers = key(tmp_path / "keys", "ann")
    eve, _ = key(tmp_path / "keys", "eve")
    place.record(register("v1.0.0"), Author("ann", ann, signers))
    place.record(promote("v1.0.0", 1), Author("eve", eve))
    assert "bad-signature" in codes(place, signers)
    assert len(sign(b"x", ann, "mlgate-ledger")) > 100
    with pytest.raises(UserError, match="is not among the allowed signers"):
        make_place(tmp_path / "other").record(register("v1.0.0"), Author("eve", eve, signers))


def test_a_key_that_would_ask_is_refused_with_the_mend(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", tmp_path / "locked"], check=True)
    with pytest.raises(UserError, match="without a passphrase"):
        sign(b"x", tmp_path / "locked", "mlgate-ledger")
    with pytest.raises(UserError, match="there is no key"):
        sign(b"x", tmp_path / "absent", "mlgate-ledger")


def test_events_before_the_first_key_are_no_fault(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    private, signers = key(tmp_path / "keys", "ann")
    place.record(register("v1.0.0", source=place.clone.git("rev-parse", "HEAD")))
    place.record(promote("v1.0.0", 1), Author("ann", private, signers))
    assert read_ledger(Remote(Git(place.clone.path)), signers).state.current("churn", "prod").version == "v1.0.0"
