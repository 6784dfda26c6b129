"""Strings from users' files are shown, and do nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.reporting.escaping import (
    CODE_SPAN_LENGTH,
    code_block,
    code_span,
    log_safe,
    plain,
    plain_lines,
    prose,
    workflow_property,
    workflow_value,
)
from tests.reports.rendered import Rendered


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("age<25", "`age<25`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a``b`c", "```a``b`c```"),
        ("a\n b\t c", "`a b c`"),
        ("\u202eevil", "`�evil`"),
        ("e\u0301", "`é`"),
        ("x" * 81, f"`{'x' * 79}…`"),
        ("", "`(empty)`"),
    ],
)
def test_code_span_shows_the_text(text: str, span: str) -> None:
    assert code_span(text) == span


def test_pipe_is_escaped_only_in_a_table() -> None:
    assert (code_span("a|b"), code_span("a|b", in_table=True)) == ("`a|b`", r"`a\|b`")


@given(st.text(st.sampled_from("`|\\ a<*_[!\n"), max_size=20))
def test_code_span_is_one_cell_with_its_own_text(text: str) -> None:
    page = Rendered(f"| a | b |\n|---|---|\n| {code_span(text, in_table=True)} | 2 |\n")
    assert page.widths == [[2, 2]]
    assert page.code == [" ".join(text.split()) or "(empty)"]


@given(st.text())
def test_code_span_is_short_and_on_one_line(text: str) -> None:
    span = code_span(text)
    assert len(span.strip("` ")) <= CODE_SPAN_LENGTH
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in span)


@pytest.mark.parametrize(
    "said",
    [
        "column pirat: 34 of 714 values are missing (4.8 %); at most 2 % allowed",
        "rows fell from 1,667 to 714 (−57.2 %)",
    ],
)
def test_plain_words_stay_words(said: str) -> None:
    assert prose(said) == said


@pytest.mark.parametrize(
    "word", ["@octocat", "www.evil.example", "a_b_c", "<b>", "#1", "deadbeefcafe", "1234567", "[x](y)", "f(x)"]
)
def test_all_else_becomes_code(word: str) -> None:
    assert prose(f"see {word}, please") == f"see `{word}`, please"


def test_quoted_names_become_code() -> None:
    assert prose("table 'a|b' has no column 'debt ratio', 'x'.") == "table `a|b` has no column `debt ratio`, `x`."


@given(st.one_of(st.text(), st.text(st.sampled_from("`'a ,.;:()|_@<1\\"), max_size=30)))
def test_prose_is_never_markup(text: str) -> None:
    page = Rendered(f"- ❌ {prose(text)}\n")
    assert set(page.tags) <= {"ul", "li", "code"}
    assert page.references == []


@given(st.lists(st.text(), max_size=5))
def test_code_block_is_one_block(lines: list[str]) -> None:
    page = Rendered(f"{code_block(lines)}\n\nafter\n")
    assert page.tags == ["pre", "code", "p"]


def test_code_block_keeps_the_last_lines() -> None:
    assert code_block(["a", "b", "c"], lines_shown=2) == "```text\nb\nc\n```"


@given(st.text())
def test_plain_has_no_control_character(text: str) -> None:
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in plain(text) + "".join(plain_lines(text)))


@pytest.mark.parametrize("line", ["::error::x", " \t::stop-commands::x", "##[error]x", "a ##[set-output]x"])
def test_no_line_of_a_log_is_a_workflow_command(line: str) -> None:
    safe = log_safe(f"first\n{line}\nlast\n")
    assert not any(one.strip().startswith("::") or "##[" in one for one in safe.splitlines())


def test_test_ids_keep_their_colons_in_a_log() -> None:
    assert log_safe("tests/test_a.py::test_b failed") == "tests/test_a.py::test_b failed"


def test_workflow_values_are_encoded_as_the_toolkit_does() -> None:
    assert workflow_value("100 %\r\nnext: a, b") == "100 %25%0Anext: a, b"
    assert workflow_property("a:b,c%\nd") == "a%3Ab%2Cc%25 d"


@given(st.text())
def test_workflow_command_stays_one_line(text: str) -> None:
    command = f"::error title={workflow_property(text)}::{workflow_value(text)}"
    assert len(command.splitlines()) == 1
    assert not {":", ","} & set(workflow_property(text))
