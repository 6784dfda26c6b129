"""What the events amount to: versions, who is at a stage, and what was there before."""

from mlgate.ledger.events import Cleared, FeatureRetire, FeatureServe, Revoke, Rollback
from tests.ledger.place import digest, promote, register
from tests.ledger.test_events import chain

UP = (register("v1.9.0"), register("v1.10.0"), promote("v1.9.0", 1), promote("v1.10.0", 2, previous="v1.9.0"))
BACK = Rollback(
    model="churn",
    version="v1.9.0",
    sha256=digest("churn v1.9.0"),
    stage="prod",
    number=3,
    previous="v1.10.0",
    reason="x",
)


def test_versions_are_in_the_order_of_their_numbers() -> None:
    state = chain(register("v1.10.0"), register("v1.9.0")).state
    assert list(state.versions["churn"]) == ["v1.9.0", "v1.10.0"]
    assert state.latest("churn") == "v1.10.0"
    assert state.latest("other") is None


def test_the_last_one_promoted_is_the_champion() -> None:
    state = chain(*UP).state
    assert state.current("churn", "prod").version == "v1.10.0"
    assert state.current("churn", "staging") is None
    assert [spell.event.version for spell in state.spells["churn", "prod"]] == ["v1.9.0", "v1.10.0"]


def test_a_rollback_is_one_more_assignment() -> None:
    state = chain(*UP, BACK).state
    assert state.current("churn", "prod").version == "v1.9.0"
    assert state.next_number("churn") == 4


def test_a_version_is_known_by_its_bytes() -> None:
    assert chain(*UP).state.of_digest("churn", digest("churn v1.9.0")).version == "v1.9.0"
    assert chain(*UP).state.of_digest("churn", digest("other")) is None


def test_a_stage_that_was_left_empty_has_no_champion() -> None:
    gone = Revoke(
        model="churn", version="v1.10.0", sha256=digest("churn v1.10.0"), reason="x",
        cleared=(Cleared("prod", "v1.9.0", 3), Cleared("prod", "v1.10.0", 4)),
    )  # fmt: skip
    state = chain(*UP, gone).state
    assert state.current("churn", "prod") is None
    assert state.stages("churn") == {}
    assert state.next_number("churn") == 5
    assert chain(*UP).state.assigned("churn", "prod") == ("v1.9.0", "v1.10.0")
    assert chain(*UP, gone, promote("v1.9.0", 5)).state.assigned("churn", "prod") == ("v1.9.0",)


def test_numbers_are_one_series_over_all_stages_of_a_model() -> None:
    state = chain(*UP, promote("v1.9.0", 3, "staging"), register("v0.1.0", "fraud")).state
    assert (state.next_number("churn"), state.next_number("fraud")) == (4, 1)


def test_features_are_served_until_they_are_retired() -> None:
    serve = [FeatureServe(feature="sums", version=v, sha256=digest(str(v))) for v in (1, 2)]
    assert chain(*serve, FeatureRetire(feature="sums", version=1)).state.served == {"sums@2": digest("2")}
