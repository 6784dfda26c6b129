"""Promotion to a stage with a service: it is deployed, asked, and goes back by itself where it is not well."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlgate.ledger.events import Deployed
from tests.cli.console import Seen
from tests.deploying.stage import Service, serving
from tests.promotion.shop import Shop, make_shop


@dataclass(frozen=True)
class Stand:
    """A repository whose first version is well at `prod`, and where its service takes the model from."""

    shop: Shop
    service: Service
    served: Path

    def copy(self, folder: Path) -> "Stand":
        """The same with a repository for one test, and the service as it was."""
        link = self.served / "next"
        link.symlink_to(next(path.name for path in self.served.iterdir() if path.name.startswith("v1.0.0")))
        link.replace(self.served / "current")
        return Stand(self.shop.copy(folder), self.service, self.served)

    @property
    def serves(self) -> str:
        """The model that the service has."""
        return (self.served / "current/model.bin").read_text()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Nothing is released; the service serves what `current` leads to, and "broken" scores wrong."""
    folder = tmp_path_factory.mktemp("following")
    with serving() as service:

        def answer() -> Any:
            data = (folder / "served/current/model.bin").read_bytes()
            return {"score": 9 if b"broken" in data else 0.25, "model_sha256": hashlib.sha256(data).hexdigest()}

        service.answer = answer
        shop = make_shop(folder / "shop")
        shop.clone.write("golden.jsonl", '{"request": {"x": 1}, "response": {"score": 0.25}}\n')
        shop.merge("golden rows")
        yield Stand(shop, service, folder / "served")


@pytest.fixture(scope="module")
def first(empty: Stand, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    """Its first version is well."""
    stand = Stand(empty.shop.copy(tmp_path_factory.mktemp("first")), empty.service, empty.served)
    seen = release(stand, "good", "v1.0.0")
    assert seen.code == 0, seen.out + seen.err
    return stand


@pytest.fixture
def stand(first: Stand, tmp_path: Path) -> Stand:
    """The same for one test."""
    return first.copy(tmp_path)


def release(stand: Stand, text: str, version: str, champion: str | None = None, **more: Any) -> Seen:
    """How the promotion of a model of this text ends."""
    shop = stand.shop
    commit = shop.train(text)
    seen = shop.run("register", "--evidence", str(shop.evidence(commit, champion)), "--version", version)
    assert seen.code == 0, seen.out + seen.err
    deploy = {
        "copy": {"to": str(stand.served)},
        "health": {"url": stand.service.url, "golden": "golden.jsonl", "within": 0.5}, **more,
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


def test_a_first_version_that_is_not_well_leaves_the_stage_empty(empty: Stand, tmp_path: Path) -> None:
    stand = Stand(empty.shop.copy(tmp_path), empty.service, empty.served)
    shop = stand.shop
    seen = release(stand, "broken", "v1.0.0")
    assert (seen.code, "no earlier version can stand at prod, so it is left empty" in seen.out) == (1, True), seen.out
    assert shop.kinds == ["register", "promote", "projected", "deployed", "refused", "withdraw"]
    assert shop.ledger.state.current("churn", "prod") is None
    assert not (shop.store / "churn/stages/prod").exists()
    assert "churn#prod!#2" in shop.place.tags()
    assert "withdraw churn@v1.0.0 from prod, which is empty now" in shop.run("log").out
    assert shop.run("pull", "churn#prod").code == 2
    assert shop.run("audit", "verify").code == 0


def test_after_a_withdrawal_the_next_version_is_a_first_one_and_nobody_goes_back_to_the_withdrawn(
    empty: Stand, tmp_path: Path
) -> None:
    stand = Stand(empty.shop.copy(tmp_path), empty.service, empty.served)
    assert release(stand, "broken", "v1.0.0").code == 1
    again = json.loads(stand.shop.run("promote", "churn@v1.0.0", "--stage", "prod", "--json").out)
    assert [reason["code"] for reason in again["reasons"]] == ["replayed"]
    assert release(stand, "good", "v1.1.0").code == 0
    seen = stand.shop.run("rollback", "churn", "--stage", "prod", "--reason", "x", "--json")
    (passed,) = json.loads(seen.out)["passed_over"]
    assert "was withdrawn from 'prod' before: the deployment of v1.0.0 failed" in passed["reasons"][0]["message"]


def test_a_service_that_is_well_is_recorded_as_deployed_and_not_deployed_again(stand: Stand) -> None:
    assert deployed(stand.shop) == [("v1.0.0", True)]
    assert stand.shop.run("promote", "churn@v1.0.0", "--stage", "prod").code == 0
    assert deployed(stand.shop) == [("v1.0.0", True)]
    assert json.loads(stand.shop.run("deploy", "churn#prod", "--json").out)["done"] is True
    assert deployed(stand.shop) == [("v1.0.0", True)] * 2


def test_a_failing_health_check_rolls_back_within_one_command(stand: Stand) -> None:
    seen = release(stand, "broken", "v1.1.0", "good")
    assert seen.code == 1
    assert "churn@v1.1.0 did not get well at prod" in seen.out
    assert "churn@v1.0.0 is at prod again" in seen.out
    assert (current(stand.shop), stand.serves) == ("v1.0.0", "good")
    assert stand.shop.kinds[-6:] == ["promote", "projected", "deployed", "rollback", "projected", "deployed"]
    assert deployed(stand.shop)[-2:] == [("v1.1.0", False), ("v1.0.0", True)]


@pytest.mark.parametrize(
    ("script", "why"), [("sleep 60", "not ended after 1 s"), ('echo "$DEPLOY_TOKEN"; exit 7', "ended with 7")]
)
def test_a_hook_that_goes_wrong_is_recorded_and_does_no_harm(stand: Stand, script: str, why: str) -> None:
    once = f'[ "$MLGATE_ACTION" = return ] || {{ {script}; }}'
    command, names = {"run": ["sh", "-c", once]}, ["DEPLOY_TOKEN"]
    seen = release(stand, "better", "v1.1.0", "good", command=command, timeout=1, environment=names)
    events = [record.event for record in stand.shop.ledger.events]
    assert seen.code == 1
    assert why in seen.out
    assert current(stand.shop) == "v1.0.0"
    assert any(why in event.message for event in events if isinstance(event, Deployed))
    assert "s3cr3t" not in seen.out + seen.err + "".join(r.data.decode() for r in stand.shop.ledger.events)


def test_a_rollback_by_a_person_is_deployed_too(stand: Stand) -> None:
    assert release(stand, "better", "v1.1.0", "good").code == 0
    assert stand.serves == "better"
    assert stand.shop.run("rollback", "churn", "--stage", "prod", "--reason", "recall fell").code == 0
    assert stand.serves == "good"


def test_reconcile_deploys_what_a_crash_left_out_and_nothing_else(stand: Stand) -> None:
    shop = stand.shop
    assert shop.run("reconcile").out == "registry and service show what the ledger decided\n"
    path = shop.evidence(shop.train("better"), "good")
    assert shop.run("register", "--evidence", str(path), "--version", "v1.1.0").code == 0
    deploy = json.loads((shop.clone.path / "stages.yml").read_text())["stages"]["prod"]["deploy"]
    shop.stages({"prod": {"approval": []}})  # the promotion ends before anything is deployed
    assert shop.run("promote", "churn@v1.1.0", "--stage", "prod").code == 0
    shop.stages({"prod": {"approval": [], "deploy": deploy}})
    seen = shop.run("reconcile", "--dry-run")
    assert (seen.code, "no deployment of v1.1.0" in seen.out, stand.serves) == (1, True, "good")
    seen = shop.run("reconcile")
    assert (seen.code, "(mended)" in seen.out, stand.serves) == (0, True, "better"), seen.out
    assert deployed(shop)[-1] == ("v1.1.0", True)


def test_reconcile_goes_back_where_what_was_left_out_is_not_well(stand: Stand) -> None:
    shop = stand.shop
    path = shop.evidence(shop.train("broken"), "good")
    assert shop.run("register", "--evidence", str(path), "--version", "v1.1.0").code == 0
    deploy = json.loads((shop.clone.path / "stages.yml").read_text())["stages"]["prod"]["deploy"]
    shop.stages({"prod": {"approval": []}})
    assert shop.run("promote", "churn@v1.1.0", "--stage", "prod").code == 0
    shop.stages({"prod": {"approval": [], "deploy": deploy}})
    seen = shop.run("reconcile", "--json")
    (difference,) = json.loads(seen.out)
    assert (seen.code, "did not get well at prod" in difference["message"]) == (1, True), seen.out
    assert (current(shop), stand.serves) == ("v1.0.0", "good")


def test_a_stage_that_says_nothing_of_deployment_cannot_be_deployed(stand: Stand) -> None:
    stand.shop.stages({"prod": {}})
    seen = stand.shop.run("deploy", "churn#prod")
    assert seen.code == 2
    assert "does not say how 'prod' is deployed" in seen.err
