"""Samples of what a run finds, one for each state that a reader can meet."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import structs

from mlgate.config import Policy, Waiver
from mlgate.evidence import (
    Baseline,
    CheckRun,
    Evidence,
    Finding,
    Location,
    ModelFacts,
    Note,
    Predicate,
    RowsChange,
    Run,
    SchemaChange,
    Subject,
    TableInfo,
)
from mlgate.reporting.view import Links, View
from mlgate.verdict import decide

TODAY = datetime.date(2026, 3, 2)
LINKS = Links(repository="acme/credit", run_id=812)
AUC = Finding(
    id="regression", subject="auc", metric="auc", direction="up", baseline_value=0.9178, candidate_value=0.9213,
    value=0.0035, interval=(0.0011, 0.0058), level=0.95, p=0.998, margin=0.005, mde=0.0034, n=20_000, source="test",
    method="delong-paired",
)  # fmt: skip
LOG_LOSS = Finding(
    id="regression", subject="log-loss", metric="log-loss", direction="down", baseline_value=0.2410,
    candidate_value=0.2388, value=0.0022, interval=(0.0003, 0.0041), p=0.99, margin=0.00241, mde=0.0027, n=20_000,
    source="test", family="regression", method="paired-means",
)  # fmt: skip
RECALL = Finding(
    id="regression", subject="recall", metric="recall", direction="up", baseline_value=0.774, candidate_value=0.769,
    value=-0.005, interval=(-0.013, 0.003), p=0.11, margin=0.010, mde=0.011, n=20_000, rows_needed=26_184,
    source="test", family="regression", method="multinomial-bootstrap",
)  # fmt: skip
SLICE = Finding(
    id="slices", subject="age=18-25: recall", slice="age=18-25", metric="recall", direction="up", baseline_value=0.741,
    candidate_value=0.712, value=-0.029, interval=(-0.051, -0.008), p=0.0008, margin=0.010, n=1_912, source="test",
    family="slices",
)  # fmt: skip
GAP = Finding(
    id="fairness", subject="afam: selection-rate gap", group="afam: yes − no", metric="selection-rate",
    direction="down", value=0.061, candidate_value=0.061, baseline_value=0.058, interval=(0.031, 0.090), limit=0.1,
    n=20_000, source="test",
)  # fmt: skip
GROWTH = Finding(
    id="fairness", subject="afam: selection-rate gap growth", group="afam: yes − no", metric="selection-rate",
    direction="down", value=-0.003, candidate_value=0.061, baseline_value=0.058, interval=(-0.012, 0.006), margin=0.02,
    n=20_000, p=0.26, source="test", family="fairness",
)  # fmt: skip
MISSING = Finding(
    id="missing", subject="pirat", value=34 / 714, limit=0.02, n=714, source="train",
    message="34 of 714 values of 'pirat' in data/train.csv are missing (4.8 %); at most 2 % allowed",
    location=Location("mlgate.yml", 5, "checks.missing.columns.pirat"),
)  # fmt: skip
SCHEMA = Finding(
    id="schema", subject="test", value=0, limit=0, n=714, source="test", message="table test: 13 columns as before"
)
UNIQUE = Finding(
    id="unique", subject="id", value=0, limit=0, n=714, source="test", message="column id: no value occurs twice"
)
NOTEBOOK = Finding(
    id="notebooks", subject="explore.ipynb: cell 3", value=1, limit=0, location=Location("explore.ipynb", 41),
    message="its output differs from the stored one\n-mean income 4,212\n+mean income nan\n```\n@octocat",
)  # fmt: skip
CRASH = (
    'Traceback (most recent call last):\n  File "app.py", line 9, in predict\n'
    "    return model.predict_proba(frame[FEATURES])\nKeyError: 'lvr'"
)


def view(findings: Iterable[Finding], policy: Policy | None = None, **changed: object) -> View:
    """The view of a run with these findings, judged as the gate judges them."""
    predicate = Predicate(
        kit="0.1.0", policy_sha256="5" * 64, model="credit-default", event="pull_request", date="2026-03-02",
        head_sha="4f2c9a1" + "0" * 33, base_sha="9be10d7" + "0" * 33, baseline=Baseline("main", "a" * 64),
        tables=(TableInfo("test", 714, "b" * 64, "c" * 64, 714, "b" * 64, "data/test.csv"),
                TableInfo("train", 1_700, "d" * 64, "c" * 64, 1_667, "e" * 64, "data/train.csv")),
        findings=tuple(findings), run=Run(seconds=6.2),
    )  # fmt: skip
    evidence = Evidence(
        subject=(Subject("model:credit-default", {"sha256": "7" * 64}),),
        predicate=structs.replace(predicate, **changed),
    )
    return View(evidence, decide(evidence, policy or Policy(), TODAY), LINKS)


def passing() -> View:
    """Everything is as good as at the baseline."""
    return view([AUC, LOG_LOSS, GAP, GROWTH, SCHEMA, UNIQUE])


def failing() -> View:
    """A slice lost recall, and one metric cannot be told."""
    return view([AUC, LOG_LOSS, RECALL, SLICE, GAP, GROWTH, SCHEMA, UNIQUE])


def inconclusive() -> View:
    """Recall may have fallen; too few rows to tell."""
    few = structs.replace(
        RECALL, subject="single=yes: recall", slice="single=yes", n=41, min_rows=100, rows_needed=None
    )
    return view([AUC, RECALL, few, SCHEMA])


def without_baseline() -> View:
    """The adopting pull request: nothing to compare with."""
    of = (("regression", "auc"), ("slices", "single"))
    skipped = [Finding(id=check, subject=name, status="skipped", reason="no-baseline") for check, name in of]
    return view([*skipped, SCHEMA], notes=(Note("bootstrap"),), baseline=Baseline(), base_sha=None)


def without_access() -> View:
    """A fork's pull request, whose run may not read the data."""
    return view([Finding(id="regression", subject="auc", status="not-measured", reason="no-access"), SCHEMA])


def crashed() -> View:
    """The candidate crashed; its last lines are the finding."""
    crash = Finding(id="regression", subject="auc", status="fail", reason="candidate-crashed", message=CRASH)
    return view([crash, SCHEMA])


def errors() -> View:
    """A check that stopped at its time limit, and a required one without a finding."""
    late = Finding(id="tests", subject="tests/test_model.py::test_slow", status="error", reason="timeout")
    return view([late, SCHEMA], Policy(required=("regression",)))


def bad_data() -> View:
    """Missing values, and a notebook with another output."""
    return view(
        [AUC, MISSING, NOTEBOOK, SCHEMA, UNIQUE],
        notes=(Note("policy-changed", "missing.columns.pirat", "2 % to 10 %"),),
    )


def existing() -> View:
    """What fails, fails at the baseline too."""
    before = structs.replace(GAP, value=0.31, candidate_value=0.31, baseline_value=0.33, interval=(0.22, 0.40))
    return view([AUC, before, structs.replace(MISSING, source="test")])


def waived() -> View:
    """The owner answers for the slice until a date."""
    until = datetime.date(2026, 6, 1)
    waiver = Waiver(check="slices", subject=SLICE.subject, ceiling=0.05, owner="a", reason="r", expires=until)
    return view([AUC, SLICE], Policy(waivers=(waiver,)))


def from_metrics_file() -> View:
    """Only metric values were given: differences are said, and a limit is judged without an interval."""
    said = "auc went from 0.918 to 0.921; without predictions nobody can tell whether that is noise"
    bare = Finding(
        id="regression", subject="auc", metric="auc", severity="info", status="inconclusive", direction="up",
        baseline_value=0.918, candidate_value=0.921, value=0.003, method="bare difference", message=said,
    )  # fmt: skip
    low = Finding(id="metrics", subject="recall", metric="recall", direction="up", value=0.71, limit=0.75)
    shown = structs.replace(AUC, id="metrics", margin=None, value=0.9213, interval=(0.917, 0.925), severity="info")
    return view([bare, low, shown], notes=(Note("deltas-only"),))


def retrained() -> View:
    """Another model with another input, trained on a table of another shape, that lost recall on a slice."""
    schema = SchemaChange(("employer",), ("phone", "fax"), {"zip": ("integer", "string")})
    before = ModelFacts(48_123, ("age", "income", "zip"), {"scikit-learn": "1.6.1", "numpy": "2.1.0"})
    now = ModelFacts(61_002, ("age", "income", "employer"), {"scikit-learn": "1.7.0", "numpy": "2.1.0"})
    tables = (
        TableInfo("test", 714, "b" * 64, "c" * 64, 714, "b" * 64, "data/test.csv"),
        TableInfo("train", 1_700, "d" * 64, "c" * 64, 1_667, "e" * 64, "data/train.csv", schema,
                  RowsChange("id", 41, 8, 120, 2, {"income": 118, "age": 3})),
    )  # fmt: skip
    ran = tuple(CheckRun(check, "0" * 64) for check in ("regression", "slices", "schema"))
    baseline = Baseline("main", "a" * 64, model_facts=before)
    return view([AUC, SLICE, SCHEMA], model_facts=now, baseline=baseline, tables=tables, checks=ran)


HOSTILE = (
    "@octocat", "#1", "owner/repo#1", "GH-12", "https://evil.example", "www.evil.example", "a@evil.example",
    "[x](https://evil.example)", "![x](https://evil.example/x.png)", "<img src=x onerror=alert(1)>", "</details>",
    "<!-- mlgate:report:v1 -->", "a|b", "a\\|b", "\\", "`", "``` x", "a`b``c", "x\n\n# heading", "$x$", "**bold**",
    "\u202egnp.exe", "a\u200bb", "\x1b[31mred", "::error::hello", "%0A::error::hello", "| --- |", "1. one",
    "- [ ] task", "deadbeefcafe", "'a' 'b'", "see 'a`b','c' and 'd'`@octocat",
    "&lt;b&gt; &#64;octocat", ":tada:", "##[error]x", "x" * 399, "",
)  # fmt: skip


def hostile() -> View:
    """A pull request that names its columns, slices, groups and tests to do harm."""
    found: list[Finding] = []
    for text in HOSTILE:
        place = Location(text[:300], 3, text[:300])
        found += [
            structs.replace(SLICE, subject=f"{text[:300]}: recall", slice=text, metric=text, family=text),
            structs.replace(GAP, subject=f"{text[:300]}: {text[:80]}", group=text, interval=(0.2, 0.3)),
            structs.replace(
                MISSING, subject=text, message=f"column {text}: bad\n{text}", location=place, source="other"
            ),
            structs.replace(AUC, subject=text, metric=text, source=text),
            Finding(id=text, subject=text, status="skipped", message=text),
        ]
    notes = tuple(Note("policy-changed", text, text) for text in HOSTILE)
    return view(
        found, notes=notes, model=HOSTILE[5], config=HOSTILE[9], kit=HOSTILE[0], **hostile_differences(HOSTILE[12:])
    )


def hostile_differences(texts: Sequence[str]) -> dict[str, Any]:
    """What differs between base and change, in these words wherever a user's word can stand."""
    names = tuple(dict.fromkeys(texts))
    schema = SchemaChange(names[:50], names[:50], dict.fromkeys(names[:50], ("integer", "string")))
    tables = tuple(
        TableInfo(
            name, 9, f"{n:064}", "c" * 64, 9, "b" * 64, name, schema,
            RowsChange(name, 1, 2, 3, 0, dict.fromkeys(names[:50], 2)),
        )
        for n, name in enumerate(names[:8])
    )  # fmt: skip
    now = ModelFacts(9, names, dict(zip(names[:20], reversed(names[:20]), strict=True)))
    before = ModelFacts(8, (), dict(zip(names[:20], names[:20], strict=True)))
    return {"tables": tables, "model_facts": now, "baseline": Baseline(texts[0], "a" * 64, model_facts=before)}


def huge() -> View:
    """Three metrics on sixty slices, and forty columns; a few of each fail."""
    found: list[Finding] = [AUC, LOG_LOSS, RECALL]
    for number in range(180):
        bad = number % 60 == 7
        name, ends = f"employer_type_of_applicant={number:03}", (-0.07, -0.03) if bad else (-0.005, 0.02)
        value, p = (-0.05, 1e-6) if bad else (0.0001 * number, 0.5)
        found.append(structs.replace(SLICE, slice=name, subject=f"{name}: recall", value=value, interval=ends, p=p))
    for number in range(40):
        name, count = f"column_{number}", number % 9
        said = f"column {name}: {count} of 714 values are missing; at most 7 allowed"
        found.append(structs.replace(MISSING, subject=name, source="other", message=said, value=count, limit=7))
    return view(found)


SAMPLES = {
    f.__name__.replace("_", "-"): f
    for f in (
        passing,
        failing,
        inconclusive,
        without_baseline,
        without_access,
        crashed,
        errors,
        bad_data,
        existing,
        waived,
        retrained,
        from_metrics_file,
        hostile,
        huge,
    )
}
