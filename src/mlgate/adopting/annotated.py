"""YAML with a comment on each line; text from data and file names can end neither a line nor a comment."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlgate.reporting.escaping import shortened, visible

WIDEST = 50  # lines up to here have their comments in one column
LONGEST_COMMENT = 150
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./=-]+)*")
_WORDS = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n", "t", "f", "~", "nan", "inf"])


@dataclass(frozen=True)
class Line:
    """A line of YAML at a depth, and what to say of it; without text it is a comment of its own or blank."""

    depth: int
    text: str = ""
    comment: str = ""


BLANK = Line(0)


def scalar(value: object) -> str:
    """A scalar of YAML that reads back as `value`, text quoted unless it is a plain word everywhere.

    >>> scalar("age"), scalar("yes"), scalar("a: b"), scalar(0.5), scalar(3.0)
    ('age', '"yes"', '"a: b"', '0.5', '3')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def flow(values: Iterable[object]) -> str:
    """A list on one line.

    >>> flow(["a", "b, c"])
    '[a, "b, c"]'
    """
    return f"[{', '.join(map(scalar, values))}]"


def key_value(key: str, value: object) -> str:
    """`key: value`, both quoted where they must be."""
    return f"{scalar(key)}: {scalar(value)}"


def written(lines: Sequence[Line]) -> str:
    """The lines as text, comments in one column where the lines are short enough."""
    bodies = [("  " * line.depth + line.text) for line in lines]
    widths = [len(b) for b, line in zip(bodies, lines, strict=True) if line.text and line.comment and len(b) <= WIDEST]
    column = max(widths, default=0)
    shown = []
    for body, line in zip(bodies, lines, strict=True):
        comment = shortened(visible(line.comment), LONGEST_COMMENT)
        if not line.text:
            shown.append(f"{'  ' * line.depth}# {comment}".rstrip() if comment else "")
        else:
            shown.append(f"{body:<{column}}  # {comment}" if comment else body)
    return "\n".join(shown) + "\n"
