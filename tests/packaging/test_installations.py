"""Installed from wheel, sdist or work tree, in an environment outside of the repository, the kit does the same."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, Built, Installed

EXAMPLE = ROOT / "examples" / "mortgage"
KINDS = ("wheel", "sdist", "editable")
LARGEST = 145e6  # bytes of the kit and all that it needs, without byte code
TOO_HEAVY = ("pandas", "pyarrow", "scipy", "sklearn", "ibis", "polars")
SLOW = ("notebooks", "tests")  # they start kernels; what they need is tested elsewhere


@pytest.fixture(scope="module", params=KINDS)
def installed(
    request: pytest.FixtureRequest,
    built: Built,
    install: Callable[..., Installed],
    tmp_path_factory: pytest.TempPathFactory,
) -> Installed:
    if request.param == "wheel":
        return install("core", what=(str(built.wheel),))
    if request.param == "sdist":
        return install("build", "core", what=(str(built.sdist),))
    tree = tmp_path_factory.mktemp("tree") / "mlgate"  # a copy, so that a later test cannot meet a stale one
    ignored = shutil.ignore_patterns(".*", "build", "dist", "__pycache__")
    shutil.copytree(ROOT, tree, ignore=ignored)
    return install("build", "core", what=("--editable", str(tree)))


def test_the_gate_runs_on_the_example(installed: Installed, tmp_path: Path) -> None:
    pytest.importorskip("skops", reason="the example's requirements are not installed here")
    example = tmp_path / "example"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    configured = [
        line.split(":")[0].strip() for line in (example / "mlgate.yml").read_text(encoding="utf-8").splitlines()
    ]
    only = [check for check in checks_of(installed, tmp_path) if check in configured and check not in SLOW]
    chosen = [argument for check in only for argument in ("--only", check)]
    done = installed.run(
        "mlgate", "check", "--config", f"{example}/mlgate.yml", "--output", "out", *chosen, cwd=tmp_path
    )

    assert done.returncode == 0, done.stdout + done.stderr
    evidence = json.loads((tmp_path / "out" / "evidence.json").read_bytes())["predicate"]
    assert {check["id"] for check in evidence["checks"]} == set(only)
    assert not [f for f in evidence["findings"] if f.get("status") in ("error", "fail")]
    assert (tmp_path / "out" / "report.md").read_text(encoding="utf-8").startswith("### ")


def test_all_checks_and_formats_are_found(installed: Installed, tmp_path: Path) -> None:
    ids = {path.stem.replace("_", "-") for path in ROOT.glob("checks/*/*.py")}
    assert set(checks_of(installed, tmp_path)) == ids


def test_the_schema_knows_every_check(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("mlgate", "schema", cwd=tmp_path)
    assert set(json.loads(done.stdout)["properties"]["checks"]["properties"]) == set(checks_of(installed, tmp_path))


def test_no_bare_package_is_importable(installed: Installed, tmp_path: Path) -> None:
    code = "import importlib.util as u; print([n for n in ('checks', 'reports') if u.find_spec(n)])"
    done = installed.run("python", "-I", "-c", code, cwd=tmp_path)
    assert done.stdout.strip() == "[]", done.stderr


def test_nothing_heavy_is_installed(installed: Installed) -> None:
    assert [name for name in TOO_HEAVY if (installed.packages / name).exists()] == []


def test_the_installation_is_small(built: Built, install: Callable[..., Installed]) -> None:
    packages = install("core", what=(str(built.wheel),)).packages
    installer = ("pip", "setuptools", "_distutils_hack", "_virtualenv", "distutils-precedence")
    size = sum(
        path.lstat().st_size
        for path in packages.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.relative_to(packages).parts[0].startswith(installer)
    )
    assert size <= LARGEST, f"{size / 1e6:.1f} MB"


def checks_of(installed: Installed, cwd: Path) -> list[str]:
    """The ids in the table of checks."""
    done = installed.run("mlgate", "checks", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
