"""A comparison of two models on the same rows: each metric with interval and verdict, as text and as HTML."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape

from mlgate.config import Policy
from mlgate.errors import user_error
from mlgate.evidence import Evidence, Finding, Predicate
from mlgate.exploring.layout import columns
from mlgate.judging import MIN_ROWS, change, not_measurable
from mlgate.measuring.comparing import compare
from mlgate.measuring.joint import Joint
from mlgate.measuring.metric import Metric, NotMeasurable
from mlgate.measuring.metrics import PRIMARY, UnknownMetric, metric_named, metrics_of
from mlgate.reporting.figures import bracketed, decimals, fixed, natural_interval, smaller_is_better, trimmed
from mlgate.reporting.figures import change as natural_change
from mlgate.reporting.phrases import is_row, subject
from mlgate.reporting.sentences import sentence
from mlgate.verdict import settle

FAMILY = "secondary"  # as in the check `regression`: the first metric is tested alone
LONGEST_NAME = 40
WORDS = {"pass": "no worse", "fail": "worse", "inconclusive": "cannot tell"}
COLOURS = {"pass": "#1a9850", "fail": "#d73027", "inconclusive": "#b8860b"}  # readable on white and on black
PADDED = "text-align:left;padding:2px 12px 2px 0"
WIDE = 140  # pixels of an interval's picture


@dataclass(frozen=True)
class Comparison:
    """What `b` changes against `a` on the same rows; `findings` hold the numbers, one a metric, as evidence does.

    In a finding `value` is b − a signed so that positive is better; `str()` and notebooks show the natural sign.
    """

    n: int
    findings: tuple[Finding, ...]
    names: tuple[str, str] = ("a", "b")

    def __getitem__(self, metric: str) -> Finding:
        """The finding of one metric, such as "auc"."""
        for finding in self.findings:
            if finding.metric == metric:
                return finding
        raise KeyError(f"{metric!r}; there are {', '.join(str(f.metric) for f in self.findings)}")

    def __str__(self) -> str:
        """A table, and what cannot be told in a sentence each."""
        rows: list[tuple[str, ...]] = [(*self._head, "margin", "")]
        rows += [_cells(f) for f in self._shown]
        said = [f"  {sentence(f)}" for f in self.findings if f.status not in ("pass", "fail")]
        lines = [self._title, "", *columns(rows, right=(1, 2)), *([""] if said else []), *said]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The same as a table of HTML that takes its colours from the notebook, with a picture of each interval."""
        head = "".join(f'<th style="{PADDED}">{escape(h)}</th>' for h in ("", *self._head, "", "margin"))
        body = "".join(_html_row(f) for f in self._shown)
        said = "".join(f"<li>{escape(sentence(f))}</li>" for f in self.findings if f.status not in ("pass", "fail"))
        notes = f"<ul>{said}</ul>" if said else ""
        return (
            f'<div class="mlgate" style="color:inherit"><p>{escape(self._title)}</p>'
            f'<table style="border-collapse:collapse;text-align:left;color:inherit;background:transparent">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}</div>"
        )

    @property
    def _shown(self) -> list[Finding]:
        return [f for f in self.findings if is_row(f)]

    @property
    def _head(self) -> tuple[str, ...]:
        a, b = self.names
        return ("metric", a, b, f"{b} − {a} [95 % CI]")

    @property
    def _title(self) -> str:
        return f"{self.names[1]} against {self.names[0]}: {self.n:,} rows, paired, 95 % intervals"


def compare_rows(
    joint: Joint, margins: Mapping[str, float | str], names: Iterable[str] = ("a", "b"), min_rows: int = MIN_ROWS
) -> Comparison:
    """The candidate `b` against the baseline `a` in each metric that has a margin, judged as `regression` judges."""
    found = tuple(
        _finding(metric, margin, joint, None if at == 0 else FAMILY, min_rows)
        for at, (metric, margin) in enumerate(margins.items())
    )
    evidence = Evidence(predicate=Predicate(kit="", policy_sha256="0" * 64, findings=found))
    a, b = (name[:LONGEST_NAME] for name in names)
    return Comparison(joint.n, settle(evidence, Policy(), datetime.date.min), (a, b))


def usual_margins(joint: Joint, metrics: Sequence[str] = ()) -> dict[str, float | str]:
    """The metrics with their usual margins; without any, all that both models have the predictions for.

    The task's primary metric is the first then. Raises a `UserError` for a metric that there is not.
    """
    if metrics:
        return {metric: _named(metric).margin for metric in metrics}
    found: dict[str, float | str] = {}
    for metric in dict.fromkeys((PRIMARY[joint.task], *metrics_of(joint.task))):
        with suppress(NotMeasurable):
            compare(metric, joint, metric_named(metric).margin)
            found[metric] = metric_named(metric).margin
    return found


def _named(metric: str) -> Metric:
    try:
        return metric_named(metric)
    except UnknownMetric as error:
        raise user_error(str(error), mend=error.mend) from None


def _finding(metric: str, margin: float | str, joint: Joint, family: str | None, min_rows: int) -> Finding:
    try:
        found = compare(metric, joint, margin)
    except NotMeasurable as why:
        return not_measurable(why, id="regression", subject=metric, metric=metric)
    identical = joint.is_identical()
    return change(
        metric, found, joint.effective_n, identical=identical, id="regression", subject=metric, family=family,
        min_rows=min_rows,
    )  # fmt: skip


def _cells(finding: Finding) -> tuple[str, ...]:
    places, ends = decimals(finding), natural_interval(finding)
    shown = fixed(natural_change(finding) or 0.0, places, sign=True)
    values = [fixed(v, places) if v is not None else "" for v in (finding.baseline_value, finding.candidate_value)]
    arrow = " ↓" if smaller_is_better(finding) else ""
    interval = f"{shown} {bracketed(ends, places, sign=True)}" if ends else shown
    return subject(finding) + arrow, *values, interval, trimmed(finding.margin or 0.0, places), _word(finding)


def _word(finding: Finding) -> str:
    is_better = finding.interval is not None and finding.interval[0] > 0 and finding.status == "pass"
    return "better" if is_better else WORDS.get(finding.status, finding.status)


def _html_row(finding: Finding) -> str:
    name, before, after, interval, margin, word = map(escape, _cells(finding))
    colour = COLOURS.get(finding.status, "inherit")
    cells = (f'<b style="color:{colour}">{word}</b>', name, before, after, interval, _picture(finding, colour), margin)
    return "<tr>" + "".join(f'<td style="{PADDED}">{cell}</td>' for cell in cells) + "</tr>"


def _picture(finding: Finding, colour: str) -> str:
    """The interval on a line from worse to better, with marks at no change (solid) and at the margin (dashed)."""
    if finding.interval is None or finding.margin is None or finding.value is None:
        return ""
    reach = 1.1 * max(*map(abs, finding.interval), finding.margin)
    low, high, value, zero, margin = (
        round(WIDE * (x / reach + 1) / 2, 1) for x in (*finding.interval, finding.value, 0.0, -finding.margin)
    )
    said = escape(f"{subject(finding)}: worse to the left, better to the right; the dashed line is the margin")
    return (
        f'<svg width="{WIDE}" height="16" role="img" aria-label="{said}">'
        f'<line x1="{zero}" x2="{zero}" y1="0" y2="16" stroke="currentColor"/>'
        f'<line x1="{margin}" x2="{margin}" y1="0" y2="16" stroke="currentColor" stroke-dasharray="2 2"/>'
        f'<line x1="{low}" x2="{high}" y1="8" y2="8" stroke="{colour}" stroke-width="3"/>'
        f'<circle cx="{value}" cy="8" r="4" fill="{colour}"/></svg>'
    )
