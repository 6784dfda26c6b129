"""Waivers to paste: the YAML by which somebody would answer for what blocks."""

import math
import re
from collections.abc import Iterable
from decimal import Decimal

from mlgate.configuring.yaml_source import UNPRINTABLE
from mlgate.evidence import Finding

MOST = 5
HEAD = ("policy:", "  waivers:")
_DIGITS = 3


def waivers_to_paste(blocking: Iterable[Finding]) -> list[str]:
    """The lines of `policy.waivers` for the fails that a waiver can cover; none where there is none.

    The ceiling is what was measured, rounded so that exactly this much is covered and hardly more.
    """
    entries = [line for finding in [f for f in blocking if _can_be_waived(f)][:MOST] for line in _entry(finding)]
    return [*HEAD, *entries] if entries else []


def ceiling(finding: Finding) -> float:
    """The least round number that covers the finding: of a comparison the loss, of a limit the value."""
    assert finding.value is not None
    value = -finding.value if finding.margin is not None else finding.value
    goes_down = finding.margin is None and finding.direction == "up"  # at least so much: less would need a lower one
    if not value:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) + 1 - _DIGITS)
    steps = math.floor(value / unit) if goes_down else math.ceil(value / unit)
    rounded = float(f"{steps * unit:.{_DIGITS + 12}g}")
    is_covered = rounded <= value if goes_down else rounded >= value
    return rounded if is_covered else value


def _can_be_waived(finding: Finding) -> bool:
    """Whether a waiver can name the finding: a configuration takes no character that nobody sees."""
    is_nameable = bool(finding.subject.strip()) and not UNPRINTABLE.search(finding.id + finding.subject)
    is_fail = finding.status == "fail" and finding.reason in ("none", "existing")
    return is_fail and is_nameable and finding.value is not None


def _entry(finding: Finding) -> list[str]:
    return [
        f"    - check: {_quoted(finding.id)}",
        f"      subject: {_quoted(finding.subject)}",
        f"      ceiling: {_number(ceiling(finding))}",
        '      owner: "WHO ANSWERS FOR IT"',
        '      reason: "WHY IT MAY BE MERGED"',
        "      expires: YYYY-MM-DD",
    ]


def _quoted(text: str) -> str:
    """`text` as YAML reads it, in double quotes where it is more than a plain id.

    >>> _quoted('age "old": recall'), _quoted("plain-id")
    ('"age \\\\"old\\\\": recall"', 'plain-id')
    """
    if re.fullmatch("[a-z]+(-[a-z]+)+|[a-z]{4,}", text) and text not in ("true", "false", "null"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(map(_shown, escaped)) + '"'


def _shown(character: str) -> str:
    """The character, or its escape where it breaks a line or nobody would see it."""
    return f"\\U{ord(character):08X}" if character != " " and not character.isprintable() else character


def _number(value: float) -> str:
    """A number as YAML 1.2 reads it.

    >>> _number(3.0), _number(0.00001), _number(0.259)
    ('3', '0.00001', '0.259')
    """
    return f"{Decimal(repr(value)):f}".removesuffix(".0")
