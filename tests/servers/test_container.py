"""A release as a container: built by buildah, pushed by digest to a real registry, started, asked, and rolled back."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from mlgate.ledger.events import Deployed
from tests.promotion.shop import Shop, make_shop
from tests.servers.programs import free_port, oci_registry, program

ROOT = Path(__file__).parent.parent.parent
BASE = ROOT / "build/base-image"  # Debian with FastAPI, made once
PACKAGES = "python3-fastapi,python3-uvicorn"
GOOD, BROKEN = '{"intercept": 0.5, "income": 0.125, "debt": -0.5}', '{"intercept": 1.0, "income": 0.125, "debt": -0.5}'
START = """#!/bin/sh
set -eu
[ ! -f {state}/pid ] || kill -s KILL -- "-$(cat {state}/pid)" || true
container=$({buildah} from --tls-verify=false --signature-policy {state}/policy.json "$MLGATE_IMAGE")
setsid {buildah} run "$container" -- python3 -m uvicorn app:app --port {port} > {state}/service.log 2>&1 < /dev/null &
echo $! > {state}/pid
"""

pytestmark = pytest.mark.skipif(
    not os.environ.get("MLGATE_CONTAINER"), reason="makes an image of Debian, as root: make container"
)


@pytest.fixture(scope="module")
def base() -> Path:
    """A root file system with Python and FastAPI."""
    if not (BASE / "done").is_file():
        shutil.rmtree(BASE, ignore_errors=True)
        command = [program("debootstrap"), "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(BASE / "root")]
        subprocess.run(command, check=True, capture_output=True)
        (BASE / "done").touch()
    return BASE / "root"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """Where containers, and the process id of the one that serves, are kept; nothing of it runs at the end."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    yield folder
    with suppress(OSError, ValueError):
        os.killpg(int((folder / "pid").read_text()), signal.SIGKILL)


def buildah(state: Path) -> list[str]:
    """The builder with a storage of its own."""
    return [
        program("buildah"), "--storage-driver", "vfs", "--root", f"{state}/storage", "--runroot", f"{state}/run",
    ]  # fmt: skip


def push_base(state: Path, base: Path, host: str) -> str:
    """The base image by its digest, as a Dockerfile's `FROM` should name it."""

    def run(*arguments: str) -> str:
        return subprocess.run([*buildah(state), *arguments], check=True, capture_output=True, text=True).stdout.strip()

    container = run("from", "scratch")
    run("add", container, str(base), "/")
    image = run("commit", "--signature-policy", f"{state}/policy.json", container)
    digest = state / "digest"
    run("push", "--tls-verify=false", "--signature-policy", f"{state}/policy.json", "--digestfile", str(digest), image,
        f"docker://{host}/base:1")  # fmt: skip
    return f"{host}/base@{digest.read_text().strip()}"


def settings(state: Path, host: str, base: str, port: int) -> dict[str, Any]:
    """How the stage is deployed."""
    policy = f"--signature-policy={state}/policy.json"
    return {
        "image": {
            "name": f"{host}/churn-service", "dockerfile": "service/Dockerfile", "context": "service",
            "arguments": [f"BASE={base}", "MODEL_FILE=model.bin"], "builder": buildah(state),
            "build-options": ["--tls-verify=false", "--isolation=chroot", policy],
            "push-options": ["--tls-verify=false", policy],
        },
        "command": {"run": ["./start.sh"]},
        "health": {"url": f"http://127.0.0.1:{port}/predict", "golden": "service/golden.jsonl", "within": 60},
    }  # fmt: skip


def release(shop: Shop, text: str, version: str, deploy: dict[str, Any], champion: str | None = None) -> Any:
    """How the promotion of a model of this text ends."""
    commit = shop.train(text)
    seen = shop.run("register", "--evidence", str(shop.evidence(commit, champion)), "--version", version)
    assert seen.code == 0, seen.out + seen.err
    shop.ask(version, deploy=deploy)
    return shop.run("promote", f"churn@{version}", "--stage", "prod", environ={"BUILDAH_ISOLATION": "chroot"})


def test_a_broken_container_is_rolled_back_to_the_one_before(tmp_path: Path, state: Path, base: Path) -> None:
    port, shop = free_port(), make_shop(tmp_path / "shop")
    shutil.copytree(ROOT / "examples/service", shop.clone.path / "service")
    start = START.format(state=state, buildah=" ".join(buildah(state)), port=port)
    shop.clone.write("start.sh", start)
    (shop.clone.path / "start.sh").chmod(0o755)
    shop.merge("the service")
    row = {"id": "1", "income": 2.0, "debt": 1.0}
    with oci_registry(tmp_path / "registry") as host:
        deploy = settings(state, host, push_base(state, base, host), port)
        seen = release(shop, GOOD, "v1.0.0", deploy)
        assert seen.code == 0, seen.out + seen.err
        served = requests.post(f"http://127.0.0.1:{port}/predict", json=row, timeout=10).json()
        assert served == {"score": 0.25, "model_sha256": shop.first.sha256}
        seen = release(shop, BROKEN, "v1.1.0", deploy, GOOD)
        assert seen.code == 1
        assert "answer.score is 0.75, and 0.25 was expected" in seen.out
        assert requests.post(f"http://127.0.0.1:{port}/predict", json=row, timeout=10).json() == served
    events = [record.event for record in shop.ledger.events if isinstance(record.event, Deployed)]
    assert [(event.version, event.ok) for event in events] == [("v1.0.0", True), ("v1.1.0", False), ("v1.0.0", True)]
    assert all(event.image.startswith(f"{host}/churn-service@sha256:") for event in (events[0], events[2]))
    logged = [json.loads(line) for line in (state / "service.log").read_text().splitlines() if line.startswith("{")]
    assert {line["model_sha256"] for line in logged} == {shop.first.sha256}
