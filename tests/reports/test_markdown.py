"""The Markdown report keeps its budget, keeps every failure, and lets no user's string become markup."""

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mlgate.evidence import Finding, Location, Note
from mlgate.evidence_file import evidence_file
from mlgate.reporting.budget import MORE_ELSEWHERE
from mlgate.reporting.view import Links, View
from reports import markdown
from tests.reports import samples
from tests.reports.rendered import Rendered

OURS = {"h3", "p", "strong", "em", "code", "blockquote", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary", "pre", "a", "br"}  # fmt: skip
TROUBLE = st.sampled_from(samples.HOSTILE)
STRANGE = st.lists(
    st.one_of(TROUBLE, st.text(max_size=12), st.sampled_from(list("`|\\<>&[]()!*_~#$:@,'\n "))), max_size=8
)
NAMES = STRANGE.map("".join).map(lambda text: text.encode("utf-8", "ignore").decode()[:399])


def hostile_view(name: str, other: str) -> View:
    """A run in which both strings stand wherever a user's string can stand."""
    place = Location(name, 1, other)
    return samples.view(
        [
            structs.replace(samples.SLICE, slice=name, metric=other, subject=name, family=other),
            structs.replace(samples.GAP, subject=f"{name[:190]}: {other[:190]}", group=name),
            structs.replace(samples.RECALL, subject=name, metric=other, source=name, family=name),
            structs.replace(samples.MISSING, subject=name, message=f"{other}\n{name}", location=place, id=other),
            Finding(id=name, subject=other, message=name),
        ],
        notes=(Note("policy-changed", name, other),),
        model=name,
        config=other,
        kit=name,
        **samples.hostile_differences([name, other]),
    )


@settings(max_examples=300, deadline=None)
@given(NAMES, NAMES)
def test_no_string_of_a_user_becomes_markup(name: str, other: str) -> None:
    page = Rendered(markdown.render(hostile_view(name, other)))
    assert set(page.tags) <= OURS
    assert page.links == ["https://github.com/acme/credit/actions/runs/812"]
    assert page.references == []
    assert all(len(set(widths)) == 1 for widths in page.widths)


def test_the_same_string_does_become_markup_when_nothing_escapes_it() -> None:
    page = Rendered("| a |\n|---|\n| ![x](https://evil.example/x.png) <b>x</b> @octocat www.evil.example |\n")
    assert {"img", "b", "a"} <= set(page.tags)
    assert page.references


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_tables_and_folds_are_whole(sample: str) -> None:
    page = Rendered(markdown.render(samples.SAMPLES[sample]()))
    assert page.tags.count("details") == page.closed.count("details") > 0
    assert all(len(set(widths)) == 1 and len(widths) > 1 for widths in page.widths)


def many(failing: int, passing: int, text: str) -> View:
    """A run with that many findings of long names."""
    bad = [structs.replace(samples.MISSING, subject=f"c{n}", message=f"column c{n}: {text}") for n in range(failing)]
    good = [structs.replace(samples.SLICE, slice=f"{n}{text}"[:399], value=0.0, interval=(-0.001, 0.001), p=0.5)
            for n in range(passing)]  # fmt: skip
    return samples.view([*bad, *good])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(0, 900), TROUBLE)
def test_budget_is_kept_and_every_failure_stays(failing: int, passing: int, text: str) -> None:
    shown = markdown.render(many(failing, passing, text))
    assert len(shown.encode()) <= markdown.BUDGET
    assert shown.count("| ❌ |") == failing


def test_what_is_left_out_is_counted() -> None:
    view = many(5, 900, "x" * 80)
    shown = markdown.render(view)
    rows = shown.count("| ✅ |")
    more = sum(int(n.replace(",", "")) for n in re.findall(r"and ([\d,]+) more in", shown))
    assert rows + more == 900


def test_more_failures_than_fit_end_in_a_count() -> None:
    shown = markdown.render(many(2_000, 0, "🦆" * 300))
    assert len(shown.encode()) <= markdown.BUDGET
    more = sum(int(n.replace(",", "")) for n in re.findall(r"and ([\d,]+) more in", shown))
    assert shown.count("| ❌ |") + more == 2_000
    assert shown.count("| ❌ |") > 20


def test_head_that_is_too_big_leaves_the_verdict_alone() -> None:
    shown = markdown.render(samples.failing(), 400)
    assert shown.startswith("### ❌ mlgate: do not merge — recall on `age=18-25` fell 0.029")
    assert shown.count("\n") <= 10


@pytest.mark.parametrize(
    "links",
    [
        Links(repository=None, run_id=1),
        Links(repository="acme/credit", run_id=None),
        Links(server_url="https://x/)[y](", repository="acme/credit", run_id=1),
        Links(repository="acme/credit)[x](https://evil.example", run_id=1),
    ],
)
def test_without_a_sound_address_there_is_no_link(links: Links) -> None:
    assert Rendered(markdown.render(structs.replace(samples.passing(), links=links))).links == []


@pytest.mark.parametrize(
    ("sample", "icon"),
    [("passing", "✅"), ("failing", "❌"), ("inconclusive", "❔"), ("without-baseline", "⚠️"), ("without-access", "⚠️"),
     ("crashed", "❌"), ("errors", "❌"), ("existing", "✅"), ("waived", "✅")],
)  # fmt: skip
def test_only_what_is_safe_to_merge_is_green(sample: str, icon: str) -> None:
    assert markdown.render(samples.SAMPLES[sample]()).startswith(f"### {icon} mlgate: ")


def test_digest_is_that_of_the_evidence_file() -> None:
    view = samples.failing()
    assert hashlib.sha256(evidence_file(view)).hexdigest()[:12] in markdown.render(view)


def test_smaller_is_better_is_shown_in_its_natural_sign() -> None:
    row = next(line for line in markdown.render(samples.passing()).splitlines() if "Log loss ↓" in line)
    assert "−0.0022 [−0.0041,\N{NO-BREAK SPACE}−0.0003]" in row


def test_what_is_left_out_is_said_in_the_words_of_the_place() -> None:
    shown = markdown.render(many(5, 900, "x" * 80), 9_000, MORE_ELSEWHERE)
    assert len(shown.encode()) <= 9_000
    assert re.search(r"and \d+ more in the full report of the run", shown)
    assert "`evidence.json`" not in shown
