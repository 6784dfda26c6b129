"""Servers and programs as a user has them: started once, on this machine alone, and stopped by their process group."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

STARTING = 240.0  # seconds; MLflow takes 16 on an idle machine


def program(name: str) -> str:
    """The path of a program; without it the test is skipped, which `make servers` counts as a failure in CI."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name}; 'make servers' says where it comes from")
    return found


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], url: str, folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[None]:
    """The command runs and `url` answers; at the end its whole process group is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=folder, stdout=stream, stderr=stream, env={**os.environ, **(environ or {})},
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait(process, url, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=5).status_code < 500:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer:\n{log.read_text()[-3000:]}")


REGISTRY = """version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}
http: {{addr: 127.0.0.1:{port}}}
log: {{level: warn}}
"""


@contextmanager
def oci_registry(folder: Path, more: str = "") -> Iterator[str]:
    """A real OCI registry: its host and port."""
    binary, port = program("docker-registry"), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yml").write_text(REGISTRY.format(folder=folder, port=port) + more)
    with running(
        [binary, "serve", "config.yml"], f"http://127.0.0.1:{port}/v2/", folder, {"OTEL_TRACES_EXPORTER": "none"}
    ):
        yield f"127.0.0.1:{port}"


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """A real MLflow server: its address."""
    binary, port = program("mlflow"), free_port()
    command = [
        binary, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts",
        "--serve-artifacts",
    ]  # fmt: skip
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with running(command, f"http://127.0.0.1:{port}/health", folder, quiet):
        yield f"http://127.0.0.1:{port}"
