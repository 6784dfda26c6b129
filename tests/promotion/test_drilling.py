"""A drill says whether the version to go back to still scores as it did when it was registered."""

import json
from typing import Any

import pytest

from mlgate.evidence import Baseline, Subject, TableInfo
from tests.ledger.place import digest
from tests.promotion.cases import findings
from tests.promotion.shop import Shop, make_shop
from tests.promotion.test_releasing import codes

DRILL = ("rollback", "churn", "--stage", "prod", "--drill", "--json")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A repository with two versions, the second at `prod`; no test changes it."""
    shop = make_shop(tmp_path_factory.mktemp("shop"))
    shop.release("one", "v1.0.0")
    shop.release("two", "v1.1.0", "one")
    return shop


def drill(shop: Shop, **changes: Any) -> Any:
    """The outcome with evidence of today about the first version's commit."""
    path = shop.evidence(shop.first.source_sha, **{"baseline": Baseline(), **changes})
    head = shop.ledger.head
    seen = shop.run(*DRILL, "--evidence", str(path))
    assert shop.ledger.head == head
    outcome = json.loads(seen.out)
    assert seen.code == (0 if outcome["done"] else 1)
    return outcome


def test_the_same_scores_are_told_with_rows_and_time(released: Shop) -> None:
    outcome = drill(released)
    assert (outcome["version"], outcome["source_sha"]) == ("v1.0.0", released.first.source_sha)
    fetched, scored = outcome["notes"]
    assert fetched.startswith("fetched and verified 3 bytes in ")
    assert scored.endswith(" all 1 measured values are as registered")
    assert scored.startswith("scored 2 rows in ")


def test_another_score_is_told_with_both_values(released: Shop) -> None:
    outcome = drill(released, findings=findings(metrics={"candidate_value": 0.71}))
    assert codes(outcome) == ["other-scores"]
    assert outcome["reasons"][0]["message"] == (
        "auc of churn@v1.0.0 is 0.71 today, and was 0.8 when it was registered"
    )  # fmt: skip


def test_a_score_that_is_missing_is_told(released: Shop) -> None:
    outcome = drill(released, findings=findings(metrics="no", regression="no"))
    assert "was not measured today" in outcome["reasons"][0]["message"]


def test_rounding_of_another_processor_is_no_other_score(released: Shop) -> None:
    assert drill(released, findings=findings(metrics={"candidate_value": 0.8 + 1e-9}))["done"]


def test_evidence_about_another_model_or_other_rows_is_no_drill(released: Shop) -> None:
    other = (Subject("model:churn", {"sha256": digest("other")}), Subject("table:test", {"sha256": digest("rows")}))
    assert codes(drill(released, subject=other)) == ["other-subject"]
    rows = (TableInfo("test", 2, digest("rows"), digest("schema")),)
    assert codes(drill(released, tables=rows)) == ["other-table"]


def test_a_dry_run_chooses_and_fetches_nothing(released: Shop) -> None:
    outcome = json.loads(released.run(*DRILL, "--dry-run").out)
    assert (outcome["version"], outcome["config"], outcome.get("notes", [])) == (
        "v1.0.0", "mlgate.yml", []
    )  # fmt: skip


def test_only_a_drill_looks_at_evidence(released: Shop) -> None:
    seen = released.run("rollback", "churn", "--stage", "prod", "--reason", "x", "--run", "1")
    assert (seen.code, "only a drill looks at evidence" in seen.err) == (2, True)
