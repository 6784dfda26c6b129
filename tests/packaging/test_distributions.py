"""What is uploaded to an index has all that the kit needs, and installs nothing under a name that is not its own."""

import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, Built, build

PLUGINS = [
    path.relative_to(ROOT).as_posix()
    for folder in ("checks", "reports")
    for path in sorted(ROOT.glob(f"{folder}/**/*.py"))
]
DATA = [  # files that are no modules of the kit, and would be forgotten first
    "mlgate/py.typed",
    "mlgate/worker/allowed_names.txt",
    "mlgate/worker/child.py",
    "mlgate/worker/supervisor.py",
    "mlgate/worker/pytest_plugin/mlgate_results.py",
]


@pytest.fixture(scope="module")
def names(built: Built) -> list[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(built.wheel) as archive:
        return archive.namelist()


def test_the_wheel_installs_nothing_but_mlgate(names: list[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mlgate"}


def test_the_wheel_has_every_check_and_report(names: list[str]) -> None:
    assert len(PLUGINS) >= 18
    assert [f"mlgate/{name}" for name in PLUGINS if f"mlgate/{name}" not in names] == []


@pytest.mark.parametrize("name", DATA)
def test_the_wheel_has_what_is_no_module(names: list[str], name: str) -> None:
    assert name in names


def test_the_wheel_has_every_module(names: list[str]) -> None:
    modules = [path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")]
    assert [name for name in modules if name not in names] == []


def test_the_wheel_has_no_byte_code_and_no_tests(names: list[str]) -> None:
    unwanted = [name for name in names if name.endswith(".pyc") or Path(name).name.startswith(("test_", "conftest"))]
    assert unwanted == []


def test_nothing_in_the_source_hides_the_plug_ins() -> None:
    """A module `mlgate.checks` or `mlgate.reports` would lie where the wheel has the folders."""
    for name in ("checks", "reports"):
        assert not (ROOT / "src" / "mlgate" / name).exists()
        assert not (ROOT / "src" / "mlgate" / f"{name}.py").exists()


def test_the_wheel_says_what_it_is(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        folder = next(name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name)
        metadata = archive.read(f"{folder}/METADATA").decode()
        assert "License-Expression: Apache-2.0" in metadata
        assert "Requires-Python: >=3.11" in metadata
        assert archive.read(f"{folder}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        assert "mlgate = mlgate.cli:main" in archive.read(f"{folder}/entry_points.txt").decode()


def test_the_sdist_builds_the_same_wheel(built: Built, unpacked: Path, tmp_path: Path) -> None:
    again = build(unpacked, tmp_path)
    assert _contents(again.wheel) == _contents(built.wheel)


def test_the_license_is_apache_2_and_nobody_elses() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("Apache License")
    assert "APPENDIX: How to apply the Apache License to your work." in text
    assert "Copyright [yyyy] [name of copyright owner]" in text


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
