"""A plan says which commit is asked for and beside which champion, by the ledger or by a person's tag."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.promotion.shop import CONFIG, Shop, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A repository with nothing released."""
    return make_shop(tmp_path)


def ask(shop: Shop, version: str, commit: str = "HEAD") -> None:
    """A person's tag is pushed."""
    shop.clone.git("tag", "-a", "-m", "please", version, commit)
    shop.clone.git("push", "-q", "origin", version)


def plan(shop: Shop, version: str, *more: str) -> Any:
    """What `--plan --json` prints."""
    seen = shop.run("promote", version, "--stage", "prod", "--plan", "--json", *more)
    assert seen.code == 0, seen.out + seen.err
    return json.loads(seen.out)


def test_a_tag_is_a_candidate_for_an_empty_stage(shop: Shop) -> None:
    commit = shop.train("one")
    ask(shop, "release/churn/v1.0.0")
    shop.train("later")
    assert plan(shop, "release/churn/v1.0.0") == {
        "model": "churn", "version": "v1.0.0", "stage": "prod", "registered": False, "source_sha": commit,
        "config": "mlgate.yml", "champion": None,
    }  # fmt: skip
    assert shop.kinds == []


def test_a_registered_version_is_compared_with_the_champion(shop: Shop) -> None:
    shop.release("one", "v1.0.0")
    champion = shop.first
    commit = shop.train("two")
    assert shop.run("register", "--evidence", str(shop.evidence(commit, "one"))).code == 0
    found = plan(shop, "churn@v1.1.0")
    assert (found["registered"], found["source_sha"]) == (True, commit)
    assert found["champion"] == {
        "version": "v1.0.0", "sha256": champion.sha256, "source_sha": champion.source_sha
    }  # fmt: skip
    said = shop.run("promote", "churn@v1.1.0", "--stage", "prod", "--plan").out
    assert f"mlgate check --ref {commit[:12]} --baseline {champion.source_sha[:12]} --own-policy" in said


def test_of_several_configurations_the_one_counts_that_is_about_the_model(shop: Shop) -> None:
    shop.clone.write("fraud/mlgate.yml", CONFIG.replace(b"churn", b"fraud"))
    shop.train("one")
    ask(shop, "release/fraud/v1.0.0")
    both = ("--config", "mlgate.yml", "--config", "fraud/mlgate.yml")
    assert plan(shop, "release/fraud/v1.0.0", *both)["config"] == "fraud/mlgate.yml"
    seen = shop.run("promote", "release/fraud/v1.0.0", "--stage", "prod", "--plan")
    assert (seen.code, "are about 'churn', not 'fraud'" in seen.err) == (2, True), seen.err


def test_without_a_tag_there_is_nothing_to_plan(shop: Shop) -> None:
    seen = shop.run("promote", "churn@v1.0.0", "--stage", "prod", "--plan")
    assert (seen.code, "there is no tag release/churn/v1.0.0" in seen.err) == (2, True)
    shop.clone.git("branch", "release/churn/v1.0.0")
    shop.clone.git("push", "-q", "origin", "release/churn/v1.0.0")
    assert shop.run("promote", "release/churn/v1.0.0", "--stage", "prod", "--plan").code == 2, "a branch is no tag"


def test_a_tag_on_an_unmerged_commit_is_no_candidate(shop: Shop) -> None:
    shop.clone.git("checkout", "-q", "-b", "side")
    shop.clone.write("model.bin", "three")
    ask(shop, "release/churn/v1.0.0", shop.clone.commit())
    seen = shop.run("promote", "release/churn/v1.0.0", "--stage", "prod", "--plan")
    assert (seen.code, "is on a commit of no protected branch" in seen.err) == (2, True), seen.err
