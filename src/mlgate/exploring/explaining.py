"""Explaining: one finding in plain words, with what reproduces its interval."""

import textwrap
from collections.abc import Iterator, Sequence

from mlgate.errors import did_you_mean, user_error
from mlgate.evidence import Finding
from mlgate.exploring.explanations import EXPLANATIONS
from mlgate.exploring.reproducing import OF_CONTRAST, WIDENED
from mlgate.reporting.escaping import plain
from mlgate.reporting.sentences import sentence
from mlgate.statistics.paired_proportions import mcnemar_exact, mcnemar_mid_p

WIDTH = 100


def find(findings: Sequence[Finding], check: str, subject: str | None) -> list[Finding]:
    """The findings of the check, or the one of that subject on each set of rows; a `UserError` if there is none."""
    of_check = [f for f in findings if f.id == check]
    if not of_check:
        checks = dict.fromkeys(f.id for f in findings)
        raise user_error(f"the evidence has no finding of '{check}'", mend=did_you_mean(check, checks))
    if subject is None:
        return of_check
    found = [f for f in of_check if f.subject == subject]
    if not found:
        subjects = [f.subject for f in of_check]
        raise user_error(f"'{check}' has no finding on '{subject}'", mend=did_you_mean(subject, subjects))
    return found


def explain(finding: Finding, evidence: str) -> str:
    """The finding, its method with formula, source and limits, and the lines that reproduce its interval."""
    known = EXPLANATIONS.get(finding.method or "")
    lines = [*_wrapped("", sentence(finding)), ""]
    if known is None:
        said = "It is a count or a fact, held against its limit; nothing is estimated."
        return "\n".join([*lines, said if finding.method is None else f"Method: {plain(finding.method)}"])
    lines += [f"Method: {finding.method}", *_wrapped("  ", known.words)]
    for title, text in (("Formula", known.formula), ("Source", known.source), ("Limits", known.limits)):
        lines += _wrapped("  ", f"{title}: {text}") if text else []
    lines += [*_rule(finding), *_mcnemar(finding)]
    code = reproduction(finding, evidence)
    if code is not None:
        lines += ["", "These lines compute the interval from the evidence:", "", textwrap.indent(code, "    ")]
    return "\n".join(lines)


def _rule(finding: Finding) -> Iterator[str]:
    """How the interval decides."""
    if finding.margin is not None:
        said = "the lower end of Δ (positive = better) above −margin passes; else the upper end below 0 fails"
        yield from _wrapped("  ", f"Decides: {said}; else it cannot be told.")
        if finding.family and finding.p is not None:
            said = f"in its family (p = {finding.p:.2g}) a fail must also survive Holm's procedure at one-sided .025"
            yield from _wrapped("  ", f"Family: {said}.")
    elif finding.limit is not None and finding.interval is not None:
        said = "the whole interval on the right side of the limit passes, on the wrong one it fails"
        yield from _wrapped("  ", f"Decides: {said}; else it cannot be told.")


def _mcnemar(finding: Finding) -> Iterator[str]:
    basis = dict(finding.basis)
    if {"gained", "lost"} <= basis.keys():
        gained, lost = basis["gained"], basis["lost"]
        exact, mid = mcnemar_exact(gained, lost), mcnemar_mid_p(gained, lost)
        said = f"{gained:,.0f} rows gained, {lost:,.0f} lost: exact p = {exact:.3g}, mid-p = {mid:.3g}, two-sided"
        yield from _wrapped("  ", f"McNemar's test, for information: {said}.")


def _wrapped(indent: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def reproduction(finding: Finding, evidence: str) -> str | None:
    """Python that computes the finding's interval from the evidence file of that path; None where it cannot be."""
    known = EXPLANATIONS.get(finding.method or "")
    if known is None or not known.lines or not finding.basis or finding.interval is None:
        return None
    key = ascii((finding.id, finding.subject, finding.source))
    return "\n".join(
        [
            "import json",
            "",
            "import numpy as np",
            "",
            f'findings = json.load(open({evidence!a}, encoding="utf-8"))["predicate"]["findings"]',
            f'finding = next(f for f in findings if (f["id"], f["subject"], f.get("source")) == {key})',
            'basis, value = dict(finding["basis"]), finding["value"]',
            "z = 1.959963984540054  # 95 %, two-sided",
            _of(known.lines, finding),
            "print(low, high)",
        ]
    )


def _of(lines: str, finding: Finding) -> str:
    """The lines without what only a relative margin needs, where there is none."""
    for part, number in ((WIDENED, "change_se"), (OF_CONTRAST, "contrast_se")):
        if number not in dict(finding.basis):
            lines = lines.replace(f"\n{part}", "")
    return lines
