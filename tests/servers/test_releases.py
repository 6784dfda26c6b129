"""The whole way of a model by the commands, on a real MLflow server and a real OCI registry."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgate.registries.backend import open_backend
from tests.promotion.shop import Shop, make_shop
from tests.servers.programs import mlflow_server, oci_registry


@pytest.fixture(scope="module", params=["mlflow", "oci"])
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "mlflow":
        with mlflow_server(folder) as address:
            yield f"mlflow:{address}"
    else:
        with oci_registry(folder) as host:
            yield f"oci://{host}/models"


def test_a_model_goes_up_is_killed_on_its_way_and_comes_back(registry: str, tmp_path: Path) -> None:
    shop = Shop(make_shop(tmp_path).place, tmp_path, registry)
    shop.stages({"prod": {}})
    shop.release("one", "v1.0.0")
    chance, champion = random.Random(7), "one"
    for number in range(1, 5):
        commit = shop.train(f"text {number}")
        path = shop.evidence(commit, champion)
        assert shop.run("register", "--evidence", str(path), "--version", f"v1.{number}.0").code == 0
        shop.ask(f"v1.{number}.0")
        process = shop.start("promote", f"churn@v1.{number}.0", "--stage", "prod")
        time.sleep(chance.uniform(0.3, 2.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        seen = shop.run("promote", f"churn@v1.{number}.0", "--stage", "prod")
        assert seen.code == 0, seen.out + seen.err
        champion = f"text {number}"
    assert shown(registry) == {"prod": "v1.4.0"}
    open_backend(registry, {}).clear("churn", "prod")
    seen = shop.run("reconcile")
    assert (seen.code, "(mended)" in seen.out) == (0, True), seen.out
    assert shop.run("rollback", "churn", "--stage", "prod", "--reason", "x").code == 0
    assert shown(registry) == {"prod": "v1.3.0"}
    assert shop.run("pull", "churn#prod", "--into", str(tmp_path / "pulled")).code == 0
    assert (tmp_path / "pulled" / "model.bin").read_text() == "text 3"
    seen = shop.run("audit", "verify")
    assert seen.code == 0, seen.out
    assert shop.kinds.count("promote") == 5
    assert subprocess.run(["git", "-C", str(shop.place.bare), "fsck", "--strict"], check=False).returncode == 0


def shown(registry: str) -> dict[str, str]:
    """What the server shows."""
    return dict(open_backend(registry, {}).shown("churn"))
