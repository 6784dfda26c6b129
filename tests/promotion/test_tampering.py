"""Whoever may push can change ledger, tags and bytes; `mlgate audit verify --offline` in any clone says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlgate.evidence import sha256
from mlgate.inputs.git import Repository as Git
from mlgate.ledger.events import Revoke
from mlgate.ledger.recording import Author, Proposal, record
from mlgate.ledger.remote import Remote
from tests.cli.console import mlgate
from tests.policy.repository import ALONE
from tests.promotion.shop import Shop, make_shop
from tests.promotion.test_signed import SIGNERS, key

LEDGER = "refs/heads/mlgate/ledger"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two versions went to prod; ann signs what she records."""
    folder = tmp_path_factory.mktemp("two")
    shop = make_shop(folder)
    shop.clone.write(SIGNERS, f"ann {key(folder, 'ann').with_suffix('.pub').read_text()}")
    shop = Shop(shop.place, shop.store, environ={"MLGATE_SIGNING_KEY": str(folder / "ann")})
    champion = None
    for text, version in (("one", "v1.0.0"), ("two", "v1.1.0")):
        commit = shop.train(text)
        seen = shop.run("register", "--evidence", str(shop.evidence(commit, champion)), "--version", version)
        assert seen.code == 0, seen.out + seen.err
        shop.stages({"prod": {"versions": {"churn": version}}}, signers=SIGNERS)
        assert shop.run("promote", f"churn@{version}", "--stage", "prod").code == 0
        champion = text
    return shop


def committed(shop: Shop, tree: str, parent: str) -> None:
    """The ledger is at a commit of this tree, pushed by force."""
    shop.place.git("update-ref", LEDGER, shop.place.git("commit-tree", tree, "-m", "x", "-p", parent))


def without(shop: Shop, name: str, content: str | None = None) -> str:
    """The ledger's tree without a file, or with another content of it."""
    lines = shop.place.git("ls-tree", "-r", LEDGER).splitlines()
    index = {**ALONE, "GIT_INDEX_FILE": str(shop.place.bare / "other-index")}
    git = Git(shop.place.bare)
    kept = [line for line in lines if not line.endswith(f"\t{name}") and not line.endswith(f"\t{name}.sig")]
    if content is not None:
        blob = git.run("hash-object", "-w", "--stdin", data=content.encode()).stdout.decode().strip()
        kept.append(f"100644 blob {blob}\t{name}")
    git.run("update-index", "--index-info", data="\n".join(kept).encode() + b"\n", environ=index)
    return git.run("write-tree", environ=index).stdout.decode().strip()


def rewritten_commit(shop: Shop) -> None:
    """The last decision's commit, and what follows it, with the same events."""
    decided, followed = (shop.place.git("rev-parse", f"{LEDGER}{back}^{{tree}}") for back in ("~1", ""))
    committed(shop, decided, f"{LEDGER}~2")
    committed(shop, followed, LEDGER)


def dropped_event(shop: Shop) -> None:
    committed(shop, without(shop, "events/000003.json"), LEDGER)


def other_evidence(shop: Shop) -> None:
    committed(shop, without(shop, f"evidence/{shop.first.evidence_sha256}.json", "{}"), LEDGER)


def moved_tag(shop: Shop) -> None:
    shop.place.git("update-ref", "refs/tags/churn#prod#2", "refs/tags/churn#prod#1")


def deleted_tag(shop: Shop) -> None:
    shop.place.git("tag", "-d", "churn@v1.0.0")


def tag_on_an_unmerged_commit(shop: Shop) -> None:
    shop.place.git("tag", "-a", "-m", "x", "churn@v9.0.0", shop.place.git("commit-tree", "main^{tree}", "-m", "mine"))


def changed_byte(shop: Shop) -> None:
    (first,) = (path for path in shop.stored() if path.read_text() == "one")
    first.write_text("onf")


def forged_event(shop: Shop) -> None:
    forged = Revoke(model="churn", version="v1.0.0", sha256=sha256(b"one"), reason="said eve")
    assert record(Remote(Git(shop.clone.path)), Author("eve"), lambda _: Proposal(forged)) is not None


TAMPERED: dict[str, tuple[Callable[[Shop], None], str]] = {
    "a rewritten ledger commit": (rewritten_commit, "rewritten"),
    "a dropped event": (dropped_event, "dropped-event"),
    "other evidence": (other_evidence, "lost-evidence"),
    "a moved tag": (moved_tag, "moved-tag"),
    "a deleted tag": (deleted_tag, "missing-tag"),
    "a tag on an unmerged commit": (tag_on_an_unmerged_commit, "tag-without-event"),
    "a changed byte in a stored model": (changed_byte, "bytes"),
    "a forged, well-chained, unsigned event": (forged_event, "unsigned-event"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_clone_finds_offline(what: str, two: Shop, tmp_path: Path) -> None:
    shop = two.copy(tmp_path)
    tamper, code = TAMPERED[what]
    tamper(shop)
    reader = shop.place.clone_again(tmp_path / "reader").path
    seen = mlgate("audit", "verify", "--offline", cwd=reader, environ=ALONE)
    assert (seen.code, f"{code}: " in seen.out) == (1, True), seen.out + seen.err
    assert "this ledger should not be trusted" in seen.out


def test_a_clone_of_what_nobody_touched_finds_nothing(two: Shop, tmp_path: Path) -> None:
    reader = two.copy(tmp_path).place.clone_again(tmp_path / "reader").path
    seen = mlgate("audit", "verify", "--offline", cwd=reader, environ=ALONE)
    assert (seen.code, "6 of them signed by an allowed signer" in seen.out) == (0, True), seen.out + seen.err
