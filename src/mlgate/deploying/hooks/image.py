"""Image: a container image with the model in it, by the builder that is there, known by its digest from then on."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlgate.deploying.job import HookFailed
from mlgate.deploying.settings import Image
from mlgate.deploying.steps import Step
from mlgate.scratch import scratch_folder

BUILDERS = ("docker", "podman", "buildah")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PUSHED = re.compile(r"\bdigest: (sha256:[0-9a-f]{64}) size:")  # how docker says it
_NAME = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+")


def perform(settings: Image, step: Step) -> Mapping[str, str]:
    """The image is in its registry; `image` names it by digest."""
    if not _NAME.fullmatch(settings.name):
        raise HookFailed(
            f"'{settings.name}' cannot be the name of an image: lower case, with its registry, without a tag"
        )
    builder = settings.builder or _found()
    release = step.job.release
    tagged = f"{settings.name}:{release.version}"
    labels = {
        "io.mlgate.model": str(release), "io.mlgate.model.sha256": release.sha256,
        "org.opencontainers.image.revision": release.source_sha,
    }  # fmt: skip
    with scratch_folder() as folder:
        context = _context(settings, step, folder / "context")
        file = step.job.path(settings.dockerfile)
        options = [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]
        for argument in (*settings.arguments, f"MODEL_SHA256={release.sha256}"):
            options += ["--build-arg", argument]
        step.run(
            [*builder, "build", *settings.build_options, *options, "--file", str(file), "--tag", tagged, str(context)]
        )
        return {"image": f"{settings.name}@{_push(builder, settings, step, tagged, folder / 'digest')}"}


def _found() -> Sequence[str]:
    for name in BUILDERS:
        if shutil.which(name):
            return (name,)
    raise HookFailed(f"none of {', '.join(BUILDERS)} is installed here, and an image needs one of them")


def _context(settings: Image, step: Step, into: Path) -> Path:
    """The context with the model in its folder `model`; the user's own folder is not changed."""
    shutil.copytree(
        step.job.path(settings.context), into, symlinks=True, ignore=shutil.ignore_patterns(".git", ".venv")
    )
    if (into / "model").exists():
        raise HookFailed(f"the context {settings.context} has a 'model' of its own, where the release's goes")
    shutil.copytree(step.job.folder, into / "model")
    return into


def _push(builder: Sequence[str], settings: Image, step: Step, tagged: str, file: Path) -> str:
    """The digest by which the registry knows what was pushed."""
    if Path(builder[0]).name == "docker":
        said = step.run([*builder, "push", *settings.push_options, tagged])
        found = _PUSHED.search(said)
        digest = found[1] if found else ""
    else:
        step.run([*builder, "push", *settings.push_options, "--digestfile", str(file), tagged, f"docker://{tagged}"])
        digest = file.read_text().strip() if file.is_file() else ""
    if not _DIGEST.fullmatch(digest):
        raise HookFailed(f"'{builder[0]}' pushed {tagged} and did not say its digest")
    return digest
