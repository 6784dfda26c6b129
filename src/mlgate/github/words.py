"""The words of the report on GitHub that are not about findings: banners, notices, headings of what has no evidence."""

from collections.abc import Mapping

TITLE = "mlgate: {words} — {why}"
BANNER = "mlgate: checking {now}; results below are for {then}"
BANNER_AGAIN = "mlgate: checking {now} again; results below are from the run before"
BANNER_FIRST = "mlgate: checking {now}"
TOO_LONG = "_The rest of this model's report did not fit; it is in the run's summary._"
REFUSED = "the evidence is refused: {why}"
HEADINGS: Mapping[str, tuple[str, str]] = {  # for what has no verdict
    "refused": ("❌", "do not merge"),
    "missing": ("❌", "do not merge"),
    "unreadable": ("❌", "do not merge"),
    "cancelled": ("⚠️", "not measured"),
    "waiting": ("⏳", "waiting for approval"),
}
