"""Small composites in the place of GitHub's own actions, which need GitHub's services."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

REUSABLE = ("gate", "report", "promote", "rollback", "drill")
STEPS = {
    "actions/setup-python": "command -v python3 > /dev/null",
    "actions/upload-artifact": 'mkdir "$ARTIFACTS/$NAME" && cp -R "$ITS_PATH/." "$ARTIFACTS/$NAME"',
    "actions/download-artifact": 'cp -R "$ARTIFACTS/$NAME/." "$ITS_PATH"',
}
USERS = ("action.yml", "actions/*/action.yml", *(f".github/workflows/{name}.yml" for name in REUSABLE))


def write(folder: Path, kit: Path) -> Mapping[str, Path]:
    """A stand-in in `folder` for every pinned action that `kit` uses, by "owner/name@sha"; `checkout` is act's own."""
    text = "\n".join(path.read_text(encoding="utf-8") for pattern in USERS for path in kit.glob(pattern))
    found = sorted(set(re.findall(r"uses: (actions/[a-z-]+)@([0-9a-f]{40})", text)))
    return {f"{name}@{sha}": _write(folder / name, STEPS[name]) for name, sha in found if name in STEPS}


def _write(folder: Path, command: str) -> Path:
    env = {"NAME": "${{ inputs.name }}", "ITS_PATH": "${{ inputs.path }}"}
    action = {
        "name": folder.name,
        "description": "stand-in",
        "inputs": {name: {"default": ""} for name in ("name", "path", "python-version", "if-no-files-found")},
        "runs": {"using": "composite", "steps": [{"shell": "bash", "env": env, "run": command}]},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "action.yml").write_text(yaml.safe_dump(action), encoding="utf-8")
    return folder
