"""Regular expressions as Java reads them, that mean what RE2 makes of the same text: for Spark."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"(?P<posix>\[:\^?[a-z]+:\])|(?P<escaped>\\.)|(?P<named>\(\?P<\w+>)|(?P<count>\{\d+(?:,\d*)?\})|(?P<other>.)",
    re.DOTALL,
)
_POSIX = {
    "alpha": "Alpha", "digit": "Digit", "alnum": "Alnum", "upper": "Upper", "lower": "Lower", "punct": "Punct",
    "space": "Space", "blank": "Blank", "cntrl": "Cntrl", "graph": "Graph", "print": "Print", "xdigit": "XDigit",
}  # fmt: skip
_OUTSIDE = {"$": r"\z", "{": r"\{", "}": r"\}"}  # Java's $ also stands before a last line's end
_INSIDE = {"[": r"\[", "&": r"\&"}  # Java knows classes in classes, and && between them
_SPACES = {r"\s": r"[\t\n\f\r ]", r"\S": r"[^\t\n\f\r ]"}  # Java's have the vertical tab too


def java_pattern(pattern: str) -> str:
    """The pattern for Java.

    >>> java_pattern("^[a[]+$"), java_pattern(r"a{2}{\\s(?P<x_y>[[:alpha:]])")
    ('(?d)^[a\\\\[]+\\\\z', '(?d)a{2}\\\\{[\\\\t\\\\n\\\\f\\\\r ]([\\\\p{Alpha}])')
    """
    return "(?d)" + "".join(_translated(pattern))


def java_like(pattern: str) -> str:
    r"""A pattern of LIKE in which a backslash is a character as any other.

    >>> java_like("50\\%")
    '50\\\\%'
    """
    return pattern.replace("\\", "\\\\")


def _translated(pattern: str) -> Iterator[str]:
    is_inside, at_start = False, False  # of a class; at_start: where `]` is a member of it
    for token in _TOKEN.finditer(pattern):
        text, kind = token[0], token.lastgroup
        if is_inside:
            ends = text == "]" and not at_start
            at_start = at_start and text == "^"
            is_inside = not ends
            yield _in_class(text, str(kind), ends=ends)
        elif text == "[":
            is_inside, at_start = True, True
            yield text
        elif kind == "posix":  # outside of a class it is a class of its characters
            is_inside, at_start = False, False
            yield text
        else:
            yield "(" if kind == "named" else _SPACES.get(text, _OUTSIDE.get(text, text))


def _in_class(text: str, kind: str, *, ends: bool) -> str:
    if kind == "posix":
        name = text.strip("[:]")
        return rf"\{'P' if name.startswith('^') else 'p'}{{{_POSIX.get(name.lstrip('^'), 'Alpha')}}}"
    if text == "]" and not ends:
        return r"\]"
    if text == r"\s":
        return r"\t\n\f\r "
    return _INSIDE.get(text, text)
