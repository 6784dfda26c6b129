"""The shipped hooks: copy, http, manifest, and the image by a stand-in for the builder."""

import os
from pathlib import Path

import pytest
import yaml

from mlgate.deploying.deploying import deploy
from mlgate.deploying.job import HookFailed, Job
from mlgate.deploying.settings import Deploy
from mlgate.deploying.steps import perform
from tests.deploying.stage import PATH, make_job, serving, settings
from tests.registries.contract import quiet

DIGEST = "sha256:" + "d" * 64
MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {name: churn}
spec:
  replicas: 2
  selector: {matchLabels: {app: churn}}
  template:
    metadata: {labels: {app: churn}}
    spec:
      containers:
        - {name: service, image: "churn:old", env: [{name: MLGATE_SHA256, value: old}, {name: MODE, value: fast}]}
        - {name: proxy, image: "envoy:1"}
---
apiVersion: v1
kind: Service
metadata: {name: churn}
spec: {selector: {app: churn}, ports: [{port: 80}]}
"""
KSERVE = """apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: churn}
spec: {predictor: {containers: [{name: service, image: "churn:old"}]}}
"""


def test_copy_changes_from_one_version_to_the_next_at_once(tmp_path: Path) -> None:
    to = settings(copy={"to": str(tmp_path / "served"), "keep": 2})
    for version in ("v1.0.0", "v1.1.0", "v1.2.0", "v1.1.0"):
        perform(make_job(tmp_path, version=version), to, quiet)
        assert (tmp_path / "served/current/model.bin").read_text() == f"the model {version}"
    assert (tmp_path / "served/current").is_symlink()
    assert len([path for path in (tmp_path / "served").iterdir() if path.name != "current"]) == 2


def test_copy_does_not_put_bytes_in_service_that_changed_on_the_way(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    (job.folder / "model.bin").write_text("another model.!.")
    outcome = deploy(job, settings(copy={"to": str(tmp_path / "served")}), quiet)
    assert "did not arrive as it was registered" in outcome.message
    assert not (tmp_path / "served/current").exists()


def test_http_tells_the_job_with_a_token_and_no_path_of_this_machine(tmp_path: Path) -> None:
    with serving() as service:
        job = make_job(tmp_path, {"HOOK_TOKEN": "s3cr3t"})
        perform(job, settings(http={"url": service.url, "token": "HOOK_TOKEN"}), quiet)
    ((_, headers, body),) = service.asked
    assert headers["Authorization"] == "Bearer s3cr3t"
    assert (body["version"], body["sha256"], body["stage"]) == ("v1.0.0", job.release.sha256, "prod")
    assert str(tmp_path) not in str(body)


def test_http_that_is_refused_fails_without_the_token_in_it(tmp_path: Path) -> None:
    with serving() as service:
        service.status = 403
        job = make_job(tmp_path, {"HOOK_TOKEN": "s3cr3t"})
        outcome = deploy(job, settings(http={"url": f"{service.url}?key=abc", "token": "HOOK_TOKEN"}), quiet)
    assert outcome.message == "POST 127.0.0.1/predict: HTTP 403"


def patched(tmp_path: Path, text: str, **more: object) -> list[dict[str, object]]:
    """The manifest after the hook, with an image that was built before."""
    from mlgate.deploying.hooks import manifest
    from mlgate.deploying.settings import Manifest
    from mlgate.deploying.steps import Step

    (tmp_path / "k8s.yml").write_text(text)
    job = make_job(tmp_path)
    wanted = Manifest(files=("k8s.yml",), container="service", into="out", **more)  # type: ignore[arg-type]
    step = Step(job, Deploy(), {**job.facts, "image": f"ghcr.io/acme/churn@{DIGEST}"})
    assert manifest.perform(wanted, step) == {"manifests": str(tmp_path / "out")}
    return list(yaml.safe_load_all((tmp_path / "out/k8s.yml").read_text()))


def test_a_manifest_gets_image_digest_and_measured_resources(tmp_path: Path) -> None:
    deployment, service = patched(tmp_path, MANIFEST, memory_mib=400.0, latency_ms=35.0, rate=20.0)
    template = deployment["spec"]["template"]  # type: ignore[index]
    ours, proxy = template["spec"]["containers"]
    assert ours["image"] == f"ghcr.io/acme/churn@{DIGEST}"
    assert {each["name"] for each in ours["env"]} == {"MODE", "MLGATE_MODEL", "MLGATE_VERSION", "MLGATE_SHA256"}
    assert ours["resources"] == {"requests": {"memory": "500Mi", "cpu": "1000m"}, "limits": {"memory": "800Mi"}}
    assert proxy == {"name": "proxy", "image": "envoy:1"}
    assert len(template["metadata"]["annotations"]["mlgate.io/model-sha256"]) == 64
    assert service == list(yaml.safe_load_all(MANIFEST))[1]


def test_a_manifest_of_kserve_is_filled_too(tmp_path: Path) -> None:
    (served,) = patched(tmp_path, KSERVE)
    assert served["spec"]["predictor"]["containers"][0]["image"].endswith(DIGEST)  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "fault"),
    [("a: [", "is no YAML"), (MANIFEST.replace("name: service", "name: other"), "no manifest has a container"),
     ("!!python/object/apply:os.system ['touch x']", "is no YAML"), ("[1]", "no manifest has a container")],
)  # fmt: skip
def test_a_manifest_that_cannot_be_filled_is_told(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(HookFailed, match=fault):
        patched(tmp_path, text)


def stand_in(tmp_path: Path, name: str) -> dict[str, str]:
    """An environment in which a builder only writes down how it was called."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / name
    script.write_text(
        f"#!/bin/sh\nprintf '%s ' \"$@\" >> {tmp_path}/calls; echo >> {tmp_path}/calls\n"
        f'for last; do :; done; [ "$1" = build ] && cp "$last/model/model.bin" {tmp_path}/inside\n'
        f"[ \"$1\" = push ] && echo 'v1: digest: {DIGEST} size: 5'\nexit 0\n"
    )
    script.chmod(0o755)
    return {"PATH": f"{tmp_path}/bin:{PATH}"}


def image_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **more: object) -> tuple[Job, Deploy]:
    """A job and its settings, with docker's stand-in on the path."""
    environ = stand_in(tmp_path, "docker")
    monkeypatch.setenv("PATH", f"{environ['PATH']}:{os.environ['PATH']}")
    (tmp_path / "service").mkdir(exist_ok=True)
    (tmp_path / "service/Dockerfile").write_text("FROM scratch\n")
    wanted = {"name": "ghcr.io/acme/churn", "context": "service", "dockerfile": "service/Dockerfile", **more}
    return make_job(tmp_path, environ), settings(image=wanted)


def test_an_image_holds_the_model_and_is_known_by_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, wanted = image_of(tmp_path, monkeypatch)
    outcome = deploy(job, wanted, quiet)
    assert (outcome.message, outcome.image) == ("", f"ghcr.io/acme/churn@{DIGEST}")
    assert (tmp_path / "inside").read_text() == "the model v1.0.0"
    build, push = (tmp_path / "calls").read_text().splitlines()
    assert f"MODEL_SHA256={job.release.sha256}" in build
    assert push.strip() == "push ghcr.io/acme/churn:v1.0.0"


@pytest.mark.parametrize("name", ["churn", "ghcr.io/acme/churn:latest", "--privileged", "GHCR.io/Acme"])
def test_an_image_needs_a_whole_name_without_a_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert "cannot be the name of an image" in deploy(*image_of(tmp_path, monkeypatch, name=name), quiet).message
