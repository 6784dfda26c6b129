"""A release pins its own actions by hash, in its workflows and in what `init` writes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlgate.adopting.pins import RELEASE

ROOT = Path(__file__).parents[2]
PINS = "src/mlgate/adopting/pins.py"
WORKFLOWS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / ".github" / "workflows").glob("*.yml"))
OWN = re.compile(r"^ *(?:- )?uses: (mlgate/mlgate/\S+)@(\S+)(.*)$", re.MULTILINE)


def git(tree: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=tree, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository of the files that a release changes."""
    for name in ("tools/pin_release.py", PINS, *WORKFLOWS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "What is released")
    return tmp_path


def pin(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tree / "tools" / "pin_release.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def own_actions(tree: Path, commit: str) -> list[tuple[str, str, str]]:
    texts = [git(tree, "show", f"{commit}:{name}") + "\n" for name in WORKFLOWS]
    return [found for text in texts for found in OWN.findall(text)]


def test_every_action_of_our_own_is_pinned_to_the_commit_that_is_released(tree: Path) -> None:
    assert pin(tree, "v1.2.3").returncode == 0
    released = git(tree, "rev-parse", "HEAD~2")
    used = own_actions(tree, "HEAD")
    assert used
    assert all((ref, comment) == (released, " # v1.2.3") for _, ref, comment in used)


def test_init_writes_the_commit_whose_workflows_have_these_pins(tree: Path) -> None:
    assert pin(tree, "v1.2.3").returncode == 0
    assert f'RELEASE = Release("v1.2.3", "{git(tree, "rev-parse", "HEAD~1")}")' in (tree / PINS).read_text()
    assert all(ref == git(tree, "rev-parse", "HEAD~2") for _, ref, _ in own_actions(tree, "HEAD~1"))


def test_it_can_be_done_again_for_the_next_release(tree: Path) -> None:
    assert pin(tree, "v1.2.3").returncode == 0
    assert pin(tree, "v1.2.4").returncode == 0
    assert {(ref, comment) for _, ref, comment in own_actions(tree, "HEAD")} == {
        (git(tree, "rev-parse", "HEAD~2"), " # v1.2.4")
    }


@pytest.mark.parametrize("arguments", [("1.2",), ("main",), ("v1.2.3", "v1.2.4"), ()])
def test_what_is_no_release_changes_nothing(tree: Path, arguments: tuple[str, ...]) -> None:
    before = git(tree, "rev-parse", "HEAD")
    assert pin(tree, *arguments).returncode == 1
    assert git(tree, "rev-parse", "HEAD") == before
    assert git(tree, "status", "--porcelain") == ""


def test_what_is_not_committed_is_not_released(tree: Path) -> None:
    (tree / PINS).write_text((tree / PINS).read_text() + "# a change\n")
    done = pin(tree, "v1.2.3")
    assert done.returncode == 1
    assert "commit or restore what is changed first" in done.stderr
    assert git(tree, "rev-list", "--count", "HEAD") == "1"


def test_what_init_writes_today_is_a_commit_of_this_history_whose_own_actions_are_too() -> None:
    if not (ROOT / ".git").exists() or git(ROOT, "rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("this is no clone with its whole history")
    git(ROOT, "merge-base", "--is-ancestor", RELEASE.sha, "HEAD")
    names = git(ROOT, "ls-tree", "--name-only", RELEASE.sha, ".github/workflows/").split()
    used = [found for name in names for found in OWN.findall(git(ROOT, "show", f"{RELEASE.sha}:{name}") + "\n")]
    assert used
    for action, sha, _ in used:
        git(ROOT, "cat-file", "-e", f"{sha}:{action.removeprefix('mlgate/mlgate/')}/action.yml")
