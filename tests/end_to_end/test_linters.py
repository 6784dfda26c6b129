"""Actions, workflows and scripts as the linters of their kind see them."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import find

ROOT = Path(__file__).parents[2]
ACTIONS = sorted(map(str, (ROOT / "action.yml", *ROOT.glob("actions/*/action.yml"))))
WORKFLOWS = sorted(map(str, ROOT.glob(".github/workflows/*.yml")))
SCRIPTS = sorted(map(str, (*ROOT.glob("actions/*/*.sh"), *ROOT.glob("requirements/*.sh"), ROOT / ".ci" / "run")))
LINTERS = {
    **{f"act, {Path(w).name}": ("act", "--validate", "--strict", "--workflows", w) for w in WORKFLOWS},
    "actionlint": ("actionlint", "-color=false", *WORKFLOWS),
    "schema of workflows": ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS),
    "schema of actions": ("check-jsonschema", "--builtin-schema", "vendor.github-actions", *ACTIONS),
    "schema of dependabot": ("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"),
    "shellcheck": ("shellcheck", *SCRIPTS),
    "zizmor": (
        *("zizmor", "--offline", "--persona", "pedantic", "--strict-collection", "--no-progress"),
        *("--config", ".github/zizmor.yml", *ACTIONS, ".github"),
    ),
}


@pytest.mark.parametrize("command", LINTERS.values(), ids=LINTERS)
def test_linter_finds_nothing(command: tuple[str, ...]) -> None:
    program = find(command[0])
    env = os.environ | {
        "PATH": f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}"
    }  # actionlint calls shellcheck
    done = subprocess.run(
        [program, *command[1:]], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
