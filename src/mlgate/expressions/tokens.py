"""The words of an expression: names, quoted names, texts, numbers and operators, and nothing else."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from mlgate.expressions.syntax import ExpressionFault

MOST_CHARACTERS = 2_000

Sort = Literal["name", "quoted", "text", "number", "operator", "end"]
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
    | (?P<name>[^\W\d]\w*(?![\w"']))
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<text>'(?:[^']|'')*')
    | (?P<operator><=|>=|<>|!=|\|\||[-+*/%=<>(),])
    )""",
    re.VERBOSE,
)
_REFUSED = {  # what SQL has beside expressions, by how it begins
    ";": "several statements", "--": "a comment", "/*": "a comment", "::": "'::' (use CAST)", "$": "'$'",
    "?": "a parameter", "->": "a lambda", "[": "a list", "{": "a struct", ".": "a dot outside of a number",
    "@": "'@'", "\\": "a backslash outside of a text", "`": "backticks (quote names with \")", ":=": "a setting",
}  # fmt: skip


class Token(NamedTuple):
    """One word: of which sort, and what it says without its quotes."""

    sort: Sort
    value: str


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, with an end; an `ExpressionFault` at what no expression holds.

    >>> [token.value for token in tokens("age >= 18")]
    ['age', '>=', '18', '']
    """
    if len(text) > MOST_CHARACTERS:
        raise ExpressionFault(f"an expression of {len(text):,} characters; at most {MOST_CHARACTERS:,} are read")
    at, end = 0, len(text.rstrip())
    while at < end:
        rest = text[at:].lstrip()
        found = _TOKEN.match(text, at)
        refused = next((what for start, what in _REFUSED.items() if rest.startswith(start)), None)
        if refused and not (found and found.lastgroup == "number"):
            raise ExpressionFault(f"{refused} is not allowed in an expression")
        if found is None or found.lastgroup is None:
            raise ExpressionFault(f"{rest[:20]!r} is no part of an expression")
        yield _token(found.lastgroup, found[found.lastgroup])
        at = found.end()
    yield Token("end", "")


def _token(sort: str, value: str) -> Token:
    if sort == "quoted":
        return Token("quoted", value[1:-1].replace('""', '"'))
    if sort == "text":
        return Token("text", value[1:-1].replace("''", "'"))
    return Token("number" if sort == "number" else "name" if sort == "name" else "operator", value)
