"""A model on its way: registered, refused, promoted, rolled back, revoked and pulled, by the commands as typed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlgate.evidence import Baseline, canonical
from mlgate.ledger.events import Promote, Refused, Rollback
from mlgate.promotion.place import find_place
from mlgate.promotion.promoting import Asked
from mlgate.promotion.promoting import promote as promote_in
from tests.policy.repository import ALONE
from tests.promotion.cases import findings
from tests.promotion.shop import Shop, make_shop
from tests.promotion.test_accepting import NOTHING


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two versions went to prod, the second is there."""
    shop = make_shop(tmp_path_factory.mktemp("two"))
    shop.release("one", "v1.0.0")
    shop.release("two", "v1.1.0", champion="one")
    return shop


@pytest.fixture
def shop(two: Shop, tmp_path: Path) -> Shop:
    """The same, for one test to change."""
    return two.copy(tmp_path)


@pytest.fixture
def fresh(tmp_path: Path) -> Shop:
    """A repository in which nothing was released."""
    return make_shop(tmp_path)


def candidate(
    shop: Shop, text: str = "three", version: str = "v1.2.0", champion: str | None = "two", **changes: Any
) -> None:
    """A further version is registered and asked for."""
    commit = shop.train(text)
    seen = shop.run("register", "--evidence", str(shop.evidence(commit, champion, **changes)), "--version", version)
    assert seen.code == 0, seen.out + seen.err
    shop.ask(version)


def promote(shop: Shop, version: str = "v1.2.0", *more: str) -> Any:
    """What `mlgate promote` says, as JSON, and its exit code."""
    seen = shop.run("promote", f"churn@{version}", "--stage", "prod", "--json", *more)
    assert seen.code in (0, 1), seen.err
    return json.loads(seen.out)


def codes(outcome: Any) -> list[str]:
    """The codes of the reasons."""
    return [reason["code"] for reason in outcome["reasons"]]


# --- register -----------------------------------------------------------------------------------------------


def test_a_version_is_registered_once_however_often_it_is_asked_for(fresh: Shop) -> None:
    path = str(fresh.evidence(fresh.train("one")))
    for said in ("churn@v0.1.0 is registered (event 1)\n", "churn@v0.1.0 is registered already\n"):
        seen = fresh.run("register", "--evidence", path)
        assert (seen.code, seen.out) == (0, said)
    assert fresh.kinds == ["register"]
    assert [path.read_text() for path in fresh.stored()] == ["one"]


def test_a_dry_run_changes_nothing(fresh: Shop) -> None:
    path = str(fresh.evidence(fresh.train("one")))
    seen = fresh.run("register", "--evidence", path, "--dry-run")
    assert (seen.code, "nothing was changed" in seen.out) == (0, True)
    assert (fresh.ledger.head, fresh.stored()) == (None, [])


def test_what_a_cut_off_registration_left_out_is_done_by_the_next(fresh: Shop) -> None:
    path = str(fresh.evidence(fresh.train("one")))
    fresh.run("register", "--evidence", path)
    shutil.rmtree(fresh.store)
    assert fresh.run("register", "--evidence", path).code == 0
    assert len(fresh.stored()) == 1


def test_a_registry_that_cannot_be_written_leaves_a_version_that_is_finished_later(fresh: Shop) -> None:
    path = str(fresh.evidence(fresh.train("one")))
    fresh.store.write_text("a file where a folder should be")
    seen = fresh.run("register", "--evidence", path)
    assert (seen.code, "churn@v0.1.0 is registered, and its bytes are not kept" in seen.err) == (2, True), seen.err
    fresh.store.unlink()
    assert fresh.run("register", "--evidence", path).code == 0
    assert len(fresh.stored()) == 1


def test_the_next_version_raises_the_part_that_is_asked_for(shop: Shop) -> None:
    path = str(shop.evidence(shop.train("three"), "two"))
    assert "churn@v2.0.0 is registered" in shop.run("register", "--evidence", path, "--bump", "major").out


def test_a_version_that_is_not_higher_is_refused(shop: Shop) -> None:
    path = str(shop.evidence(shop.train("three"), "two"))
    seen = shop.run("register", "--evidence", path, "--version", "v1.1.0")
    assert (seen.code, "v1.1.0 is not higher than v1.1.0" in seen.out) == (1, True)


def test_a_model_that_is_not_the_one_that_was_tested_is_refused_and_recorded(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_text("another")
    path = str(shop.evidence(shop.train("three"), "two"))
    seen = shop.run("register", "--evidence", path, "--model", str(tmp_path / "model.bin"), "--json")
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["other-bytes"])
    assert isinstance(shop.ledger.events[-1].event, Refused)


def test_a_commit_that_was_not_merged_is_refused(shop: Shop) -> None:
    shop.clone.git("checkout", "-q", "-b", "side")
    shop.clone.write("model.bin", "three")
    seen = shop.run("register", "--evidence", str(shop.evidence(shop.clone.commit(), "two")), "--json")
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["unmerged"])


def test_a_commit_of_another_protected_branch_counts_where_it_is_named(shop: Shop) -> None:
    shop.stages({"prod": {}}, protected=["main", "release/*"])
    shop.clone.git("checkout", "-q", "-b", "release/1")
    shop.clone.write("model.bin", "three")
    commit = shop.clone.commit()
    shop.clone.git("push", "-q", "origin", "release/1")
    assert shop.run("register", "--evidence", str(shop.evidence(commit, "two"))).code == 0


def test_revoked_bytes_do_not_come_back_under_another_name(shop: Shop) -> None:
    shop.run("revoke", "churn@v1.0.0", "--reason", "leaks")
    path = str(shop.evidence(shop.train("one"), "two"))
    seen = shop.run("register", "--evidence", path, "--json")
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["revoked"])


# --- promote ------------------------------------------------------------------------------------------------


def test_a_promotion_is_recorded_and_shown_by_the_registry(two: Shop) -> None:
    assert two.kinds == ["register", "promote", "projected", "register", "promote", "projected"]
    last = two.ledger.events[-2].event
    assert isinstance(last, Promote)
    assert (last.version, last.previous, last.number, last.bootstrap) == ("v1.1.0", "v1.0.0", 2, False)
    assert (last.approval.kind, last.approval.by) == ("pull-request", "ann@example.org")
    assert [t for t in two.place.tags() if "#" in t] == ["churn#prod#1", "churn#prod#2"]
    assert (two.store / "churn" / "stages" / "prod").read_text().strip() == "v1.1.0"


def test_the_first_promotion_says_that_it_was_one(two: Shop) -> None:
    first = next(r.event for r in two.ledger.events if isinstance(r.event, Promote))
    assert (first.bootstrap, first.previous) == (True, None)


def test_what_stands_there_already_is_no_fault_and_no_event(shop: Shop) -> None:
    assert promote(shop, "v1.1.0")["already"]
    assert shop.kinds.count("promote") == 2


def test_who_asked_for_the_same_and_was_slower_is_told_that_it_is_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate(shop)
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)

    def faster(step: str) -> None:
        if step.startswith("verifying") and shop.ledger.state.current("churn", "prod").version != "v1.2.0":
            assert shop.run("promote", "churn@v1.2.0", "--stage", "prod").code == 0

    place = find_place(shop.clone.path, "origin", None, {})
    outcome = promote_in(place, Asked("churn", "v1.2.0", "prod"), faster)
    assert (outcome.done, outcome.already) == (True, True)
    assert outcome.sha256 == shop.ledger.state.current("churn", "prod").sha256
    assert "refused" not in shop.kinds


def test_a_refusal_names_each_reason_and_is_recorded(shop: Shop) -> None:
    candidate(shop, champion="one", date="2020-01-01")
    outcome = promote(shop)
    assert codes(outcome) == ["expired", "champion-changed"]
    last = shop.ledger.events[-1].event
    assert isinstance(last, Refused)
    assert [reason.code for reason in last.reasons] == codes(outcome)
    assert outcome["event"] == last.seq
    assert shop.ledger.state.current("churn", "prod").version == "v1.1.0"


def test_a_refused_dry_run_is_not_recorded(shop: Shop) -> None:
    candidate(shop, champion="one")
    before = len(shop.ledger.events)
    assert codes(promote(shop, "v1.2.0", "--dry-run")) == ["champion-changed"]
    assert len(shop.ledger.events) == before


def test_fresh_evidence_against_todays_champion_opens_what_the_old_one_did_not(shop: Shop) -> None:
    candidate(shop, champion="one")
    commit = shop.ledger.state.version("churn", "v1.2.0").source_sha
    assert not promote(shop)["done"]
    assert promote(shop, "v1.2.0", "--evidence", str(shop.evidence(commit, "two")))["done"]
    assert shop.run("audit", "verify").code == 0


def test_evidence_that_opened_a_stage_does_not_undo_a_rollback(shop: Shop) -> None:
    shop.run("rollback", "churn", "--stage", "prod", "--reason", "recall fell")
    shop.ask("v1.1.0")
    assert codes(promote(shop, "v1.1.0")) == ["replayed"]


def test_a_policy_that_changed_since_wants_another_run(shop: Shop) -> None:
    candidate(shop)
    shop.clone.write("mlgate.yml", (shop.clone.path / "mlgate.yml").read_text().replace("0.02", "0.01"))
    shop.merge("a stricter policy")
    assert codes(promote(shop)) == ["policy-changed", "other-parameters"]


def test_a_changed_byte_in_the_store_stops_a_promotion(shop: Shop) -> None:
    candidate(shop)
    (newest,) = (path for path in shop.stored() if path.read_text() == "three")
    newest.write_text("thref")
    assert codes(promote(shop)) == ["bytes"]


def test_stages_on_the_protected_branch_count_and_those_of_the_work_tree_do_not(shop: Shop) -> None:
    candidate(shop)
    shop.ask("v1.1.0")
    shop.clone.write("stages.yml", (shop.clone.path / "stages.yml").read_text().replace("v1.1.0", "v1.2.0"))
    assert codes(promote(shop)) == ["not-approved"]


def test_the_first_version_without_an_absolute_limit_is_told_what_to_write(fresh: Shop) -> None:
    config = (fresh.clone.path / "mlgate.yml").read_text().replace("  metrics: {limits: {auc: {min: 0.7}}}\n", "")
    fresh.clone.write("mlgate.yml", config)
    commit = fresh.train("one")
    kept = findings(metrics="no", regression=NOTHING)
    path = fresh.evidence(commit)
    path.write_bytes(canonical(fresh.made(commit, findings=kept, baseline=Baseline())) + b"\n")
    fresh.run("register", "--evidence", str(path))
    fresh.ask("v0.1.0")
    outcome = promote(fresh, "v0.1.0")
    assert codes(outcome) == ["no-absolute-limit"]
    assert "metrics: {limits: {auc:" in outcome["reasons"][0]["mend"]


def test_a_registry_that_cannot_show_a_decision_follows_later(shop: Shop) -> None:
    candidate(shop)
    stages = shop.store / "churn" / "stages"
    shutil.rmtree(stages)
    stages.write_text("a file where a folder should be")
    seen = shop.run("promote", "churn@v1.2.0", "--stage", "prod")
    assert (seen.code, "mend: the decision stands in the ledger" in seen.err) == (2, True), seen.err
    assert shop.ledger.state.current("churn", "prod").version == "v1.2.0"
    stages.unlink()
    assert shop.run("reconcile").code == 0
    assert (stages / "prod").read_text().strip() == "v1.2.0"


# --- rollback, revoke, pull ---------------------------------------------------------------------------------


def test_a_rollback_brings_the_earlier_version_back_and_moves_nothing(shop: Shop) -> None:
    before = {tag: shop.place.git("rev-parse", tag) for tag in shop.place.tags()}
    seen = shop.run("rollback", "churn", "--stage", "prod", "--reason", "recall fell")
    assert (seen.code, "churn@v1.0.0 is at prod again" in seen.out) == (0, True)
    assert {tag: shop.place.git("rev-parse", tag) for tag in before} == before
    assert (shop.store / "churn" / "stages" / "prod").read_text().strip() == "v1.0.0"
    assert shop.run("audit", "verify").code == 0


def test_a_second_rollback_does_not_return_to_what_the_first_left(shop: Shop) -> None:
    candidate(shop)
    assert promote(shop)["done"]
    for expected in ("v1.1.0", "v1.0.0"):
        assert shop.run("rollback", "churn", "--stage", "prod", "--reason", "x").code == 0
        assert shop.ledger.state.current("churn", "prod").version == expected
    seen = shop.run("rollback", "churn", "--stage", "prod", "--reason", "x", "--json")
    outcome = json.loads(seen.out)
    assert (seen.code, codes(outcome)) == (1, ["no-candidate"])
    assert [p["version"] for p in outcome["passed_over"]] == ["v1.1.0", "v1.2.0"]
    assert {r["code"] for p in outcome["passed_over"] for r in p["reasons"]} == {"rolled-back-from"}


def test_a_rollback_passes_over_what_was_revoked_or_lost_its_bytes_and_says_so(shop: Shop) -> None:
    candidate(shop)
    assert promote(shop)["done"]
    (second,) = (path for path in shop.stored() if path.read_text() == "two")
    second.unlink()
    assert shop.run("rollback", "churn", "--stage", "prod", "--reason", "x").code == 0
    last = next(r.event for r in reversed(shop.ledger.events) if isinstance(r.event, Rollback))
    assert (last.version, last.passed_over[0].version) == ("v1.0.0", "v1.1.0")
    assert last.passed_over[0].reasons[0].code == "bytes"


def test_a_rollback_to_a_version_that_was_never_there_is_refused(shop: Shop) -> None:
    candidate(shop)
    seen = shop.run("rollback", "churn", "--stage", "prod", "--to", "v1.2.0", "--reason", "x", "--json")
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["never-there"])


def test_a_drill_fetches_and_verifies_and_changes_nothing(shop: Shop) -> None:
    before = shop.ledger.head
    seen = shop.run("rollback", "churn", "--stage", "prod", "--drill")
    assert (seen.code, "churn@v1.0.0 could be at prod again" in seen.out) == (0, True)
    assert "fetched and verified 3 bytes" in seen.out
    assert shop.ledger.head == before


def test_a_revoked_version_is_never_promoted_or_pulled(shop: Shop) -> None:
    candidate(shop)
    assert shop.run("revoke", "churn@v1.2.0", "--reason", "leaks").code == 0
    assert codes(promote(shop)) == ["revoked"]
    seen = shop.run("pull", "churn@v1.2.0")
    assert (seen.code, "was revoked: leaks" in seen.err) == (2, True)


def test_a_champion_is_revoked_only_by_an_express_wish(shop: Shop) -> None:
    seen = shop.run("revoke", "churn@v1.1.0", "--reason", "leaks", "--json")
    assert (seen.code, codes(json.loads(seen.out))) == (1, ["in-use"])
    assert shop.run("revoke", "churn@v1.1.0", "--reason", "leaks", "--clear").code == 0
    assert shop.ledger.state.current("churn", "prod") is None
    assert not (shop.store / "churn" / "stages" / "prod").exists()
    assert shop.run("audit", "verify").code == 0


def test_pulling_a_stage_gives_the_champions_bytes_and_nothing_if_a_byte_is_wrong(shop: Shop, tmp_path: Path) -> None:
    assert shop.run("pull", "churn#prod", "--into", str(tmp_path / "model")).code == 0
    assert (tmp_path / "model" / "model.bin").read_text() == "two"
    (second,) = (path for path in shop.stored() if path.read_text() == "two")
    second.write_text("twp")
    assert shop.run("pull", "churn#prod", "--into", str(tmp_path / "again")).code == 2
    assert not (tmp_path / "again").exists()


# --- reconcile and looking ----------------------------------------------------------------------------------


def test_reconcile_mends_what_a_person_changed(shop: Shop) -> None:
    (shop.store / "churn" / "stages" / "prod").write_text("v1.0.0\n")
    (second,) = (path for path in shop.stored() if path.read_text() == "two")
    second.unlink()
    assert shop.run("reconcile", "--dry-run").code == 1
    seen = shop.run("reconcile")
    assert (seen.code, seen.out.count("(mended)")) == (0, 2), seen.out
    assert shop.run("reconcile").out == "registry and service show what the ledger decided\n"
    assert shop.run("audit", "verify").code == 0


def test_reconcile_never_overwrites_other_bytes(shop: Shop) -> None:
    (second,) = (path for path in shop.stored() if path.read_text() == "two")
    second.write_text("twp")
    seen = shop.run("reconcile")
    assert (seen.code, second.read_text()) == (1, "twp")


def test_status_says_where_the_registry_differs(shop: Shop) -> None:
    (shop.store / "churn" / "stages" / "prod").write_text("v1.0.0\n")
    seen = shop.run("status", "--json")
    (row,) = json.loads(seen.out)
    assert (row["version"], row["stage"]) == ("v1.1.0", "prod")
    assert "the registry shows v1.0.0" in row["state"]


def test_diff_tells_the_measured_values_of_both(two: Shop) -> None:
    seen = two.run("diff", "churn@v1.0.0", "churn#prod")
    assert seen.code == 0
    assert seen.out.splitlines()[0].split() == ["churn@v1.0.0", "churn@v1.1.0"]
    assert any(line.split() == ["auc", "0.8000", "0.8000"] for line in seen.out.splitlines())


def test_the_log_is_the_newest_first_and_never_moves_the_cursor(shop: Shop) -> None:
    shop.run("revoke", "churn@v1.0.0", "--reason", "\x1b[2Jgone\u202e")
    seen = shop.run("log", "churn")
    assert seen.out.splitlines()[0].startswith("7  ")
    assert "\x1b" not in seen.out
    assert "\u202e" not in seen.out
    assert "register churn@v1.0.0 from " in seen.out.splitlines()[-1]


def test_the_commands_need_a_repository_a_remote_and_stages(tmp_path: Path, fresh: Shop) -> None:
    fresh.clone.git("rm", "-q", "stages.yml")
    fresh.merge("no stages")
    seen = fresh.run("status")
    assert (seen.code, "has no stages.yml" in seen.err, "mend: merge one" in seen.err) == (2, True, True)
    seen = fresh.run("status", "--remote", "elsewhere")
    assert (seen.code, "cannot read the remote 'elsewhere'" in seen.err) == (2, True)


# --- audit --------------------------------------------------------------------------------------------------


def test_audit_finds_a_changed_byte_offline(shop: Shop) -> None:
    shop.clone.git("fetch", "-q", "--tags", "origin")
    assert shop.run("audit", "verify", "--offline").code == 0
    shop.stored()[0].write_text("x")
    seen = shop.run("audit", "verify", "--offline")
    assert (seen.code, "bytes: " in seen.out) == (1, True)


def test_audit_says_that_authorship_is_not_proven_without_signers(two: Shop) -> None:
    seen = two.run("audit", "verify")
    assert "chain intact, 6 events, 2 versions and 4 tags agree, authorship not proven" in seen.out


def test_an_export_holds_events_evidence_and_the_outcome(two: Shop, tmp_path: Path) -> None:
    assert two.run("audit", "export", "--output", str(tmp_path / "audit.json")).code == 0
    document = json.loads((tmp_path / "audit.json").read_bytes())
    assert [e["event"]["kind"] for e in document["events"]] == two.kinds
    assert set(document["evidence"]) == {
        e["event"]["evidence_sha256"] for e in document["events"] if "evidence_sha256" in e["event"]
    }
    assert document["statement"].startswith("chain intact")
    assert document["cards"] == {}, "its configuration has no card"


def test_an_exports_cards_trace_each_number_to_the_evidence_of_its_version(fresh: Shop, tmp_path: Path) -> None:
    card = "{intended-use: to ask who may leave, limits: adults only, contact: ann@example.org}"
    config = (fresh.clone.path / "mlgate.yml").read_text()
    fresh.clone.write("mlgate.yml", config.replace("artifact: model.bin", f"artifact: model.bin, card: {card}"))
    fresh.release("one", "v1.0.0")
    seen = fresh.run("audit", "export", "--output", str(tmp_path / "audit.json"), "--json")
    assert (seen.code, json.loads(seen.out)["faults"]) == (0, 0), seen.out
    document = json.loads((tmp_path / "audit.json").read_bytes())
    text = document["cards"]["churn@v1.0.0"]
    (digest,) = document["evidence"]
    assert "to ask who may leave" in text
    assert digest in text, "the card names the evidence that its numbers are from"
    (value,) = [f["value"] for f in document["evidence"][digest]["predicate"]["findings"] if f["id"] == "metrics"]
    assert f"| {value}" in text
