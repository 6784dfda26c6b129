from typing import Any

from mlgate.features.states import FeatureState, FeatureStates
from mlgate.questions import ModelFile, Question
from mlgate.worker.client import ModelFileReport
from tests.checks.asked import BASE, judged, statuses, table

FILE = BASE.replace("predictions: new.csv", "artifact: model.skops")
REQUIRING = BASE.replace("predictions: new.csv", "artifact: model.skops, requires: {sums: 1}")
ROWS = table(age="integer", amount="float")
SUMS = FeatureStates((FeatureState("sums", 1, {"amount": "float"}, "1" * 64),))


def look(contract: str, inputs: tuple[str, ...] | None, base: str = FILE) -> dict[str, str]:
    def answer(question: Question) -> Any:
        return ModelFileReport("skops", 9, features=inputs) if isinstance(question, ModelFile) else SUMS

    return statuses(judged("signature", f"{{columns: {contract}}}", answer, ROWS, base=base))


def test_inputs_that_the_service_sends_pass() -> None:
    found = look("{age: integer, amount: float}", ("age", "amount"))
    assert found == {"age": "pass", "amount": "pass", "model inputs": "pass"}


def test_an_input_that_nobody_gives_fails() -> None:
    assert look("{age: integer}", ("age", "amount"))["model inputs"] == "fail"


def test_a_required_feature_version_gives_its_columns() -> None:
    found = look("{age: integer}", ("age", "amount"), REQUIRING)
    assert found == {"age": "pass", "amount": "pass", "model inputs": "pass"}


def test_service_and_feature_that_give_a_column_with_two_types_fail() -> None:
    assert look("{age: integer, amount: string}", ("age",), REQUIRING)["sums@1: amount"] == "fail"


def test_test_rows_without_the_column_or_with_another_type_fail() -> None:
    found = look("{agee: integer, amount: string}", ())
    assert (found["agee"], found["amount"]) == ("fail", "fail")


def test_a_model_that_does_not_say_its_inputs_is_not_measured() -> None:
    assert look("{age: integer}", None) == {"age": "pass", "model inputs": "not-measured"}
