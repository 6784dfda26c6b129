"""Markdown: the report as a pull request's comment or a job's summary shows it."""

import hashlib
import re
import shlex

from mlgate.budget import Block, Row, fit
from mlgate.escaping import code_span, shortened
from mlgate.evidence import Finding, Predicate
from mlgate.evidence_file import evidence_file
from mlgate.report_rows import (
    IN_TEXT,
    RANK_DETAILS,
    RANK_METRIC,
    RANK_SLICE,
    check_row,
    details_row,
    metric_row,
    quiet_row,
    slice_row,
)
from mlgate.sentences import (
    counts,
    extra_lines,
    headline,
    icon,
    is_measured,
    missing_sentence,
    note_sentence,
    state,
    worst_first,
)
from mlgate.steps import next_steps, way_out
from mlgate.view import Links, View

FILE: str | None = "report.md"
BUDGET = 60_000  # bytes; GitHub takes 65,536 in a comment
BLOCKERS_SHOWN = 3
PASSING_SLICES_SHOWN = 5
QUIET = ("pass", "not run", "info")


def render(view: View) -> str:
    """The report in at most 60,000 bytes: whole rows are left out, passes first, and counted."""
    findings = worst_first(view.verdict.findings)
    metrics = [f for f in view.verdict.findings if _is_row(f) and not (f.slice or f.group)]
    slices = [f for f in findings if _is_row(f) and (f.slice or f.group)]
    shown = [f for f in slices if state(f) not in QUIET]
    largest = sorted((f for f in slices if state(f) == "pass"), key=_effect, reverse=True)[:PASSING_SLICES_SHOWN]
    others = [f for f in findings if not _is_row(f) and state(f) not in QUIET]
    in_tables = {id(f) for f in [*metrics, *shown, *largest]}
    quiet = [f for f in findings if state(f) in QUIET and id(f) not in in_tables]
    head = _head(view)
    blocks = [
        *head,
        *_alert(view),
        *_table(["Check", "Finding", "Where"], ":-:|---|---|---", [check_row(f) for f in others]),
        *_details(others),
        *_table(["Metric", *_sides(view), "Δ [95 % CI]", "Gate", "MDE"], ":-:|---|--:|--:|:--|:--|--:",
                [metric_row(f) for f in metrics]),
        *_table(["Slice or group (n)", "Metric", *_sides(view), "Δ [95 % CI]", "Gate"], ":-:|---|---|--:|--:|:--|:--",
                [*map(slice_row, shown), *(slice_row(f, rank=RANK_SLICE) for f in largest)]),
        *_data(view),
        *_notes(view),
        *_quiet(quiet),
        *_reproduce(view),
        Block(_footer(view)),
    ]  # fmt: skip
    return fit(blocks, BUDGET) or "\n\n".join(block.before for block in head) + "\n"


def _is_row(finding: Finding) -> bool:
    return is_measured(finding) and finding.status not in ("error", "skipped", "not-measured")


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
    return [base, "this PR" if predicate.event.startswith("pull_request") else "candidate"]


def _alert(view: View) -> list[Block]:
    verdict = view.verdict
    said = [missing_sentence(check, IN_TEXT) for check in verdict.missing] + [
        way_out(f, IN_TEXT) for f in verdict.blocking
    ]
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


def _table(columns: list[str], rule: str, rows: list[Row]) -> list[Block]:
    return [Block(f"| | {' | '.join(columns)} |\n|{rule}|", tuple(rows))] if rows else []


def _details(findings: list[Finding]) -> list[Block]:
    long = [f for f in findings if extra_lines(f)]
    return [Block("", tuple(details_row(f) for f in long))] if long else []


def _data(view: View) -> list[Block]:
    tables = [
        f"{code_span(t.name)} {_growth(t.rows, t.baseline_rows, t.sha256 == t.baseline_sha256)}"
        for t in view.evidence.predicate.tables[:8]
    ]
    return [Block(f"**Data** {' · '.join(tables)}")] if tables else []


def _growth(rows: int, before: int | None, is_same: bool) -> str:
    if is_same:
        return f"{rows:,} rows, unchanged"
    if before is None:
        return f"{rows:,} rows"
    if rows == before:
        return f"{rows:,} rows, some changed"
    share = f" ({100 * (rows - before) / before:+.1f} %)".replace("-", "−") if before else ""
    return f"{before:,} → {rows:,} rows{share}"


def _notes(view: View) -> list[Block]:
    rows = tuple(Row(f"- {note_sentence(n, IN_TEXT)}", RANK_DETAILS) for n in view.evidence.predicate.notes)
    return [Block("**Notes**\n", rows)] if rows else []


def _quiet(findings: list[Finding]) -> list[Block]:
    if not findings:
        return []
    passing = sum(state(f) == "pass" for f in findings)
    others = len(findings) - passing
    said = [f"{passing:,} passing"] if passing else []
    said += [f"{others:,} not-run"] if others else []
    title = f"<details><summary>{' and '.join(said)} findings</summary>\n"
    rows = tuple(quiet_row(f) for f in findings)
    return [Block(f"{title}\n| | Check | Finding |\n|:-:|---|---|", rows, "\n</details>")]


def _reproduce(view: View) -> list[Block]:
    predicate = view.evidence.predicate
    command = ["mlgate", "check", "--config", predicate.config]
    if predicate.base_sha:
        command += ["--baseline", predicate.base_sha[:7]]
    checkout = f"{code_span(f'git checkout {predicate.head_sha[:7]}')}, then " if predicate.head_sha else ""
    models = [s.digest["sha256"] for s in view.evidence.subject if s.name.startswith("model:")]
    facts = [
        f"evidence {_digest(hashlib.sha256(evidence_file(view)).hexdigest())}",
        *(f"model {_digest(digest)}" for digest in models[:1]),
        *(f"data {code_span(t.name)} {_digest(t.sha256)}" for t in predicate.tables[:8]),
        f"policy {_digest(predicate.policy_sha256)}",
    ]
    lines = [
        f"{checkout}{code_span(shlex.join(command), length=160)} · seed {predicate.run.seed}"
        f" · {predicate.run.seconds:,.0f} s",
        " · ".join(facts) + f" · mlgate {code_span(predicate.kit)}",
    ]
    row = Row("\n\n".join(lines), RANK_METRIC)
    return [Block("<details><summary>Reproduce and verify</summary>\n", (row,), "\n</details>")]


def _digest(digest: str) -> str:
    return code_span(f"sha256:{digest[:12]}…")


def _footer(view: View) -> str:
    parts = [link] if (link := _run_link(view.links)) else []
    if sha := view.evidence.predicate.head_sha or view.evidence.predicate.tested_sha:
        parts.append(f"results for {code_span(sha[:7])}")
    parts.append(f"judged on {date}" if (date := view.evidence.predicate.date) else "judged locally")
    return " · ".join(parts)


def _run_link(links: Links) -> str | None:
    """The link to the workflow run, if there is one; its parts are checked, as they become an address."""
    server = re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", links.server_url)
    repository = re.fullmatch(r"[\w.-]+/[\w.-]+", links.repository or "", re.ASCII)
    if not server or not repository or links.run_id is None:
        return None
    return f"[Run]({server[0]}/{repository[0]}/actions/runs/{links.run_id})"
