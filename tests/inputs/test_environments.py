"""With `--install` user code runs in an environment built once from its requirements, without a package index here."""

import json
import os
import shutil
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mlgate.config import Environment
from mlgate.errors import UserError
from mlgate.inputs import interpreter
from tests.user_code.gated import HONEST, Gated, as_csv, labelled, only

USES_IT = "import tiny\n" + HONEST.replace("float(row['x'])", "tiny.sign * float(row['x'])")


def wheel(folder: Path, version: str, sign: int) -> None:
    """A wheel of the package `tiny`, whose one value is `sign`."""
    info = f"tiny-{version}.dist-info"
    files = {
        "tiny.py": f"sign = {sign}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLGATE_CACHE", str(tmp_path / "kit"))
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel(folder, "1.0", 1)
    wheel(folder, "2.0", -1)
    return folder


def installing(gated: Gated, wheels: Path, version: str) -> None:
    gated.write("requirements.txt", f"--no-index\n--find-links {wheels}\ntiny=={version}\n")
    gated.write("app.py", USES_IT)
    gated.write("data/test.csv", as_csv(labelled(71)))
    gated.configure(
        model={"id": "m", "predict": "app:predict"},
        environment={"timeout": 120, "requirements": "requirements.txt"},
        tables={"test": {"path": "data/test.csv", "key": "id", "target": "y"}},
        checks={"regression": {"primary": "auc", "margins": {"auc": 0.01}}},
    )


def without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has only pip."""
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **k: None if name == "uv" else which(name, **k))


SLOW = pytest.mark.skipif("CI" not in os.environ, reason="takes 6 s; runs where the variable CI is set")


@pytest.mark.parametrize("installer", ["uv", pytest.param("pip", marks=SLOW)])
def test_the_environment_is_built_once_and_then_reused(
    empty: Gated, wheels: Path, monkeypatch: pytest.MonkeyPatch, installer: str
) -> None:
    if installer == "pip":
        without_uv(monkeypatch)
    elif not shutil.which("uv"):
        pytest.skip("uv is not installed")
    installing(empty, wheels, "1.0")
    empty.commit("base")
    assert only(empty.check(install=True)).status == "pass"
    shutil.rmtree(wheels)
    assert only(empty.check(install=True)).status == "pass"


def test_each_side_has_its_own_where_requirements_differ(empty: Gated, wheels: Path) -> None:
    installing(empty, wheels, "1.0")
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "change")
    installing(empty, wheels, "2.0")
    result = empty.check(install=True)
    finding = only(result)
    assert finding.status == "fail"
    assert finding.baseline_value == pytest.approx(0.845, abs=0.001)
    assert finding.candidate_value == pytest.approx(1 - 0.845, abs=0.001)
    predicate = result.evidence.predicate
    assert predicate.environment_sha256 != predicate.baseline.environment_sha256
    assert "shared-environment" not in [note.kind for note in predicate.notes]


def test_without_install_one_environment_is_shared_and_the_report_says_so(empty: Gated, wheels: Path) -> None:
    installing(empty, wheels, "1.0")
    empty.write("app.py", HONEST)
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "change")
    installing(empty, wheels, "2.0")
    empty.write("app.py", HONEST)
    assert "shared-environment" in [note.kind for note in empty.check().evidence.predicate.notes]


def test_requirements_that_cannot_be_installed_are_an_error_with_the_installers_last_lines(
    empty: Gated, wheels: Path
) -> None:
    installing(empty, wheels, "9.9")
    empty.commit("base")
    with pytest.raises(UserError, match=r"requirements.txt could not be installed: .*(\n.*)*9\.9") as error:
        empty.check(install=True)
    assert "mend: mend the requirements" in str(error.value)


def test_requirements_of_the_base_that_cannot_be_installed_do_not_stop_the_change_that_mends_them(
    empty: Gated, wheels: Path
) -> None:
    installing(empty, wheels, "9.9")
    empty.commit("base")
    empty.git("checkout", "-q", "-b", "mend")
    installing(empty, wheels, "1.0")
    result = empty.check(install=True)
    finding = only(result)
    assert (finding.status, finding.reason, result.verdict.exit_code) == ("inconclusive", "baseline-crashed", 0)
    assert "requirements.txt could not be installed" in finding.message


def test_a_package_that_the_tree_itself_is_is_installed_anew_when_its_code_changes(
    empty: Gated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLGATE_CACHE", str(tmp_path / "kit"))
    built: list[Path] = []

    def build(place: Path, base: str, *_: object) -> None:
        (place / "bin").mkdir(parents=True)
        (place / "bin/python").symlink_to(base)
        built.append(place)

    monkeypatch.setattr(interpreter, "_build", build)
    environment = Environment(python=empty.python, requirements="requirements.txt")
    for line in (".", "./package[extra]", "-e .", "tiny @ file:///somewhere"):
        built.clear()
        empty.write("requirements.txt", f"{line}\n")
        empty.write("package.py", "x = 1\n")
        for _ in range(2):
            interpreter.built_python(environment, empty.folder, lambda _: None)
        assert len(built) == 1, line
        empty.write("package.py", f"x = {line!r}\n")
        interpreter.built_python(environment, empty.folder, lambda _: None)
        assert len(built) == 2, line


def test_two_runs_at_once_build_it_once(empty: Gated, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installing(empty, wheels, "1.0")
    empty.commit("base")
    built = []
    build = interpreter._build

    def counted(*arguments: Any) -> None:
        built.append(arguments)
        build(*arguments)

    monkeypatch.setattr(interpreter, "_build", counted)
    statuses: list[str] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(only(empty.check(install=True)).status)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == ["pass", "pass"]
    assert len(built) == 1


def test_a_requirement_in_a_file_that_the_requirements_include_is_part_of_their_digest(
    empty: Gated, wheels: Path
) -> None:
    installing(empty, wheels, "1.0")
    text = (empty.folder / "requirements.txt").read_text()
    empty.write("common.txt", text)
    empty.write("requirements.txt", "-r common.txt\n")
    empty.commit("base")
    assert only(empty.check(install=True)).status == "pass"
    empty.git("checkout", "-q", "-b", "change")
    empty.write("common.txt", text.replace("1.0", "2.0"))
    assert only(empty.check(install=True)).status == "fail"


def test_the_installer_may_use_credentials_that_the_model_may_not(empty: Gated, wheels: Path) -> None:
    installing(empty, wheels, "1.0")
    empty.write("app.py", USES_IT + "\n\nimport os\nopen('seen', 'w').write(repr(dict(os.environ)))\n")
    empty.commit("base")
    done = empty.cli("--install", PIP_EXTRA_INDEX_URL="https://me:planted-password-1@pypi.example.org/simple")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "planted" not in (empty.folder / "seen").read_text()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"python": "3.2"}, "there is no Python 3.2 on PATH"),
        ({"python": "./no/such/python"}, "there is no file ./no/such/python"),
        ({"requirements": "no-such.txt"}, "there is no file no-such.txt"),
    ],
)
def test_what_is_not_there_is_named(gated: Gated, environment: Mapping[str, str], expected: str) -> None:
    config = json.loads((gated.folder / "mlgate.yml").read_text())
    config["environment"] |= environment
    gated.write("mlgate.yml", json.dumps(config))
    done = gated.cli("--install", "--own-policy")
    assert done.returncode == 2
    assert expected in done.stderr
    assert "mend:" in done.stderr
