"""Annotations are workflow commands that GitHub's runner reads as they were meant."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from msgspec import structs

from reports import annotations
from tests.reports import samples
from tests.reports.test_markdown import NAMES, hostile_view

COMMAND = re.compile(r"::(error|warning|notice) ((?:file|line|title)=[^,:]*(?:,(?:line|title)=[^,:]*)*)::(.*)")


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_line_is_a_command_and_there_are_at_most_eight(sample: str) -> None:
    lines = annotations.render(samples.SAMPLES[sample]()).splitlines()
    assert len(lines) <= 8
    assert all(COMMAND.fullmatch(line) for line in lines)


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES)
def test_no_string_of_a_user_becomes_a_command(name: str, other: str) -> None:
    lines = annotations.render(hostile_view(name, other)).splitlines()
    assert all(COMMAND.fullmatch(line) for line in lines)


def test_failures_come_before_what_only_warns() -> None:
    levels = [line.split(" ")[0] for line in annotations.render(samples.failing()).splitlines()]
    assert levels == ["::error", "::warning"]


def test_the_rest_is_counted_in_the_last_line() -> None:
    view = samples.hostile()
    lines = annotations.render(view).splitlines()
    assert lines[-1] == f"::notice title=mlgate::+{len(view.verdict.blocking) - 7:,} more in the report"


def test_what_passes_is_silent() -> None:
    assert annotations.render(samples.passing()) == ""


def test_what_the_baseline_has_too_is_only_a_notice() -> None:
    assert {line.split(" ")[0] for line in annotations.render(samples.existing()).splitlines()} == {"::notice"}


def test_check_that_only_warns_never_shows_an_error() -> None:
    mild = structs.replace(samples.MISSING, severity="warn")
    assert annotations.render(samples.view([mild])).startswith("::warning file=mlgate.yml,line=5,title=")


def test_lines_of_a_difference_survive_the_encoding() -> None:
    found = COMMAND.fullmatch(annotations.render(samples.bad_data()).splitlines()[1])
    assert found
    assert unquote(found[3]).splitlines()[1:3] == ["-mean income 4,212", "+mean income nan"]
    assert found[2].startswith("file=explore.ipynb,line=41,title=")
