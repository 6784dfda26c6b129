"""Whatever string a pull request chooses goes through every format and does nothing there: 20,000 of them in CI."""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from msgspec import structs

from mlgate.evidence import Finding, Location, Note
from mlgate.evidence_file import evidence_file
from mlgate.github.changes import Changes
from mlgate.github.comment import compose
from mlgate.github.facts import Change
from mlgate.github.judged import Judged
from mlgate.github.section_text import Approval, Told, description, section_text, sign_of
from mlgate.github.sections import Key, Point, Result, Section
from mlgate.reporting.view import View
from reports import annotations, markdown, terminal
from tests.reporting.hostile import NAUGHTY, hostile_strings
from tests.reports import samples
from tests.reports.rendered import Rendered

EVERYWHERE = 480  # strings that are put into every place at once
COUNT = 20_000 if os.environ.get("CI") else 800  # strings of which each is put into one of the places in turn
TOGETHER = 24  # strings in one report
TAGS = {"h2", "h3", "p", "strong", "em", "code", "blockquote", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary", "pre", "a", "br"}  # fmt: skip
RUNS = "https://github.com/acme/credit/actions/runs/"
COMMAND = re.compile(r"::(error|warning|notice) ((?:file|line|title)=[^,:]*(?:,(?:line|title)=[^,:]*)*)::(.*)")
PARTS = 8


def findings_of(text: str) -> list[Finding]:
    """Findings in which the text stands wherever a user's string can stand."""
    return [
        structs.replace(samples.SLICE, slice=text, subject=f"{text}: recall", metric=text, family=text),
        structs.replace(samples.GAP, subject=f"{text}: {text[:80]}", group=text, interval=(0.2, 0.3)),
        structs.replace(samples.RECALL, subject=text, metric=text, source=text, family=text),
        structs.replace(samples.MISSING, id=text, subject=text, message=f"{text}: bad\n{text}\n{text}",
                        location=Location(text, 3, text)),
        Finding(id="tests", subject=text, status="error", message=text),
        Finding(id=text, subject=text, status="skipped", message=text),
    ]  # fmt: skip


def view_of(texts: Sequence[str], *, everywhere: bool = True) -> View:
    """A report in which each text stands in every place, or else in one of them in turn."""
    found = [findings_of(text) for text in texts]
    some = [f for each in found for f in each] if everywhere else [f[n % len(f)] for n, f in enumerate(found)]
    notes = tuple(Note("policy-changed", text, text) for text in texts[:: 1 if everywhere else 7])
    names: dict[str, Any] = {"model": texts[0], "config": texts[1 % len(texts)], "kit": texts[2 % len(texts)]}
    return samples.view(some, notes=notes, **names, **samples.hostile_differences(texts))


def comment_of(view: View, texts: Sequence[str]) -> tuple[str, str]:
    """The comment and the commit status of a fork's change that chose these names for its files too."""
    changes = Changes(protected=tuple(texts), configuration=tuple(texts[:3]), data=tuple(texts[:2]))
    change = Change(kind="pull_request", head_sha="4" * 40, policy_sha="9" * 40, context="mlgate", is_fork=True)
    told = Told(change=change, changes=changes, approval=Approval(True, texts[0]), again=f"{RUNS}9", run=f"{RUNS}8")
    refused = Judged(path=texts[-1], status="error", special="refused", what=texts[0])
    sections = {}
    for name, judged in (("a.yml", Judged(path="a.yml", status="failure", view=view)), (texts[-1], refused)):
        shown = Result(
            key=Key(1, 1, 2, 1, 1), head_sha="4" * 40, sign=sign_of(judged, told), metric="auc",
            text=section_text(judged, told, 25_000), history=(Point("a" * 7, 0.5), Point("b" * 7, 0.6)),
        )  # fmt: skip
        sections[name] = Section(shown)
    return compose(sections, "default"), description(refused, told, 2)


def faults_of_markdown(text: str, comments: int = 0) -> Iterator[str]:
    """What a string has become on the page that should have stayed a string."""
    page = Rendered(text)
    if extra := set(page.tags) - TAGS - {"<!-- -->"}:
        yield f"tags {sorted(extra)}"
    if page.tags.count("<!-- -->") != comments:
        yield "comments"
    if bad := [link for link in page.links if not re.fullmatch(re.escape(RUNS) + r"\d+", link)]:
        yield f"links {bad[:3]}"
    if page.references:
        yield f"mentions {page.references[:3]}"
    if any(len(set(widths)) != 1 for widths in page.widths):
        yield "broken table"
    if page.tags.count("details") != page.closed.count("details"):
        yield "broken fold"
    if re.search(r"(?m)^\s*::", text):
        yield "a workflow command"
    if hidden := _hidden(text):
        yield f"hidden characters {hidden[:3]}"


def _hidden(text: str) -> list[str]:
    return [f"U+{ord(c):04X}" for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs")]


def faults(texts: Sequence[str], *, everywhere: bool = True) -> Iterator[str]:
    """What goes wrong with these texts in any format."""
    view = view_of(texts, everywhere=everywhere)
    comment, status = comment_of(view, texts)
    pages = {"markdown": (markdown.render(view, 900_000), 0), "comment": (comment, 2)}
    for name, (text, comments) in pages.items():
        yield from (f"{name}: {fault}" for fault in faults_of_markdown(text, comments))
    if len(comment.encode()) > 60_000:
        yield "comment: too long"
    if len(status) > 140 or _hidden(status) or "\n" in status:
        yield "status: not one short line"
    for colour in (False, True) if everywhere else (False,):
        yield from faults_of_terminal(terminal.render(structs.replace(view, color=colour)))
    if bad := [line for line in annotations.render(view).splitlines() if not COMMAND.fullmatch(line)]:
        yield f"annotations: {bad[:2]}"
    if b"\n" in evidence_file(view)[:-1]:
        yield "evidence: more than one line"


def faults_of_terminal(text: str) -> Iterator[str]:
    """What a string does to a terminal, or to the runner that reads what is printed."""
    shown = re.sub(r"\x1b\[[0-9;]*m", "", text)
    if hidden := _hidden(shown):
        yield f"terminal: hidden characters {hidden[:3]}"
    if re.search(r"(?m)^\s*::|##\[", shown):
        yield "terminal: a workflow command"


@pytest.mark.parametrize("part", range(PARTS))
def test_no_hostile_string_does_anything_in_any_format(part: int) -> None:
    texts = [text for n, text in enumerate(hostile_strings(COUNT)) if n % PARTS == part]
    assert len(texts) >= COUNT // PARTS
    refuse(texts, everywhere=False)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_hostile_string_does_anything_in_any_place(part: int) -> None:
    refuse(list(hostile_strings(len(NAUGHTY) + EVERYWHERE))[-EVERYWHERE:][part::PARTS], everywhere=True)


def refuse(texts: Sequence[str], *, everywhere: bool) -> None:
    """The test fails, and names the strings that do something."""
    for few in (texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER)):
        if found := list(faults(few, everywhere=everywhere)):
            culprits = [text for text in few if any(faults([text]))]
            pytest.fail(f"{found[:3]} by {culprits or few!r}")


def test_the_harness_finds_strings_that_are_only_escaped_as_html(monkeypatch: pytest.MonkeyPatch) -> None:
    def naive(text: str, **_: Any) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", r"\|")

    for name in ("rows.code_span", "escaping.prose"):
        monkeypatch.setattr(f"mlgate.reporting.{name}", naive)
    texts = list(hostile_strings(800))[-100:]
    assert sum(any(faults([text])) for text in texts) > 50
