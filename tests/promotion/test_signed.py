"""Signatures by SSH keys: on evidence and on events, asked for by a stage, and checked offline."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.promotion.shop import Shop, make_shop
from tests.promotion.test_releasing import codes

SIGNERS = ".github/mlgate/signers"


def key(folder: Path, name: str) -> Path:
    """A key of somebody's."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop whose stage wants signatures of ann's."""
    made = make_shop(tmp_path)
    public = key(tmp_path, "ann").with_suffix(".pub").read_text()
    key(tmp_path, "eve")
    made.clone.write(SIGNERS, f"ann {public}")
    made.stages({"prod": {"signed": True}}, signers=SIGNERS, **{"evidence-from": ["signature"]})
    return made


def signed(shop: Shop, tmp_path: Path, who: str) -> str:
    """Evidence about a new model, signed."""
    path = shop.evidence(shop.train("one"))
    assert shop.run("sign", str(path), "--key", str(tmp_path / who)).code == 0
    return str(path)


def test_signed_evidence_and_events_open_a_stage_that_wants_them(shop: Shop, tmp_path: Path) -> None:
    mine = str(tmp_path / "ann")
    path = signed(shop, tmp_path, "ann")
    seen = shop.run("register", "--evidence", path, "--key", mine)
    assert seen.code == 0, seen.out + seen.err
    shop.ask("v0.1.0", signed=True)
    shop.stages({"prod": {"signed": True, "versions": {"churn": "v0.1.0"}}}, signers=SIGNERS,
                **{"evidence-from": ["signature"]})  # fmt: skip
    without = shop.run("promote", "churn@v0.1.0", "--stage", "prod", "--json", "--dry-run")
    assert codes(json.loads(without.out)) == ["unsigned-event"]
    seen = shop.run("promote", "churn@v0.1.0", "--stage", "prod", environ={"MLGATE_SIGNING_KEY": mine})
    assert seen.code == 0, seen.out + seen.err
    audit = shop.run("audit", "verify")
    assert (audit.code, "3 of them signed by an allowed signer" in audit.out) == (0, True), audit.out
    assert shop.first.origin.signer == "ann"


def test_evidence_that_a_stranger_signed_or_nobody_is_refused(shop: Shop, tmp_path: Path) -> None:
    path = signed(shop, tmp_path, "eve")
    seen = shop.run("register", "--evidence", path, "--key", str(tmp_path / "ann"), "--json")
    assert codes(json.loads(seen.out)) == ["bad-signature"]
    Path(path + ".sig").unlink()
    seen = shop.run("register", "--evidence", path, "--key", str(tmp_path / "ann"), "--json")
    assert codes(json.loads(seen.out)) == ["nobody-vouches"]


def test_evidence_that_changed_after_it_was_signed_is_refused(shop: Shop, tmp_path: Path) -> None:
    path = Path(signed(shop, tmp_path, "ann"))
    path.write_bytes(path.read_bytes().replace(b'"value":0.8', b'"value":0.9'))
    seen = shop.run("register", "--evidence", str(path), "--key", str(tmp_path / "ann"), "--json")
    assert codes(json.loads(seen.out)) == ["bad-signature"]


def test_verify_says_who_signed(shop: Shop, tmp_path: Path) -> None:
    path = signed(shop, tmp_path, "ann")
    signers = str(shop.clone.path / SIGNERS)
    assert "was signed by ann" in shop.run("verify", path, "--signers", signers).out
    again = json.loads(shop.run("sign", path, "--key", str(tmp_path / "ann"), "--json").out)
    assert again == {"file": path, "signature": f"{path}.sig"}
    Path(path).write_text("{}")
    seen = shop.run("verify", path, "--signers", signers)
    assert (seen.code, "is not signed by anyone whom" in seen.out) == (1, True)
    seen = shop.run("verify", signers, "--signers", signers)
    assert (seen.code, "there is no signature" in seen.err) == (2, True)


def test_whoever_forgets_the_key_records_nothing_and_stops_nobody(shop: Shop, tmp_path: Path) -> None:
    mine = str(tmp_path / "ann")
    assert shop.run("register", "--evidence", signed(shop, tmp_path, "ann"), "--key", mine).code == 0
    seen = shop.run("revoke", "churn@v0.1.0", "--reason", "x", "--json")
    assert codes(json.loads(seen.out)) == ["unsigned-event"]
    assert "could not be recorded: the events of this ledger are signed, and there is no key here" in seen.out
    seen = shop.run("promote", "churn@v9.9.9", "--stage", "prod")
    assert seen.code in (1, 2)
    assert shop.run("audit", "verify").code == 0
    assert shop.run("revoke", "churn@v0.1.0", "--reason", "x", "--key", mine).code == 0
