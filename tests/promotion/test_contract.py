"""A rollback asks whether the service still sends what the earlier version takes."""

import json
from pathlib import Path
from typing import Any

import pytest

from mlgate.evidence import Finding, ModelFacts
from mlgate.promotion.contract import missing
from tests.promotion.cases import findings
from tests.promotion.shop import Shop, make_shop
from tests.promotion.test_accepting import NOTHING

WAS = {"age": "integer", "city": "string", "sum": "float"}


def codes(inputs: tuple[str, ...] | None, now: dict[str, str]) -> list[str]:
    return [reason.code for reason in missing("churn@v1.0.0", inputs, WAS, now)]


@pytest.mark.parametrize(
    ("inputs", "now", "expected"),
    [
        (("age",), WAS, []),
        (("age",), {"age": "integer"}, []),
        (("age", "sum"), {"age": "integer"}, ["input-missing"]),
        (None, {"age": "integer", "city": "string"}, ["input-missing"]),
        (("age",), {"age": "string"}, ["input-type"]),
        (("sum",), {"sum": "integer"}, []),
        (("sum",), {"sum": "number"}, []),
        (("age",), {"age": "float"}, ["input-type"]),
        (("city",), {"city": "any"}, []),
        (("other",), {"other": "string"}, []),
    ],
)
def test_a_version_needs_its_inputs_of_the_type_that_it_was_tested_with(
    inputs: tuple[str, ...] | None, now: dict[str, str], expected: list[str]
) -> None:
    assert codes(inputs, now) == expected


def test_the_nearest_column_is_named() -> None:
    (reason,) = missing("churn@v1.0.0", ("agee",), {}, {"age": "integer"})
    assert reason.message == "churn@v1.0.0 takes 'agee', which nobody gives today; there is 'age'"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Two versions went to prod while the service sent `age` and `city`."""
    shop = make_shop(tmp_path)
    sends(shop, "{age: integer, city: string}")
    release(shop, "one", "v1.0.0", ("age", "city"))
    release(shop, "two", "v1.1.0", ("age",), "one")
    return shop


def sends(shop: Shop, columns: str) -> None:
    """The serving contract of the protected branch."""
    config = (shop.clone.path / "mlgate.yml").read_text()
    kept = "".join(line for line in config.splitlines(True) if "signature" not in line)
    shop.clone.write("mlgate.yml", kept.replace("checks:\n", f"checks:\n  signature: {{columns: {columns}}}\n"))
    shop.merge("the contract")


def release(shop: Shop, text: str, version: str, inputs: tuple[str, ...], champion: str | None = None) -> None:
    """The model of this text and these inputs is at prod; `signature` left a finding."""
    commit = shop.train(text)
    found = (*findings(**({} if champion else {"regression": NOTHING})), Finding(id="signature", subject="model inputs",
             value=0, limit=0, n=1))  # fmt: skip
    path = shop.evidence(commit, champion, model_facts=ModelFacts(3, inputs=inputs), findings=found)
    assert shop.run("register", "--evidence", str(path), "--version", version).code == 0
    shop.ask(version)
    seen = shop.run("promote", f"churn@{version}", "--stage", "prod")
    assert seen.code == 0, seen.out


def back(shop: Shop) -> Any:
    return json.loads(shop.run("rollback", "churn", "--stage", "prod", "--reason", "x", "--json").out)


def test_a_version_whose_inputs_are_still_sent_comes_back(shop: Shop) -> None:
    sends(shop, "{age: integer, city: string, more: float}")
    assert back(shop)["done"]


def test_a_version_that_takes_what_nobody_sends_any_more_is_passed_over_with_the_reason(shop: Shop) -> None:
    sends(shop, "{age: integer}")
    outcome = back(shop)
    assert [reason["code"] for reason in outcome["reasons"]] == ["no-candidate"]
    (passed,) = outcome["passed_over"]
    assert [(r["code"], "'city'" in r["message"]) for r in passed["reasons"]] == [("input-missing", True)]
