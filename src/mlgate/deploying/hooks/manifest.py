"""Manifests: Kubernetes and KServe files with the image by digest, the model as labels, and measured resources."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from mlgate.deploying.job import HookFailed
from mlgate.deploying.settings import Manifest
from mlgate.deploying.steps import Step

MOST_BYTES = 2**20
POD_PATHS = (
    ("spec", "template", "spec"),  # Deployment, StatefulSet, DaemonSet, Job, Knative Service
    ("spec", "jobTemplate", "spec", "template", "spec"),  # CronJob
    ("spec", "predictor"),  # KServe InferenceService
    ("spec",),  # Pod
)
HEADROOM, BURST = 1.25, 2.0  # of measured memory: what is requested, and where the limit is
BUSY = 0.7  # of a CPU, on average


def perform(settings: Manifest, step: Step) -> Mapping[str, str]:
    """The patched files are in `into`; `manifests` names the folder."""
    into = step.job.path(settings.into)
    into.mkdir(parents=True, exist_ok=True)
    patched = 0
    for name in settings.files:
        path = step.job.path(name)
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            raise HookFailed(f"there is no manifest {name}, or it is larger than 1 MiB")
        try:
            documents = [document for document in yaml.safe_load_all(path.read_text()) if document is not None]
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
            raise HookFailed(f"the manifest {name} is no YAML") from None
        patched += sum(_patch(document, settings, step.facts) for document in documents)
        (into / path.name).write_text(yaml.safe_dump_all(documents, sort_keys=False))
    if not patched:
        raise HookFailed(f"no manifest has a container '{settings.container}'")
    return {"manifests": str(into)}


def _patch(document: Any, settings: Manifest, facts: Mapping[str, str]) -> int:
    """How many containers of a document got image, digest and resources."""
    if not isinstance(document, dict):
        return 0
    count = 0
    for pod in _pods(document):
        for container in _containers(pod):
            if container.get("name") == settings.container:
                _fill(container, settings, facts)
                count += 1
    if count:
        _label(document, facts)
    return count


def _pods(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in POD_PATHS:
        found: Any = document
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, dict):
            yield found


def _containers(pod: dict[str, Any]) -> Iterator[dict[str, Any]]:
    listed = pod.get("containers")
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()


def _fill(container: dict[str, Any], settings: Manifest, facts: Mapping[str, str]) -> None:
    if facts.get("image"):
        container["image"] = facts["image"]
    named = {"MLGATE_MODEL": facts["model"], "MLGATE_VERSION": facts["version"], "MLGATE_SHA256": facts["sha256"]}
    kept = [each for each in container.get("env") or [] if not (isinstance(each, dict) and each.get("name") in named)]
    container["env"] = [*kept, *({"name": name, "value": value} for name, value in named.items())]
    for kind, wanted in resources(settings).items():
        container.setdefault("resources", {}).setdefault(kind, {}).update(wanted)


def resources(settings: Manifest) -> dict[str, dict[str, str]]:
    """Requests and limits from what was measured; CPU has no limit, since throttling is worse than sharing.

    >>> resources(Manifest(files=("a",), container="a", into="b", memory_mib=400, latency_ms=35, rate=20))
    {'requests': {'memory': '500Mi', 'cpu': '1000m'}, 'limits': {'memory': '800Mi'}}
    """
    requests, limits = {}, {}
    if settings.memory_mib is not None:
        requests["memory"] = f"{math.ceil(settings.memory_mib * HEADROOM)}Mi"
        limits["memory"] = f"{math.ceil(settings.memory_mib * BURST)}Mi"
    if settings.latency_ms is not None and settings.rate is not None:
        requests["cpu"] = f"{max(10, math.ceil(round(settings.latency_ms * settings.rate / BUSY, 3)))}m"
    return {kind: wanted for kind, wanted in (("requests", requests), ("limits", limits)) if wanted}


def _label(document: dict[str, Any], facts: Mapping[str, str]) -> None:
    """Labels of the object and annotations of its pods, of which the latter make Kubernetes start them anew."""
    metadata = document.setdefault("metadata", {})
    if isinstance(metadata, dict):
        metadata.setdefault("labels", {}).update(
            {"mlgate.io/model": facts["model"][:63], "mlgate.io/version": facts["version"]}
        )
        metadata.setdefault("annotations", {}).update({"mlgate.io/model-sha256": facts["sha256"]})
    template = (document.get("spec") or {}).get("template")
    if isinstance(template, dict):
        inner = template.setdefault("metadata", {})
        inner.setdefault("annotations", {}).update({"mlgate.io/model-sha256": facts["sha256"]})
