"""The rows of the Markdown report: one table row per finding, ranked by how long it must stay."""

from mlgate.evidence import Finding
from mlgate.reporting import escaping
from mlgate.reporting.budget import Row
from mlgate.reporting.escaping import code_span
from mlgate.reporting.figures import (
    bracketed,
    change,
    decimals,
    fixed,
    is_blind,
    natural_interval,
    roughly,
    smaller_is_better,
    trimmed,
)
from mlgate.reporting.phrases import Marks, is_measured, is_on_base_rows, metric_words, state
from mlgate.reporting.sentences import extra_lines, sentence
from mlgate.reporting.words import ICONS, State


def _name(text: str) -> str:
    return code_span(text)


def _name_in_table(text: str) -> str:
    return code_span(text, in_table=True)


def _text(text: str) -> str:
    return escaping.prose(text)


def _text_in_table(text: str) -> str:
    return escaping.prose(text, in_table=True)


IN_TEXT = Marks(_name, _text)
IN_TABLE = Marks(_name_in_table, _text_in_table)
RANKS: dict[State, int] = {
    "error": 0, "fail": 0, "not measured": 1, "inconclusive": 1, "warning": 2,
    "waived": 3, "existing": 3, "info": 6, "pass": 5, "not run": 6,
}  # fmt: skip
RANK_METRIC, RANK_DETAILS, RANK_SLICE = 3, 2, 4


def metric_row(finding: Finding) -> Row:
    """| | Metric | baseline | candidate | Δ [CI] | Gate | MDE |"""
    what = metric_words(finding.metric or finding.subject, IN_TABLE)
    shown = what[:1].upper() + what[1:]
    cells = [
        _icon(finding),
        shown + _arrow(finding) + _rows_of(finding),
        *_values(finding),
        _gate(finding),
        _mde(finding),
    ]
    return Row(_row(cells), min(RANKS[state(finding)], RANK_METRIC))


def slice_row(finding: Finding, *, rank: int | None = None) -> Row:
    """| | Slice or group (n) | Metric | baseline | candidate | Δ [CI] | Gate |"""
    of = f" ({finding.n:,})" if finding.n is not None else ""
    if finding.slice:
        where, metric = finding.slice, finding.metric or finding.subject
    else:
        where, _, words = finding.subject.rpartition(": ")
        where, metric = finding.group or where, words
    metric = metric_words(metric.removesuffix(" growth"), IN_TABLE)
    cells = [_icon(finding), code_span(where, in_table=True) + of, metric + _arrow(finding) + _rows_of(finding)]
    return Row(_row([*cells, *_values(finding), _gate(finding)]), RANKS[state(finding)] if rank is None else rank)


def check_row(finding: Finding) -> Row:
    """| | Check | Finding | Where |"""
    cells = [_icon(finding), code_span(finding.id, in_table=True), sentence(finding, IN_TABLE), _where(finding)]
    return Row(_row(cells), RANKS[state(finding)])


def quiet_row(finding: Finding) -> Row:
    """| | Check | Finding |, for what passes and what did not run"""
    said = sentence(finding, IN_TABLE)
    if finding.status == "pass" and not finding.message and not is_measured(finding):
        said = code_span(finding.subject, in_table=True)
    return Row(_row([_icon(finding), code_span(finding.id, in_table=True), said]), RANKS[state(finding)])


def details_row(finding: Finding) -> Row:
    """The lines of a long message as a fenced block under the name of what it is about."""
    title = f"{_icon(finding)} {code_span(finding.id)} {code_span(finding.subject)}"
    return Row(f"{title}\n\n{escaping.code_block(extra_lines(finding))}\n", RANK_DETAILS)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _icon(finding: Finding) -> str:
    return ICONS[state(finding)]


def _arrow(finding: Finding) -> str:
    return " ↓" if smaller_is_better(finding) or (finding.margin is None and finding.direction == "down") else ""


def _rows_of(finding: Finding) -> str:
    return " (base's rows)" if is_on_base_rows(finding) else ""


def _values(finding: Finding) -> list[str]:
    """Baseline, candidate, and the difference with its interval; an absolute value has its interval beside it."""
    places, ends, difference = decimals(finding), natural_interval(finding), change(finding)
    before = fixed(finding.baseline_value, places) if finding.baseline_value is not None else "–"
    value = finding.candidate_value if finding.candidate_value is not None or difference is not None else finding.value
    after = fixed(value, places) if value is not None else "–"
    if difference is None:
        return [before, f"{after} {_whole(bracketed(ends, places))}" if ends else after, "–"]
    shown = fixed(difference, places, sign=True)
    shown = f"**{shown}**" if state(finding) == "fail" else shown
    return [before, after, f"{shown} {_whole(bracketed(ends, places, sign=True))}" if ends else shown]


def _whole(text: str) -> str:
    """`text` with spaces at which no browser breaks the line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _gate(finding: Finding) -> str:
    places = decimals(finding)
    if finding.margin is not None:
        limit = f"margin {trimmed(finding.margin, places)}"
    elif finding.limit is not None:
        limit = f"{'≥' if finding.direction == 'up' else '≤'} {trimmed(finding.limit, places)}"
    else:
        limit = "no limit"
    return f"{limit}{_remark(finding)}"


def _remark(finding: Finding) -> str:
    if state(finding) == "existing":
        return ": the baseline has it too"
    if state(finding) == "waived":
        return ": waived"
    if state(finding) != "inconclusive":
        return ""
    if finding.min_rows is not None and (finding.n or 0) < finding.min_rows:
        return f": **cannot tell**, fewer than {finding.min_rows:,} rows"
    if finding.reason == "training-noise":
        return f": **cannot tell**, training again moves it by {fixed(finding.noise or 0.0, decimals(finding))}"
    why = f" (suspect, p = {finding.p:.2g})" if finding.reason == "suspect" and finding.p is not None else ""
    needs = f", needs ≈ {roughly(finding.rows_needed)} rows" if finding.rows_needed else ""
    sees = f", sees {fixed(finding.mde, decimals(finding))} or more" if finding.mde and is_blind(finding) else ""
    return f": **cannot tell**{why}{sees}{needs}"


def _mde(finding: Finding) -> str:
    return fixed(finding.mde, decimals(finding)) if finding.mde is not None else "–"


def _where(finding: Finding) -> str:
    where = finding.location
    if where is None:
        return "–"
    spot = code_span(f"{where.file}:{where.line}" if where.line else where.file, in_table=True)
    return f"{spot} {code_span(where.key, in_table=True)}" if where.key else spot
