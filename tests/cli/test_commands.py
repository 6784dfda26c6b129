"""The other commands: help, the pages of checks, schemas, and reports made anew from evidence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mlgate as package
from mlgate.cli import GROUPS
from mlgate.plugins import find_checks, find_reports
from tests.cli.console import mlgate
from tests.configuring.sound import make_folder

COMMANDS = tuple(name for names in GROUPS.values() for name in names)
CONFIG = """version: 1
tables:
  test: {path: data/test.csv}
checks:
  row-count: {min: 100}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the evidence of a failed run."""
    made = make_folder(tmp_path_factory.mktemp("rendered") / "repository")
    (made / "mlgate.yml").write_text(CONFIG)
    assert mlgate("check", "--output", "out", cwd=made).code == 1
    return made


def test_help_shows_commands_by_the_job_they_serve_and_the_exit_codes(tmp_path: Path) -> None:
    for option in ("--help", "-h"):
        seen = mlgate(option, cwd=tmp_path)
        assert (seen.code, seen.err) == (0, "")
        assert seen.out.index("Check a change:") < seen.out.index("Look things up:")
        assert all(f"\n  {command} " in seen.out for command in COMMANDS)
        assert "Examples:\n" in seen.out
        for code in (
            "0  nothing blocks",
            "1  something blocks",
            "2  the configuration",
            "3  a bug",
            "130  interrupted",
        ):
            assert code in seen.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_examples_that_name_it_and_exit_codes(command: str, tmp_path: Path) -> None:
    seen = mlgate(command, "--help", cwd=tmp_path)
    assert seen.code == 0
    assert f"Examples:\n    mlgate {command}" in seen.out
    assert "Exit codes:" in seen.out


def test_without_a_command_there_is_help(tmp_path: Path) -> None:
    seen = mlgate(cwd=tmp_path)
    assert (seen.code, "Check a change:" in seen.out + seen.err) == (2, True)


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    assert mlgate("--version", cwd=tmp_path).out == f"mlgate, version {package.__version__}\n"


def test_the_table_of_checks_has_every_check_in_its_group(tmp_path: Path) -> None:
    lines = mlgate("checks", cwd=tmp_path).out.splitlines()
    for check in find_checks().values():
        (line,) = (n for n, text in enumerate(lines) if text.startswith(f"  {check.id} "))
        above = [text for text in lines[:line] if text and not text.startswith(" ")]
        assert above[-1] == check.group


@pytest.mark.parametrize("id_", find_checks())
def test_the_page_of_a_check_describes_each_parameter(id_: str, tmp_path: Path) -> None:
    seen = mlgate("checks", id_, cwd=tmp_path)
    assert (seen.code, seen.out.splitlines()[0]) == (0, f"{id_} ({find_checks()[id_].group})")
    parameters = seen.out.split("Parameters:\n")[1].splitlines()
    assert any(line.startswith("  severity ") for line in parameters)
    for line in parameters:
        name, described = line.split(maxsplit=1)
        assert not described.startswith("("), f"'{name}' of '{id_}' is not described"
        assert described.endswith(")")


def test_an_unknown_check_is_answered_with_the_nearest(tmp_path: Path) -> None:
    seen = mlgate("checks", "mising", cwd=tmp_path)
    assert (seen.code, seen.out) == (2, "")
    assert seen.err == "there is no check 'mising'\n  mend: did you mean 'missing'?\n\n1 thing to mend.\n"


@pytest.mark.parametrize("format_id", sorted({*find_reports()} - {"card"}))  # which needs what people say
def test_evidence_is_rendered_in_every_format(format_id: str, folder: Path) -> None:
    seen = mlgate("render", "out/evidence.json", "--format", format_id, cwd=folder)
    assert (seen.code, seen.err) == (0, "")
    assert "60 rows" in seen.out or "60" in seen.out


def test_rendering_json_gives_the_same_bytes(folder: Path) -> None:
    text = (folder / "out" / "evidence.json").read_text()
    assert mlgate("render", "out/evidence.json", "--format", "json", cwd=folder).out == text


def test_rendering_markdown_gives_the_written_report(folder: Path) -> None:
    text = (folder / "out" / "report.md").read_text()
    assert mlgate("render", "out/evidence.json", "--format", "markdown", cwd=folder).out == text


def test_an_unknown_format_is_answered_with_the_nearest(folder: Path) -> None:
    seen = mlgate("render", "out/evidence.json", "--format", "markdwn", cwd=folder)
    assert (seen.code, "did you mean 'markdown'?" in seen.err) == (2, True)


def test_evidence_can_be_judged_by_another_policy(folder: Path) -> None:
    waiver = "check: row-count, subject: 'test: at least', ceiling: 50, owner: ann, reason: few, expires: 2099-01-01"
    (folder / "waived.yml").write_text(f"{CONFIG}policy: {{waivers: [{{{waiver}}}]}}\n")
    assert "do not merge" in mlgate("render", "out/evidence.json", cwd=folder).out
    assert "safe to merge" in mlgate("render", "out/evidence.json", "--config", "waived.yml", cwd=folder).out
    (folder / "more.yml").write_text(f"{CONFIG}  unique: {{columns: [id]}}\n")
    assert "unique gave no result" in mlgate("render", "out/evidence.json", "--config", "more.yml", cwd=folder).out


@pytest.mark.parametrize("config", ["nothing.yml", "out/evidence.json"])
def test_a_policy_that_cannot_be_read_is_the_users_to_mend(config: str, folder: Path) -> None:
    assert mlgate("render", "out/evidence.json", "--config", config, cwd=folder).code == 2


@pytest.mark.parametrize("data", [b"", b"{}", b"not json", b'{"_type": NaN}'])
def test_a_file_that_is_no_evidence_is_the_users_to_mend(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "evidence.json").write_bytes(data)
    seen = mlgate("render", "evidence.json", cwd=tmp_path)
    assert (seen.code, seen.out) == (2, "")
    assert "evidence is refused" in seen.err


@pytest.mark.parametrize("what", ["config", "evidence"])
def test_schemas_are_json_on_standard_output(what: str, tmp_path: Path) -> None:
    seen = mlgate("schema", what, cwd=tmp_path)
    assert (seen.code, json.loads(seen.out)["$id"]) == (0, f"urn:mlgate:{what}:v1")


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -P -m mlgate.cli schema | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


def test_a_pipe_that_was_closed_before_the_first_byte_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-P", "-m", "mlgate.cli", "schema"]
    done = subprocess.run(command, cwd=tmp_path, check=False, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
