"""Promotion to a stage with a service: it is deployed, asked, and goes back by itself where it is not well."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlgate.ledger.events import Deployed
from tests.cli.console import Seen
from tests.deploying.stage import Service, serving
from tests.promotion.shop import Shop, make_shop


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that serves whatever the link `current` leads to; a model with "broken" in it scores wrong."""
    with serving() as service:

        def answer() -> Any:
            data = (tmp_path / "served/current/model.bin").read_bytes()
            return {"score": 9 if b"broken" in data else 0.25, "model_sha256": hashlib.sha256(data).hexdigest()}

        service.answer = answer
        yield service


@pytest.fixture
def shop(tmp_path: Path, service: Service) -> Shop:
    """A repository whose first version is well at `prod`."""
    shop = make_shop(tmp_path / "shop")
    shop.clone.write("golden.jsonl", '{"request": {"x": 1}, "response": {"score": 0.25}}\n')
    shop.merge("golden rows")
    seen = release(shop, tmp_path, service, "good", "v1.0.0")
    assert seen.code == 0, seen.out + seen.err
    return shop


def release(
    shop: Shop, tmp_path: Path, service: Service, text: str, version: str, champion: str | None = None, **more: Any
) -> Seen:
    """How the promotion of a model of this text ends."""
    commit = shop.train(text)
    seen = shop.run("register", "--evidence", str(shop.evidence(commit, champion)), "--version", version)
    assert seen.code == 0, seen.out + seen.err
    deploy = {
        "copy": {"to": str(tmp_path / "served")},
        "health": {"url": service.url, "golden": "golden.jsonl", "within": 0.5}, **more,
    }  # fmt: skip
    shop.ask(version, deploy=deploy)
    return shop.run("promote", f"churn@{version}", "--stage", "prod", environ={"DEPLOY_TOKEN": "s3cr3t"})


def deployed(shop: Shop) -> list[tuple[str, bool]]:
    """What the ledger says of deployments."""
    events = [record.event for record in shop.ledger.events]
    return [(event.version, event.ok) for event in events if isinstance(event, Deployed)]


def current(shop: Shop) -> str:
    """The version at prod."""
    return shop.ledger.state.stages("churn")["prod"].version


def test_a_service_that_is_well_is_recorded_as_deployed_and_not_deployed_again(shop: Shop, tmp_path: Path) -> None:
    assert deployed(shop) == [("v1.0.0", True)]
    assert shop.run("promote", "churn@v1.0.0", "--stage", "prod").code == 0
    assert deployed(shop) == [("v1.0.0", True)]
    assert shop.run("deploy", "churn#prod").code == 0
    assert deployed(shop) == [("v1.0.0", True)] * 2


def test_a_failing_health_check_rolls_back_within_one_command(shop: Shop, tmp_path: Path, service: Service) -> None:
    seen = release(shop, tmp_path, service, "broken", "v1.1.0", "good")
    assert seen.code == 1
    assert "churn@v1.1.0 did not get well at prod" in seen.out
    assert "churn@v1.0.0 is at prod again" in seen.out
    assert current(shop) == "v1.0.0"
    assert (tmp_path / "served/current/model.bin").read_text() == "good"
    assert shop.kinds[-6:] == ["promote", "projected", "deployed", "rollback", "projected", "deployed"]
    assert deployed(shop)[-2:] == [("v1.1.0", False), ("v1.0.0", True)]


@pytest.mark.parametrize(
    ("script", "why"),
    [("sleep 60", "not ended after 1 s"), ("exit 7", "ended with 7"), ('echo "$DEPLOY_TOKEN"; exit 1', "ended with 1")],
)  # fmt: skip
def test_a_hook_that_goes_wrong_is_recorded_and_does_no_harm(
    shop: Shop, tmp_path: Path, service: Service, script: str, why: str
) -> None:
    once = f'[ "$MLGATE_ACTION" = return ] || {{ {script}; }}'
    seen = release(
        shop, tmp_path, service, "better", "v1.1.0", "good", command={"run": ["sh", "-c", once]}, timeout=1,
        environment=["DEPLOY_TOKEN"],
    )  # fmt: skip
    assert seen.code == 1
    assert why in seen.out
    assert current(shop) == "v1.0.0"
    everything = seen.out + seen.err + "".join(record.data.decode() for record in shop.ledger.events)
    assert "s3cr3t" not in everything
    assert any(why in record.event.message for record in shop.ledger.events if isinstance(record.event, Deployed))


def test_the_first_version_that_is_not_well_has_nothing_to_go_back_to(tmp_path: Path, service: Service) -> None:
    shop = make_shop(tmp_path / "shop")
    shop.clone.write("golden.jsonl", '{"request": {"x": 1}, "response": {"score": 0.25}}\n')
    seen = release(shop, tmp_path, service, "broken", "v1.0.0")
    assert seen.code == 1
    assert "no earlier version can stand at prod" in seen.out


def test_a_rollback_by_a_person_is_deployed_too(shop: Shop, tmp_path: Path, service: Service) -> None:
    assert release(shop, tmp_path, service, "better", "v1.1.0", "good").code == 0
    assert (tmp_path / "served/current/model.bin").read_text() == "better"
    assert shop.run("rollback", "churn", "--stage", "prod", "--reason", "recall fell").code == 0
    assert (tmp_path / "served/current/model.bin").read_text() == "good"


def test_a_stage_that_says_nothing_of_deployment_cannot_be_deployed(shop: Shop) -> None:
    shop.stages({"prod": {}})
    seen = shop.run("deploy", "churn#prod")
    assert seen.code == 2
    assert "does not say how 'prod' is deployed" in seen.err


def test_json_tells_the_same(shop: Shop, tmp_path: Path, service: Service) -> None:
    seen = shop.run("deploy", "churn#prod", "--json")
    assert json.loads(seen.out)["done"] is True
