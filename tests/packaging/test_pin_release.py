"""A release pins its own actions by hash, in its workflows and in what `init` writes."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("tools/pin_release.py", ".github/workflows/gate.yml", ".github/workflows/report.yml",
         "src/mlgate/adopting/pins.py")  # fmt: skip
SHA = "c0ffee" + "0" * 34


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files that a release changes."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def pin(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tree / "tools" / "pin_release.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_action_of_our_own_is_pinned_by_hash(tree: Path) -> None:
    assert pin(tree, "v1.2.3", SHA).returncode == 0
    for name in FILES[1:3]:
        used = re.findall(r"^ *(?:- )?uses: (mlgate/\S+)(.*)$", (tree / name).read_text(), re.MULTILINE)
        assert used
        assert all(address.endswith(f"@{SHA}") and comment == " # v1.2.3" for address, comment in used)


def test_init_writes_the_hash_from_then_on(tree: Path) -> None:
    assert pin(tree, "v1.2.3", SHA).returncode == 0
    spec = importlib.util.spec_from_file_location("pinned_release", tree / FILES[3])
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pinned_release"] = module
    spec.loader.exec_module(module)
    assert module.pinned(module.GATE) == (f"{module.GATE}@{SHA}", "v1.2.3")


def test_it_can_be_done_again_for_the_next_release(tree: Path) -> None:
    assert pin(tree, "v1.2.3", SHA).returncode == 0
    assert pin(tree, "v1.2.4", SHA[::-1]).returncode == 0
    assert f"@{SHA[::-1]} # v1.2.4" in (tree / FILES[1]).read_text()


@pytest.mark.parametrize("arguments", [("v1", SHA), ("v1.2.3", "main"), ("v1.2.3",), ()])
def test_what_is_no_release_changes_nothing(tree: Path, arguments: tuple[str, ...]) -> None:
    before = [(tree / name).read_bytes() for name in FILES]
    assert pin(tree, *arguments).returncode == 1
    assert [(tree / name).read_bytes() for name in FILES] == before
