"""What is installed is pinned by hash, for every Python, from wherever the packages come."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = sorted((ROOT / "requirements").glob("*.txt"))
VERSION = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([\w.!+]+)(?: ; (.+?))? \\$", re.MULTILINE)


def versions(path: Path) -> dict[str, set[str]]:
    """The pinned versions of each package; there are two where a marker chooses between them."""
    found: dict[str, set[str]] = {}
    for name, version, _ in VERSION.findall(path.read_text(encoding="utf-8")):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_every_requirement_is_a_version_with_hashes_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert entries
    for entry in entries:
        assert VERSION.match(entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_core_is_what_the_kit_depends_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=!~\[ ]", given, maxsplit=1)[0].lower() for given in project["dependencies"]}
    core = (ROOT / "requirements" / "core.txt").read_text(encoding="utf-8")
    direct = {
        re.match(r"[a-z0-9._-]+", entry)[0]
        for entry in re.split(r"(?m)^(?=[a-z0-9])", core)[1:]
        if "mlgate (pyproject.toml)" in entry
    }
    assert direct == wanted, "run `make requirements`"


@pytest.mark.parametrize("name", ["core", "build"])
def test_the_tests_run_with_the_versions_that_users_get(name: str) -> None:
    tested = versions(ROOT / "requirements" / "test.txt")
    for package, pinned in versions(ROOT / "requirements" / f"{name}.txt").items():
        assert tested[package] == pinned, package
