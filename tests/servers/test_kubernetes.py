"""Patched manifests are what Kubernetes accepts, by its own schemas."""

import subprocess
from pathlib import Path

from mlgate.deploying.hooks import manifest
from mlgate.deploying.settings import Deploy, Manifest
from mlgate.deploying.steps import Step
from tests.deploying.stage import make_job
from tests.servers.programs import program

EXAMPLE = Path(__file__).parent.parent.parent / "examples/service/k8s.yml"


def test_the_examples_manifest_is_valid_after_it_was_filled(tmp_path: Path) -> None:
    (tmp_path / "k8s.yml").write_text(EXAMPLE.read_text())
    job = make_job(tmp_path)
    facts = {**job.facts, "image": f"ghcr.io/acme/churn-service@sha256:{'d' * 64}"}
    wanted = Manifest(files=("k8s.yml",), container="service", into="out", memory_mib=120.0, latency_ms=4.0, rate=50.0)
    manifest.perform(wanted, Step(job, Deploy(), facts))
    command = [program("kubernetes-validate"), "--strict", str(tmp_path / "out/k8s.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
