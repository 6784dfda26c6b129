"""Events reach a real remote whole or not at all, one winner at a time, and no clone changes by it."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import structs

from mlgate.errors import UserError
from mlgate.inputs.git import Repository as Git
from mlgate.ledger.events import AnyEvent, FileRecord, Promote
from mlgate.ledger.reading import Ledger, read_ledger
from mlgate.ledger.recording import Author, Proposal, record
from mlgate.ledger.remote import Remote, Update
from tests.ledger.place import ANN, Place, make_place, promote, register, revoke
from tests.policy.repository import Repository


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A clone with a bare remote."""
    return make_place(tmp_path)


def with_files(*files: FileRecord) -> AnyEvent:
    """The registration of a model of these files."""
    return structs.replace(register("v1.0.0"), files=files)


class Failing(Remote):
    """A remote whose pushes end in an error, after they landed or instead."""

    lands = True
    pushed = 0

    def push(self, updates: list[Update]) -> str | None:  # type: ignore[override]
        """The error that a broken connection gives."""
        type(self).pushed += 1
        if self.lands:
            assert super().push(updates) is None
        return "fatal: the remote end hung up unexpectedly"


def test_an_event_a_tag_and_a_release_commit_arrive_together(place: Place) -> None:
    place.record(register("v1.0.0"))
    assert place.tags() == ["1.0", "churn@v1.0.0"]
    assert place.git("ls-tree", "-r", "--name-only", "mlgate/ledger") == "events/000001.json"
    assert place.git("ls-tree", "-r", "--name-only", "churn@v1.0.0") == ".mlgate/release.json"
    assert place.git("rev-list", "--count", "churn@v1.0.0") == "1", "no parent, and so no source tree"
    assert place.git("fsck", "--strict") == ""


def test_all_tags_of_a_version_lead_to_its_one_commit(place: Place) -> None:
    place.record(register("v1.0.0"))
    place.record(promote("v1.0.0", 1))
    place.record(promote("v1.0.0", 2, "staging"))
    assert len({place.git("rev-parse", f"{tag}^{{commit}}") for tag in place.tags() if tag != "1.0"}) == 1


def test_two_versions_of_the_same_code_have_a_commit_each(place: Place) -> None:
    place.record(register("v1.0.0"))
    place.record(register("v1.1.0"))
    assert place.git("rev-parse", "churn@v1.0.0^{commit}") != place.git("rev-parse", "churn@v1.1.0^{commit}")


def test_the_clone_is_as_it_was(place: Place) -> None:
    place.clone.write("unsaved.txt", "work")
    place.clone.git("add", "unsaved.txt")
    before = [place.clone.git(*c) for c in (("status", "--porcelain"), ("describe", "--tags"), ("branch", "--list"))]
    place.record(register("v1.0.0"))
    place.record(promote("v1.0.0", 1))
    place.clone.git("fetch", "-q", "--tags")
    after = [place.clone.git(*c) for c in (("status", "--porcelain"), ("describe", "--tags"), ("branch", "--list"))]
    assert after == before
    assert after[:2] == ["A  unsaved.txt", "1.0"]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (structs.replace(revoke("v0.9.0"), reason="x" * 5_000), "length <= 2000"),
        (with_files(FileRecord("we\tird", "0" * 64, 1)), "matching regex"),
        (
            with_files(*(FileRecord(f"{n:05}" + "x" * 100, "0" * 64, 1) for n in range(1_900))),
            "at most 262,144 are read",
        ),
    ],
    ids=["a long reason", "a strange file name", "very many files"],
)
def test_what_no_reader_would_take_is_not_recorded(place: Place, event: AnyEvent, why: str) -> None:
    place.record(register("v0.9.0"))
    with pytest.raises(UserError, match=why) as refused:
        place.record(event)
    assert "nothing was recorded" in refused.value.problems[0].mend
    assert len(place.ledger.events) == 1


def test_a_shallow_clone_reads_the_whole_ledger(place: Place, tmp_path: Path) -> None:
    for version in ("v1.0.0", "v1.1.0"):
        place.record(register(version))
    place.clone.git("clone", "-q", "--depth", "1", f"file://{place.bare}", str(tmp_path / "shallow"))
    remote = Remote(Git(tmp_path / "shallow"))
    assert len(read_ledger(remote).events) == 2
    assert record(remote, ANN, lambda _: Proposal(register("v1.2.0"))).event.seq == 3


def test_a_repository_can_be_its_own_remote(tmp_path: Path) -> None:
    alone = Repository(tmp_path / "alone")
    alone.path.mkdir()
    alone.git("init", "-q", "-b", "main")
    alone.commit()
    remote = Remote(Git(alone.path), ".")
    record(remote, ANN, lambda _: Proposal(register("v1.0.0")))
    assert read_ledger(remote).state.latest("churn") == "v1.0.0"
    assert alone.git("tag") == "churn@v1.0.0"


def test_an_error_after_the_push_landed_is_no_error(place: Place) -> None:
    failing = type("Landing", (Failing,), {"lands": True, "pushed": 0})(Git(place.clone.path))
    assert record(failing, ANN, lambda _: Proposal(register("v1.0.0"))).event.seq == 1
    assert (failing.pushed, len(place.ledger.events)) == (1, 1)


def test_an_end_that_nobody_can_see_is_said_to_be_unknown(place: Place) -> None:
    class Gone(Remote):
        """A remote that is gone after a push which may have landed."""

        def push(self, updates: Sequence[Update]) -> str | None:
            """The error of a broken connection, after which nothing answers."""
            super().push(updates)
            place.clone.git("remote", "set-url", "origin", "/nowhere")
            return "fatal: the remote end hung up unexpectedly"

    with pytest.raises(UserError, match=r"it is not known whether the event was recorded[\s\S]*mlgate log"):
        record(Gone(Git(place.clone.path)), ANN, lambda _: Proposal(register("v1.0.0")))
    assert place.tags() == ["1.0", "churn@v1.0.0"]


def test_a_push_that_never_lands_is_given_up_and_leaves_nothing(place: Place) -> None:
    failing = type("Lost", (Failing,), {"lands": False, "pushed": 0})(Git(place.clone.path))
    with pytest.raises(UserError, match="could not be written in 5 tries: fatal: the remote end hung up"):
        record(failing, ANN, lambda _: Proposal(register("v1.0.0")))
    assert (failing.pushed, place.ledger.head, place.tags()) == (5, None, ["1.0"])


def test_a_remote_that_refuses_says_why(place: Place) -> None:
    hook = place.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'tags are protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(UserError, match=r"tags are protected[\s\S]*see that you may push"):
        place.record(register("v1.0.0"))
    assert place.ledger.head is None


def test_a_tag_that_stands_in_the_way_stops_the_whole_push(place: Place) -> None:
    place.record(register("v1.0.0"))
    place.git("tag", "churn#prod#1", "main")
    with pytest.raises(UserError, match="could not be written"):
        place.record(promote("v1.0.0", 1))
    assert [type(r.event).__name__ for r in place.ledger.events] == ["Register"]


def test_an_unreachable_remote_is_the_users_to_mend(place: Place) -> None:
    place.clone.git("remote", "set-url", "origin", "https://ann:s3cret@127.0.0.1:1/x.git")
    with pytest.raises(UserError) as error:
        place.record(register("v1.0.0"))
    assert "cannot read the remote 'origin'" in str(error.value)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("racers", [2, 4, 8])
def test_of_racing_promoters_exactly_one_wins_and_the_others_see_it(racers: int, place: Place) -> None:
    race(place, racers)


def race(place: Place, racers: int) -> None:
    """One round: each has a version of its own that may replace v0.1.0 alone."""
    place.record(register("v0.1.0"))
    for number in range(racers):
        place.record(register(f"v1.{number}.0"))
    place.record(promote("v0.1.0", 1))
    start, results = threading.Barrier(racers), dict.fromkeys(range(racers), "lost")

    def run(number: int) -> None:
        def propose(ledger: Ledger) -> Proposal | None:
            if ledger.state.current("churn", "prod").version != "v0.1.0":
                return None
            return Proposal(promote(f"v1.{number}.0", ledger.state.next_number("churn"), previous="v0.1.0"))

        start.wait()
        if record(place.remote, Author(f"racer {number}"), propose):
            results[number] = "won"

    threads = [threading.Thread(target=run, args=(number,)) for number in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results.values()) == ["lost"] * (racers - 1) + ["won"]
    (won,) = (n for n, result in results.items() if result == "won")
    assert place.ledger.state.current("churn", "prod").version == f"v1.{won}.0"
    assert len([r for r in place.ledger.events if isinstance(r.event, Promote)]) == 2
    assert len([tag for tag in place.tags() if "#" in tag]) == 2


def test_events_of_racers_that_do_not_exclude_each_other_are_all_kept(place: Place) -> None:
    threads = [
        threading.Thread(target=lambda n: place.record(register(f"v1.{n}.0")), args=(number,)) for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(place.ledger.state.versions["churn"]) == ["v1.0.0", "v1.1.0", "v1.2.0"]
