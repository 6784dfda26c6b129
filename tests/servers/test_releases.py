"""The whole way of a model by the commands, on a real MLflow server, a real OCI registry and the fake of GitHub.

`make promotions` kills many promotions on each of them, `make servers` a few.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlgate.registries.backend import open_backend
from tests.github_fake.server import FakeGitHub
from tests.github_fake.world import Limits
from tests.promotion.shop import Shop, make_shop
from tests.servers.programs import mlflow_server, oci_registry

KILLED = max(4, int(os.environ.get("MLGATE_ROUNDS", "0")) // 5)


def nothing(_: str) -> None:
    """Is not needed."""


@dataclass(frozen=True)
class Registry:
    """A server: its URL, what a command needs to use it, and what happens there when git gets a tag."""

    url: str
    environ: Mapping[str, str] = field(default_factory=dict)
    tagged: Callable[[str], None] = nothing

    @property
    def shown(self) -> dict[str, str]:
        """The stages that it shows."""
        return dict(open_backend(self.url, self.environ).shown("churn"))


@pytest.fixture(scope="module", params=["mlflow", "oci", "github"])
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The server."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "mlflow":
        with mlflow_server(folder) as address:
            yield Registry(f"mlflow:{address}")
    elif request.param == "oci":
        with oci_registry(folder) as host:
            yield Registry(f"oci://{host}/models")
    else:
        with FakeGitHub(limits=Limits(None, None)) as fake:  # its clock stands still, so a minute never ends
            repository = fake.repository("acme/churn")
            token = fake.token(repository, {"contents": "write"})
            environ = {"GITHUB_TOKEN": token, "GITHUB_API_URL": fake.url, "NO_PROXY": "127.0.0.1"}

            def tagged(name: str) -> None:
                repository.set_ref(f"tags/{name}", repository.tip("main"))

            yield Registry("github:acme/churn", environ, tagged)


def register(shop: Shop, registry: Registry, text: str, version: str, champion: str | None) -> None:
    """The model of this text is a version, whose tag the server has."""
    path = shop.evidence(shop.train(text), champion)
    registry.tagged(f"churn@{version}")
    seen = shop.run("register", "--evidence", str(path), "--version", version)
    assert seen.code == 0, seen.out + seen.err
    shop.ask(version)


def test_promotions_that_are_killed_leave_ledger_and_registry_alike(registry: Registry, tmp_path: Path) -> None:
    shop = Shop(make_shop(tmp_path).place, tmp_path, registry.url, registry.environ)
    shop.stages({"prod": {}})
    register(shop, registry, "one", "v1.0.0", None)
    assert shop.run("promote", "churn@v1.0.0", "--stage", "prod").code == 0
    chance, champion, longest = random.Random(7), "one", 2.5
    for number in range(1, KILLED + 1):
        version = f"v1.{number}.0"
        register(shop, registry, f"text {number}", version, champion)
        process, began = shop.start("promote", f"churn@{version}", "--stage", "prod"), time.monotonic()
        time.sleep(chance.uniform(0.3, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if number % 2:  # the next command, or a repair, finishes what was cut off
            seen = shop.run("promote", f"churn@{version}", "--stage", "prod")
            longest = max(longest, min(8.0, time.monotonic() - began))
            assert seen.code == 0, seen.out + seen.err
        assert shop.run("reconcile").code == 0
        there = shop.ledger.state.current("churn", "prod").version
        assert registry.shown == {"prod": there}, "after a repair the registry shows what the ledger has"
        champion = f"text {there.split('.')[1]}" if there != "v1.0.0" else "one"
    open_backend(registry.url, registry.environ).clear("churn", "prod")
    seen = shop.run("reconcile")
    assert (seen.code, "(mended)" in seen.out) == (0, True), seen.out
    there = shop.ledger.state.current("churn", "prod").version
    assert shop.run("rollback", "churn", "--stage", "prod", "--reason", "x").code == 0
    before = shop.ledger.state.current("churn", "prod").version
    assert (registry.shown, before < there) == ({"prod": before}, True)
    assert shop.run("pull", "churn#prod", "--into", str(tmp_path / "pulled")).code == 0
    assert shop.run("audit", "verify").code == 0
    assert subprocess.run(["git", "-C", str(shop.place.bare), "fsck", "--strict"], check=False).returncode == 0
