"""Manifests: a release as an OCI artifact, of which equal releases are equal bytes."""

import hashlib
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from mlgate.evidence import canonical
from mlgate.registries.backend import Release

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"  # of an image, since skopeo and others refuse any other
CONFIG = canonical({"architecture": "unknown", "os": "unknown", "rootfs": {"type": "layers", "diff_ids": []}})
FILE_TYPE, RECORD_TYPE = "application/vnd.mlgate.model.file.v1", "application/vnd.mlgate.release.v1+json"
MODEL_TYPE, CLEARED_TYPE = "application/vnd.mlgate.model.v1", "application/vnd.mlgate.cleared.v1"
MAX_MANIFEST = 4 * 2**20
VERSION = "org.opencontainers.image.version"


class Manifest(Struct, frozen=True):
    """Of a manifest what is read here."""

    annotations: dict[str, Annotated[str, Meta(max_length=4_000)]] = {}


def digest(data: bytes) -> str:
    """The digest as registries write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def record(release: Release) -> bytes:
    """The release's own record, the layer that names the evidence."""
    return canonical(release)


def manifest(release: Release) -> bytes:
    """The release's manifest."""
    files = [
        {"mediaType": FILE_TYPE, "digest": f"sha256:{file.sha256}", "size": file.size,
         "annotations": {"org.opencontainers.image.title": file.name}}
        for file in release.files
    ]  # fmt: skip
    return canonical({
        **_frame(MODEL_TYPE), "layers": [*files, _descriptor(RECORD_TYPE, record(release))],
        "annotations": {
            "org.opencontainers.image.title": release.model, VERSION: release.version,
            "org.opencontainers.image.revision": release.source_sha,
            "io.mlgate.model.sha256": release.sha256, "io.mlgate.evidence.sha256": release.evidence_sha256,
        },
    })  # fmt: skip


def cleared() -> bytes:
    """What a stage's tag names when nothing is there; most registries cannot take a tag away without its manifest."""
    return canonical({**_frame(CLEARED_TYPE), "layers": [_descriptor(CONFIG_TYPE, CONFIG)]})


def version_in(data: bytes) -> str | None:
    """The version that a manifest says it is."""
    try:
        return msgspec.json.decode(data, type=Manifest).annotations.get(VERSION)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _frame(kind: str) -> dict[str, Any]:
    config = _descriptor(CONFIG_TYPE, CONFIG)
    return {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind, "config": config}


def _descriptor(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest(data), "size": len(data)}
