"""The engine's sentences: the same words for a finding in the terminal, the comment, annotations and subject lines."""

from mlgate.evidence import Finding, Note
from mlgate.reporting import escaping
from mlgate.reporting.figures import (
    change,
    decimals,
    fixed,
    is_blind,
    natural_interval,
    roughly,
    smaller_is_better,
    trimmed,
)
from mlgate.reporting.phrases import PLAIN, Marks, is_measured, is_row, metric_words, state, subject
from mlgate.reporting.view import View
from mlgate.reporting.words import NOTES, REASONS, SENTENCES, STATES, VERDICTS, State

LONGEST_FACT = 300  # characters of a message in a sentence


def status_word(finding: Finding) -> str:
    """The word for the finding's status, the same in every format."""
    return state(finding)


def worst_first(findings: tuple[Finding, ...]) -> list[Finding]:
    """The findings by status, the worst first, otherwise in their order."""
    return sorted(findings, key=lambda f: STATES.index(state(f)))


def counts(view: View) -> str:
    """How many findings have each status, the worst first: "1 fail · 31 pass"."""
    states = [state(f) for f in view.verdict.findings]
    return " · ".join(f"{states.count(s):,} {s}" for s in STATES if s in states) or "no findings"


def sentence(finding: Finding, marks: Marks = PLAIN) -> str:
    """The finding in one sentence: what was seen, how sure that is, and what is allowed."""
    said = cause(finding, marks)
    if finding.reason in REASONS:
        return said
    if is_row(finding):
        said = _weighed(finding, said)
    if finding.reason == "existing":
        return SENTENCES["existing"].format(fact=said)
    return SENTENCES["waived"].format(fact=said) if finding.status == "waived" else said


def cause(finding: Finding, marks: Marks = PLAIN) -> str:
    """The finding's fact alone, short enough for a heading."""
    lines = escaping.plain_lines(finding.message)
    if finding.reason in ("candidate-crashed", "baseline-crashed"):
        said = REASONS[finding.reason]
        return f"{said}: {_message(lines[-1], marks)}" if lines else said
    if is_row(finding) and finding.reason not in REASONS:
        return _measured(finding, marks)
    if lines and (finding.reason in REASONS or _names_its_subject(finding)):
        return _message(lines[0], marks)
    if finding.reason in REASONS:
        return REASONS[finding.reason].format(what=subject(finding, marks))
    about = metric_words(finding.subject, marks)
    if lines:
        return f"{about}: {_message(lines[0], marks)}"
    if finding.value is None or finding.limit is None:
        return f"{about}: {finding.status}"
    fact = SENTENCES["is"].format(what=about, value=_count(finding.value), evidence="")
    return SENTENCES[_side(finding)].format(fact=fact, limit=_count(finding.limit))


def _message(line: str, marks: Marks) -> str:
    return marks.text(escaping.shortened(line.strip(), LONGEST_FACT))


def _names_its_subject(finding: Finding) -> bool:
    said, name = finding.message, finding.subject
    named = (f"'{name}'" in said, said.startswith(name), said.startswith((f"column {name}", f"table {name}")))
    return any(named) or finding.group is not None


def extra_lines(finding: Finding) -> list[str]:
    """The lines of a message that is longer than one line, such as a notebook's difference or a crash's last lines."""
    lines = escaping.plain_lines(finding.message)
    return lines if len(lines) > 1 else []


def headline(view: View, marks: Marks = PLAIN) -> str:
    """The verdict and its cause in one line: the report's heading and the subject of the e-mail about it."""
    words, why = VERDICTS[view.verdict.outcome][1], _why(view, marks)
    if _only_without_baseline(view):
        words = "no baseline yet"
    return f"mlgate: {words} — {why.removeprefix(f'{words}: ')}"


def icon(view: View) -> str:
    """The verdict's sign, before the headline."""
    return VERDICTS[view.verdict.outcome][0]


def note_sentence(note: Note, marks: Marks = PLAIN) -> str:
    """A note in plain words."""
    detail = f" ({marks.text(note.detail)})" if note.detail else ""
    of = f" {marks.name(note.subject)}{detail}" if note.subject else detail
    said = NOTES[note.kind]
    if "{detail}" in said:
        return f"{said.format(subject=marks.text(note.subject), detail=marks.text(note.detail))}."
    return f"{said.format(of=of)}." if "{of}" in said else f"{said}{detail}."


def missing_sentence(check: str, marks: Marks = PLAIN) -> str:
    """That a required check has no finding."""
    return f"the required check {marks.name(check)} gave no result"


def _why(view: View, marks: Marks) -> str:
    verdict = view.verdict
    if verdict.missing:
        return missing_sentence(verdict.missing[0], marks) + _and_more(len(verdict.missing) + len(verdict.blocking))
    if verdict.blocking:
        return cause_in_heading(verdict.blocking[0], marks) + _and_more(len(verdict.blocking))
    if verdict.outcome == "pass":
        return _why_safe(view)
    if _only_without_baseline(view):
        return "nothing to compare this with"
    open_ones = open_findings(view)
    return cause_in_heading(open_ones[0], marks) + _and_more(len(open_ones)) if open_ones else counts(view)


def open_findings(view: View) -> list[Finding]:
    """The findings for which an outcome is not a pass although nothing blocks."""
    return [f for f in worst_first(view.verdict.findings) if state(f) in ("not measured", "inconclusive", "not run")]


def cause_in_heading(finding: Finding, marks: Marks) -> str:
    """The finding's fact; of one that cannot be told also what would settle it."""
    said = cause(finding, marks)
    settled_by_rows = finding.status == "inconclusive" and finding.reason != "training-noise"
    if settled_by_rows and finding.rows_needed and is_measured(finding):
        return SENTENCES["rows-needed"].format(fact=said, rows=roughly(finding.rows_needed))
    return said


def _why_safe(view: View) -> str:
    states = [state(f) for f in view.verdict.findings]
    compared = any(f.margin is not None and f.status == "pass" for f in view.verdict.findings)
    passes = states.count("pass")
    said = (
        "no metric worse than its margin" if compared else f"{passes:,} finding{' passes' if passes == 1 else 's pass'}"
    )
    others: tuple[State, ...] = ("warning", "waived", "existing")
    return "; ".join([said, *(f"{states.count(s):,} {s}" for s in others if s in states)])


def _only_without_baseline(view: View) -> bool:
    left = [f for f in view.verdict.findings if f.status in ("not-measured", "skipped")]
    return view.verdict.outcome == "not-measured" and bool(left) and all(f.reason == "no-baseline" for f in left)


def _and_more(number: int) -> str:
    return f" (and {number - 1:,} more)" if number > 1 else ""


def _measured(finding: Finding, marks: Marks) -> str:
    what, places = subject(finding, marks), decimals(finding)
    difference = change(finding)
    if difference is None:
        value = fixed(finding.value or 0.0, places)
        return SENTENCES["is"].format(what=what, value=value, evidence=_evidence(finding, places, 1))
    if not difference:
        return SENTENCES["unchanged"].format(what=what, evidence=_evidence(finding, places, 1))
    return SENTENCES["changed"].format(
        what=what,
        verb="rose" if difference > 0 else "fell",
        size=fixed(abs(difference), places)
        if round(difference, places)
        else f"less than {fixed(10.0**-places, places)}",
        evidence=_evidence(finding, places, 1 if difference > 0 else -1),
    )


def _evidence(finding: Finding, places: int, sign: int) -> str:
    ends = natural_interval(finding)
    parts = []
    if ends is not None:
        low, high = ends if sign > 0 else (-ends[1], -ends[0])
        parts.append(f"{100 * (finding.level or 0.95):.4g} % CI {fixed(low, places)} to {fixed(high, places)}")
    if finding.n is not None:
        parts.append(f"n={finding.n:,}")
    return f" ({', '.join(parts)})" if parts else ""


def _weighed(finding: Finding, fact: str) -> str:
    said = _with_limit(finding, fact)
    if finding.status != "inconclusive":
        return said
    if finding.min_rows is not None and (finding.n or 0) < finding.min_rows:
        said = SENTENCES["too-few"].format(fact=fact, n=f"{finding.n or 0:,}", min_rows=f"{finding.min_rows:,}")
    elif finding.reason == "training-noise":
        said = SENTENCES["training-noise"].format(fact=said, noise=fixed(finding.noise or 0.0, decimals(finding)))
        return SENTENCES["cannot-tell"].format(fact=said)  # more rows would not settle it
    elif finding.reason == "suspect" and finding.p is not None:
        said = SENTENCES["suspect"].format(fact=said, p=f"{finding.p:.2g}")
    elif is_blind(finding):
        said = SENTENCES["blind"].format(fact=said, mde=fixed(finding.mde or 0.0, decimals(finding)))
    if finding.rows_needed:
        said = SENTENCES["rows-needed"].format(fact=said, rows=roughly(finding.rows_needed))
    return SENTENCES["cannot-tell"].format(fact=said)


def _with_limit(finding: Finding, fact: str) -> str:
    places, difference = decimals(finding), change(finding)
    if finding.margin is None:
        return (
            SENTENCES[_side(finding)].format(fact=fact, limit=trimmed(finding.limit, places))
            if finding.limit is not None
            else fact
        )
    margin = trimmed(finding.margin, places)
    if difference is not None and (finding.value or 0.0) < 0:
        return SENTENCES["allowed-change"].format(fact=fact, margin=margin)
    noun = "rise" if smaller_is_better(finding) else "fall"
    return SENTENCES["allowed-worsening"].format(fact=fact, noun=noun, margin=margin)


def _side(finding: Finding) -> str:
    return "at-least" if finding.direction == "up" else "at-most"


def _count(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else fixed(value, 3)
