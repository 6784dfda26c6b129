"""GTO reads the tags of the ledger, and git's own words about the branches stay as they were."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.promotion.shop import Shop, make_shop
from tests.servers.programs import program


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Two versions went to prod, and it is back at the first; a third was revoked."""
    shop = make_shop(tmp_path)
    shop.release("one", "v1.0.0")
    shop.release("two", "v1.1.0", champion="one")
    shop.release("three", "v1.2.0", champion="two")
    assert shop.run("rollback", "churn", "--stage", "prod", "--to", "v1.0.0", "--reason", "x").code == 0
    assert shop.run("revoke", "churn@v1.2.0", "--reason", "x").code == 0
    return shop


def gto(repository: Path, *arguments: str) -> str:
    done = subprocess.run([program("gto"), *arguments], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_gto_shows_versions_and_stages_as_the_ledger_has_them(shop: Shop, tmp_path: Path) -> None:
    clone = shop.place.clone_again(tmp_path / "reader").path
    shown = json.loads(gto(clone, "show", "--json"))
    assert shown["churn"]["stage"]["prod"] == "v1.0.0"
    assert shown["churn"]["version"] == "v1.1.0", "the highest one that was not revoked"


def test_gtos_history_is_the_ledgers(shop: Shop, tmp_path: Path) -> None:
    clone = shop.place.clone_again(tmp_path / "reader").path
    history = json.loads(gto(clone, "history", "--json"))
    told = [(each["event"], each["version"], each["stage"]) for each in reversed(history)]
    assert told == [
        ("registration", "v1.0.0", None), ("assignment", "v1.0.0", "prod"),
        ("registration", "v1.1.0", None), ("assignment", "v1.1.0", "prod"),
        ("registration", "v1.2.0", None), ("assignment", "v1.2.0", "prod"),
        ("assignment", "v1.0.0", "prod"), ("deregistration", "v1.2.0", None),
    ]  # fmt: skip


def test_a_stage_that_was_left_empty_is_empty_for_gto_too(shop: Shop, tmp_path: Path) -> None:
    assert shop.run("revoke", "churn@v1.0.0", "--reason", "x", "--clear").code == 0
    clone = shop.place.clone_again(tmp_path / "reader").path
    assert json.loads(gto(clone, "show", "--json"))["churn"]["stage"].get("prod") is None


def test_git_describe_says_what_it_said_before(shop: Shop, tmp_path: Path) -> None:
    clone = shop.place.clone_again(tmp_path / "reader")
    assert clone.git("describe", "--tags", "origin/main").startswith("1.0-")
