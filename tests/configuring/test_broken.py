"""What a person sees who made a mistake in mlgate.yml: every fault at once, its line, and a mend that works."""

import os
import re
from pathlib import Path

import pytest

from tests.cli.console import mlgate
from tests.configuring.broken import BROKEN, FOLDER, WRITTEN
from tests.configuring.sound import make_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose files are sound."""
    return make_folder(tmp_path / "repository")


@pytest.mark.parametrize("name", BROKEN)
def test_broken_configuration_reads_as_it_was_approved(name: str, folder: Path) -> None:
    (folder / "mlgate.yml").write_bytes(BROKEN[name])
    seen = mlgate("check", "--output", "out", cwd=folder)
    approved = FOLDER / f"{name}.txt"
    if os.environ.get("MLGATE_UPDATE_SNAPSHOTS"):
        approved.write_text(seen.err, encoding="utf-8")
    assert (seen.code, seen.out) == (2, "")
    assert "Traceback" not in seen.err
    assert not (folder / "out").exists()
    assert seen.err == approved.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WRITTEN)
def test_every_fault_is_on_a_line_that_the_file_has(name: str) -> None:
    lines = len(WRITTEN[name].splitlines())
    told = [int(n) for n in re.findall(r"(?m)^mlgate\.yml:(\d+): ", (FOLDER / f"{name}.txt").read_text("utf-8"))]
    assert all(1 <= line <= lines for line in told)


def test_every_approved_text_belongs_to_a_configuration() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(BROKEN)


def test_every_fault_has_a_mend() -> None:
    texts = {name: (FOLDER / f"{name}.txt").read_text("utf-8") for name in BROKEN}
    counted = {name: (len(re.findall(r"(?m)^\S.*: ", text)), text.count("\n  mend: ")) for name, text in texts.items()}
    assert {name: found for name, found in counted.items() if found[1] < found[0]} == {}


def test_a_missing_configuration_says_how_to_name_one(folder: Path) -> None:
    seen = mlgate("check", "--config", "models/mlgate.yml", cwd=folder)
    assert (seen.code, seen.err) == (
        2,
        "there is no configuration models/mlgate.yml\n  mend: write one, or say where it is: --config FILE\n\n"
        "1 thing to mend.\n",
    )


def test_a_folder_is_no_configuration(folder: Path) -> None:
    (folder / "mlgate.yml").mkdir()
    assert mlgate("check", cwd=folder).code == 2


def test_mends_that_are_followed_to_the_letter_end_in_a_verdict(folder: Path) -> None:
    text = """version: "1"
tabels:
  test: {path: data/tests.csv, key: idd}
checks:
  mising: {columns: {agee: {max: 2%}}}
  unique: {columns: id}
"""
    rounds = [
        {"1 without quotes": ('"1"', "1"), "'tables'": ("tabels", "tables"), "'missing'": ("mising", "missing"),
         "[id]": ("columns: id", "columns: [id]")},
        {"write 0.02": ("2%", "0.02")},  # the parameters of a check that is known only now
        {"'data/test.csv'": ("data/tests.csv", "data/test.csv")},
        {"'id'": ("idd", "id"), "'age'": ("agee", "age")},
    ]  # fmt: skip
    for mends in rounds:
        (folder / "mlgate.yml").write_text(text)
        told = mlgate("check", cwd=folder).err
        assert told.count("mend: ") == len(mends), told
        for mend, (wrong, right) in mends.items():
            assert mend in told
            text = text.replace(wrong, right)
    (folder / "mlgate.yml").write_text(text)
    assert mlgate("check", cwd=folder).code == 0
