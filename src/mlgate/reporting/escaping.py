"""Escaping: strings from users' files, made harmless in Markdown, in a terminal and in workflow commands."""

import re
import unicodedata
from itertools import groupby

CODE_SPAN_LENGTH = 80
PROSE_SPAN_LENGTH = 120
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSEEN_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn")  # controls; bidi, zero-width, soft hyphen; no characters yet
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and marks that show nothing
_WORD = "[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*"
_NUMBER = r"[+−±≈≥≤]?\d+(?:[.,]\d+)*"
_HARMLESS = re.compile(rf"\(?(?P<core>{_WORD}|{_NUMBER}|n={_NUMBER}|[%=≥≤≈→·—−…])\)?[,.;:]?|\)?[,.;:]?")
_QUOTED = re.compile(r"(?:(?<= )|^)'([^']+)'(?=\)?[,.;:]?(?: |$))")  # nothing that is code may touch its span
_COMMIT = re.compile(r"\b[0-9a-f]{7,64}\b")  # GitHub links what looks like one, after an apostrophe too
_IN_BRACKETS = re.compile(r"(\()([^()]+)(\)[,.;:]?)")
_BEFORE_A_STOP = re.compile(r"()(.*[^,.;:])([,.;:])")


def visible(text: str) -> str:
    """`text` in NFC on one line, whitespace folded, with U+FFFD for each character that would hide or reorder others.

    >>> visible("a\\tb \\u202ec")
    'a b �c'
    """
    return "".join(map(_seen, " ".join(unicodedata.normalize("NFC", text).split())))


def shortened(text: str, length: int) -> str:
    """`text`, cut to `length` characters of which the last is an ellipsis if something was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


def code_span(text: str, *, in_table: bool = False, length: int = CODE_SPAN_LENGTH) -> str:
    """A Markdown code span that shows `text` and does nothing else; its fence is longer than any backtick run in it.

    >>> code_span("a`b")
    '``a`b``'
    """
    shown = shortened(visible(text), length) or "(empty)"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    if in_table:  # GitHub splits a table's cells before it reads code spans, and takes this backslash away again
        shown = shown.replace("|", r"\|")
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, *, in_table: bool = False, length: int = 400) -> str:
    """`text` as Markdown: plain words and numbers as they are; what is 'quoted' and all else in code spans.

    Only what is on the list of harmless shapes stays outside a code span, so nothing can become a link, a mention,
    a tag or a table's edge. The result must not stand at the start of a line, where `1.` would begin a list.

    >>> prose("column debt_ratio: 34 of 714 values are missing (4.8 %), says @octocat.")
    'column `debt_ratio`: 34 of 714 values are missing (4.8 %), says `@octocat`.'
    """
    quoted = _QUOTED.split(shortened(visible(text), length))
    parts = [
        code_span(part, in_table=in_table, length=PROSE_SPAN_LENGTH) if number % 2 else _words(part, in_table)
        for number, part in enumerate(quoted)
    ]
    return "".join(parts).strip()


def code_block(lines: list[str], *, lines_shown: int = 30, length: int = 160, language: str = "text") -> str:
    """A fenced Markdown block that shows the last `lines_shown` of `lines` and does nothing else."""
    shown = [shortened("".join(map(_seen, line.expandtabs(4).rstrip())), length) for line in lines[-lines_shown:]]
    fence = "`" * max(3, 1 + max((len(run) for line in shown for run in re.findall("`+", line)), default=0))
    return log_safe("\n".join([f"{fence}{language}", *shown, fence]))  # a report may be printed to a log


def plain(text: str) -> str:
    """`text` on one line for a terminal: no control, escape, bidi or zero-width character."""
    return visible(text)


def plain_lines(text: str) -> list[str]:
    """The non-empty lines of `text` for a terminal, their indentation kept."""
    lines = ("".join(map(_seen, line.expandtabs(4).rstrip())) for line in text.splitlines())
    return [line for line in lines if line.strip()]


def log_safe(text: str) -> str:
    """`text` without a line that GitHub's runner would obey as a workflow command.

    >>> log_safe("  ::error::hello")
    '  : :error::hello'
    """
    return re.sub(r"(?m)^((?:[^\S\n]|\x1b\[[0-9;]*m)*)::", r"\1: :", text).replace("##[", "# #[")


def workflow_value(text: str) -> str:
    """`text` percent-encoded as the message of a workflow command (the rules of GitHub's `@actions/core`)."""
    kept = "\n".join("".join(map(_seen, line)) for line in text.splitlines())
    return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """`text` on one line, percent-encoded as a property of a workflow command, such as its file or title."""
    return workflow_value(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _seen(character: str) -> str:
    hidden = unicodedata.category(character) in _UNSEEN_CATEGORIES or character in _UNSEEN
    return REPLACEMENT if hidden else character


def _is_harmless(word: str) -> bool:
    shape = _HARMLESS.fullmatch(word)
    return bool(shape) and not _COMMIT.search((shape["core"] or "") if shape else "")


def _words(text: str, in_table: bool) -> str:
    """The words of `text` with the spaces around them, those that are not harmless in code spans."""
    runs = groupby(text.split(), key=_is_harmless)
    shown = " ".join(_run(list(run), harmless, in_table) for harmless, run in runs)
    return f"{' ' * text.startswith(' ')}{shown}{' ' * (text.endswith(' ') and bool(shown))}"


def _run(words: list[str], harmless: bool, in_table: bool) -> str:
    """The words as they are, or as one code span beside which their punctuation stays."""
    text = " ".join(words)
    if harmless:
        return text
    found = _IN_BRACKETS.fullmatch(text) or _BEFORE_A_STOP.fullmatch(text)
    opened, core, closed = found.groups() if found else ("", text, "")
    return f"{opened}{code_span(core, in_table=in_table, length=PROSE_SPAN_LENGTH)}{closed}"
