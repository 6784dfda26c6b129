"""Markdown: the report as a pull request's comment or a job's summary shows it."""

import re
from collections.abc import Iterable

from mlgate.evidence import Finding, Predicate
from mlgate.reporting.budget import MORE, Block, Row, fit
from mlgate.reporting.differences import cost_line, data_line, model_line
from mlgate.reporting.escaping import code_block, code_span, shortened
from mlgate.reporting.phrases import is_quiet, is_row, state
from mlgate.reporting.provenance import footer, reproduce
from mlgate.reporting.rows import (
    IN_TEXT,
    RANK_DETAILS,
    RANK_SLICE,
    check_row,
    details_row,
    metric_row,
    quiet_row,
    slice_row,
)
from mlgate.reporting.sentences import counts, extra_lines, headline, icon, missing_sentence, note_sentence, worst_first
from mlgate.reporting.steps import next_steps, way_out
from mlgate.reporting.view import View
from mlgate.reporting.waivers import waivers_to_paste

FILE: str | None = "report.md"
BUDGET = 60_000  # bytes; GitHub takes 65,536 in a comment
BLOCKERS_SHOWN = 3
PASSING_SLICES_SHOWN = 5
LONGEST_LINE = 4_400  # characters of a waiver's line: a subject of 400, each of them escaped
METRIC_RULE = ":-:|---|--:|--:|:--|:--|--:"
SLICE_RULE = ":-:|---|---|--:|--:|:--|:--"


def render(view: View, budget: int = BUDGET, more: str = MORE) -> str:
    """The report in at most `budget` bytes: whole rows are left out, passes first, and `more` counts them."""
    head = _head(view)
    blocks = [*head, *_alert(view), *_findings(view), *_differences(view), *_notes(view)]
    last = [*_quiet(view), *_waivers(view), reproduce(view), Block(footer(view))]
    return fit([*blocks, *last], budget, more) or _minimal(head)


def _findings(view: View) -> list[Block]:
    """What is wrong with data and code, then all metrics, then the slices and groups worth a look."""
    findings = worst_first(view.verdict.findings)
    metrics = sorted(filter(_is_metric, view.verdict.findings), key=lambda f: f.margin is None)  # comparisons first
    slices = [f for f in findings if _is_slice(f) and not is_quiet(f)]
    others = [f for f in findings if not is_row(f) and not is_quiet(f)]
    return [
        *_table(["Check", "Finding", "Where"], ":-:|---|---|---", map(check_row, others)),
        *_details(others),
        *_table(["Metric", *_sides(view), "Δ [95 % CI]", "Gate", "MDE"], METRIC_RULE, map(metric_row, metrics)),
        *_table(
            ["Slice or group (n)", "Metric", *_sides(view), "Δ [95 % CI]", "Gate"],
            SLICE_RULE,
            [*map(slice_row, slices), *(slice_row(f, rank=RANK_SLICE) for f in _largest_passing(view))],
        ),
    ]


def _is_metric(finding: Finding) -> bool:
    return is_row(finding) and not (finding.slice or finding.group)


def _is_slice(finding: Finding) -> bool:
    return is_row(finding) and not _is_metric(finding)


def _largest_passing(view: View) -> list[Finding]:
    passing = [f for f in view.verdict.findings if _is_slice(f) and state(f) == "pass"]
    return sorted(passing, key=_effect, reverse=True)[:PASSING_SLICES_SHOWN]


def _minimal(head: list[Block]) -> str:
    return "\n\n".join(block.before for block in head) + "\n"


def _effect(finding: Finding) -> float:
    return abs(finding.value or 0.0) if finding.margin is not None else 0.0


def _head(view: View) -> list[Block]:
    predicate = view.evidence.predicate
    model = f"model {code_span(predicate.model)}" if predicate.model else "data"
    here = predicate.head_sha or predicate.tested_sha
    line = f"**{counts(view)}** — {model}" + (f" @ {code_span(here[:7])}" if here else "")
    if versus := _baseline(predicate):
        line += f" vs {versus}"
    return [Block(f"### {icon(view)} {headline(view, IN_TEXT)}"), Block(line + _rows_compared(view))]


def _baseline(predicate: Predicate) -> str | None:
    base, ref = predicate.base_sha, predicate.baseline.ref
    if ref is None or (base and ref == base):
        return code_span(base[:7]) if base and predicate.baseline.model_sha256 else None
    return code_span(_short(ref)) + (f" @ {code_span(base[:7])}" if base and not base.startswith(ref) else "")


def _short(ref: str) -> str:
    return ref[:7] if re.fullmatch("[0-9a-f]{40,64}", ref) else ref


def _rows_compared(view: View) -> str:
    first = next((f for f in view.verdict.findings if f.margin is not None and f.n is not None and not f.slice), None)
    if first is None:
        return ""
    return f", compared on the same {first.n:,} rows" + (f" of {code_span(first.source)}" if first.source else "")


def _sides(view: View) -> list[str]:
    predicate = view.evidence.predicate
    base = (
        code_span(shortened(_short(predicate.baseline.ref), 30), in_table=True)
        if predicate.baseline.ref
        else "baseline"
    )
    return [base, "this\N{NO-BREAK SPACE}PR" if predicate.event.startswith("pull_request") else "candidate"]


def _alert(view: View) -> list[Block]:
    verdict = view.verdict
    said = [missing_sentence(check, IN_TEXT) for check in verdict.missing]
    said += [way_out(f, IN_TEXT, is_told=f is verdict.blocking[0] and not said) for f in verdict.blocking]
    if not said:
        return (
            []
            if verdict.outcome == "pass"
            else [Block(f"> [!NOTE]\n> Does not block: {next_steps(view, IN_TEXT)[0]}.")]
        )
    kind = "WARNING" if verdict.outcome in ("not-measured", "inconclusive") else "CAUTION"
    more = [f"and {len(said) - BLOCKERS_SHOWN:,} more"] if len(said) > BLOCKERS_SHOWN else []
    lines = [*said[:BLOCKERS_SHOWN], *more]
    text = f" {lines[0]}" if len(lines) == 1 else "".join(f"\n> - {line}" for line in lines)
    return [Block(f"> [!{kind}]\n> Blocks merge:{text}")]


def _table(columns: list[str], rule: str, rows: Iterable[Row]) -> list[Block]:
    kept = tuple(rows)
    return [Block(f"| | {' | '.join(columns)} |\n|{rule}|", kept)] if kept else []


def _details(findings: list[Finding]) -> list[Block]:
    long = {f.message: f for f in reversed(findings) if extra_lines(f)}  # one crash is the message of many findings
    return [Block("", tuple(details_row(f) for f in reversed(long.values())))] if long else []


def _differences(view: View) -> list[Block]:
    """Tables, model and cost, as one paragraph."""
    lines = [line for line in (data_line(view), model_line(view), cost_line(view)) if line]
    return [Block("\\\n".join(lines))]


def _notes(view: View) -> list[Block]:
    rows = tuple(Row(f"- {note_sentence(n, IN_TEXT)}", RANK_DETAILS) for n in view.evidence.predicate.notes)
    return [Block("**Notes**\n", rows)] if rows else []


def _waivers(view: View) -> list[Block]:
    """The YAML by which somebody would answer for what blocks, folded."""
    lines = waivers_to_paste(view.verdict.blocking)
    if not lines:
        return []
    text = code_block(lines, lines_shown=len(lines), length=LONGEST_LINE, language="yaml")
    where = f"Merge it into {code_span(view.evidence.predicate.config)} first, in its own pull request:"
    before = f"<details><summary>Waiver to paste</summary>\n\n{where}\n"
    return [Block(before, (Row(text, RANK_DETAILS),), "\n</details>", is_counted=False)]


def _quiet(view: View) -> list[Block]:
    """What passes, did not run or is said for information, folded, unless a table above has it."""
    above = {id(f) for f in [*_largest_passing(view), *filter(_is_metric, view.verdict.findings)]}
    findings = [f for f in worst_first(view.verdict.findings) if is_quiet(f) and id(f) not in above]
    if not findings:
        return []
    passing = sum(state(f) == "pass" for f in findings)
    others = len(findings) - passing
    said = [f"{passing:,} passing"] if passing else []
    said += [f"{others:,} not-run"] if others else []
    title = f"<details><summary>{' and '.join(said)} finding{'s' if len(findings) > 1 else ''}</summary>\n"
    rows = tuple(quiet_row(f) for f in findings)
    return [Block(f"{title}\n| | Check | Finding |\n|:-:|---|---|", rows, "\n</details>")]
