"""The terminal's report is for people: it fits, it shows no control character, and it orders nobody about."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from msgspec import structs
from rich.cells import cell_len

from reports import terminal
from tests.reports import samples
from tests.reports.test_markdown import NAMES, hostile_view

ESCAPE = "\x1b"


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_lines_fit_the_width(sample: str, width: int) -> None:
    lines = terminal.render(structs.replace(samples.SAMPLES[sample](), width=width)).splitlines()
    assert max(map(cell_len, lines)) <= width


@settings(max_examples=100, deadline=None)
@given(NAMES, NAMES)
def test_no_control_character_and_no_workflow_command_gets_out(name: str, other: str) -> None:
    shown = terminal.render(hostile_view(name, other))
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in shown if c != "\n")
    assert not any(line.strip().startswith("::") for line in shown.splitlines())


def test_color_is_used_only_where_it_is_asked_for() -> None:
    view = samples.failing()
    assert ESCAPE not in terminal.render(view)
    assert ESCAPE in terminal.render(structs.replace(view, color=True))


def test_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = terminal.render(samples.failing())
    for name, value in {"COLUMNS": "40", "FORCE_COLOR": "1", "TERM": "dumb", "TTY_COMPATIBLE": "1"}.items():
        monkeypatch.setenv(name, value)
    assert terminal.render(samples.failing()) == expected


def test_what_to_do_next_comes_last() -> None:
    view = structs.replace(samples.bad_data(), width=160)
    *_, step, command = terminal.render(view).splitlines()
    limit = "or change the limit at mlgate.yml:5 in a change of its own"
    assert (step, command) == (f"  mend the data in data/train.csv (pirat), {limit}", "  then run: mlgate check")


def test_rich_is_not_imported_until_something_is_shown() -> None:
    code = "import sys; from reports import terminal; sys.exit('rich' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ".:src"})


def test_one_crash_is_shown_once() -> None:
    crash = [structs.replace(f, status="fail", reason="candidate-crashed", message=samples.CRASH)
             for f in (samples.AUC, samples.RECALL, samples.SLICE)]  # fmt: skip
    assert terminal.render(samples.view(crash)).count("Traceback") == 1
