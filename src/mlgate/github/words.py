"""The words of a report on GitHub that are not about findings: headings, banners and notices."""

from collections.abc import Mapping
from typing import Literal

from mlgate.github.models import StatusState
from mlgate.github.sections import Sign

BANNER = "mlgate: checking {now}; results below are for {then}"
BANNER_AGAIN = "mlgate: checking {now} again; results below are from the run before"
BANNER_FIRST = "mlgate: checking {now}"
TOO_LONG = "_The rest of this model's report did not fit; it is in the run's summary._"
FOOTER = "[Run]({link}) · results for {commit}"
FORK = "_fork PR: computed without secrets, advisory for promotion_"
TITLE = "mlgate: {words} — {why}"

Special = Literal["refused", "missing", "ungoverned", "other-parameters", "cancelled", "held", "waiting"]
SPECIAL: Mapping[Special, tuple[Sign, str, StatusState]] = {  # what has no verdict, or one that does not count
    "refused": ("❌", "do not merge", "error"),
    "missing": ("❌", "do not merge", "error"),
    "ungoverned": ("❌", "do not merge", "error"),
    "other-parameters": ("❌", "do not merge", "error"),
    "cancelled": ("⚠️", "not measured", "error"),
    "held": ("⏳", "waiting for approval", "pending"),
    "waiting": ("⏳", "waiting for approval", "pending"),
}
WHY: Mapping[str, str] = {
    "refused": "the evidence is refused: {what}",
    "missing": "the gate gave no evidence for {what} (its run ended with {how})",
    "ungoverned": "the policy cannot be read: {what}",
    "other-parameters": "{what} was judged by other parameters than the base's; run the gate again",
    "cancelled": "the gate's run was cancelled",
    "held": "a maintainer must let the gate's run start",
    "waiting": "{what}; otherwise {rest}",
}
NOTICES: Mapping[str, str] = {
    "protected": "This change edits what the policy protects: {what}.",
    "configuration": "This change edits the configuration {what}; the base's policy was applied.",
    "data": "This change edits the test data {what}.",
    "unknown": "The trees are too large to compare, so this counts as a change of the workflow, checks and test data.",
    "bootstrap": "Bootstrap: the base has no configuration that can be used, so this change's own was used, this once.",
    "approve": "Somebody with write permission who is not the author must approve {commit}; then {again}.",
    "again": "[run this report again]({link})",
    "approved": "{who} approved {commit}.",
    "other-policy": "The gate judged by another policy than the base's; the verdict here is by the base's.",
}
PENDING = "the gate is running"
COULD_NOT = "mlgate could not {what}: {why}. The report is in this run's summary."
UNREADABLE = "nothing was reported"
NOTHING = "none of the configurations that report.yml names is in this repository"
IGNORED = "Evidence of models that `configs` does not name was not read: {what}."
