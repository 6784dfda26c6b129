from dataclasses import replace

from mlgate.features.states import FeatureState, FeatureStates
from tests.checks.asked import BASE, judged, only, statuses

ONE = FeatureState("sums", 1, {"amount": "float"}, "1" * 64)
TWO = replace(ONE, version=2, transform_sha256="2" * 64)
REQUIRING = BASE.replace("predictions: new.csv", "predictions: new.csv, requires: {sums: 2}")


def look(here: tuple[FeatureState, ...], base: tuple[FeatureState, ...] | None, config: str = BASE) -> dict[str, str]:
    return statuses(judged("feature-version", "{}", lambda _: FeatureStates(here, base), base=config))


def said(here: FeatureState, base: FeatureState | None) -> str:
    states = FeatureStates((here,), (base,) if base else None)
    return only(judged("feature-version", "{}", lambda _: states)).message


def test_a_feature_that_is_as_at_the_base_passes() -> None:
    assert look((ONE,), (ONE,)) == {"sums@1": "pass"}


def test_a_changed_transform_under_the_old_version_fails() -> None:
    assert look((replace(ONE, transform_sha256="9" * 64),), (ONE,)) == {"sums@1": "fail"}
    changed = replace(ONE, transform_sha256="9" * 64)
    assert said(changed, ONE) == "the transform of sums@1 changed under its old version"


def test_a_changed_schema_under_the_old_version_fails() -> None:
    changed = replace(ONE, schema={"amount": "integer"})
    assert said(changed, ONE) == "the schema of sums@1 changed under its old version"
    assert look((changed,), (ONE,)) == {"sums@1": "fail"}


def test_a_new_version_beside_the_old_one_passes() -> None:
    assert look((ONE, TWO), (ONE,)) == {"sums@1": "pass", "sums@2": "pass"}


def test_without_a_base_there_is_nothing_to_compare_and_it_says_so() -> None:
    assert said(ONE, None) == "sums@1 is declared; there is no base to compare it with"


def test_a_version_that_is_gone_is_a_warning_that_names_the_way() -> None:
    _, gone = judged("feature-version", "{}", lambda _: FeatureStates((TWO,), (ONE, TWO)))
    assert (gone.subject, gone.status, gone.severity) == ("sums@1", "fail", "warn")
    assert "retire it first" in gone.message


def test_a_transform_that_is_not_there_fails() -> None:
    assert look((replace(ONE, missing=("sums.py",)),), (ONE,)) == {"sums@1": "fail"}


def test_what_the_model_requires_must_be_declared() -> None:
    assert look((ONE, TWO), None, REQUIRING)["requires sums@2"] == "pass"
    assert look((ONE,), None, REQUIRING)["requires sums@2"] == "fail"


def test_a_file_without_features_is_no_pass() -> None:
    assert look((), None) == {"features": "fail"}
