"""Phrases: the parts of sentences, and how each format shows the strings that users wrote."""

from collections.abc import Callable

from msgspec import Struct

from mlgate.evidence import Finding, Status
from mlgate.reporting import escaping
from mlgate.reporting.words import FAMILIES, METRICS, State

OPEN: tuple[Status, ...] = ("fail", "error", "inconclusive", "not-measured")


class Marks(Struct, frozen=True):
    """How a format shows strings that users wrote: names (columns, slices, checks) and whole messages."""

    name: Callable[[str], str]
    text: Callable[[str], str]


PLAIN = Marks(escaping.plain, escaping.plain)


def state(finding: Finding) -> State:
    """The finding's status as readers distinguish it: what the baseline has too and what only warns have own words."""
    if finding.reason == "existing":
        return "existing"
    if finding.severity == "info" and (finding.status in OPEN or not has_limit(finding)):
        return "info"
    if finding.severity == "warn" and finding.status in ("fail", "error"):
        return "warning"
    if finding.status == "skipped":
        return "not run"
    return "not measured" if finding.status == "not-measured" else finding.status


def is_measured(finding: Finding) -> bool:
    """Whether the finding is about a metric's value, and so its sentence is composed from its numbers."""
    return finding.value is not None and (finding.margin is not None or finding.interval is not None)


def has_limit(finding: Finding) -> bool:
    """Whether the finding is judged, and not only shown."""
    return finding.limit is not None or finding.margin is not None


def is_quiet(finding: Finding) -> bool:
    """Whether the finding may be folded away: what passes, what did not run, and information without a value."""
    return state(finding) in ("pass", "not run") or (state(finding) == "info" and finding.value is None)


def is_row(finding: Finding) -> bool:
    """Whether a table of metrics, slices and groups can show the finding's numbers."""
    return is_measured(finding) and finding.status not in ("error", "skipped", "not-measured")


def metric_words(metric: str, marks: Marks = PLAIN) -> str:
    """A metric's name as the field writes it: "AUC", "log loss", "selection-rate gap"."""
    if metric in METRICS:
        return METRICS[metric]
    family, colon, argument = metric.partition(":")
    if colon and argument[:1].strip() and family in FAMILIES:
        number = family in ("top-k-accuracy", "pinball")
        return FAMILIES[family].format(of=marks.text(argument) if number else marks.name(argument))
    of_groups, _, kind = metric.removesuffix(" growth").rpartition(" ")
    return f"{of_groups} {kind}" if kind in ("gap", "ratio") and of_groups in METRICS else marks.name(metric)


def subject(finding: Finding, marks: Marks = PLAIN) -> str:
    """What the finding is about: "recall on age<25", "selection-rate gap of afam", "AUC", or its subject."""
    return _about(finding, marks) + (" (on the base's rows)" if is_on_base_rows(finding) else "")


def is_on_base_rows(finding: Finding) -> bool:
    """Whether the finding was judged on the base's own rows, because the change edits the test data."""
    return finding.source is not None and finding.source.endswith("@base")


def _about(finding: Finding, marks: Marks) -> str:
    if finding.slice:
        return f"{metric_words(finding.metric or finding.subject, marks)} on {marks.name(finding.slice)}"
    if finding.group and ": " in finding.subject:
        feature, _, words = finding.subject.rpartition(": ")
        return f"{metric_words(words, marks)} of {marks.name(feature)}"
    return metric_words(finding.metric or finding.subject, marks)
