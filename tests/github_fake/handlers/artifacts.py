"""Artifacts of runs."""

import hashlib

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, operation
from tests.github_fake.clock import stamp
from tests.github_fake.handlers.runs import READ, the_run
from tests.github_fake.state import Artifact


def is_expired(call: Call, artifact: Artifact) -> bool:
    """Whether an artifact's bytes are gone."""
    return artifact.expired or artifact.expires <= call.now


def render_artifact(call: Call, artifact: Artifact) -> render.Json:
    """An artifact."""
    repository = call.repository
    run = repository.runs.get(artifact.run)
    assert run
    url = f"{render.api(repository)}/actions/artifacts/{artifact.id}"
    return render.fill(
        "artifact",
        id=artifact.id,
        node_id=render.node_id("A", artifact.id),
        name=artifact.name,
        size_in_bytes=len(artifact.content),
        digest=f"sha256:{hashlib.sha256(artifact.content).hexdigest()}",
        url=url,
        archive_download_url=f"{url}/zip",
        expired=is_expired(call, artifact),
        created_at=stamp(artifact.created),
        updated_at=stamp(artifact.created),
        expires_at=stamp(artifact.expires),
        workflow_run={
            "id": run.id,
            "repository_id": repository.id,
            **({"head_repository_id": run.head_repository.id} if run.head_repository else {}),
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    )


def the_artifact(call: Call) -> Artifact:
    """The artifact that the path names."""
    artifact = call.repository.artifacts.get(call.path["artifact_id"])
    if artifact is None:
        raise Refused(404, NOT_FOUND)
    return artifact


@operation("actions/list-workflow-run-artifacts", READ)
def list_artifacts(call: Call) -> Reply:
    run, name = the_run(call), call.query.get("name")
    found = [
        each
        for each in reversed(call.repository.artifacts.listed())
        if each.run == run.id and name in (None, each.name)
    ]
    return call.page(found, lambda each: render_artifact(call, each), "artifacts")


@operation("actions/list-artifacts-for-repo", READ)
def list_all_artifacts(call: Call) -> Reply:
    name = call.query.get("name")
    found = [each for each in reversed(call.repository.artifacts.listed()) if name in (None, each.name)]
    return call.page(found, lambda each: render_artifact(call, each), "artifacts")


@operation("actions/get-artifact", READ)
def get_artifact(call: Call) -> Reply:
    return Reply(200, render_artifact(call, the_artifact(call)))


@operation("actions/download-artifact", READ)
def download_artifact(call: Call) -> Reply:
    artifact = the_artifact(call)
    if call.path["archive_format"] != "zip":
        raise Refused(404, NOT_FOUND)
    if is_expired(call, artifact):
        raise Refused(410, "Artifact has expired")
    return Reply(302, None, {"location": call.world.storage.link(artifact.content, "application/zip")})
