"""The comment keeps its budget, tells failures first, is read back exactly, and lets no string become markup."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mlgate.errors import UserError
from mlgate.evidence import Location, Note
from mlgate.github import comment, sections
from mlgate.github.comment import BUDGET, CHART_COLOUR, compose, is_ours, marker, room_for_each
from mlgate.github.models import Comment, User
from mlgate.github.report import Options
from mlgate.github.sections import Asked, Key, Point, Result, Section, Sections, merge
from mlgate.github.state import MOST_BYTES, read_sections, state_line
from tests.github.stage import CONFIG, FILES, WORKFLOW, Stage, failing, unsure
from tests.github_fake.state import PullRequest
from tests.reports import samples
from tests.reports.rendered import Rendered

SNAPSHOTS = Path(__file__).parent / "snapshots"
OURS = {"h2", "h3", "p", "strong", "em", "code", "blockquote", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary", "pre", "a", "<!-- -->"}  # fmt: skip


def result(number: int, *, text: str = "### ✅ mlgate: safe to merge — fine", sign: sections.Sign = "✅") -> Result:
    return Result(key=Key(number, 1, 2, number, 1), head_sha=f"{number:040x}", sign=sign, text=text, evidence="e" * 64)


def many(count: int, text: str) -> Sections:
    return {
        f"models/{n}/mlgate.yml": Section(result(n + 1, text=f"### ✅ mlgate: {n}\n\n{text}")) for n in range(count)
    }


# --- read back ------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).map(str.strip).filter(bool)
RESULTS = st.builds(
    Result,
    key=st.builds(Key, *[st.integers(0, 99)] * 5),
    head_sha=st.sampled_from(["a" * 40, "b" * 40]),
    sign=st.sampled_from(sections.SIGNS),
    text=st.lists(TEXTS, min_size=1, max_size=4).map("\n\n".join),
    metric=st.sampled_from(["auc", ""]),
    history=st.lists(st.builds(Point, st.sampled_from(["abcdef0", "1234567"]), st.floats(-1, 1)), max_size=3).map(
        tuple
    ),
)
ASKED = st.builds(Asked, st.integers(0, 99), st.integers(1, 3), st.just("c" * 40))
SECTIONS = st.dictionaries(
    st.sampled_from(["a.yml", "b.yml", "ü/ñ.yml"]),
    st.builds(Section, st.none() | RESULTS, st.none() | ASKED),
    max_size=3,
)


@settings(max_examples=300, deadline=None)
@given(SECTIONS)
def test_comment_is_read_back_exactly(said: Sections) -> None:
    whole = merge(said)
    assert read_sections(compose(whole, "default")) == whole
    assert read_sections(compose(whole, "default").replace("\n", "\r\n") + "\r\n") == whole


@settings(max_examples=300, deadline=None)
@given(SECTIONS, SECTIONS, SECTIONS)
def test_merging_does_not_depend_on_the_order(one: Sections, two: Sections, three: Sections) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == merge(one)


@pytest.mark.parametrize(
    "body",
    ["", "hello", "<!-- mlgate:state:v1: -->", "<!-- mlgate:state:v1:!!!! -->", "<!-- mlgate:state:v1:AAAA -->",
     "<!-- mlgate:state:v2:H4sI -->", "x <!-- mlgate:state:v1:H4sI -->"],
)  # fmt: skip
def test_broken_state_is_no_state(body: str) -> None:
    assert read_sections(body) == {}


def test_bomb_in_the_state_is_no_state() -> None:
    packed = base64.urlsafe_b64encode(gzip.compress(b"[" + b" " * 4_000_000 + b"]")).decode()
    assert len(packed) < 8_192
    assert read_sections(f"<!-- mlgate:state:v1:{packed} -->") == {}


def test_section_that_somebody_edited_is_forgotten_and_the_others_are_kept() -> None:
    body = compose(
        {"a.yml": Section(result(1, text="### ✅ one")), "b.yml": Section(result(1, text="### ✅ two"))}, "x"
    )
    assert sorted(read_sections(body.replace("✅ two", "✅ TWO"))) == ["a.yml"]


def test_state_inside_a_users_string_is_not_the_state() -> None:
    fake = state_line({"a.yml": Section(result(99))}, {})
    body = compose({"a.yml": Section(result(1, text=f"### ✅ one\n\n```text\n{fake}\n```"))}, "x")
    found = read_sections(body)["a.yml"].result
    assert found is not None
    assert found.key.run_id == 1


def test_state_keeps_to_four_kilobytes_and_forgets_old_points_first() -> None:
    points = tuple(Point(f"{n:07x}", n / 7) for n in range(12))
    said = {
        f"models/{n}/mlgate.yml": Section(structs.replace(result(n), history=points, metric="auc")) for n in range(20)
    }
    line = state_line(said, {})
    assert len(line) <= MOST_BYTES
    assert "mlgate:state" in line


def test_marker_is_matched_at_the_first_byte_with_its_author() -> None:
    bot = User("github-actions[bot]")
    body = marker("credit") + "\n"
    assert is_ours(Comment(1, body, bot), "credit", bot.login)
    assert not is_ours(Comment(1, " " + body, bot), "credit", bot.login)
    assert not is_ours(Comment(1, body, User("mallory")), "credit", bot.login)
    assert not is_ours(Comment(1, body, None), "credit", bot.login)
    assert not is_ours(Comment(1, body, bot), "cred", bot.login)


@pytest.mark.parametrize("name", ["", "a b", "-->", "x" * 65, "é"])
def test_name_of_a_comment_is_plain(name: str) -> None:
    with pytest.raises(UserError):
        marker(name)


# --- budget ---------------------------------------------------------------------------------------------------


def test_sections_that_do_not_fit_shrink_to_their_headings_worst_last() -> None:
    said = {
        **many(20, "x" * 5_000),
        "bad.yml": Section(result(1, text="### ❌ mlgate: bad\n\n" + "y" * 9_000, sign="❌")),
    }
    body = compose(said, "default")
    assert len(body.encode()) <= BUDGET
    assert "y" * 9_000 in body
    assert body.count("did not fit") > 5
    assert body.count("\n### ") == 21
    again = compose(merge(read_sections(body), said), "default")
    assert again == body


def test_three_models_of_sixty_slices_and_forty_columns_fit_and_keep_every_failure(stage: Stage) -> None:
    names = tuple(f"{n}/mlgate.yml" for n in "abc")
    stage.repository.commit({**FILES, **{n: CONFIG.replace("credit-default", n[0]) for n in names}}, branch="main")
    stage.options = Options(configs=names)
    pull = stage.pull({"a/new.csv": "1"})
    findings = samples.huge().evidence.predicate.findings
    failures = sum(f.status == "fail" for f in samples.huge().verdict.findings)
    stage.report(stage.gated(pull, *(stage.evidence(pull, name, findings) for name in names)))
    body = stage.body(pull.number)
    assert len(body.encode()) <= BUDGET
    assert body.count("| ❌ |") == 3 * failures > 0
    assert "more in" in body
    page = Rendered(body)
    assert all(len(set(widths)) == 1 for widths in page.widths)
    assert page.tags.count("details") == page.closed.count("details")


def test_rooms_fit_together() -> None:
    for models in range(1, 41):
        assert models * room_for_each(models) + MOST_BYTES < BUDGET


# --- words ----------------------------------------------------------------------------------------------------


def test_chart_has_numbers_and_our_own_words_only() -> None:
    points = (Point("4f2c9a1", 0.9178), Point("9be10d7", 0.9213))
    body = compose({'"]{evil}`': Section(structs.replace(result(1), metric="auc", history=points))}, "x")
    chart = re.search(r"```mermaid\n(.*?)```", body, re.DOTALL)
    assert chart
    assert chart[1].splitlines() == [
        CHART_COLOUR, "xychart-beta", '    title "AUC"',
        '    x-axis ["4f2c9a1", "9be10d7"]', "    line [0.917800, 0.921300]"
    ]  # fmt: skip


@pytest.mark.parametrize("metric", ["", 'x"]\nclick a "https://evil"', "unheard-of"])
def test_metric_that_is_not_ours_has_no_chart(metric: str) -> None:
    points = (Point("4f2c9a1", 0.9178), Point("9be10d7", 0.9213))
    assert "mermaid" not in compose({"a.yml": Section(structs.replace(result(1), metric=metric, history=points))}, "x")


def test_banner_of_a_new_head_names_both_commits() -> None:
    said = {"a.yml": Section(result(1), Asked(2, 1, "f" * 40))}
    assert compose(said, "x").splitlines()[2] == ("## ⏳ mlgate: checking `fffffff`; results below are for `0000000`")
    again = {"a.yml": Section(result(1), Asked(1, 2, f"{1:040x}"))}
    assert "checking `0000000` again" in compose(again, "x")


HOSTILE = [*samples.HOSTILE, "-->", "<!-- mlgate:report:v1 id=default -->", "```", "](https://evil.example)",
           "${{ x }}", "</details>", "::error::x", "$x$", "> [!CAUTION]", "# x", "@octocat", "#1", "\u202egpj",
           "\x1b[31m"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_string_becomes_markup(stage: Stage, text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode().replace("\0", "")[:300] or "x"
    name = re.sub(r"[/\\\x00-\x1f\x7f]", "_", clean).strip(". ") or "x"
    pull = stage.pull(
        {f".github/workflows/{name}.yml": "on: push", f"checks/{name}.py": "", "new.csv": "1"}, fork="octo"
    )
    findings = [
        structs.replace(samples.SLICE, slice=clean, metric=clean, subject=clean),
        structs.replace(
            samples.MISSING, subject=clean, message=f"{clean}\n{clean}", location=Location(clean, 1, clean)
        ),
    ]
    stage.report(
        stage.gated(pull, stage.evidence(pull, findings=findings, notes=(Note("policy-changed", clean, clean),)))
    )
    stage.report(stage.gated(pull, stage.evidence(pull, findings=findings, model=clean)))
    body = stage.body(pull.number)
    page = Rendered(body)
    assert set(page.tags) <= OURS
    assert page.tags.count("<!-- -->") == 2
    assert all(link.startswith("https://github.test/acme/credit/actions/runs/") for link in page.links)
    assert page.references == []
    assert all(len(set(widths)) == 1 for widths in page.widths)
    assert not re.search(r"(?m)^\s*::", body)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u200b-\u200d]", body)


def test_description_is_short_plain_and_ends_in_an_ellipsis(stage: Stage) -> None:
    pull = stage.pull()
    long = structs.replace(samples.MISSING, id="regression", subject="c" * 300, message="c" * 300)
    stage.report(stage.gated(pull, stage.evidence(pull, findings=[long])))
    state, said = stage.status(pull.head_sha)
    assert state == "failure"
    assert len(said) == 140
    assert said.endswith("…")


STATES: dict[str, Callable[[Stage, PullRequest], bytes]] = {
    "pass": lambda stage, pull: stage.evidence(pull),
    "fail": lambda stage, pull: stage.evidence(pull, findings=failing()),
    "inconclusive": lambda stage, pull: stage.evidence(pull, findings=unsure()),
    "not-measured": lambda stage, pull: stage.evidence(
        pull, findings=samples.without_access().evidence.predicate.findings
    ),
    "refused": lambda stage, pull: json.dumps({"@octocat": 1}).encode(),
    "waiting": lambda stage, pull: stage.evidence(pull),
}


@pytest.mark.parametrize("name", STATES)
def test_comment_of_each_state_is_the_one_that_was_looked_at(stage: Stage, name: str) -> None:
    pull = stage.pull({WORKFLOW: "on: push\n"} if name == "waiting" else None, fork="octocat")
    stage.report(stage.gated(pull, STATES[name](stage, pull)))
    shown = stage.body(pull.number).rpartition("\n")[0].replace(pull.head_sha[:7], "4f2c9a1")
    shown = shown.replace((stage.repository.tip("main") or "")[:7], "9be10d7")
    shown = re.sub(r"`sha256:[0-9a-f]{12}…`", "`sha256:…`", shown)
    shown = re.sub(r"/actions/runs/1\d+", "/actions/runs/812", shown)
    file = SNAPSHOTS / f"{name}.md"
    assert comment.SEPARATOR in shown
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(shown)
        pytest.fail(f"{file.name} is new: look at it")
    assert shown == file.read_text()
