"""A model goes up to new features and back to the old ones, and nobody can take those away too early."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from mlgate.evidence import Subject, sha256
from mlgate.features.states import states_at
from mlgate.inputs.git import Repository as Git
from tests.promotion.shop import CONFIG, TABLE, Shop, make_shop

FEATURES = """
version: 1
features:
  - name: sums
    versions:
      - {version: 1, schema: {age: integer}, transform: [sums_v1.py],
         table: sums_v1.csv, updated: at, fresh-within: 2d}
      - {version: 2, schema: {age: integer, sum: float}, transform: [sums_v2.py]}
"""


def rows_of(age: datetime.timedelta) -> str:
    """A table whose newest row is so old."""
    newest = datetime.datetime.now(datetime.UTC) - age
    return f"id,at\n1,2026-01-01 00:00:00\n2,{newest:%Y-%m-%d %H:%M:%S}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A repository with two versions of a feature, of which nothing is served yet."""
    shop = make_shop(tmp_path)
    shop.clone.write("features.yml", FEATURES)
    shop.clone.write("sums_v1.py", "def sums(): ...\n")
    shop.clone.write("sums_v2.py", "def sums(): return 2\n")
    shop.clone.write("sums_v1.csv", rows_of(datetime.timedelta(hours=3)))
    shop.merge("features")
    return shop


def candidate(shop: Shop, text: str, version: str, of: int, champion: str | None) -> None:
    """A model that takes its input from `sums@of` is registered and asked for."""
    shop.clone.write("mlgate.yml", CONFIG.replace(b"artifact:", b"requires: {sums: %d}, artifact:" % of))
    commit = shop.train(text)
    (state,) = [s for s in states_at(Git(shop.clone.path), commit, "features.yml") or () if s.version == of]
    subjects = (
        Subject("model:churn", {"sha256": sha256(text.encode())}),
        Subject("table:test", {"sha256": sha256(TABLE.encode())}),
        Subject(f"feature:{state.label}", {"sha256": state.sha256}),
    )
    evidence = shop.evidence(commit, champion, requires={"sums": of}, subject=subjects)
    seen = shop.run("register", "--evidence", str(evidence), "--version", version)
    assert seen.code == 0, seen.out + seen.err
    shop.ask(version)


def asked(shop: Shop, *arguments: str) -> Any:
    """What a command says, as JSON."""
    seen = shop.run(*arguments, "--json")
    assert seen.code in (0, 1), seen.err
    return json.loads(seen.out)


def promoted(shop: Shop, version: str) -> Any:
    return asked(shop, "promote", f"churn@{version}", "--stage", "prod")


def codes(outcome: Any) -> list[str]:
    return [reason["code"] for reason in outcome.get("reasons", ())]


@pytest.fixture
def upgraded(shop: Shop) -> Shop:
    """`fraud` of features v1 was at prod, the one of features v2 is."""
    candidate(shop, "one", "v1.0.0", 1, None)
    assert codes(promoted(shop, "v1.0.0")) == ["feature-not-served"]
    assert asked(shop, "features", "serve", "sums@1")["done"]
    assert promoted(shop, "v1.0.0")["done"]
    assert asked(shop, "features", "serve", "sums@2")["done"]
    candidate(shop, "two", "v2.0.0", 2, "one")
    assert promoted(shop, "v2.0.0")["done"]
    return shop


def test_up_to_new_features_and_back_to_the_old_ones(upgraded: Shop) -> None:
    refused = asked(upgraded, "features", "retire", "sums@1", "--reason", "old")
    assert codes(refused) == ["needed"]
    assert "churn@v1.0.0 requires sums@1 and is the standby of prod" in refused["reasons"][0]["message"]

    back = asked(upgraded, "rollback", "churn", "--stage", "prod", "--reason", "too many alarms")
    assert (back["done"], back["version"]) == (True, "v1.0.0")

    refused = asked(upgraded, "features", "retire", "sums@2", "--reason", "gone back")
    assert codes(refused) == ["needed"]
    assert upgraded.kinds.count("refused") == 3


def test_a_stale_old_feature_makes_the_rollback_refuse_and_says_why(upgraded: Shop) -> None:
    upgraded.clone.write("sums_v1.csv", rows_of(datetime.timedelta(days=5)))
    seen = upgraded.run("rollback", "churn", "--stage", "prod", "--reason", "alarms", "--json")
    refused = json.loads(seen.out)
    assert (seen.code, codes(refused)) == (1, ["no-candidate"])
    (passed,) = refused["passed_over"]
    assert passed["reasons"][0]["code"] == "feature-stale"
    assert "at most 2d old is asked for" in passed["reasons"][0]["message"]
    assert upgraded.run("features", "status").code == 1


def test_a_stale_old_feature_makes_the_rollback_choose_another_version(upgraded: Shop) -> None:
    assert asked(upgraded, "features", "serve", "sums@1")["already"]
    candidate(upgraded, "three", "v3.0.0", 2, "two")
    assert promoted(upgraded, "v3.0.0")["done"]
    candidate(upgraded, "four", "v4.0.0", 1, "three")
    assert promoted(upgraded, "v4.0.0")["done"]
    candidate(upgraded, "five", "v5.0.0", 2, "four")
    assert promoted(upgraded, "v5.0.0")["done"]
    upgraded.clone.write("sums_v1.csv", rows_of(datetime.timedelta(days=5)))
    back = asked(upgraded, "rollback", "churn", "--stage", "prod", "--reason", "alarms")
    assert (back["done"], back["version"]) == (True, "v3.0.0")
    (passed,) = back["passed_over"]
    assert (passed["version"], passed["reasons"][0]["code"]) == ("v4.0.0", "feature-stale")


def test_a_table_that_is_not_there_is_not_fresh(upgraded: Shop) -> None:
    (upgraded.clone.path / "sums_v1.csv").unlink()
    rows = asked(upgraded, "features", "status")
    assert [(r["version"], r["fresh"], r["is_fault"]) for r in rows] == [(1, False, True), (2, None, False)]


def test_the_status_says_what_needs_each_version(upgraded: Shop) -> None:
    seen = upgraded.run("features", "status")
    assert seen.code == 0
    lines = {line.split()[0]: line for line in seen.out.splitlines()[1:]}
    assert "fresh" in lines["sums@1"]
    assert "churn@v1.0.0 (is the standby of prod)" in lines["sums@1"]
    assert "churn@v2.0.0 (is at prod)" in lines["sums@2"]


def test_what_nothing_needs_is_retired_and_served_again(upgraded: Shop) -> None:
    assert upgraded.run("revoke", "churn@v1.0.0", "--reason", "features go").code == 0
    assert asked(upgraded, "features", "retire", "sums@1", "--reason", "revoked")["done"]
    assert codes(asked(upgraded, "features", "retire", "sums@1", "--reason", "again")) == ["not-served"]
    assert asked(upgraded, "features", "serve", "sums@1")["event"]
    assert asked(upgraded, "features", "serve", "sums@1")["already"]


def test_a_feature_of_another_code_is_not_served_under_the_old_version(shop: Shop) -> None:
    assert asked(shop, "features", "serve", "sums@1")["done"]
    shop.clone.write("sums_v1.py", "def sums(): return 'other'\n")
    shop.merge("changed in place")
    assert codes(asked(shop, "features", "serve", "sums@1")) == ["other-code"]


@pytest.mark.parametrize(("feature", "code"), [("sums@3", "not-declared"), ("other@1", "not-declared")])
def test_what_is_not_declared_is_not_served(shop: Shop, feature: str, code: str) -> None:
    assert codes(asked(shop, "features", "serve", feature)) == [code]


@pytest.mark.parametrize("feature", ["sums", "sums@", "@1", "sums@0", "sums@x", "sums@1.5"])
def test_what_is_no_feature_version_is_told(shop: Shop, feature: str) -> None:
    seen = shop.run("features", "serve", feature)
    assert seen.code == 2
    assert "write it as transactions@2" in seen.err


def test_a_dry_run_records_nothing(shop: Shop) -> None:
    assert asked(shop, "features", "serve", "sums@1", "--dry-run")["done"]
    assert shop.kinds == []
