"""The comment: its sections as one text, and which comments are ours."""

import re
from collections.abc import Iterable

from msgspec.structs import replace

from mlgate.errors import user_error
from mlgate.github.models import Comment
from mlgate.github.sections import SIGNS, Asked, Result, Section, Sections
from mlgate.github.state import MOST_BYTES, read_sections, state_line
from mlgate.github.words import BANNER, BANNER_AGAIN, BANNER_FIRST, TOO_LONG
from mlgate.reporting.escaping import code_span
from mlgate.reporting.words import METRICS

BUDGET = 60_000  # bytes; GitHub takes 65,536
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SEPARATOR = "\n\n"
CHART_COLOUR = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2f81f7"}}}}%%'  # seen on white and black


def marker(name: str) -> str:
    """The first bytes of our comment."""
    if not NAME.fullmatch(name):
        raise user_error(f"the comment's name is '{name[:80]}'", mend="use letters, digits, '.', '_' and '-'")
    return f"<!-- mlgate:report:v1 id={name} -->"


def is_ours(comment: Comment, name: str, author: str) -> bool:
    """Whether the comment begins with our marker and the right account wrote it."""
    return (comment.body or "").startswith(marker(name)) and comment.user is not None and comment.user.login == author


def said(comments: Iterable[Comment]) -> tuple[Sections, ...]:
    """What each of our comments says."""
    return tuple(read_sections(comment.body or "") for comment in comments)


def compose(sections: Sections, name: str, budget: int = BUDGET) -> str:
    """The whole comment, at most `budget` bytes: whole sections shrink to their headings, the best news first."""
    chosen = {each: sections[each] for each in sorted(sections)}
    text = _composed(chosen, name)
    for shrunk in reversed(_worst_first(sections)):
        result = chosen[shrunk].result
        if len(text.encode()) <= budget:
            break
        if result and not result.is_short:
            chosen[shrunk] = replace(chosen[shrunk], result=_short(result))
            text = _composed(chosen, name)
    return text


def room_for_each(models: int) -> int:
    """How many bytes the text of each model may have, so that all of them fit into one comment."""
    around = MOST_BYTES + 1_000 + 600 * models  # the state, headings and banner, and a chart for each model
    return (BUDGET - around) // max(1, models)


def _composed(sections: Sections, name: str) -> str:
    order = _worst_first(sections)
    parts = [marker(name), *_head(sections, order)]
    starts = {}
    for each in order:
        if result := sections[each].result:
            starts[each] = sum(len(part) + len(SEPARATOR) for part in parts)
            parts.append(result.text)
    charts = [chart for each in order if (chart := _chart(each, sections[each].result, len(order)))]
    if charts:
        parts += ["<details><summary>Metric history</summary>", *charts, "</details>"]
    return SEPARATOR.join([*parts, state_line(sections, starts)])


def _head(sections: Sections, order: list[str]) -> list[str]:
    """The heading over the sections: what is being checked, else the worst of several; one alone has its own."""
    pending = [asked for section in sections.values() if (asked := section.pending)]
    if pending:
        return [f"## ⏳ {_banner(sections, max(pending, key=lambda a: (a.run_id, a.run_attempt)))}"]
    results = [section.result for each in order if (section := sections[each]).result]
    if len(results) < 2 or results[0] is None:
        return []
    signs = [r.sign for r in results if r]
    counted = " · ".join(f"{signs.count(sign)} {sign}" for sign in SIGNS if sign in signs)
    return [f"## {results[0].text.partition(chr(10))[0].lstrip('# ')} ({len(results)} models: {counted})"]


def _banner(sections: Sections, asked: Asked) -> str:
    shas = sorted({section.result.head_sha for section in sections.values() if section.result})
    now = code_span(asked.head_sha[:7])
    if not shas:
        return BANNER_FIRST.format(now=now)
    if shas == [asked.head_sha]:
        return BANNER_AGAIN.format(now=now)
    return BANNER.format(now=now, then=", ".join(code_span(sha[:7]) for sha in shas))


def _chart(name: str, result: Result | None, models: int) -> str:
    """The primary metric from commit to commit, where there are two; numbers and our own words only."""
    if result is None or len(result.history) < 2 or result.metric not in METRICS:
        return ""
    above = f"{code_span(name)}\n\n" if models > 1 else ""
    labels = ", ".join(f'"{point.sha}"' for point in result.history)
    values = ", ".join(f"{point.value:.6f}" for point in result.history)
    lines = [f'title "{METRICS[result.metric]}"', f"x-axis [{labels}]", f"line [{values}]"]
    return above + f"```mermaid\n{CHART_COLOUR}\n" + "\n    ".join(["xychart-beta", *lines]) + "\n```"


def _worst_first(sections: Sections) -> list[str]:
    return sorted(sections, key=lambda name: (_badness(sections[name]), name))


def _badness(section: Section) -> int:
    return SIGNS.index(section.result.sign) if section.result else len(SIGNS)


def _short(result: Result) -> Result:
    return replace(result, text=f"{result.text.partition(chr(10))[0]}\n\n{TOO_LONG}", is_short=True)
