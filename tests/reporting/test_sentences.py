"""A finding is one sentence, whatever the format."""

import re
from typing import get_args

import pytest
from msgspec import structs

from mlgate.evidence import Finding, Note, NoteKind, Reason, Severity, Status
from mlgate.measuring.metrics import FAMILIES, METRICS
from mlgate.reporting import words
from mlgate.reporting.figures import decimals, turning_points
from mlgate.reporting.phrases import metric_words, state
from mlgate.reporting.sentences import headline, note_sentence, sentence, status_word
from mlgate.reporting.steps import next_steps, way_out
from reports import annotations, markdown, terminal
from tests.reports import samples


def judged(finding: Finding) -> Finding:
    """The finding as the gate judges it, alone."""
    return samples.view([finding]).verdict.findings[0]


def unquoted(text: str) -> str:
    """The words alone: names stand in quotes in plain text, and in code spans in Markdown."""
    return re.sub("[`']", "", text)


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (samples.SLICE, "recall on age=18-25 fell 0.029 (95 % CI 0.008 to 0.051, n=1,912); at most 0.010 allowed"),
        (
            samples.RECALL,
            "cannot tell: recall fell 0.005 (95 % CI −0.003 to 0.013, n=20,000); at most 0.010 allowed,"
            " needs ≈ 26,000 rows",
        ),
        (
            samples.LOG_LOSS,
            "log loss fell 0.0022 (95 % CI 0.0003 to 0.0041, n=20,000); a rise of at most 0.0024 is allowed",
        ),
        (
            samples.GAP,
            "selection-rate gap of afam is 0.061 (95 % CI 0.031 to 0.090, n=20,000); at most 0.100 allowed",
        ),
        (
            samples.GROWTH,
            "selection-rate gap of afam rose 0.003 (95 % CI −0.006 to 0.012, n=20,000); at most 0.020 allowed",
        ),
        (samples.MISSING, "34 of 714 values of 'pirat' in data/train.csv are missing (4.8 %); at most 2 % allowed"),
        (
            structs.replace(samples.SLICE, n=41, min_rows=100),
            "cannot tell: recall on age=18-25 fell 0.029 (95 % CI 0.008 to 0.051, n=41);"
            " 41 rows are fewer than the 100 asked for",
        ),
        (
            structs.replace(samples.SLICE, p=0.03),
            "cannot tell: recall on age=18-25 fell 0.029 (95 % CI 0.008 to 0.051, n=1,912); at most 0.010 allowed;"
            " suspect (p = 0.03), but not certain among all that are judged together",
        ),
        (
            structs.replace(samples.SLICE, noise=0.04),
            "cannot tell: recall on age=18-25 fell 0.029 (95 % CI 0.008 to 0.051, n=1,912); at most 0.010 allowed;"
            " training the same code again moves it by up to 0.040",
        ),
        (
            structs.replace(samples.AUC, value=0.0, interval=(-0.001, 0.001)),
            "AUC did not change (95 % CI −0.001 to 0.001, n=20,000); a fall of at most 0.005 is allowed",
        ),
        (
            Finding(id="regression", subject="auc", status="inconclusive", reason="baseline-crashed", message="boom"),
            "cannot tell: the baseline crashed: boom",
        ),
        (Finding(id="ranges", subject="age", value=3, limit=0), "age is 3; at most 0 allowed"),
        (
            structs.replace(samples.AUC, source="test@base", interval=None, method="identical predictions", value=0.0),
            "AUC (on the base's rows) did not change (n=20,000); a fall of at most 0.005 is allowed",
        ),
        (
            Finding(id="missing", subject="age", value=1, limit=0, message="1 of 9 values are missing; none allowed"),
            "age: 1 of 9 values are missing; none allowed",
        ),
        (
            Finding(id="schema", subject="age", value=1, limit=0, message="data.csv has no column 'age'"),
            "data.csv has no column 'age'",
        ),
        (
            Finding(
                id="slices", subject="baseline", status="skipped", reason="no-baseline", message="main has no model"
            ),
            "main has no model",
        ),
        (
            structs.replace(samples.SLICE, value=0.0, interval=(-0.002, 0.002), mde=0.03),
            "cannot tell: recall on age=18-25 did not change (95 % CI −0.002 to 0.002, n=1,912);"
            " a fall of at most 0.010 is allowed; so few rows show only a change of 0.030 or more",
        ),
        (
            structs.replace(samples.AUC, value=0.00001, interval=(-0.002, 0.002)),
            "AUC rose less than 0.0001 (95 % CI −0.0020 to 0.0020, n=20,000); a fall of at most 0.005 is allowed",
        ),
    ],
)
def test_finding_is_one_sentence(finding: Finding, said: str) -> None:
    assert sentence(judged(finding)).replace("0.0010", "0.001") == said


def test_what_the_baseline_has_too_is_said_so() -> None:
    found = [sentence(f) for f in samples.existing().verdict.findings if f.reason == "existing"]
    assert len(found) == 2
    assert all(said.endswith("; the baseline has it too") for said in found)


@pytest.mark.parametrize("sample", ["bad-data", "crashed", "errors", "without-access", "existing"])
def test_all_formats_say_the_same_of_what_is_no_metric(sample: str) -> None:
    view = samples.SAMPLES[sample]()
    pages = [markdown.render(view), annotations.render(view).replace("%25", "%").replace("%3A", ":")]
    pages.append(" ".join(terminal.render(structs.replace(view, width=400)).split()))
    said = [sentence(f) for f in view.verdict.findings if status_word(f) not in ("pass", "not run") and not f.interval]
    assert said
    assert all(unquoted(one) in unquoted(page) for one in said for page in pages)


@pytest.mark.parametrize("sample", ["failing", "inconclusive"])
def test_terminal_and_annotations_say_the_same_of_metrics(sample: str) -> None:
    view = samples.SAMPLES[sample]()
    pages = [annotations.render(view).replace("%25", "%"), " ".join(terminal.render(view).split())]
    said = [sentence(f) for f in view.verdict.findings if status_word(f) not in ("pass", "not run")]
    assert all(one in page for one in said for page in pages)


@pytest.mark.parametrize("sample", [name for name in samples.SAMPLES if name != "hostile"])
def test_headline_is_the_heading_of_every_format(sample: str) -> None:
    view = samples.SAMPLES[sample]()
    heading = unquoted(markdown.render(view).splitlines()[0])
    assert heading.partition(" mlgate: ")[2] == unquoted(headline(view)).removeprefix("mlgate: ")
    assert terminal.render(structs.replace(view, width=400)).splitlines()[0] == headline(view)


def test_every_metric_has_words() -> None:
    assert set(METRICS) <= set(words.METRICS)
    assert set(FAMILIES) == set(words.FAMILIES)
    assert metric_words("recall:a b") == "recall of a b"
    assert metric_words("pinball:0.9") == "pinball loss at 0.9"


@pytest.mark.parametrize("kind", get_args(NoteKind))
def test_every_note_is_a_sentence(kind: NoteKind) -> None:
    for note in (Note(kind), Note(kind, "test"), Note(kind, "test", "2 % to 10 %")):
        assert re.fullmatch(r"[A-Z][^{}]*\.", note_sentence(note))
        assert note.detail in note_sentence(note)


@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("reason", get_args(Reason))
@pytest.mark.parametrize("severity", get_args(Severity))
def test_every_status_has_words(status: Status, reason: Reason, severity: Severity) -> None:
    finding = Finding(id="missing", subject="age", status=status, reason=reason, severity=severity)
    view = samples.view([finding])
    assert sentence(finding)
    assert state(finding) == status_word(finding)
    assert headline(view).startswith("mlgate: ")
    assert next_steps(view)


def test_who_reaches_the_printed_point_passes() -> None:
    """The points of baseline .741, margin .030, half-width .0215."""
    wide = structs.replace(samples.SLICE, margin=0.03)
    points = turning_points(wide)
    assert points is not None
    assert [round(point, 4) for point in points] == [0.7325, 0.7195]
    said = "to pass with these 1,912 rows: ≥ 0.733; to stop blocking: ≥ 0.720"
    assert said in way_out(structs.replace(wide, status="fail"))


def test_no_value_better_than_the_baseline_is_asked_for() -> None:
    points = turning_points(samples.SLICE)
    assert points is not None
    assert [round(point, 4) for point in points] == [0.7525, 0.7195]
    said = "recall on `age=18-25` ≥ 0.720; to pass: no worse than the baseline (0.741) on these rows"
    assert f"to stop blocking: {said}" in markdown.render(samples.failing())
    loss = structs.replace(samples.LOG_LOSS, value=-0.008, interval=(-0.013, -0.003), baseline_value=0.24)
    said = "to stop blocking: ≤ 0.2450; to pass: no worse than the baseline (0.2400) on these rows"
    assert said in way_out(structs.replace(loss, status="fail"))


def test_where_no_value_could_reach_the_printed_point_only_the_other_is_printed() -> None:
    few = structs.replace(samples.GAP, value=0.2, limit=0.01, interval=(0.1, 0.3), baseline_value=None, status="fail")
    assert way_out(few).endswith(" — to stop blocking: ≤ 0.110")


def test_bad_data_is_mended_in_its_files_and_not_at_the_limit() -> None:
    limit = "or change the limit at mlgate.yml:5 in a change of its own"
    both = structs.replace(samples.MISSING, subject="shared ids", source="train+test")
    said = f"mend the data in data/train.csv and data/test.csv (shared ids), {limit}"
    assert next_steps(samples.view([both]))[0] == said
    unknown = structs.replace(samples.MISSING, source="other")
    assert next_steps(samples.view([unknown]))[0] == "mend mlgate.yml:5 (pirat)"
    assert next_steps(samples.view([structs.replace(samples.MISSING, location=None)]))[0] == "mend pirat"


def test_points_are_mirrored_where_smaller_is_better() -> None:
    worse = structs.replace(samples.LOG_LOSS, value=-0.008, interval=(-0.010, -0.006), baseline_value=0.24)
    points = turning_points(worse)
    assert points is not None
    assert [round(point, 5) for point in points] == [0.24041, 0.242]


def test_rounding_never_hides_on_which_side_of_zero_an_interval_ends() -> None:
    close = structs.replace(samples.SLICE, interval=(-0.058, -0.0002))
    assert decimals(close) == 4
    assert "(95 % CI 0.0002 to 0.0580" in sentence(judged(close))


@pytest.mark.parametrize("reason", ["candidate-crashed", "baseline-crashed"])
def test_last_lines_are_promised_only_where_there_are_some(reason: Reason) -> None:
    status: Status = "fail" if reason == "candidate-crashed" else "inconclusive"
    silent = Finding(id="regression", subject="auc", status=status, reason=reason, message="ran longer than 5 s")
    spoke = structs.replace(silent, message="ended with exit code 3; its last lines:\n  no luck")
    assert "its last lines" not in next_steps(samples.view([silent]))[0]
    assert "its last lines" in next_steps(samples.view([spoke]))[0]


def test_a_candidate_that_ran_out_of_time_is_told_of_the_limit() -> None:
    late = Finding(
        id="metrics", subject="auc", status="fail", reason="candidate-crashed", message="ran longer than 5 s"
    )
    assert "make it faster, or raise environment.timeout in mlgate.yml" in next_steps(samples.view([late]))[0]
