"""Copy: a folder for each version, and the link `current`, which changes from one version to the next at once."""

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from mlgate.deploying.job import HookFailed
from mlgate.deploying.settings import Copy
from mlgate.deploying.steps import Step
from mlgate.transfer.files import arrive, chunks, inside

CURRENT = "current"


def perform(settings: Copy, step: Step) -> Mapping[str, str]:
    """`to/current` leads to the version's files, copied and verified again."""
    release, to = step.job.release, step.job.path(settings.to)
    name = f"{release.version}-{release.sha256[:12]}"
    if not Path(settings.to).is_absolute():
        raise HookFailed(f"'{settings.to}' is no absolute path, and relative ones are gone after the deployment")
    try:
        to.mkdir(parents=True, exist_ok=True)
        if not (to / name).is_dir():
            arrive(release, to / name, lambda file: chunks(inside(step.job.folder, file.name)))
        link = to / f".{CURRENT}.{secrets.token_hex(6)}"
        link.symlink_to(name)
        link.replace(to / CURRENT)
        _tidy(to, name, settings.keep)
    except OSError as error:
        raise HookFailed(f"the model could not be copied to {to}: {error.strerror}") from None
    return {"deployed": str(to / CURRENT)}


def _tidy(to: Path, present: str, keep: int) -> None:
    """Only the newest versions are kept, and the present one."""
    found = [path for path in to.iterdir() if path.is_dir() and not path.is_symlink() and path.name != present]
    found = [path for path in found if path.name.startswith("v") and "-" in path.name]
    for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)[keep - 1 :]:
        shutil.rmtree(path)
