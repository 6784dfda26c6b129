"""Actions, workflows and scripts as the linters of their kind see them."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from mlgate.adopting.workflows import Gated, gate_workflow, report_workflow
from tests.docs.prose import blocks
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


UNKNOWN_ELSEWHERE = dict.fromkeys(  # a key that only github.com has
    ("the example's", "the promotion's"), ("-ignore", "cache-mode: read")
)
IGNORED = "zizmor: ignore[dangerous-triggers]"
ADOPTED = {
    "init's": {
        "mlgate.yml": gate_workflow([Gated("mlgate.yml")], "main"),
        "report.yml": report_workflow(["a.yml"], knows_cache_mode=True),
    },
    "the promotion's": {
        name[1]: text
        for text in blocks(ROOT / "docs" / "promotion.md", "yaml")
        if (name := re.search(r"workflows/(mlgate-\S+\.yml): ", text))
    },
    "the example's": {
        path.name: path.read_text(encoding="utf-8")
        for path in (ROOT / "examples" / "mortgage" / ".github" / "workflows").iterdir()
    },
}


@pytest.mark.parametrize("command", LINTERS.values(), ids=LINTERS)
def test_linter_finds_nothing(command: tuple[str, ...]) -> None:
    code, said = lint(*command)
    assert code == 0, said


@pytest.mark.parametrize(
    ("name", "persona"), [("init's", "pedantic"), ("the promotion's", "regular"), ("the example's", "regular")]
)
def test_linters_find_nothing_in_the_files_of_adopters(name: str, persona: str, tmp_path: Path) -> None:
    """The one finding, that of `workflow_run`, is ignored where it stands, with its reason."""
    paths = written(ADOPTED[name], tmp_path)
    zizmor = ("zizmor", "--offline", "--persona", persona, "--no-progress", "--config", ".github/zizmor.yml")
    for command in (
        zizmor,
        ("actionlint", "-color=false", *UNKNOWN_ELSEWHERE.get(name, ())),
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
    ):
        code, said = lint(*command, *paths)
        assert code == 0, said
    shown = {file: text.replace(IGNORED, "") for file, text in ADOPTED[name].items()}
    code, said = lint(*zizmor, *written(shown, tmp_path))
    assert set(re.findall(r"^[a-z]+\[([a-z-]+)\]", said, re.MULTILINE)) == {"dangerous-triggers"}, said


def written(files: Mapping[str, str], folder: Path) -> list[str]:
    """The workflows as files, by their paths."""
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (workflows / name).write_text(text, encoding="utf-8")
    return [str(workflows / name) for name in sorted(files)]


def lint(*command: str) -> tuple[int, str]:
    """The exit code of a linter at the top of this repository, and what it said."""
    program = find(command[0])
    path = f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}"  # actionlint calls shellcheck
    done = subprocess.run(
        [program, *command[1:]],
        cwd=ROOT, env=os.environ | {"PATH": path, "NO_COLOR": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode()
